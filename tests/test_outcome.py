"""How a run ended, from real wait statuses."""

from __future__ import annotations

import os
import signal

import pytest

from dvclive_cli.outcome import Outcome, outcome_of


def wait_status(how: str) -> int:
    """The wait status of a shell that runs `how`."""
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", how], os.environ)
    return os.waitpid(pid, 0)[1]


@pytest.mark.parametrize(
    ("how", "stops", "outcome", "words"),
    [
        ("exit 0", 0, Outcome("completed", 0, None, 7), "completed"),
        ("exit 0", 1, Outcome("completed", 0, None, 7), "completed"),
        ("exit 3", 0, Outcome("failed", 3, None, 7), "failed, exit code 3"),
        ("exit 255", 0, Outcome("failed", 255, None, 7), "failed, exit code 255"),
        ("exit 143", 2, Outcome("interrupted", 143, None, 7), "interrupted, exit code 143"),
        ("kill -9 $$", 0, Outcome("killed", None, "SIGKILL", 7), "killed, SIGKILL"),
        ("kill -15 $$", 0, Outcome("killed", None, "SIGTERM", 7), "killed, SIGTERM"),
        ("kill -15 $$", 1, Outcome("interrupted", None, "SIGTERM", 7), "interrupted, SIGTERM"),
        ("kill -40 $$", 0, Outcome("killed", None, "SIG40", 7), "killed, SIG40"),
    ],
)
def test_outcomes(how: str, stops: int, outcome: Outcome, words: str) -> None:
    found = outcome_of(wait_status(how), stops, 7)
    assert found == outcome
    assert found.describe() == words


def test_an_end_that_nobody_saw() -> None:
    assert outcome_of(None, 0, 7) == Outcome("supervisor-lost", None, None, 7)
    assert outcome_of(None, 0, 7).describe() == "supervisor-lost"


def test_core_dumps_do_not_change_the_signal() -> None:
    """The core flag (0x80) of a wait status is not part of the signal's number."""
    assert outcome_of(signal.SIGSEGV | 0x80, 0, 7).signal == "SIGSEGV"
