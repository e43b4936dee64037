"""`dvclive run --progress`: a line at the foot of the terminal that says how the run goes.

How it is drawn. The line stands in the row below the program's text; the cursor stays where the program has
left it. Before any byte of the program goes out the line is taken away, and it comes back right behind: the
program writes on a screen where there never was a line, and all that may be left of it is that the screen
has scrolled by one row early.

Why so. The other way, a scroll region (apt has one), keeps the line in its place without any redrawing, but
the terminal is changed as long as it lasts: a `kill -9` of ours, or an ssh connection that breaks, leaves a
terminal that scrolls in all but its last row; full-screen programs set regions of their own; and the program
has to be told of fewer rows than it finds on its standard input. Here every write to the terminal is whole in
itself and leaves no mode behind, so that a kill at any moment leaves a line of text, and that is wiped by
whoever outlives us. The price is knowing where the cursor stands, at least roughly: `cursor.py`, which gives
up the line where it does not know.

In the recorder, `counters.py`, `pace.py` and `gauge.py` find what is to be said; `board.py` is the memory by
which the supervisor hears of it; there `wording.py` has the words, `drawing.py` the bytes, and `line.py` the
terminal.
"""
