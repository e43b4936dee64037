"""Data that DVC tracks: artifacts of a run, and what of the repository's data changed meanwhile.

Decides what `dvc add`, `dvc commit` and, inside a pipeline, `git add` apply to. Knows nothing of experiments.
"""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import Any, NamedTuple

from ..errors import DvcliveError
from . import dvc_guest, snapshot
from .workspace import Workspace


class TrackResult(NamedTuple):
    """What `track` did. `files`: absolute paths that belong into the experiment (`.dvc` file, .gitignore)."""

    tracked: bool
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def track(workspace: Workspace, path: str) -> TrackResult:
    """Track a file or folder with DVC (`dvc add`).

    Inside a pipeline an output of a stage is left alone, since DVC tracks it when the stage ends.

    Parameters:
        workspace: from `open_workspace`, or `Prepared.workspace`.
        path: an existing file or folder; relative to the current directory if not absolute.

    Raises:
        DvcliveError: `artifact-missing`, `artifact-not-tracked`; with what to do.
    """
    target = snapshot.plain(path)
    root = workspace.dvc_root
    if root is None:
        note = f"{path} is not tracked: there is no DVC repository here. To track it, run `dvc init` first."
        return TrackResult(False, (), (note,))
    if not os.path.lexists(target):
        raise DvcliveError("artifact-missing", f"{path} does not exist", "Give an existing file or folder.")
    if not snapshot.inside(target, root):
        fact = f"{path} lies outside of the DVC repository {root}"
        raise DvcliveError("artifact-not-tracked", fact, "Copy it into the run directory (`copy=True`).")
    notes: tuple[str, ...] = ()
    try:
        with dvc_guest.open_repo(root) as repo:
            stage = _pipeline_stage_of(repo, target)
            if stage and workspace.context in ("exp-run", "repro"):
                note = f"{path} is an output of stage {stage!r}: DVC tracks it when the stage ends."
                return TrackResult(False, (), (note,))
            if stage:
                fact = f"{path} is an output of stage {stage!r} in a pipeline, which `dvc add` may not change"
                advice = "Remove it from the stage's `outs`, or record it with `dvc commit`."
                raise DvcliveError("artifact-not-tracked", fact, advice)
            if workspace.context in ("exp-run", "repro"):
                notes = (
                    f"To have the pipeline track {path}, add it to the `outs` of its stage in dvc.yaml.",
                )
            added = [os.path.realpath(stage.path) for stage in dvc_guest.patiently(partial(repo.add, target))]
    except DvcliveError:
        raise
    except Exception as error:
        fact = f"DVC cannot track {path}: {dvc_guest.reason(error)}"
        raise DvcliveError("artifact-not-tracked", fact) from error
    ignored_by = os.path.join(os.path.dirname(target), ".gitignore")
    return TrackResult(True, (*added, *([ignored_by] if os.path.exists(ignored_by) else [])), notes)


def _pipeline_stage_of(repo: Any, target: str) -> str | None:
    """The stage of a pipeline (not a `.dvc` file) whose output a path is, or lies in, or holds."""
    for stage in repo.index.stages:
        for out in () if stage.is_data_source else stage.outs:
            where = os.path.realpath(out.fs_path)
            if snapshot.inside(target, where) or snapshot.inside(where, target):
                return _called(repo, stage)
    return None


def _called(repo: Any, stage: Any) -> str:
    """A stage as the user calls it from the repository's root: `train`, `sub/dvc.yaml:train`, `data.dvc`."""
    path = os.path.relpath(str(stage.path), str(repo.root_dir))
    name = getattr(stage, "name", None)
    if not name:
        return path
    return str(name) if path == "dvc.yaml" else f"{path}:{name}"


def stage_outputs(workspace: Workspace, dir: str) -> tuple[str, ...]:  # noqa: A002
    """Inside `dvc exp run`: `git add` the run's new files, because DVC takes only known files.

    What Git ignores and what a stage declares as an output stay out.

    Parameters:
        workspace: from `open_workspace`.
        dir: the run directory.

    Returns:
        The added files, relative to the Git root.

    Raises:
        DvcliveError: `git-add-failed`.
    """
    git_root, dvc_root = workspace.git_root, workspace.dvc_root
    if git_root is None or dvc_root is None:
        return ()
    try:
        with dvc_guest.open_repo(dvc_root) as repo:
            outs = {os.path.realpath(out.fs_path) for out in repo.index.outs}
        found = snapshot.untracked(git_root, snapshot.plain(dir))
        paths = tuple(path for path in found if not snapshot.held(os.path.join(git_root, path), outs))
        if paths:
            snapshot.add(git_root, paths)
    except Exception as error:
        fact = f"The run's files in {dir} are not in the experiment: {dvc_guest.reason(error)}"
        raise DvcliveError("git-add-failed", fact, f"Run `git add {shlex.quote(dir)}`.") from error
    return paths


def commit_data(repo: Any, notes: list[str]) -> None:
    """`dvc commit` of what changed: the data goes to the cache, its hash to the `.dvc` file or dvc.lock.

    Stage by stage, because one that never ran or whose data was not pulled fails `dvc commit` as a whole; and
    only where something changed, because DVC rewrites these files in place.

    Parameters:
        repo: an open `dvc.repo.Repo`.
        notes: gets a line about data that could not be committed.

    Raises:
        LockError: another DVC command keeps the repository locked.
    """
    from dvc.lock import LockError

    failed = []
    for stage in list(repo.index.stages):
        try:
            if _has_news(stage):
                dvc_guest.patiently(partial(_commit_stage, repo, stage))
        except LockError:
            raise
        except Exception as error:
            failed.append(f"{_called(repo, stage)} ({dvc_guest.reason(error)})")
    if failed:
        notes.append(f"Data that DVC tracks is not in the experiment as it is now: {'; '.join(failed)}.")


def _commit_stage(repo: Any, stage: Any) -> None:
    """What `dvc commit --force STAGE` does, without its entry in the run cache.

    It would tell a later `dvc repro` that this stage made these outputs, which nobody has seen; and DVC
    writes it only when the current directory is inside the repository.
    """
    from dvc.repo import lock_repo

    with lock_repo(repo):
        stage.save(run_cache=False)
        stage.commit(relink=False)
        stage.dump(update_pipeline=False)


def _has_news(stage: Any) -> bool:
    """Whether there is anything to commit: a changed output, or a stage's changed dependency or command."""
    if not any(out.exists for out in stage.outs):
        return False
    if any(out.changed() for out in stage.outs):
        return True
    return not stage.is_data_source and bool(stage.changed_stage() or any(stage.changed_entries()))
