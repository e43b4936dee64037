"""What `status` says of a run directory: read from its files, without its lock, and nothing is changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from ..disk import locks
from ..outcome import SUPERVISOR_LOST
from ..texts import clean, duration, shown
from ..writers.run_json import RUNNING
from . import kept

MAX_METRICS = 30


def look(folder: str) -> dict[str, Any]:
    """The run in a directory.

    `status`: "none", "open" (logged by commands, not ended), "running" (a program records it), or how it
    ended; "supervisor-lost" where that program is gone without a word.
    `step`: the current one of an open run; else the last. `start` and `changed`: epoch milliseconds.
    """
    found: dict[str, Any] = {"dir": folder, "status": "none"}
    record = _json(os.path.join(folder, "run.json"))
    if isinstance(record, dict) and isinstance(record.get("status"), str):
        found["status"] = record["status"]
        found |= {key: record.get(key) for key in ("exit_code", "signal", "duration")}
        if found["status"] == RUNNING and _is_lost(record, folder):
            found["status"] = SUPERVISOR_LOST
    summary = _json(os.path.join(folder, "metrics.json"))
    found["step"] = summary.pop("step", None) if isinstance(summary, dict) else None
    found["metrics"] = summary if isinstance(summary, dict) else {}
    text = kept.read_state(folder)
    if text:
        found |= _open(text)
    return found


def _is_lost(record: Mapping[str, Any], folder: str) -> bool:
    """Whether a run of this machine never told its end, and nobody writes there any more."""
    try:
        here = record["sessions"][-1]["host"] == os.uname().nodename
    except (LookupError, TypeError):
        return False
    return here and not locks.holder(folder)


def _open(text: str) -> dict[str, Any]:
    try:
        state = kept.peek(text)
        if state["version"] != kept.VERSION:
            return {"status": "open"}
        run = state["session"]["run"]
        return {
            "status": "open",
            "step": run["step"],
            "points": sum(series["count"] for series in run["series"]),
            "params": run["params"],
            "experiment": state["exp_name"] or state["options"]["exp_name"],
            "start": state["opened_ms"],
            "changed": state["touched_ms"],
        }
    except (ValueError, KeyError, TypeError) as error:
        return {"status": "open", "error": f"its state cannot be read: {error}"}


def _json(path: str) -> Any:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError):
        return None


def text(found: Mapping[str, Any]) -> str:
    """The same for a person."""
    lines = [f"run         {clean(os.path.relpath(found['dir']))}"]
    status = str(found["status"])
    if status == "none":
        lines.append("status      there is none")
        lines.append("next        dvclive log-metric loss 0.5")
        return "\n".join(lines)
    if status == "open":
        now = time.time_ns() // 1_000_000
        if found.get("start") is not None:
            since, last = ((now - found[key]) / 1000 for key in ("start", "changed"))
            status = f"open for {duration(max(0.0, since))}, changed {duration(max(0.0, last))} ago"
    elif found.get("signal"):
        status += f", {found['signal']}"
    elif found.get("exit_code"):
        status += f", exit code {found['exit_code']}"
    lines.append(f"status      {clean(status)}")
    if found.get("error"):
        lines.append(f"error       {clean(found['error'])}")
    if found.get("step") is not None:
        lines.append(f"step        {found['step']}")
    flat = list(_flat(found["metrics"]))
    for index, (name, value) in enumerate(flat[:MAX_METRICS]):
        lines.append(f"{'' if index else 'metrics':<11} {clean(name, 48)} = {shown(value)}")
    if len(flat) > MAX_METRICS:
        lines.append(f"            ... and {len(flat) - MAX_METRICS} more")
    for index, (name, value) in enumerate((found.get("params") or {}).items()):
        lines.append(f"{'' if index else 'params':<11} {clean(name, 48)} = {clean(str(value), 60)}")
    if found.get("experiment"):
        lines.append(f"experiment  {clean(found['experiment'])}")
    if found["status"] == "open":
        lines.append("next        dvclive end")
    return "\n".join(lines)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Any:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value
