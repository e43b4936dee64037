"""The live updates of one run: which experiment it is at Studio, what is shown of it, how it ended.

Between the recorder (or `Live`), which knows the run, and `studio/`, which knows the server. Nothing here
waits for the network, but `end`, for as long as it is told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from . import env, saver
from .config import Config
from .errors import DvcliveError
from .outcome import COMPLETED, IMPORTED, Outcome
from .run import Run
from .studio import bodies
from .studio.bodies import NO_COMMIT, Identity
from .studio.gather import Snapshot
from .studio.ledger import NAME, Ledger
from .studio.post import Poster
from .studio.sender import Sender
from .studio.settings import find as find_settings
from .workspace import Workspace
from .writers.metrics_json import nested

TAIL = 4000  # characters of the program's last output that a server is told


class Broadcast:
    """A run that a server is told of."""

    def __init__(self, sender: Sender, identity: Identity, details: bool) -> None:
        self._sender, self.identity, self._details = sender, identity, details

    def show(self, run: Run, folder: str, home: str) -> None:
        """The run as it is now. `folder`: its directory; `home`: what paths in dvc.yaml are relative to."""
        plots: dict[str, Mapping[str, Any]] = {}
        for path, entry in run.plots.items():
            inside = os.path.relpath(os.path.join(home, path), folder).replace(os.sep, "/")
            plots[inside] = {**entry.defaults, **entry.given}
        metrics = nested(run.summary(), run.shown_step)
        self._sender.show(Snapshot(run.shown_step or 0, metrics, dict(run.params), plots))

    def end(self, outcome: Outcome, experiment_rev: str | None, output: str, limit: float) -> str | None:
        """Send the rest and say how it ended, within `limit` seconds; what the user should know."""
        ending = None
        if self._sender.announces:
            ending = bodies.done(self.identity, experiment_rev, self._errors(outcome, output))
        if self._sender.finish(ending, limit) or self._sender.denied:
            return None
        return (
            f"Studio at {self._sender.poster.where} could not be reached in time "
            f"({self._sender.last_trouble or 'no answer'}): `dvclive studio sync` sends the rest."
        )

    def _errors(self, outcome: Outcome, output: str) -> list[tuple[str, str]]:
        if not self._details or outcome.status in (COMPLETED, IMPORTED):
            return []
        said = outcome.describe()
        return [(f"dvclive.{outcome.status}", f"{said}\n{output[-TAIL:]}" if output else said)]


def begin(
    config: Config,
    run_dir: str,
    workspace: Workspace,
    exp_name: str | None,
    started_ms: int,
    environ: Mapping[str, str],
    note: Callable[[str], None],
) -> Broadcast | None:
    """Live updates for a run, if a token says where to; None without one.

    Parameters:
        workspace, exp_name: where the run stands, DVC initialised, and how its experiment is called.
        started_ms: tells this run from others in the same directory.

    Raises DvcliveError where a token is given and it cannot work.
    """
    found = find_settings(environ, workspace.git_root, workspace.dvc_root)
    if found is None:
        return None
    if found.repo_url is None:
        raise DvcliveError(
            "studio-repository",
            "Studio is not told of this run: nothing says which repository it belongs to",
            "Add a Git remote, or set DVC_EXP_GIT_REMOTE to the repository's URL.",
        )
    name = exp_name or config.exp_name or environ.get(env.DVC_EXP_NAME) or saver.random_name()
    identity = Identity(found.repo_url, workspace.baseline_rev or NO_COMMIT, name)
    ledger = Ledger(_ledger_path(run_dir, workspace, identity), identity, str(started_ms))
    details = found.own if config.studio_details == "auto" else config.studio_details == "on"
    sender = Sender(
        Poster(found.url, found.token, found.endpoint, insecure=config.studio_insecure),
        ledger,
        run_dir,
        _prefix(run_dir, workspace),
        announces=workspace.context != "exp-run",
        message=config.exp_message or "",
        subdir=_subdir(workspace),
        interval=config.studio_interval,
        heartbeat=found.own,
        note=note,
    )
    sender.start()
    return Broadcast(sender, identity, details)


def _ledger_path(run_dir: str, workspace: Workspace, identity: Identity) -> str:
    if workspace.dvc_root is None:
        return os.path.join(run_dir, NAME)
    from .files import safe_join

    folder = os.path.join(workspace.dvc_root, ".dvc", "tmp", "dvclive", "studio")
    return safe_join(folder, f"{identity.baseline[:7]}-{identity.name}", ".json")


def _prefix(run_dir: str, workspace: Workspace) -> str:
    """The run directory as the server is to see it: from the DVC root, else from the Git root."""
    root = workspace.dvc_root or workspace.git_root or os.path.dirname(run_dir)
    path = os.path.relpath(os.path.realpath(run_dir), os.path.realpath(root)).replace(os.sep, "/")
    return "" if path == "." else f"{path}/"


def _subdir(workspace: Workspace) -> str:
    if workspace.dvc_root is None or workspace.git_root is None:
        return ""
    path = os.path.relpath(os.path.realpath(workspace.dvc_root), os.path.realpath(workspace.git_root))
    return "" if path == "." else path.replace(os.sep, "/")
