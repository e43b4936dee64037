"""The program and our own processes, and what flows between them: tapes, taps, the FIFO, limits, samples."""
