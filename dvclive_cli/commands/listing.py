"""`dvclive ls`: the runs in the directories below, and the experiments of the repository.

Experiments are read from Git's objects, two Git processes for all of them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import UsageError
from ..repository import vcs
from ..runs import outputs, recorded
from ..saying import answered
from ..screens import listing, paint
from ..screens.listing import Listed
from ..screens.standing import standing
from ..writers import metrics_json
from . import showing

DEPTH = 6  # folders below the one that is asked for
SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages"})
_REFS = "--format=%(refname) %(creatordate:unix)"


def ls(folder: str | None, width: int | None, environ: Mapping[str, str], *, as_json: bool) -> int:
    """`dvclive ls` from its words to its exit status."""

    def body() -> None:
        top = os.path.abspath(folder or ".")
        if not os.path.isdir(top):
            raise UsageError("run-not-found", f"{folder} is no directory", "Give one that holds runs.")
        newest = sorted(directories(top), key=lambda run: -(run.when or 0))
        runs = [*newest, *experiments(top, showing.run_folder(environ))]
        if as_json:
            text = json.dumps(listing.objects(runs), indent=2, default=str)
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        elif runs:
            size = paint.columns(sys.stdout, width)
            fits = size if width is not None or sys.stdout.isatty() else 0
            paint.show(listing.lines(runs, time.time(), fits), sys.stdout, environ, size)
        else:
            sys.stdout.write(
                f"No runs in {os.path.relpath(top)} and no experiments; `dvclive run` makes one.\n"
            )

    return answered(body)


def directories(top: str) -> Iterator[Listed]:
    """The runs in the folder and below. Nothing is looked for inside a run, nor in hidden folders."""
    for path in _runs_below(top, DEPTH):
        place = recorded.Folder(path)
        how = showing.stands(place)
        metrics, _ = recorded.metrics(place)
        yield Listed(
            os.path.relpath(path), "directory", how, how.began or _changed(path), metrics, how.commit
        )


def _runs_below(folder: str, depth: int) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == outputs.RUN_JSON for entry in entries) or os.path.isdir(
        os.path.join(folder, outputs.METRICS)
    ):
        yield folder
    own = {part.partition("/")[0] for part in outputs.OWN_FOLDERS}
    for entry in entries:
        if depth and entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            venv = os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
            if entry.name not in SKIPPED and entry.name not in own and not venv:
                yield from _runs_below(entry.path, depth - 1)


def _changed(folder: str) -> float | None:
    """When a run without run.json (DVCLive 3.x wrote none) was last written to."""
    try:
        return os.stat(os.path.join(folder, outputs.METRICS_JSON)).st_mtime
    except OSError:
        return None


class _Ref(NamedTuple):
    """An experiment: refs/exps/<2 digits of the baseline>/<the rest>/<name>."""

    ref: str
    saved: float

    @property
    def name(self) -> str:
        return self.ref.rpartition("/")[2]

    @property
    def baseline(self) -> str:
        return "".join(self.ref.split("/")[2:4])


def experiments(top: str, run_dir: str) -> Iterator[Listed]:
    """The experiments of the repository that holds the folder, the newest first.

    `run_dir`: where in them a run is looked for first. One that holds no run has a name and an age.
    """
    root = vcs.find_root(os.path.realpath(top))
    if root is None:
        return
    said = vcs.git(root, "for-each-ref", "--sort=-creatordate", _REFS, "refs/exps/")
    words = [line.split(" ") for line in said.splitlines()]
    refs = [_Ref(ref, float(when or 0)) for ref, when in words if ref.count("/") == 4]
    branches = _branches(root)
    inside = os.path.relpath(os.path.realpath(run_dir), os.path.realpath(root)).replace(os.sep, "/")
    names = (outputs.RUN_JSON, outputs.METRICS_JSON)
    read = recorded.blobs(root, [f"{ref.ref}:{inside}/{name}" for ref in refs for name in names])
    for ref, record, summary in zip(refs, read, read, strict=True):
        if not record and not summary:
            record, summary = _elsewhere(root, ref)
        how = standing(showing.parsed(record), time.time(), "", held=None)
        if not record:
            how = how._replace(said="")
        metrics = _metrics(summary)
        yield Listed(
            ref.name, "experiment", how, ref.saved, metrics, ref.baseline, branches.get(ref.baseline, ())
        )


def _elsewhere(root: str, ref: _Ref) -> tuple[bytes, bytes]:
    """run.json and metrics.json of an experiment that was recorded into another directory."""
    folder = recorded.only_run(root, ref.ref)
    if folder is None:
        return b"", b""
    place = recorded.Revision(root, ref.ref, folder)
    return place.read(outputs.RUN_JSON) or b"", place.read(outputs.METRICS_JSON) or b""


def _metrics(data: bytes) -> dict[str, Any]:
    try:
        return dict(metrics_json.parse(data.decode("utf-8", "replace"))[0]) if data else {}
    except ValueError:
        return {}


def _branches(root: str) -> dict[str, list[str]]:
    """Branches and tags by their commit."""
    found: dict[str, list[str]] = {}
    form = "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end) %(refname:short)"
    for line in vcs.git(root, "for-each-ref", form, "refs/heads/", "refs/tags/").splitlines():
        commit, _, name = line.partition(" ")
        found.setdefault(commit, []).append(name)
    return found
