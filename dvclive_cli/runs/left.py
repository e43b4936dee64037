"""What a run left in its directory: how it ended or did not, torn tails, leftovers, its experiment.

Reads only: no lock is taken and nothing is mended. `recover.py` mends, `doctor.py` tells.
"""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from ..disk import files, locks
from ..repository import vcs
from ..writers import metrics_tsv
from ..writers.run_json import RUNNING
from . import outputs


class Left(NamedTuple):
    """What is there.

    Parameters:
        dir: the run directory, absolute.
        record: run.json; None where there is none that parses.
        holder: who writes here now; empty where nobody does.
        open: a run of one-shot commands is open: `dvclive end` ends it.
        torn: TSV files whose last row is torn, relative.
        leftovers: temporary files and folders of processes that are gone, relative.
        series: TSV files.
    """

    dir: str
    record: dict[str, Any] | None
    holder: str
    open: bool
    torn: tuple[str, ...]
    leftovers: tuple[str, ...]
    series: int

    @property
    def session(self) -> dict[str, Any]:
        """run.json's entry of the last time that the run was started."""
        sessions = (self.record or {}).get("sessions")
        last = sessions[-1] if isinstance(sessions, list) and sessions else None
        return last if isinstance(last, dict) else {}

    @property
    def status(self) -> str:
        """How the run ended, "running" where it never said, "none" where there is no run."""
        said = (self.record or {}).get("status")
        if isinstance(said, str):
            return said
        return RUNNING if self.series else "none"

    @property
    def unfinished(self) -> bool:
        """Whether a run never told its end although nobody writes any more."""
        return self.status == RUNNING and not self.holder and not self.open


def look(folder: str) -> Left:
    """What is in a directory (absolute), which need not exist."""
    return Left(
        folder,
        _record(os.path.join(folder, outputs.RUN_JSON)),
        locks.holder(folder),
        os.path.exists(os.path.join(folder, files.OPEN_RUN)),
        *_rows(os.path.join(folder, outputs.METRICS), folder),
    )


def _record(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _rows(metrics: str, folder: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    torn, series = [], 0
    for _, path in metrics_tsv.MetricsTsv(metrics).found():
        series += 1
        try:
            if metrics_tsv.is_torn(path):
                torn.append(os.path.relpath(path, folder))
        except OSError:
            continue
    leftovers = [*files.stale_temps(folder)]
    try:
        leftovers += [
            name for name in os.listdir(folder) if name.startswith((outputs.EARLIER, outputs.RETURNING))
        ]
    except OSError:
        pass
    return tuple(torn), tuple(sorted(leftovers)), series


def experiment_of(folder: str) -> str | None:
    """The name of the experiment that holds this very run; None where none does.

    run.json says when and as which process the run was started, so no two runs have the same.

    Raises:
        GitError: Git cannot be asked.
    """
    root = vcs.find_root(folder)
    path = os.path.join(folder, outputs.RUN_JSON)
    if root is None or not os.path.exists(path):
        return None
    blob = vcs.git(root, "hash-object", "--no-filters", "--", path).strip()
    inside = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    listed = vcs.git(root, "for-each-ref", "--sort=-creatordate", "--format=%(refname)", "refs/exps/")
    for ref in listed.splitlines():
        if ref.count("/") != 4:
            continue
        try:
            held = vcs.git(root, "rev-parse", "--verify", "--quiet", f"{ref}:{inside}").strip()
        except vcs.GitError:
            continue
        if held == blob:
            return ref.rpartition("/")[2]
    return None
