"""The trainings of this process, as shims log them to the run around it.

Decides whether shims may log at all (one process of a job, and no program that logs itself), the group of
each training, and which trainings go on with the curves of another.
"""

from __future__ import annotations

import _thread
import os
import sys
import weakref

from .. import env, lifecycle, place
from ..channel import Channel
from .beside import Joined, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_TRAININGS = 100
"""Trainings of one program that are logged; what comes after would be too many curves for anybody."""


class _Process:
    """What the shims of one process share."""

    def __init__(self, helper: bool = False) -> None:
        self.helper = helper  # forked by a member of a process group, whose number is not ours
        self.channel: Channel | None = None
        self.claim = -1
        self.inside = 0  # trainings that run just now
        self.trainings: dict[str, int] = {}  # by the shim's name
        self.lock = _thread.RLock()
        self.known: Any = weakref.WeakKeyDictionary()  # by what is trained


_process = _Process()


def _forked() -> None:
    """A forked process is another one, which logs only what nobody else does."""
    global _process
    before, _process = _process, _Process(helper=_number_in_group() is not None)
    for fd in (before.claim, -1 if before.channel is None else before.channel._fd):
        if fd >= 0:
            os.close(fd)


os.register_at_fork(after_in_child=_forked)


def channel(claim: bool = True) -> Channel | None:
    """The way to the recorder; None where shims are not to log.

    That is in processes of a job but the first, where the program logs by `Live` itself, and where another
    process of the same run logs already (of a process group the first one logs in any case).

    Parameters:
        claim: from now on this process is the one that logs; False for parameters, which several may have.
    """
    process = _process
    fifo = os.environ.get(env.DVCLIVE_FIFO)
    if lifecycle._open or not fifo or env.is_on(os.environ.get(env.DVCLIVE_TEST)):
        return None
    if process.channel is None:
        rank = place.rank(os.environ)
        if rank is not None and rank[1] > 0:
            return None
        way = Channel(fifo)
        if not way.open():
            return None
        process.channel = way
    if claim and process.claim < 0:
        number = _number_in_group()
        if number or (not _claim(process, fifo) and number is None):
            return None
    return process.channel


def _number_in_group() -> int | None:
    """Our rank in the process group that PyTorch has made; None without one, and in helpers of a member.

    Processes that the program spawns itself (`torch.multiprocessing.spawn`) have no variable that tells it.
    """
    group = sys.modules.get("torch.distributed")
    if group is None or _process.helper or not group.is_available() or not group.is_initialized():
        return None
    return int(group.get_rank())


def _claim(process: _Process, fifo: str) -> bool:
    """Whether this process is the one that logs. The kernel gives the claim back when the process ends."""
    import fcntl

    path = os.path.join(os.path.dirname(fifo), "shim.lock")
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return False
    process.claim = fd
    return True


def next_run(options: dict[str, Any]) -> bool:
    """A job begins, of a program with several: what comes is the first run, or the next one. Whether this
    process is the one that logs.

    Parameters:
        options: of the run, as for `Live`.
    """
    import json

    global _process
    way = channel()
    if way is None:
        return False
    settle()
    record = {"open": True, "options": options, "pid": os.getpid(), "beside": True}
    way.send(json.dumps(record).encode() + b"\n")
    before, _process = _process, _Process()  # nothing is known in the next run of what was trained before
    _process.claim = before.claim
    way.close()
    return True


def training(
    shim: str, found: bool = True, of: object = None, within: bool = False
) -> tuple[Joined, Callable[[], None]] | None:
    """A training begins: where to log it, and what to call when it has ended; None where it is not logged.

    The first one of each kind has the names as they are, later ones a group of their own. Trainings inside
    others (the folds of a search, a study's trials) are left out.

    Parameters:
        shim: its name.
        found: as for `Joined`.
        of: what is trained, where another training of it goes on with its curves.
        within: whether it is logged inside another one, too.
    """
    process = _process
    with process.lock:
        if process.inside and not within:
            return None
        way = channel()
        if way is None:
            return None
        live: Joined | None = None if of is None else known(of)
        if live is None:
            count = process.trainings.get(shim, 0) + 1
            if count > MOST_TRAININGS:
                return None
            process.trainings[shim] = count
            live = Joined(way, f"{shim}_{count}" if count > 1 else "", found)
            if of is not None:
                remember(of, live)
        process.inside += 1

    def after() -> None:
        with process.lock:
            process.inside -= 1
        live.over()

    return live, after


def begin(shim: str, found: bool = True, within: bool = False) -> Joined | None:
    """`training` of a framework that does not tell reliably when one has ended: others may begin within."""
    begun = training(shim, found, within=within)
    if begun is None:
        return None
    live, after = begun
    after()
    return live


def known(thing: object) -> Any:
    """What was remembered of an earlier training of this very thing; None if nothing was."""
    return _process.known.get(thing)


def remember(thing: object, what: object) -> None:
    """Another training of this thing goes on with this: its run, or what logs to it.

    Parameters:
        thing: what is trained.
        what: must not refer to it.
    """
    _process.known[thing] = what


def logger_of(shim: str, of: object, make: Callable[[Joined], Any]) -> Any:
    """What logs the trainings of one thing, of a framework that `begin` is for; None where it is not logged.

    Parameters:
        shim: its name.
        of: what is trained.
        make: called with the first of these trainings; gives what is remembered of them, a `Joined` or what
            logs to it. Where it fails, none is logged.
    """
    if of not in _process.known:
        live = begin(shim)
        if live is None:
            return None
        remember(of, None)
        remember(of, make(live))
    return known(of)


def run_of(shim: str, of: object, params: Callable[[], Any]) -> Joined | None:
    """Where to log the trainings of one thing, as for `logger_of`.

    Parameters:
        shim: its name.
        of: what is trained.
        params: gives the parameters, with the first of these trainings.
    """

    def make(live: Joined) -> Joined:
        live.log_params(params())
        return live

    live: Joined | None = logger_of(shim, of, make)
    return live


def over(thing: object) -> None:
    """A training of this thing has ended, with an error or without, if it was logged: see `Joined.over`."""
    live = known(thing)
    if live is not None:
        live.over()


def inside() -> bool:
    """Whether a training that is logged runs just now."""
    return _process.inside > 0


def is_callback(thing: object) -> bool:
    """Whether this is a callback or logger for DVCLive: ours, or a framework's own."""
    return any("dvclive" in kind.__module__.lower() + kind.__name__.lower() for kind in type(thing).__mro__)
