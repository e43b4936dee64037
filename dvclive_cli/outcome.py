"""How a run ended, told truthfully: one small value made from a wait status."""

from __future__ import annotations

import os
import signal
from typing import NamedTuple

COMPLETED, FAILED, KILLED = "completed", "failed", "killed"
INTERRUPTED, SUPERVISOR_LOST = "interrupted", "supervisor-lost"
ABANDONED = "abandoned"  # logged by single commands, and never ended by one
IMPORTED = "imported"  # recorded from logs: how the program ended is not known


class Outcome(NamedTuple):
    """The end of a run. `exit_code` or `signal` (its name, e.g. SIGKILL) is set, or neither where nobody saw
    the end; `end_ms` is in epoch milliseconds."""

    status: str
    exit_code: int | None
    signal: str | None
    end_ms: int

    def describe(self) -> str:
        """In words: `failed, exit code 3`."""
        if self.signal is not None:
            return f"{self.status}, {self.signal}"
        if self.exit_code:
            return f"{self.status}, exit code {self.exit_code}"
        return self.status


def outcome_of_shell(code: int, end_ms: int) -> Outcome:
    """The outcome behind `$?`: 128 and a signal's number for a program that it killed, sh(1).

    >>> outcome_of_shell(143, 0).describe(), outcome_of_shell(130, 0).status
    ('killed, SIGTERM', 'interrupted')
    """
    if code == 0:
        return Outcome(COMPLETED, 0, None, end_ms)
    if 128 < code < 128 + signal.NSIG:
        number = code - 128
        status = INTERRUPTED if number == signal.SIGINT else KILLED
        return Outcome(status, None, _signal_name(number), end_ms)
    return Outcome(FAILED, code, None, end_ms)


def outcome_of(wait_status: int | None, stop_requests: int, end_ms: int) -> Outcome:
    """The outcome behind a wait status (None: the supervisor was lost and nobody saw it).

    A program that did not end well after somebody asked it to stop was interrupted, whichever way it ended.
    """
    if wait_status is None:
        return Outcome(SUPERVISOR_LOST, None, None, end_ms)
    if os.WIFSIGNALED(wait_status):
        status = INTERRUPTED if stop_requests else KILLED
        return Outcome(status, None, _signal_name(os.WTERMSIG(wait_status)), end_ms)
    code = os.WEXITSTATUS(wait_status)
    if code == 0:
        return Outcome(COMPLETED, 0, None, end_ms)
    return Outcome(INTERRUPTED if stop_requests else FAILED, code, None, end_ms)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIG{number}"
