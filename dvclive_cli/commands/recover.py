"""`dvclive recover DIR`: finish a run whose recorder and supervisor are gone.

Torn rows are dropped, the views are made from the rows again, run.json says that nobody saw the end, and the
experiment is saved as `dvclive run` would have saved it. Where only the saving is missing, only that is done.
"""

from __future__ import annotations

import os
import sys
from calendar import timegm
from collections.abc import Mapping
from time import strptime
from typing import Any

from .. import config
from ..config import Config
from ..disk import locks, rundir
from ..errors import UsageError
from ..inputs import userfiles
from ..outcome import SUPERVISOR_LOST, Outcome
from ..recording.experiment import Experiment
from ..recording.session import Session
from ..repository import snapshot
from ..runs import left, outputs
from ..runs.left import Left
from ..saying import answered, say
from ..studio.ledger import announced
from ..supervision import panel

_FROM_RECORD = ("status", "exit_code", "signal", "start", "end", "duration")


def main(given: Mapping[str, Any], folder: str | None, environ: Mapping[str, str]) -> int:
    """Recover the run in `folder` (None: the settings' one); the exit status.

    Parameters:
        given: options of the command line that say more than the run itself did.
        folder: the run directory.
        environ: the environment.
    """

    def body() -> None:
        table, path = userfiles.read_settings(os.getcwd())
        named = {} if folder is None else {"dir": folder}
        settings = config.resolve({**given, **named}, environ, table, path)
        recover(settings, os.path.abspath(settings.dir), environ)

    return answered(body)


def recover(settings: Config, folder: str, environ: Mapping[str, str]) -> None:
    """Finish the run in a directory.

    Raises:
        DvcliveError: there is none, somebody writes it still, or it cannot be saved (the files are complete).
    """
    found = left.look(folder)
    if found.status == "none":
        raise UsageError("run-not-found", f"{folder} holds no run", "Give the directory of one.")
    place = rundir.claim(folder)
    try:
        if found.open:
            raise UsageError(
                "run-open",
                f"The run in {folder} is kept open by one-shot commands",
                f"End it: dvclive end --dir {os.path.relpath(folder)}",
            )
        _finish(left.look(folder)._replace(holder=""), settings, environ)  # it is held by us
    finally:
        locks.unlock(place.lock)


def _finish(found: Left, settings: Config, environ: Mapping[str, str]) -> None:
    notes: dict[str, int] = {}

    def note(text: str) -> None:
        notes[text] = notes.get(text, 0) + 1

    options = _options(found, settings)
    experiment = Experiment(options, found.dir, environ, note, on_ready=lambda: None)
    if commit := (found.session.get("git") or {}).get("commit"):  # as it was when the run began
        experiment.workspace = experiment.workspace._replace(baseline_rev=commit)
    saved = None if found.unfinished or not experiment.will_save else left.experiment_of(found.dir)
    done = not found.unfinished and (saved or not experiment.will_save)
    if done and not found.torn:
        what = f"; it is saved as {saved!r}" if saved else ""
        say(f"Nothing to recover in {os.path.relpath(found.dir)}: {found.status}{what}.")
        return
    session = _session(found, experiment, note)
    outcome = _outcome(found)
    session.reopen()
    if found.torn:
        note(f"{len(found.torn)} torn rows were dropped: {', '.join(found.torn[:3])}.")
    if done:
        say(" ".join(notes))
        return
    if found.unfinished:
        points, series = session.tsv.count()
        session.close(outcome, {"points": points, "series": series})
        outputs.forget_earlier(found.dir)
    else:
        points = int(found.session.get("points") or 0)
    _remove_channel(found.session, environ)
    at_studio = announced(found.dir, experiment.workspace.dvc_root, _start_ms(found) or 0)
    if at_studio is not None:
        note("Studio has not heard how it ended: `dvclive studio sync` tells it.")
        if options.exp_name is None:
            experiment.config = Config({**options.values(), "exp_name": at_studio})
    try:
        experiment.prepare()
        experiment.save(outcome, _tracked(found, experiment.workspace.git_root))
    finally:
        session.saved()
        if not options.quiet:
            _show(session, outcome, points, experiment, notes, environ, _start_ms(found))


def _options(found: Left, settings: Config) -> Config:
    """The options that the run was given, where this command was not given others."""
    recorded: Mapping[str, Any] = found.session.get("options") or {}
    known = {name: recorded[name] for name in config.RECORDED if name in recorded}
    values = {**settings.values(), **{name: known[name] for name in known if name not in settings.told}}
    home = found.session.get("cwd")
    if values["dvcyaml"] and isinstance(home, str) and os.path.isdir(home):
        values["dvcyaml"] = os.path.join(home, values["dvcyaml"])
    return Config({**values, "dir": found.dir, "resume": True})


def _session(found: Left, experiment: Experiment, note: Any) -> Session:
    facts = {key: value for key, value in found.session.items() if key not in _FROM_RECORD}
    start = _start_ms(found)
    if start is not None:
        facts = {"start_ms": start, **facts}
    return Session(
        experiment.session_config(),
        facts,
        note,
        workspace=experiment.workspace,
        ready=experiment.ready_workspace,
    )


def _outcome(found: Left) -> Outcome:
    """How it ended: as it says itself; else nobody saw it, and the last write is the last sign of life."""
    end = _ms(found.session.get("end"))
    if not found.unfinished:
        session = found.session
        return Outcome(found.status, session.get("exit_code"), session.get("signal"), end or 0)
    newest = 0.0
    for base, _, names in os.walk(found.dir):
        for name in names:
            try:
                newest = max(newest, os.stat(os.path.join(base, name)).st_mtime)
            except OSError:
                continue
    return Outcome(SUPERVISOR_LOST, None, None, int(newest * 1000))


def _tracked(found: Left, git_root: str | None) -> list[str]:
    """What DVC wrote for artifacts outside of the run directory: the `.dvc` files that Git does not know yet
    and that are no older than the run, with the .gitignore beside each."""
    if git_root is None:
        return []
    sessions = (found.record or {}).get("sessions") or [{}]
    begun = _ms(sessions[0].get("start")) or 0
    tracked = []
    for name in snapshot.untracked(git_root, git_root):
        path = os.path.join(git_root, name)
        if name.endswith(".dvc") and os.stat(path).st_mtime * 1000 >= begun:
            beside = os.path.join(os.path.dirname(path), ".gitignore")
            tracked += [path, *([beside] if os.path.exists(beside) else [])]
    return tracked


def _start_ms(found: Left) -> int | None:
    return _ms(found.session.get("start"))


def _ms(text: Any) -> int | None:
    """The inverse of `run_json.iso`."""
    try:
        return timegm(strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 1000 + int(text[20:23])
    except (TypeError, ValueError):
        return None


def _remove_channel(session: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """The FIFO's folder of a supervisor that is gone."""
    from ..processes import fifo

    for folder in fifo.abandoned(environ):
        if os.path.basename(folder).startswith(f"dvclive-{session.get('pid')}-"):
            fifo.remove(folder)


def _show(
    session: Session,
    outcome: Outcome,
    points: int,
    experiment: Experiment,
    notes: Mapping[str, int],
    environ: Mapping[str, str],
    start_ms: int | None,
) -> None:
    panel.show(
        panel.Ending(
            outcome=outcome,
            seconds=max(0, outcome.end_ms - (start_ms or outcome.end_ms)) / 1000,
            series=list(session.run.series.values()),
            points=points,
            dir=os.path.relpath(session.config.dir),
            experiment=experiment.saved.exp_name if experiment.saved else None,
            notes=notes,
        ),
        sys.stderr,
        environ,
    )
