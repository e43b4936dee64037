"""The line on the terminal: when it is drawn, and that it is gone whenever the program writes.

The thin rim around `cursor.py` and `drawing.py`: one terminal, one lock, one thread that looks at the clock.
A pump brackets each of its writes with `lift` and `passed`. Standard library only; knows no metric.
"""

from __future__ import annotations

import os
import select
import termios
import threading
import time

from .cursor import Cursor
from .drawing import draw, erase, erase_after_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .board import Board
    from .cursor import Place

FIRST_AFTER = 0.5  # seconds; commands that are done by then need no line
LOOK_EVERY = 0.2
DRAW_GAP = 0.005  # between two drawings that follow the program's writes: a flood is not slowed down by it
SMALLEST = (5, 20)  # rows and columns


def wanted(out: int, others: list[int], environ: Mapping[str, str]) -> bool:
    """Whether a line can be drawn on the terminal `out` at all.

    Not in CI, nor on a terminal that knows no cursor. `others`: what else the program writes to; a pipe among
    them may well end on the same terminal (`| tee log`), by way of a process that lifts no line.
    """
    import stat

    if environ.get("CI") or environ.get("TERM", "dumb") in ("dumb", "unknown", "", "emacs", "vt52"):
        return False
    if any(stat.S_ISFIFO(os.fstat(fd).st_mode) or stat.S_ISSOCK(os.fstat(fd).st_mode) for fd in others):
        return False
    return os.isatty(out)


class Line(threading.Thread):
    """The line.

    Parameters:
        out: the terminal.
        board: where is written how to wipe what is drawn.
        words: the text for so many columns.
        clock: a monotonic one, in seconds.
    """

    def __init__(
        self, out: int, board: Board, words: Callable[[int], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(name="progress", daemon=True)
        self.out, self.board, self.words, self.clock = out, board, words, clock
        size = os.get_terminal_size(out)
        self.cursor = Cursor(size.lines, size.columns)
        self._settings = termios.tcgetattr(out)
        self._lock = threading.RLock()
        self._drawn: Place | None = None
        self._text = ""
        self._next = clock() + FIRST_AFTER
        self._off = not self._is_cooked()
        self._writable = select.poll()
        self._writable.register(out, select.POLLOUT)
        self._finish = os.pipe2(os.O_CLOEXEC)

    def _is_cooked(self) -> bool:
        output, local = self._settings[1], self._settings[3]
        return bool(output & termios.OPOST and output & termios.ONLCR and local & termios.ICANON)

    # --- for the pumps -----------------------------------------------------------------------------------

    def lift(self) -> None:
        """The program's bytes are about to be written: the line goes, and stays away until `passed`."""
        self._lock.acquire()
        self._take_away()

    def passed(self, data: bytes) -> None:
        """They are written; `data`: what they were."""
        try:
            self.cursor.feed(data)
            if self.clock() >= self._next:
                self._put()
        finally:
            self._lock.release()

    # --- for the supervisor ------------------------------------------------------------------------------

    def pause(self) -> None:
        """Take the line away before the job stops, or before the supervisor itself says something.

        Waits only so long for a pump that writes: the terminal may have been stopped.
        """
        if self._lock.acquire(timeout=LOOK_EVERY):
            self._take_away()
            self._off = True
            self._lock.release()
        self._off = True

    def go_on(self, *, elsewhere: bool) -> None:
        """After `pause`. `elsewhere`: others have written meanwhile, as the shell does."""
        with self._lock:
            if elsewhere:
                self.cursor.newline()
                self.cursor.anew()
            self._off = not self._is_cooked()

    def end(self) -> None:
        """Take the line away for good."""
        self.pause()
        os.close(self._finish[1])
        self.join(1.0)

    # --- the thread --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Look at what there is to say, and at the keyboard, until the end."""
        # Edges only: what was typed stays unread as long as the program does not read.
        poller = select.epoll()
        poller.register(self._finish[0], select.EPOLLIN)
        poller.register(self.out, select.EPOLLIN | select.EPOLLET)
        poller.poll(0)
        while True:
            ready = dict(poller.poll(LOOK_EVERY))
            if self._finish[0] in ready:
                break
            if not self._lock.acquire(blocking=False):
                continue  # a pump is writing, and will draw
            try:
                if self.out in ready:
                    self._key_pressed()
                elif self.clock() >= self._next:
                    self._put()
            finally:
                self._lock.release()
        poller.close()

    def _key_pressed(self) -> None:
        """A line was typed: the terminal's echo has moved the cursor to the next row."""
        if self._off or not self._is_ours():
            return
        if self._drawn is not None:
            self._write(erase_after_key(self._drawn))
            self._forget()
        self.cursor.newline()

    # --- with the lock -----------------------------------------------------------------------------------

    def _put(self) -> None:
        """Draw the line where there is room, else see that it is gone."""
        if self._off:
            return
        size = os.get_terminal_size(self.out)
        if (size.lines, size.columns) != (self.cursor.rows, self.cursor.columns):
            self._take_away()
            self.cursor.resized(size.lines, size.columns)
        fits = size.lines >= SMALLEST[0] and size.columns >= SMALLEST[1]
        place = self.cursor.place() if fits and self._is_ours() else None
        if place is None:
            self._take_away()
            return
        text = self.words(size.columns - 1)
        if (place, text) == (self._drawn, self._text) or not self._writable.poll(0):
            return
        self.board.leave(erase(place, size.columns))
        self._drawn, self._text = place, text
        self._write(draw(place, text, size.columns))
        self._next = self.clock() + DRAW_GAP

    def _is_ours(self) -> bool:
        """Whether we are in the foreground, and nobody has changed how the terminal reads and writes.

        Whoever has is about to ask something (a password), or has taken the whole screen.
        """
        try:
            return os.tcgetpgrp(self.out) == os.getpgrp() and termios.tcgetattr(self.out) == self._settings
        except (OSError, termios.error):  # it is not our controlling terminal, or it is gone
            return False

    def _take_away(self) -> None:
        if self._drawn is not None:
            self._write(erase(self._drawn, self.cursor.columns))
            self._forget()

    def _forget(self) -> None:
        self._drawn = None
        self.board.leave(b"")

    def _write(self, data: bytes) -> None:
        """Write all of it: a terminal's writes are whole, except where somebody has made them not block."""
        while data:
            try:
                data = data[os.write(self.out, data) :]
            except BlockingIOError:
                self._writable.poll(1000)
            except OSError:
                self._off = True
                return
