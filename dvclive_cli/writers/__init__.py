"""One output, one file: each module is named after what it writes. `session.py` decides when."""
