"""run.json: how the run went, and what was run.

DVC reads it as a metrics file and shows every number and text in it as a column of `dvc exp show`, but
passes over lists (tried with DVC 3.67). So what belongs into the table stands at the top: status, exit
code or signal, duration. Everything else stands in the list `sessions`, one entry for each time the run
was started or resumed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dvclive_cli.outcome import IMPORTED, SUPERVISOR_LOST, Outcome

RUNNING = "running"
MAX_SESSIONS = 100


def render(facts: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], outcome: Outcome | None) -> str:
    """The file's text.

    Parameters:
        facts: what is known of this session (argv, cwd, pid, host, versions, counts, ...), secrets masked
            by the caller; `start_ms`, epoch milliseconds, becomes `start`.
        earlier: entries of earlier sessions, from `parse`.
        outcome: None while it runs.
    """
    session: dict[str, Any] = {"status": outcome.status if outcome else RUNNING}
    start_ms = facts.get("start_ms")
    if outcome:
        session["exit_code"], session["signal"] = outcome.exit_code, outcome.signal
    if start_ms is not None:
        session["start"] = iso(start_ms)
    if outcome and outcome.status != IMPORTED:  # a log does not say when
        session["end"] = iso(outcome.end_ms)
        session["duration"] = None if start_ms is None else max(0, outcome.end_ms - start_ms) / 1000
    session.update((key, value) for key, value in facts.items() if key != "start_ms")
    top = {key: session.get(key) for key in ("status", "exit_code", "signal")}
    spent = [entry.get("duration") for entry in (*earlier, session)]
    known = [part for part in spent if isinstance(part, (int, float))]
    top["duration"] = round(sum(known), 3) if outcome and known else None
    return json.dumps({**top, "sessions": [*earlier, session][-MAX_SESSIONS:]}, indent=4, default=str) + "\n"


def parse(text: str) -> list[dict[str, Any]]:
    """The sessions of an earlier run.json; empty for a text that is none.

    A session that never told its end was killed together with whoever watched it.
    """
    try:
        sessions = json.loads(text)["sessions"]
    except (ValueError, KeyError, TypeError):
        return []
    found = [entry for entry in sessions if isinstance(entry, dict)] if isinstance(sessions, list) else []
    for entry in found:
        if entry.get("status") == RUNNING:
            entry["status"] = SUPERVISOR_LOST
    return found


def iso(ms: int) -> str:
    """Epoch milliseconds as ISO 8601 in UTC.

    >>> iso(1623671484747)
    '2021-06-14T11:51:24.747Z'
    """
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03d}Z"
