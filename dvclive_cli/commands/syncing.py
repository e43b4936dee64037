"""`dvclive studio status` and `studio sync`: what Studio has of a directory's runs, and sending it the rest.

The token is used and never shown.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from ..config import studio_options
from ..disk import locks
from ..errors import DvcliveError
from ..outcome import COMPLETED, IMPORTED
from ..recording.broadcast import from_files
from ..repository import vcs
from ..repository.workspace import open_workspace
from ..runs import left
from ..saying import say
from ..studio import bodies, gather, spool
from ..studio.bodies import Part
from ..studio.delivery import Delivery, pause
from ..studio.ledger import Ledger, home
from ..studio.post import AGAIN, TAKEN, Answer, Poster
from ..studio.sender import Sender
from ..studio.settings import Settings, without_credentials
from ..studio.settings import find as find_settings
from ..texts import clean
from ..writers.run_json import RUNNING

PATIENCE = 5  # failures in a row after which `sync` gives up
SYNC_LIMIT = 3600.0  # seconds


class _Place:
    """A run directory and what is known of it."""

    def __init__(self, folder: str, environ: Mapping[str, str]) -> None:
        self.folder, self.environ = folder, environ
        workspace = open_workspace(folder, environ)
        self.settings = find_settings(environ, workspace.git_root, workspace.dvc_root)
        self.home = home(folder, workspace.dvc_root)
        self.ledger = Ledger.load(self.home)
        self.earlier = [found for path in spool.listed(self.home) if (found := spool.read(path)) is not None]

    def unsent(self) -> int:
        """Pieces of the latest run that have not arrived, its end included."""
        ledger = self.ledger
        if ledger is None or ledger.complete:
            return 0
        found = gather.parts(self.folder, ledger.prefix, from_files(self.folder, ledger), ledger.marks)
        return sum(1 for part in found if not part.fault) + (ledger.announces and not ledger.done)


# --- status -----------------------------------------------------------------------------------------------


def status(folder: str, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Show where updates go and how far they have come; 1 where a server is set up and cannot be reached."""
    place = _Place(os.path.abspath(folder), environ)
    found = _facts(place)
    if as_json:
        print(json.dumps(found))  # noqa: T201
    else:
        for name, value in found.items():
            if value not in (None, ""):
                print(f"{name.replace('_', ' '):<13}{clean(str(value), 500)}")  # noqa: T201
    return 1 if found["trouble"] else 0


def _facts(place: _Place) -> dict[str, Any]:
    settings, ledger = place.settings, place.ledger
    facts: dict[str, Any] = dict.fromkeys(("url", "repository", "token", "server", "trouble"))
    if settings is None:
        facts["token"] = "none: `dvc studio login` gets one, or set DVC_STUDIO_TOKEN"  # noqa: S105 - no token
    else:
        facts["url"], facts["token"] = settings.url, f"from {settings.source}"
        known = settings.repo_url and without_credentials(settings.repo_url)
        facts["repository"] = known or "unknown: add a Git remote, or set DVC_EXP_GIT_REMOTE"
        try:
            facts["server"] = f"answers ({_poster(settings, place.environ).look()})"
        except (OSError, DvcliveError) as error:
            facts["trouble"] = getattr(error, "strerror", None) or str(error) or "no answer"
            facts["server"] = "cannot be reached"
    if ledger is not None:
        facts["run"] = ledger.identity.name
        facts["last_post"] = _when(ledger.posted_ms)
        facts["unsent"] = place.unsent()
    facts["earlier_runs"] = len(place.earlier) or None
    return facts


def _when(ms: int) -> str | None:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(ms / 1000)) if ms else None


def _poster(settings: Settings, environ: Mapping[str, str]) -> Poster:
    insecure = bool(studio_options(environ).get("studio_insecure"))
    return Poster(settings.url, settings.token, settings.endpoint, insecure=insecure)


# --- sync -------------------------------------------------------------------------------------------------


def sync(folder: str, environ: Mapping[str, str]) -> int:
    """Send what Studio has not heard of the runs in a directory. 1 where something is left."""
    try:
        return _sync(folder, environ)
    except DvcliveError as error:
        say(str(error))
        return error.exit_code


