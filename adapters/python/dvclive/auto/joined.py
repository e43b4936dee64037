"""The run around this process, as shims log to it: beside the program's prints, and behind its own `Live`.

Decides whether shims may log at all (one process of a job, and no program that logs itself), and the group
of each training. A shim does not open the run as a `Live` does: what else the program prints still counts,
but for metrics of the same name.
"""

from __future__ import annotations

import _thread
import os
import sys
import weakref

from .. import env, lifecycle, place
from ..channel import Channel
from ..live import Live
from ..recording import Ending, Recording, Start
from ..summary import Summary
from ..supervised import Supervised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ..recording import Point

MOST_TRAININGS = 100
"""Trainings of one program that are logged; what comes after would be too many curves for anybody."""


SETTLED_WITHIN = 1.0
"""Seconds between two jobs of a program for what was printed."""


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
    _settle()
    record = {"open": True, "options": options, "pid": os.getpid(), "beside": True}
    way.send(json.dumps(record).encode() + b"\n")
    before, _process = _process, _Process()  # nothing is known in the next run of what was trained before
    _process.claim = before.claim
    way.close()
    return True


def _settle() -> None:
    """Wait until what was printed has been taken up: it belongs to the job that is over."""
    import fcntl
    import struct
    import sys
    import termios
    import time

    until = time.monotonic() + SETTLED_WITHIN
    for stream, fd in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            if stream is not None:
                stream.flush()
            while time.monotonic() < until and os.fstat(fd).st_mode & 0o170000 == 0o010000:  # a pipe
                if not struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0]:
                    break
                time.sleep(0.005)
        except (OSError, ValueError):  # closed by the program
            pass
    time.sleep(0.05)  # it is on the tape, and is now entered into the order of the run


class Beside(Supervised):
    """Lines for the recorder that carry their step themselves: others log to the run at steps of their own.

    Parameters:
        way: the channel of the process.
        group: stands, with a `/`, before each name; may be empty.
        params: whether parameters are told.
    """

    def __init__(self, way: Channel, group: str, params: bool = True) -> None:
        self.channel, self._has_params = way, params
        self.group = f"{group}/" if group else ""
        self.exp_name = None
        self._heads = {}
        self._at = 0
        self._names: set[str] = set()

    def open(self) -> Start:
        """The channel is open."""
        return Start()

    def reopen(self, ended: Recording) -> Start:
        """It stays open."""
        return Start()

    def metric(self, name: str, value: Any, text: str | None, at_ms: int | None, plot: bool) -> None:
        """With its step, unless it is for the summary."""
        self.metrics(((name, value, text),), at_ms, plot)

    def metrics(self, points: Sequence[Point], at_ms: int | None, plot: bool) -> None:
        """With their step."""
        self.printed([name for name, _, _ in points])
        if self.group:
            points = [(self.group + name, value, text) for name, value, text in points]
        self._tell(points, at_ms, plot, self._at if plot else None)

    def printed(self, names: Iterable[str]) -> None:
        """The framework prints these, which are logged already: a print does not count again."""
        new = [name for name in names if name not in self._names]
        if new:
            self._names.update(new)
            self._send({"printed": True, "names": new})

    def follow(self, path: str, names: Mapping[str, str]) -> None:
        """The program writes these series into a file: by their names there, the metrics that they are."""
        self._send({"follow": os.path.abspath(path), "names": names})

    def over(self) -> None:
        """The framework has printed what it prints: the same names are something else from here on."""
        if self._names:
            self._send({"printed": True, "names": sorted(self._names), "over": True})
            self._names.clear()

    def params(self, values: Any) -> None:
        """In their group."""
        if values and self._has_params:
            self._send({"param": {self.group[:-1]: values} if self.group else values})

    def step(self, step: int) -> None:
        """For the points that follow."""
        self._at = step

    def next_step(self) -> None:
        """For the points that follow."""
        self._at += 1

    def sync(self) -> None:
        """The recorder writes its views by itself."""

    def close(self, ending: Ending) -> None:
        """The channel is the process's."""


class Joined(Live):
    """A `Live` that logs beside all else in the run; it neither opens nor ends it.

    Parameters:
        way: the channel of the process.
        group: of the training among several.
        found: whether its parameters are what we have found, which the user may not want, and not what the
            program logs itself.
    """

    def __init__(self, way: Channel, group: str = "", found: bool = True) -> None:
        self._way, self._group, self._found = way, group, found
        super().__init__(report=None, save_dvc_exp=True, dvcyaml=None)

    def printed(self, names: Iterable[str]) -> None:
        """See `Beside.printed`; told before the framework prints."""
        recording = self._recording
        if isinstance(recording, Beside):
            recording.printed(names)

    def over(self) -> None:
        """See `Beside.over`; told when a training has ended."""
        recording = self._recording
        if isinstance(recording, Beside):
            recording.over()

    def _open(self, resume: bool, ended: Recording | None = None) -> None:
        wanted = "-params" not in os.environ.get(env.DVCLIVE_SHIM, "").split(",")
        self._recording = Beside(self._way, self._group, wanted or not self._found)
        self._summary, self._params = Summary({}, None), {}


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


def inside() -> bool:
    """Whether a training that is logged runs just now."""
    return _process.inside > 0


def is_callback(thing: object) -> bool:
    """Whether this is a callback or logger for DVCLive: ours, or a framework's own."""
    return any("dvclive" in kind.__module__.lower() + kind.__name__.lower() for kind in type(thing).__mro__)
