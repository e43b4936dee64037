"""How long the end of a run may take: what stop requests leave for saving.

Decides when slow work is cut short: by its time limit (SIGALRM), or by a second stop request, which the
supervisor sends on as SIGTERM. For the main thread of the recorder, whose signals these two become.
"""

from __future__ import annotations

import signal
from collections.abc import Callable


class _Hurry(BaseException):
    """The work has to end now."""


class Patience:
    """Takes SIGTERM and SIGALRM from here on."""

    def __init__(self) -> None:
        self._gone = False
        self._interruptible = False
        signal.signal(signal.SIGTERM, self._lose)
        signal.signal(signal.SIGALRM, self._lose)

    def _lose(self, number: int, frame: object) -> None:
        self._gone = True
        if self._interruptible:
            self._interruptible = False
            raise _Hurry

    def lasts(self, work: Callable[[], object], seconds: float | None) -> bool:
        """Do some work, in so many seconds at most; False where it was cut short, or not even begun."""
        if seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            self._interruptible = True
            if not self._gone:
                work()
                return True
        except _Hurry:
            pass
        finally:
            self._interruptible = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False
