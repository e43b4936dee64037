"""Runs in their directories and in Git: what is in them, read back, followed, found broken, exported."""
