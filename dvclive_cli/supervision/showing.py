"""`--progress` in the recorder: what the line on the terminal is to say, told to the supervisor.

Between the recorder, which has the output and the state of the run, and `progress/`, which thinks about
them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..config import Config
from ..progress.board import Board
from ..progress.gauge import Gauge
from ..run import Run

TELL_EVERY = 0.1  # seconds; the supervisor looks twice less often


class Showing:
    """What one run shows on the terminal.

    Parameters:
        board: where the supervisor reads it.
        gauge: what is known so far.
    """

    def __init__(self, board: Board, gauge: Gauge, clock: Callable[[], float] = time.monotonic) -> None:
        self.board, self.gauge, self._clock = board, gauge, clock
        self._next = 0.0
        self._stale = True

    def hear(self, output: bytes, now_ms: int) -> None:
        """The program has printed something."""
        self.gauge.hear(output, now_ms)

    def tell(self, run: Run) -> None:
        """Something may have changed: tell it, at most every so often."""
        now = self._clock()
        if now < self._next:
            self._stale = True
            return
        self.board.say(self.gauge.facts(run, int(time.time() * 1000)))
        self._next, self._stale = now + TELL_EVERY, False

    def due_in(self) -> float:
        """Seconds until what changed has to be told; far away where nothing has."""
        return max(0.0, self._next - self._clock()) if self._stale else 3600.0

    def wipe(self, outs: Iterable[int]) -> None:
        """The supervisor is gone, its line perhaps not."""
        left = self.board.left()
        out = next((fd for fd in outs if os.isatty(fd)), None)
        if left and out is not None:
            try:
                os.write(out, left)
            except OSError:
                pass


def showing(plumbing: Mapping[str, Any], config: Config) -> Showing | None:
    """What shows this run on the terminal; None where nothing does."""
    fd = plumbing["board"]
    return None if fd is None else Showing(Board(fd), Gauge(config.total))
