"""Live updates of a run that goes on from command to command: which command sends them, and for how long.

No process stays behind a command, so that each sends what has come since the last one that did: at most every
few seconds, for at most a second, and less often while the server is away. `end` takes its time. Where there
is no token, a few files are looked at and nothing is imported.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..repository import workspace
from ..studio import settings

if TYPE_CHECKING:
    from ..outcome import Outcome
    from ..recording.broadcast import Broadcast
    from ..recording.experiment import Experiment
    from ..recording.session import Session

EVERY, LONGEST = 5.0, 120.0  # seconds between two commands that send; doubled while the server is away
LIMIT, END_LIMIT = 1.0, 10.0  # seconds that a command, and `end`, spend on it


class OpenRun(Protocol):
    """What of `kept.Kept` is looked at here."""

    folder: str
    about: dict[str, Any]
    session: Session

    @property
    def exp_name(self) -> str | None:
        """How its experiment will be called."""

    def experiment(self) -> Experiment:
        """The experiment that is to be saved."""


def due(folder: str, environ: Mapping[str, str]) -> bool:
    """Whether this command is to send what is new of the run in `folder`."""
    root = workspace.dvc_root_of(folder)
    if not settings.wanted(environ, root):
        return False
    from ..studio.ledger import FILE, Ledger, home

    place = home(folder, root)
    try:
        age = time.time() - os.stat(os.path.join(place, FILE)).st_mtime
    except OSError:
        return True
    if 0 <= age < EVERY:
        return False
    ledger = Ledger.load(place)
    failures = 0 if ledger is None else ledger.failures
    return not 0 <= age < min(LONGEST, EVERY * 2.0 ** min(failures, 10))


def send(kept: OpenRun, environ: Mapping[str, str], note: Callable[[str], None]) -> None:
    """Send what is new, for a second at most; a later command, or `end`, sends what does not arrive."""
    notes: list[str] = []
    broadcast = _begin(kept, environ, notes.append)
    if broadcast is None:
        told = kept.about.setdefault("told_studio", False)
        if notes and not told:
            kept.about["told_studio"] = True
            note(notes[0])
        return
    broadcast.catch_up(LIMIT)
    if broadcast.failures <= 1:  # not again with each command
        for text in notes:
            note(text)


def end(kept: OpenRun, outcome: Outcome, environ: Mapping[str, str], note: Callable[[str], None]) -> None:
    """Send the rest, and how the run ended."""
    if not settings.wanted(environ, workspace.dvc_root_of(kept.folder)):
        return
    broadcast = _begin(kept, environ, note)
    if broadcast is None:
        return
    saved = kept.experiment().saved
    trouble = broadcast.end(outcome, saved.exp_rev if saved else None, "", END_LIMIT)
    if trouble:
        note(trouble)


def _begin(kept: OpenRun, environ: Mapping[str, str], note: Callable[[str], None]) -> Broadcast | None:
    from ..config import Config, studio_options
    from ..errors import DvcliveError
    from ..recording import broadcast

    experiment = kept.experiment()
    where = experiment.workspace if experiment.prepared is None else experiment.prepared.workspace
    try:
        found = broadcast.begin(
            Config({**kept.about["options"], **studio_options(environ)}),
            kept.folder,
            where,
            kept.exp_name or where.exp_name,
            kept.about["opened_ms"],
            environ,
            note,
            hold=0.0,
        )
    except DvcliveError as error:
        note(str(error))
        return None
    if found is not None:
        dvcyaml = kept.session.config.dvcyaml or os.path.join(kept.folder, "dvc.yaml")
        found.show(kept.session.run, kept.folder, os.path.dirname(os.path.realpath(dvcyaml)))
    return found
