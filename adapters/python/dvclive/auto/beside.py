"""Where shims log: lines that stand beside the program's prints in the run, and a `Live` that sends them.

Decides which prints are a training's, from where to where. A shim does not open the run as a `Live` does:
what else the program prints still counts, but for metrics of the same name.
"""

from __future__ import annotations

import os
import time

from .. import env
from ..live import Live
from ..recording import Ending, Recording, Start
from ..summary import Summary
from ..supervised import Supervised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ..channel import Channel
    from ..recording import Point

SETTLED_WITHIN = 1.0
"""Seconds to wait until a pipe has been read."""

ENTERED_WITHIN = 0.01
"""Seconds from then until its bytes have their place in the order of the run. A terminal tells nobody whether
it has been read."""

WAITED_AT_MOST = 3.0
WAITED_SHARE = 0.02
"""Seconds in all for such waits, and what part of the process's time more: a program may train thousands of
times."""

_began = time.monotonic()
_waited = 0.0


def settle() -> None:
    """Wait until what was printed has been taken up: a record that is sent now stands behind it.

    The program's prints and our records come to the recorder on ways of their own.
    """
    import sys

    for stream, fd in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            if stream is not None:
                stream.flush()
        except Exception:  # noqa: S110 - closed by the program, or something of its own
            pass
        _emptied(fd)
    _entered()


def _emptied(fd: int) -> None:
    """Wait until a pipe has been read, if it is one."""
    import fcntl
    import struct
    import termios

    until = time.monotonic() + SETTLED_WITHIN
    try:
        while time.monotonic() < until and os.fstat(fd).st_mode & 0o170000 == 0o010000:  # S_ISFIFO
            if not struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]:
                break
            time.sleep(0.001)
    except OSError:  # closed
        pass


def _entered() -> None:
    time.sleep(ENTERED_WITHIN)


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
        self._aliases = False  # whether metrics of the run have other names than some of these

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
        self._claim([name for name, _, _ in points], bool(self.group))
        if self.group:
            points = [(self.group + name, value, text) for name, value, text in points]
        self._tell(points, at_ms, plot, self._at if plot else None)

    def printed(self, names: Iterable[str]) -> None:
        """The framework prints these, which are logged already: a print does not count again."""
        self._claim(names, True)

    def _claim(self, names: Iterable[str], aliases: bool) -> None:
        """Say of names that are new here that they are printed. `aliases`: the run has other names for the
        metrics; of its own, nothing that is printed counts at any time."""
        new = [name for name in names if name not in self._names]
        if new:
            self._names.update(new)
            self._aliases = self._aliases or aliases
            self._say({"printed": True, "names": new}, aliases)

    def _say(self, record: dict[str, Any], in_order: bool) -> None:
        """Send a record; in its place between what is printed before and after, as long as there is time."""
        global _waited
        now = time.monotonic()
        if not in_order or _waited > WAITED_AT_MOST + WAITED_SHARE * (now - _began):
            self._send(record)
            return
        settle()
        self._send(record)
        _emptied(self.channel._fd)
        _entered()
        _waited += time.monotonic() - now

    def follow(self, path: str, names: Mapping[str, str]) -> None:
        """The program writes these series into a file: by their names there, the metrics that they are."""
        self._send({"follow": os.path.abspath(path), "names": names})

    def over(self) -> None:
        """The framework has printed what it prints: the same names are something else from here on."""
        if self._names:
            self._say({"printed": True, "names": sorted(self._names), "over": True}, self._aliases)
            self._names.clear()
            self._aliases = False

    def params(self, values: Any) -> None:
        """In their group; the recorder knows what may be a secret."""
        if values and self._has_params:
            named = {self.group[:-1]: values} if self.group else values
            self._send({"param": named, "found": True})

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
