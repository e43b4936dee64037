"""Live updates to Studio: what is sent (`bodies`), what has arrived (`ledger`), how (`post`, `sender`).

The run directory is the spool: rows are appended there and never rewritten, so that what was sent is an
offset into each file, and a run that could not reach the server is sent later from the same files.
"""
