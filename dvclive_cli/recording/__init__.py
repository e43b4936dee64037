"""One open run: its state and files, its experiment, its live updates."""
