"""Where a run stands: in which Git and DVC repository, inside a pipeline or not, and why nothing is saved.

Reads folders and the environment that it is given, and asks Git for HEAD. Imports no dvc and changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from .. import env
from . import vcs


class Workspace(NamedTuple):
    """Where a run stands.

    `context`: "plain" (an experiment will be saved), "exp-run" (inside `dvc exp run`), "repro" (inside `dvc
    repro`), "no-git" or "empty-git" (no commit yet). `dvc_root` None: no DVC repository yet.
    `baseline_rev`: the commit that the experiment starts from. `notes`: for the user, why nothing will be
    saved. `exp_name`: the value of `DVC_EXP_NAME`.
    """

    context: str
    git_root: str | None
    dvc_root: str | None
    baseline_rev: str | None
    notes: tuple[str, ...] = ()
    exp_name: str | None = None

    @property
    def saves(self) -> bool:
        """Whether an experiment can be saved here."""
        return self.context == "plain"


def open_workspace(dir: str, environ: Mapping[str, str]) -> Workspace:  # noqa: A002
    """Find out which repository a run directory belongs to. Changes nothing, imports no dvc.

    Parameters:
        dir: the run directory; it need not exist yet.
        environ: the environment, for DVC's variables.
    """
    where = os.path.realpath(dir)
    git_root = vcs.find_root(where)
    dvc_root = _find_dvc_root(where, git_root)
    found = Workspace("plain", git_root, dvc_root, None, (), environ.get(env.DVC_EXP_NAME) or None)
    if environ.get(env.DVC_ROOT):
        baseline = environ.get(env.DVC_EXP_BASELINE_REV) or None
        if baseline:
            return found._replace(context="exp-run", baseline_rev=baseline)
        note = (
            "Running inside `dvc repro`: no experiment is saved, DVC tracks the stage's outputs. "
            "To get an experiment, start the pipeline with `dvc exp run`."
        )
        return found._replace(context="repro", notes=(note,))
    if git_root is None:
        note = (
            f"{where} is in no Git repository: the files are written, no experiment is saved. "
            "To save experiments, run `git init`, commit your code and run again."
        )
        return found._replace(context="no-git", notes=(note,))
    try:
        baseline = vcs.head(git_root)
    except vcs.GitError as error:
        return found._replace(context="no-git", notes=(f"No experiment is saved. {error}",))
    if baseline is None:
        note = (
            f"The Git repository {git_root} has no commits yet: the files are written, no experiment is "
            "saved. An experiment starts from a commit: run `git add` and `git commit`, then run again."
        )
        return found._replace(context="empty-git", notes=(note,))
    return found._replace(baseline_rev=baseline)


def dvc_root_of(dir: str) -> str | None:  # noqa: A002
    """The DVC repository that a run directory belongs to, found without starting a process; None for none."""
    where = os.path.realpath(dir)
    return _find_dvc_root(where, vcs.find_root(where))


def _find_dvc_root(where: str, git_root: str | None) -> str | None:
    """The nearest `.dvc` folder upwards, at most up to the Git root (`dvc init --subdir` puts it below)."""
    folder = where
    while not os.path.isdir(os.path.join(folder, ".dvc")):
        parent = os.path.dirname(folder)
        if folder == git_root or parent == folder:
            return None
        folder = parent
    return folder