def _sync(folder: str, environ: Mapping[str, str]) -> int:
    place = _Place(os.path.abspath(folder), environ)
    if place.settings is None:
        raise DvcliveError(
            "studio-token",
            "No token for Studio is set",
            "`dvc studio login` gets one, or set DVC_STUDIO_TOKEN.",
        )
    poster = _poster(place.settings, environ)
    left_over = False
    for spooled in place.earlier:
        left_over |= not _send_earlier(spooled, poster)
    if place.ledger is not None and not place.ledger.complete:
        left_over |= not _send_latest(place, place.ledger, poster)
    elif not place.earlier:
        say("Nothing is left to send.")
    return 1 if left_over else 0


def _send_earlier(spooled: spool.Spooled, poster: Poster) -> bool:
    """One run whose directory has been used again; whether the server has it now."""
    name = spooled.identity.name
    delivery = Delivery(poster, spooled.identity, say)

    def arrived(parts: list[Part]) -> None:
        spool.mark(spooled, max(int(str(part.mark)) for part in parts))

    def attempt() -> Answer:
        answer = Answer(TAKEN)
        if spooled.announces and not spooled.started:
            answer = delivery.event(bodies.start(spooled.identity, spooled.message, spooled.subdir))
        if answer.kind != AGAIN and not delivery.hopeless:
            answer = delivery.data(spooled.step, spool.parts(spooled), arrived)
        if answer.kind == TAKEN and spooled.announces:
            ending = spooled.ending or bodies.done(spooled.identity, None, [])
            answer = delivery.event(ending)
        return answer

    for failures in range(1, PATIENCE + 1):
        answer = attempt()
        if answer.kind != AGAIN:
            break
        if failures < PATIENCE:
            time.sleep(pause(failures, answer))
    poster.close()
    if delivery.hopeless or answer.kind == AGAIN:
        say(f"{name}: not all of it could be sent ({delivery.hopeless or delivery.trouble}).")
        return False
    spool.forget(spooled.path)
    say(f"{name}: Studio has all of it.")
    return True


def _send_latest(place: _Place, ledger: Ledger, poster: Poster) -> bool:
    """The run whose files are in the directory; whether the server has it now."""
    name = ledger.identity.name
    holder = locks.holder(place.folder)
    if holder:
        say(f"{name}: it goes on ({holder}) and sends its updates itself.")
        return True
    lock = locks.lock_dir(place.folder)
    try:
        sender = Sender(poster, ledger, place.folder, interval=0.0, note=say, patience=PATIENCE)
        sender.show(from_files(place.folder, ledger))
        sender.start()
        if sender.finish(ledger.ending or _ending(place, ledger), SYNC_LIMIT):
            say(f"{name}: Studio has all of it.")
            return True
    finally:
        locks.unlock(lock)
    say(f"{name}: not all of it could be sent ({sender.hopeless or sender.trouble or 'no answer'}).")
    return False


def _ending(place: _Place, ledger: Ledger) -> dict[str, Any] | None:
    """How a run ended whose recorder could not say it to Studio; None while it is not known."""
    found = left.look(place.folder)
    if not ledger.announces or found.open:
        return None
    if found.status in (RUNNING, "none"):
        say(
            f"{ledger.identity.name}: the run never told its end. "
            "`dvclive recover` finishes it; sync again then."
        )
        return None
    try:
        rev = _revision(place.folder)
    except DvcliveError:
        rev = None
    good = found.status in (COMPLETED, IMPORTED)
    assert place.settings is not None
    told = place.settings.own and not good
    return bodies.done(ledger.identity, rev, [(f"dvclive.{found.status}", found.status)] if told else [])


def _revision(folder: str) -> str | None:
    """The commit of the experiment that holds the run."""
    name, root = left.experiment_of(folder), vcs.find_root(os.path.realpath(folder))
    if name is None or root is None:
        return None
    listed = vcs.git(root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps/")
    found = [line.split(" ")[0] for line in listed.splitlines() if line.rpartition("/")[2] == name]
    return found[-1] if found else None
