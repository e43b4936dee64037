"""What the terminal shows of recorded runs: values in, styled lines out. No file, clock or terminal here.

`paint.py` puts the lines on a terminal; `braille` draws curves, `run` shows one run, `several` compares.
"""
