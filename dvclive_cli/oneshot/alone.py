"""A command without `dvclive run`: taken into the run that commands keep open in a directory, or opening it.

Decides when a run begins, goes on, is abandoned and ends; what each of these does to files is `kept.py`'s.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .. import config
from ..disk import files, locks
from ..disk.rundir import current_folder
from ..errors import DvcliveError
from ..inputs import userfiles
from ..saying import say
from . import turn, updates
from .build import events, outcome_told, params_given
from .kept import Kept
from .table import OPTIONS_OF_START

_VALUES_ONLY = ("log-metric", "summary", "set-step")
"""Commands that leave dvc.yaml, which may have to be parsed, to the others."""


def run(command: str, given: Mapping[str, Any], words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command of the table; its exit status. Raises DvcliveError and OSError."""
    found = params_given(given) if command == "start" else []
    if command not in ("start", "end", "report"):
        found = events(command, given, words)  # before the lock: standard input may take its time
    settings = settings_of(given, environ)
    folder = os.path.abspath(settings.dir)
    if command in ("end", "report") and not os.path.isdir(folder):
        raise _nothing_open(folder)
    place = turn.hold(folder)
    try:
        kept = _take_up(folder, environ)
        if command == "end":
            return _end(kept, folder, given, environ, settings.quiet)
        if command == "report":
            return _report(kept, folder, given)
        if command == "start" and kept is not None and not settings.resume:
            say(kept.abandon())
            kept = None
        fresh = kept is None
        if kept is None:
            kept = _begin(folder, settings, environ, command)
            kept.put_down(views=False)  # open from here on, even if what follows cannot be carried out
        elif command == "start":
            kept.change(settings)
        kept.feed(found)
        sends = updates.due(folder, environ)
        if sends:
            kept.choose_name()
        kept.put_down(views=command not in _VALUES_ONLY)
        if sends:
            updates.send(kept, environ, say)
        if (command == "start" or (fresh and _watched())) and not settings.quiet:
            _told_start(kept, fresh)
        return 0
    except BaseException:
        for name in place.made if not _is_open(folder) else ():
            _remove_empty(name)
        raise
    finally:
        locks.unlock(place.lock)


def _take_up(folder: str, environ: Mapping[str, str]) -> Kept | None:
    if not _is_open(folder):
        return None
    return Kept.take_up(folder, say, environ)


def _is_open(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, files.OPEN_RUN))


def _begin(folder: str, settings: config.Config, environ: Mapping[str, str], command: str) -> Kept:
    try:
        return Kept.begin(folder, settings, say, environ, prepare=command == "start")
    except BaseException:
        files.remove(os.path.join(folder, files.OPEN_RUN))
        raise


def _watched() -> bool:
    """Whether a person sees what we say: who has typed the first value learns what comes next."""
    return sys.stderr is not None and sys.stderr.isatty()


def _told_start(kept: Kept, fresh: bool) -> None:
    shown = os.path.relpath(kept.folder)
    what = "begins" if fresh else f"goes on at step {kept.session.run.step}"
    named = f"; its experiment will be {kept.exp_name}" if kept.exp_name else ""
    say(f"A run {what} in {shown}{named}. `dvclive end` ends it.")


def _remove_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass


def settings_of(given: Mapping[str, Any], environ: Mapping[str, str]) -> config.Config:
    """The run's options: of the command line, the environment, the settings file. Raises DvcliveError."""
    table, path = userfiles.read_settings(current_folder())
    known = {name: given[name] for name in ("dir", *OPTIONS_OF_START) if name in given}
    return config.resolve(known, environ, table, path)


def _nothing_open(folder: str) -> DvcliveError:
    return DvcliveError(
        "no-open-run",
        f"No run is open in {os.path.relpath(folder)}",
        "`dvclive status` tells what is there; `dvclive start`, or the first value logged, opens one.",
    )


def _end(
    kept: Kept | None, folder: str, given: Mapping[str, Any], environ: Mapping[str, str], quiet: bool
) -> int:
    if kept is None:
        raise _nothing_open(folder)
    from . import ending

    notes: dict[str, int] = {}
    kept.note = kept.session.warn = lambda text: notes.__setitem__(text, notes.get(text, 0) + 1)
    outcome = outcome_told(given)
    failure: DvcliveError | None = None
    try:
        kept.end(outcome)
    except DvcliveError as error:
        failure = error
    trouble = ending.summarise(kept, given, environ)
    if trouble:
        kept.note(trouble)
    if given.get("json"):
        print(json.dumps(ending.facts(kept, outcome, notes, failure)))  # noqa: T201
    elif not quiet:
        ending.show(kept, outcome, notes, environ)
    if failure is not None:
        raise failure
    return 0


def _report(kept: Kept | None, folder: str, given: Mapping[str, Any]) -> int:
    if kept is None:
        raise _nothing_open(folder)
    path = kept.report(given.get("format") or "html")
    kept.put_down(views=True)
    print(os.path.relpath(path))  # noqa: T201
    return 0
