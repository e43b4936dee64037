"""How a run stands, in words: what its run.json says, and whether anybody still writes it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dvclive_cli.outcome import COMPLETED, IMPORTED, INTERRUPTED, SUPERVISOR_LOST, Outcome
from dvclive_cli.texts import clean, duration

from .text import BAD, DIM, GOOD, WARN

RUNNING, OPEN, UNKNOWN = "running", "open", "unknown"
_STYLES = {COMPLETED: GOOD, IMPORTED: GOOD, INTERRUPTED: WARN, RUNNING: WARN, OPEN: WARN, UNKNOWN: DIM}


class Standing(NamedTuple):
    """How a run stands.

    Parameters:
        status: "running", "open" (logged by commands, not ended), "unknown", or how it ended.
        said: the same in words.
        seconds: how long it took, or takes so far; None where unknown.
        began: epoch seconds, None where unknown.
        command: what was run. commit, branch, dirty: of the repository at its start.
        output: the last lines of a program that did not end well.
    """

    status: str
    said: str
    seconds: float | None = None
    began: float | None = None
    command: str = ""
    commit: str = ""
    branch: str = ""
    dirty: bool = False
    output: Sequence[str] = ()

    @property
    def live(self) -> bool:
        """Whether more may come."""
        return self.status in (RUNNING, OPEN)

    @property
    def style(self) -> str:
        """The style of its status."""
        return _STYLES.get(self.status, BAD)

    def lasting(self) -> str:
        """`completed after 2.8 s`."""
        if self.seconds is None:
            return self.said
        return f"{self.said} {'for' if self.live else 'after'} {duration(self.seconds)}"


def standing(
    record: Mapping[str, Any], now: float, host: str, *, held: bool | None, opened: bool = False
) -> Standing:
    """What run.json and the directory's lock say.

    Parameters:
        record: run.json; empty where there is none.
        now: epoch seconds.
        host: this machine's name: no lock tells of a process on another one.
        held: whether somebody writes to the directory; None in a commit, where that cannot be.
        opened: a run of one-shot commands is open there.
    """
    sessions = record.get("sessions")
    last = sessions[-1] if isinstance(sessions, list) and sessions else {}
    last = last if isinstance(last, dict) else {}
    began, seconds = epoch(last.get("start")), record.get("duration")
    seconds = float(seconds) if isinstance(seconds, (int, float)) else None
    status, said = _status(record, last, host, held, opened)
    if status in (RUNNING, OPEN):
        seconds = None if began is None else max(0.0, now - began)
    git = last.get("git")
    git = git if isinstance(git, dict) else {}
    return Standing(
        status,
        said,
        seconds,
        began,
        _command(last.get("argv")),
        str(git.get("commit") or ""),
        str(git.get("branch") or ""),
        git.get("dirty") is True,
        [str(line) for line in output] if isinstance(output := last.get("output"), list) else (),
    )


def _status(
    record: Mapping[str, Any], last: Mapping[str, Any], host: str, held: bool | None, opened: bool
) -> tuple[str, str]:
    status = record.get("status")
    if opened:
        return OPEN, "open: logged by commands"
    if held and (status == RUNNING or not isinstance(status, str)):
        return RUNNING, RUNNING
    if not isinstance(status, str):
        return UNKNOWN, "no word of how it ended"
    if status == RUNNING:
        if held is False and last.get("host") in (None, host):
            return SUPERVISOR_LOST, f"{SUPERVISOR_LOST}: killed, or the machine went down"
        if held is False:
            return RUNNING, f"running on {clean(str(last.get('host')), 40)}"
        return UNKNOWN, "no end was recorded"
    code, signal = record.get("exit_code"), record.get("signal")
    return status, clean(Outcome(status, code, signal, 0).describe(), 80)


def _command(argv: object) -> str:
    return shlex.join(map(str, argv)) if isinstance(argv, list) else ""


def epoch(text: object) -> float | None:
    """ISO 8601, as run.json has it, in epoch seconds; None for anything else."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None


def ago(seconds: float) -> str:
    """An age as a person says it: `just now`, `5 min ago`, `3 days ago`.

    >>> ago(3), ago(300), ago(86400 * 3)
    ('just now', '5 min ago', '3 days ago')
    """
    for size, word in ((86400 * 2, "days"), (3600, "h"), (60, "min")):
        unit = 86400 if word == "days" else size
        if seconds >= size:
            return f"{int(seconds // unit)} {word} ago"
    return "just now"
