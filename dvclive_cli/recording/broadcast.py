"""The live updates of one run: which experiment it is at Studio, what is shown of it, how it ended.

Between the recorder (or `Live`, or a command), which knows the run, and `studio/`, which knows the server.
Nothing here waits for the network, but `end` and `catch_up`, for as long as they are told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from .. import env
from ..config import Config
from ..disk import files
from ..errors import DvcliveError
from ..masks import mask_text, secret_values
from ..outcome import COMPLETED, IMPORTED, Outcome
from ..repository import saver
from ..repository.workspace import Workspace
from ..run import Run
from ..runs import outputs
from ..studio import bodies, gather, spool
from ..studio.bodies import NO_COMMIT, Identity
from ..studio.gather import Snapshot
from ..studio.ledger import Ledger, home
from ..studio.post import Poster
from ..studio.sender import Sender
from ..studio.settings import Settings, without_credentials
from ..studio.settings import find as find_settings
from ..writers import metrics_json, params_yaml

TAIL = 4000  # characters of the program's last output that a server is told
AWAY_LIMIT = 3.0  # seconds for a last attempt with a server that was never there
HOLD = 3.0  # seconds that a run without values waits before it is announced: `Live(exp_name=...)` renames it


class Broadcast:
    """A run that a server is told of."""

    def __init__(self, sender: Sender, ledger: Ledger, details: bool, secrets: list[str]) -> None:
        self._sender, self._ledger, self._details, self._secrets = sender, ledger, details, secrets
        self._inside: dict[tuple[str, str, str], str] = {}

    def show(self, run: Run, folder: str, home: str) -> None:
        """The run as it is now. `folder`: its directory; `home`: what paths in dvc.yaml are relative to."""
        plots: dict[str, Mapping[str, Any]] = {}
        for path, entry in run.plots.items():
            key = (path, folder, home)
            if key not in self._inside:
                inside = os.path.relpath(os.path.join(home, path), os.path.realpath(folder))
                self._inside[key] = inside.replace(os.sep, "/")
            plots[self._inside[key]] = {**entry.defaults, **entry.given}
        metrics = metrics_json.nested(run.summary(), run.shown_step)
        self._sender.show(Snapshot(run.shown_step or 0, metrics, dict(run.params), plots))

    def end(self, outcome: Outcome, experiment_rev: str | None, output: str, limit: float) -> str | None:
        """Send the rest and say how it ended, within `limit` seconds; what the user should know."""
        ending = self._ending(outcome, experiment_rev, output)
        away = self._sender.trouble or self._ledger.trouble
        if away and not self._ledger.posted_ms:  # all the time
            limit = min(limit, AWAY_LIMIT)
        if self._sender.finish(ending, limit) or self._sender.hopeless:
            return None
        return (
            f"Studio at {self._sender.poster.where} could not be reached in time "
            f"({self._sender.trouble or 'no answer'}): `dvclive studio sync` sends the rest."
        )

    def catch_up(self, limit: float) -> bool:
        """Send what is new within `limit` seconds, and end for now; whether it has arrived."""
        return self._sender.finish(None, limit)

    @property
    def failures(self) -> int:
        """How many of those who sent this run, this one included, in a row could not reach the server."""
        return self._ledger.failures

    def rename(self) -> None:
        """Another broadcast takes this one's place; if this was announced, it ends, and nobody waits."""
        self._ledger.detach()
        if self._ledger.started:
            self._sender.let_go(self._ending(Outcome(COMPLETED, None, None, 0), None, ""), 10.0)
        else:
            self._sender.let_go(None, 0.0)

    def _ending(self, outcome: Outcome, experiment_rev: str | None, output: str) -> dict[str, Any] | None:
        if not self._ledger.announces:
            return None
        errors = self._errors(outcome, output) if self._details else []
        return bodies.done(self._ledger.identity, experiment_rev, errors)

    def _errors(self, outcome: Outcome, output: str) -> list[tuple[str, str]]:
        if outcome.status in (COMPLETED, IMPORTED):
            return []
        said = mask_text(output, self._secrets)[-TAIL:]
        what = outcome.describe()
        return [(f"dvclive.{outcome.status}", f"{what}\n{said}" if said else what)]


