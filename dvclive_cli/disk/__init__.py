"""What is written: whole files, rows, names that are harmless, and one writer a directory."""
