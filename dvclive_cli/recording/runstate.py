"""A session's state as JSON can say it, and back: what a run carries from one command to the next.

A folder travels (a clone, a container that mounts it elsewhere), so paths inside the run directory are
relative to it, and the text can hold nothing but values: reading somebody else's file runs nothing. Opens no
file.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Mapping
from typing import Any

from ..events import Progress
from ..run import PlotEntry, Run
from ..series import Series

_LISTED = ("dirty",)  # of a Run: sets
_ENTRIES = ("plots",)  # of a Run: named tuples by path


def render(about: Mapping[str, Any], session: Mapping[str, Any], folder: str) -> str:
    """The text.

    Parameters:
        about: what else is to be carried; plain values.
        session: `Session.checkpoint()`, nothing of which waits for the disk.
        folder: the run directory, absolute.
    """
    tsv = session["tsv"]
    plain = {
        "run": _plain_run(session["run"]),
        "sizes": {os.path.relpath(path, folder): size for path, size in tsv["sizes"].items()},
        "heads": {os.path.relpath(path, folder): head.decode() for path, head in tsv["heads"].items()},
        "timed": tsv["timed"],
        "lost": tsv["lost"],
        "earlier": session["earlier"],
        "kept": sorted(session["kept"]),
        "tracked": [os.path.relpath(path, folder) for path in session["tracked"]],
        "told": sorted(session["told"]),
        "said": session["said"],
    }
    return json.dumps({**about, "session": plain}, separators=(",", ":"))


def parse(text: str, folder: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Back from the text: what else was carried, and the state for `Session.carry_on`.

    Raises:
        ValueError: it is no such text.
    """
    try:
        about = json.loads(text)
        plain = about.pop("session")
        here = os.path.join(folder, "")
        tsv = {
            "sizes": {os.path.normpath(here + path): size for path, size in plain["sizes"].items()},
            "heads": {os.path.normpath(here + path): head.encode() for path, head in plain["heads"].items()},
            "timed": plain["timed"],
            "lost": plain["lost"],
            "waiting": {},
        }
        state = {
            "run": _run(plain["run"]),
            "tsv": tsv,
            "earlier": plain["earlier"],
            "kept": frozenset(plain["kept"]),
            "tracked": [os.path.normpath(here + path) for path in plain["tracked"] if _of_dvc(path)],
            "told": set(plain["told"]),
            "said": plain["said"],
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    if not all(path.startswith(here) for path in tsv["sizes"]):  # rows behind a size are taken back
        raise ValueError("a path in it leads out of the directory")
    return about, state


def _of_dvc(path: str) -> bool:
    """Whether DVC writes files of that name beside tracked data; others are not put into an experiment."""
    return path.endswith((".dvc", ".gitignore"))


def _plain_run(run: Run) -> dict[str, Any]:
    run.fold()
    plain = dict(vars(run))
    plain["series"] = [_plain_series(series) for series in run.series.values()]
    plain.update({name: sorted(plain[name]) for name in _LISTED})
    plain.update({name: _plain_entries(plain[name]) for name in _ENTRIES})
    return plain


def _run(plain: dict[str, Any]) -> Run:
    run = Run()
    series = [_series(one) for one in plain.pop("series")]
    vars(run).update({name: plain[name] for name in vars(run) if name != "series"})
    run.series = {one.name: one for one in series}
    run.dirty = set(run.dirty)
    run.plots = _entries(plain["plots"])
    run.progress = None if run.progress is None else Progress(*run.progress)
    run.pace = [(step, ms) for step, ms in run.pace]
    run.went_back = None if run.went_back is None else (*run.went_back,)
    return run


def _plain_series(series: Series) -> dict[str, Any]:
    plain = {name: getattr(series, name) for name in Series.__slots__ if name not in ("rows", "recent")}
    plain["table"] = series.table.tobytes().hex()  # 800 floats as text would take longer than all the rest
    return plain


def _series(plain: Mapping[str, Any]) -> Series:
    series = Series(plain["name"])
    for name, value in plain.items():
        if name in Series.__slots__ and name != "table":
            setattr(series, name, value)
    series.table = array("d", bytes.fromhex(plain["table"]))
    return series


def _plain_entries(plots: Mapping[str, PlotEntry]) -> dict[str, Any]:
    return {path: [dict(entry.given), dict(entry.defaults)] for path, entry in plots.items()}


def _entries(plain: Mapping[str, Any]) -> dict[str, PlotEntry]:
    return {path: PlotEntry(given, defaults) for path, (given, defaults) in plain.items()}
