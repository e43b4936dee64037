"""`dvclive watch [DIR]`: a running run, followed live from another terminal.

On a terminal one screen that is redrawn in place; elsewhere a line a second. Only reads.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from types import FrameType
from typing import Any

from ..errors import UsageError
from ..export import Recorded
from ..runs import recorded
from ..runs.tailed import Tailed
from ..saying import answered
from ..screens import paint
from ..screens import run as screen
from ..screens.standing import Standing
from . import showing

EVERY = 0.25  # seconds between two looks
LINE_EVERY = 1.0  # seconds between two lines where stdout is no terminal
SHARE = 0.1  # of the time that drawing may take: a large screen on a busy machine is drawn less often
OVER = 5.0  # seconds that the speed is the mean of
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""The alternate screen without a cursor, and back: xterm's control sequences, DECSET 1049 and 25."""


def watch(folder: str | None, width: int | None, environ: Mapping[str, str]) -> int:
    """`dvclive watch` from its words to its exit status; ends when the run does."""

    def body() -> None:
        path = os.path.abspath(showing.run_folder(environ) if folder is None else folder)
        watched = Watched(path)
        watched.look()
        if watched.how.status == "unknown" and not (watched.run.metrics or watched.run.params):
            raise UsageError(
                "run-not-found",
                f"{os.path.relpath(path)} holds no run",
                "Start one there with `dvclive run`, or give the directory of one.",
            )
        if sys.stdout.isatty() and environ.get("TERM") != "dumb":
            _on_screen(watched, width, environ)
        else:
            _in_lines(watched)

    return answered(body)


class Watched:
    """The run, how it stands, and how fast points come. `folder`: absolute."""

    def __init__(self, folder: str) -> None:
        self.title = os.path.relpath(folder)
        self.place = recorded.Folder(folder)
        self.tailed = Tailed(folder)
        self.how: Standing = showing.stands(self.place)
        self._counts: deque[tuple[float, int]] = deque()

    def look(self) -> bool:
        """Take what came; whether anything is new."""
        before = self.how
        self.how = showing.stands(self.place)  # before the rows: after the end of a run no more come
        came = self.tailed.look()
        now = time.monotonic()
        self._counts.append((now, self.tailed.points))
        while now - self._counts[0][0] > OVER:
            self._counts.popleft()
        return came or self.how.status != before.status

    @property
    def goes_on(self) -> bool:
        """Whether more may come, or waits to be read."""
        return self.how.live or self.tailed.behind

    @property
    def run(self) -> Recorded:
        """The values."""
        return self.tailed.run(self.title)

    @property
    def speed(self) -> float | None:
        """Points a second, lately; None before that can be told."""
        (began, first), (ended, last) = self._counts[0], self._counts[-1]
        return (last - first) / (ended - began) if ended > began else None


def _in_lines(watched: Watched) -> None:
    while True:
        sys.stdout.write(f"{screen.in_one_line(watched.run, watched.speed)}\n")
        sys.stdout.flush()
        if not watched.goes_on:
            break
        due = time.monotonic() + LINE_EVERY
        while watched.goes_on and time.monotonic() < due:
            time.sleep(EVERY)
            watched.look()
    sys.stdout.write(f"{watched.title}: {watched.how.lasting()}\n")


def _on_screen(watched: Watched, width: int | None, environ: Mapping[str, str]) -> None:
    with Screen() as own:
        drawn = due = 0.0
        news = True
        while True:
            key = own.key(EVERY) if drawn else ""
            if key in ("q", "Q"):
                break
            news = watched.look() or news
            began = time.monotonic()
            if began >= due and (news or began - drawn > LINE_EVERY):
                own.draw(_lines(watched, width, environ, own.height()))
                drawn, news = time.monotonic(), False
                due = drawn + (drawn - began) / SHARE
            if not watched.goes_on:
                break
    for line in _lines(watched, width, environ, Screen.height())[:-1]:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _lines(watched: Watched, width: int | None, environ: Mapping[str, str], height: int) -> list[str]:
    size = paint.columns(sys.stdout, width)
    speed = "" if watched.speed is None else f"{watched.speed:,.0f} points/s, "
    note = f"{speed}q or Ctrl-C leaves (the run goes on)"
    found = screen.live(watched.run, watched.how, time.time(), size, height, note)
    return paint.coloured(found, environ, size)


class Screen:
    """The terminal while it is ours: the alternate screen, keys without Enter; all of it given back."""

    def __enter__(self) -> Screen:
        self._keys = sys.stdin.isatty()
        self._to_stop = False
        self._old: list[Any] | None = None
        self._handlers = {
            number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGHUP)
        }
        self._handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._ask_to_stop)
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _take(self) -> None:
        if self._keys:
            import termios
            import tty

            self._old = termios.tcgetattr(0)
            tty.setcbreak(0)
        sys.stdout.write(ENTER)
        sys.stdout.flush()

    def _give_back(self) -> None:
        sys.stdout.write(LEAVE)
        sys.stdout.flush()
        if self._old is not None:
            import termios

            termios.tcsetattr(0, termios.TCSADRAIN, self._old)

    def _end(self, number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def _ask_to_stop(self, _: int, __: FrameType | None) -> None:
        self._to_stop = True  # not at once: stdout may be in the midst of a write

    def _stop(self) -> None:
        """Ctrl-Z: the shell gets its terminal as it was, and we ours when it lets us go on."""
        self._to_stop = False
        self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._ask_to_stop)
        self._take()

    def key(self, seconds: float) -> str:
        """The key that was pressed within so many seconds, empty for none."""
        came = select.select([0] if self._keys else [], [], [], seconds)[0]
        if self._to_stop:
            self._stop()
        if not came:
            return ""
        pressed = os.read(0, 1)
        self._keys = bool(pressed)  # the terminal is gone
        return pressed.decode("ascii", "replace")

    def draw(self, lines: list[str]) -> None:
        """Put the lines in the place of the last ones."""
        rows = "\x1b[K\n".join(lines)
        sys.stdout.write(f"\x1b[H{rows}\x1b[K\x1b[J")  # ECMA-48: CUP, EL, ED
        sys.stdout.flush()

    @staticmethod
    def height() -> int:
        """Rows of the terminal."""
        try:
            return max(4, os.get_terminal_size(sys.stdout.fileno()).lines)
        except OSError:
            return 24