def begin(
    config: Config,
    run_dir: str,
    workspace: Workspace,
    exp_name: str | None,
    started_ms: int,
    environ: Mapping[str, str],
    note: Callable[[str], None],
    hold: float = HOLD,
) -> Broadcast | None:
    """Live updates for a run, if a token says where to; None without one.

    Parameters:
        workspace, exp_name: where the run stands, DVC initialised, and how its experiment is called.
        started_ms: tells this run from others in the same directory.
        hold: seconds that the start waits for a value.

    Raises DvcliveError where a token is given and it cannot work.
    """
    found = find_settings(environ, workspace.git_root, workspace.dvc_root)
    if found is None:
        return None
    place, run = home(run_dir, workspace.dvc_root), str(started_ms)
    files.remove_stale_temps(place)
    known = Ledger.load(place)
    if known is not None and known.run != run:
        known = None
    name = exp_name or config.exp_name or environ.get(env.DVC_EXP_NAME)
    if known is not None and name in (None, known.identity.name):  # after a recorder, or a command
        ledger = known
    else:
        ledger = _new_ledger(place, run, found, name or saver.random_name(), config, run_dir, workspace)
    ledger.url = found.url
    sender = Sender(
        Poster(found.url, found.token, found.endpoint, insecure=config.studio_insecure),
        ledger,
        run_dir,
        interval=config.studio_interval,
        heartbeat=found.own,
        hold=hold,
        note=note,
    )
    sender.start()
    details = found.own if config.studio_details == "auto" else config.studio_details == "on"
    return Broadcast(sender, ledger, details, [found.token, *secret_values(environ)])


def _new_ledger(
    place: str, run: str, found: Settings, name: str, config: Config, run_dir: str, workspace: Workspace
) -> Ledger:
    if found.repo_url is None:
        raise DvcliveError(
            "studio-repository",
            "Studio is not told of this run: nothing says which repository it belongs to",
            "Add a Git remote, or set DVC_EXP_GIT_REMOTE to the repository's URL.",
        )
    about = {
        "url": found.url,
        "prefix": _prefix(run_dir, workspace),
        "message": config.exp_message,
        "subdir": _subdir(workspace),
        "announces": workspace.context != "exp-run",  # DVC does it there
    }
    # Inside `dvc exp run` the experiment is the one that DVC announces, to the letter.
    repository = without_credentials(found.repo_url) if about["announces"] else found.repo_url
    return Ledger(place, Identity(repository, workspace.baseline_rev or NO_COMMIT, name), run, about)


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


def from_files(run_dir: str, ledger: Ledger) -> Snapshot:
    """The run as its files show it: for who was not there."""

    def text(name: str) -> str:
        try:
            with open(os.path.join(run_dir, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    try:
        summary, step = metrics_json.parse(text(outputs.METRICS_JSON) or "{}")
    except ValueError:
        summary, step = {}, None
    try:
        params = params_yaml.parse(text(outputs.PARAMS_YAML)) if text(outputs.PARAMS_YAML) else {}
    except ValueError:
        params = {}
    metrics = metrics_json.nested(summary, step)
    return Snapshot(step if step is not None else ledger.step, metrics, params, ledger.plots)


def keep_unsent(run_dir: str, dvc_root: str | None, note: Callable[[str], None]) -> None:
    """Before a directory is used again: what Studio has not heard of its run is kept for `studio sync`."""
    place = home(run_dir, dvc_root)
    if not os.path.isdir(place):
        return
    ledger = Ledger.load(place)
    if ledger is None or ledger.complete:
        return
    shown = from_files(run_dir, ledger)
    ledger.step = shown.step
    left = gather.parts(run_dir, ledger.prefix, shown, ledger.marks)
    try:
        dropped = spool.keep(ledger, left)
        files.remove(ledger.path)
    except OSError as error:
        note(f"What Studio has not heard of the run before this one is lost: {error.strerror}.")
        return
    lost = f", but for {dropped} things that had no room" if dropped else ""
    note(f"Studio has not heard all of the run before this one; it is kept{lost}: `dvclive studio sync`.")
