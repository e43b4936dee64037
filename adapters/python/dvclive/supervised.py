"""Recording under `dvclive run`: each call becomes a protocol line for the recorder.

Decides the text of the lines; `channel.py` carries them. Standard library only, Python >= 3.8, nothing of
the engine: the program's environment need not have it. What is no text (pictures) becomes a file in the
channel's folder. Files that the program names may change the moment it goes on, so that pictures are
copied, and artifacts waited for.
"""

from __future__ import annotations

import os

from . import messages, pictures
from .channel import RECORD_LIMIT, Channel
from .recording import Apart, Ending, NotRecording, Recording, Start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .recording import Point

DEFAULTS: dict[str, Any] = {
    "dir": None,  # that of the run around us
    "resume": False,
    "report": None,
    "save_dvc_exp": True,
    "dvcyaml": False,  # is always told: it depends on where the program stands
    "cache_images": False,
    "exp_name": None,
    "exp_message": None,
}
"""The constructor's options and their defaults; the recorder is told of others."""

TRACKED_WITHIN = 30.0
"""Seconds to wait until an artifact is tracked: programs log files of folders that they remove next, and DVC
takes a while to copy a large one."""

RESERVED = frozenset(("step", "timestamp", "plot", "rank"))  # on a line of metrics, unless quoted


class Supervised(Recording):
    """A run that `dvclive run` records.

    Parameters:
        fifo: path of the FIFO.
        options: the constructor's: dir, resume, report, save_dvc_exp, dvcyaml, cache_images, exp_name,
            exp_message.
    """

    def __init__(self, fifo: str, options: Mapping[str, Any]) -> None:
        self.channel = Channel(fifo)
        self.options = {name: options[name] for name in DEFAULTS if options[name] != DEFAULTS[name]}
        self.exp_name = os.environ.get("DVC_EXP_NAME")
        self._heads: dict[str, bytes] = {}

    def open(self) -> Start:
        """Open the channel, tell the constructor's options, and hear where the run stands."""
        if not self.channel.open():
            return Start()
        answer = self.channel.ask("open", {"options": self.options, "pid": os.getpid()})
        verdict, _, text = (answer or b"").partition(b" ")
        if verdict not in (b"ok", b"no", b"own"):
            messages.warn_once("The recorder does not answer; the program goes on, and what it logs waits.")
            return Start()
        import json

        told = json.loads(text or b"{}")
        if verdict == b"own":
            self.channel.close()
            raise Apart
        if verdict == b"no":
            self.channel.close()
            raise NotRecording(
                f"Process {told['pid']} logs this run already. What process {os.getpid()} logs is not "
                "recorded: one process logs a run. Give this one a directory of its own, Live(dir=...)."
            )
        self.exp_name = told.get("exp_name")
        return Start(told["step"], told["summary"], told["params"], told["dir"])

    def reopen(self, ended: Recording) -> Start:
        """The recorder keeps the run open until the next `Live`, or the end of the program."""
        self.channel.open()
        return Start()

    def metric(self, name: str, value: Any, text: str | None, at_ms: int | None, plot: bool) -> None:
        """`name=value`: the call that comes most often has a short way."""
        head = self._heads.get(name)
        kind = type(value)
        if head is not None and text is None and at_ms is None and plot and (kind is float or kind is int):
            self.channel.send(b"%s%s\n" % (head, repr(value).encode()))
            return
        self._tell(((name, value, text),), at_ms, plot)

    def metrics(self, points: Sequence[Point], at_ms: int | None, plot: bool) -> None:
        """All of them in one line."""
        self._tell(points, at_ms, plot)

    def _tell(self, points: Sequence[Point], at_ms: int | None, plot: bool, step: int | None = None) -> None:
        """Each write may wake the recorder, which costs more than all else here: one for all points, as far
        as they stay whole among many writers."""
        line = self._line(points, at_ms, plot, step)
        if line is not None and (len(line) <= RECORD_LIMIT or len(points) == 1):
            self.channel.send(line)
            return
        half = len(points) // 2
        self._tell(points[:half], at_ms, plot, step)
        self._tell(points[half:], at_ms, plot, step)

    def _line(self, points: Sequence[Point], at_ms: int | None, plot: bool, step: int | None) -> bytes | None:
        """`name=value name=value step=3`, or JSON where a value was printed otherwise; None where that cannot
        say it, for a name that comes twice."""
        about = {"step": step, "timestamp": at_ms, "plot": None if plot else False}
        given = {key: value for key, value in about.items() if value is not None}
        texts = {name: text for name, _, text in points if text is not None}
        if texts:
            values = {name: value for name, value, _ in points}
            record = {"metric": values, "text": texts, **given}
            return _json(record) if len(values) == len(points) else None
        heads = self._heads
        pairs = []
        for name, value, _ in points:
            head = heads.get(name)
            if head is None:
                head = heads[name] = _head(name)
            pairs.append(head + _word(value))
        pairs += [b"%s=%s" % (key.encode(), _word(value)) for key, value in given.items()]
        return b" ".join(pairs) + b"\n"

    def params(self, values: Mapping[str, Any]) -> None:
        """All of them in one line."""
        if values:
            self._send({"param": values})

    def summary(self, changes: Mapping[str, Any]) -> None:
        """Values that the program set itself."""
        if changes:
            self._send({"summary": changes})

    def step(self, step: int) -> None:
        """`step N`."""
        self.channel.send(b"step %d\n" % step)

    def next_step(self) -> None:
        """`next-step`."""
        self.channel.send(b"next-step\n")

    def image(self, name: str, source: Any) -> None:
        """The picture as a file of the channel: the program may overwrite its own at once."""
        if isinstance(source, bytes):
            data, suffix = source, os.path.splitext(name)[1].lower()
        elif isinstance(source, str):
            try:
                with open(source, "rb") as file:
                    data = file.read()
            except OSError as error:
                messages.warn(f"The image {name!r} cannot be read: {error.strerror}: {source}.")
                return
            suffix = os.path.splitext(source)[1].lower()
        else:
            try:
                data, suffix = pictures.encode(name, source)
            except (OSError, ValueError, TypeError, KeyError) as error:
                messages.warn(f"The image {name!r} cannot be made: {error}")
                return
        path = self.channel.write_file(data, suffix)
        if path is not None:
            self._send({"image": name, "path": path})

    def plot(
        self, name: str, rows: list[dict[str, Any]], x: str, y: tuple[str, ...], looks: Mapping[str, Any]
    ) -> None:
        """With its rows in the line."""
        self._send({"plot": name, "rows": rows, "x": x, "y": list(y), **looks})

    def sklearn(self, kind: str, labels: list[Any], predictions: list[Any], about: Mapping[str, Any]) -> None:
        """With its values in the line; the recorder computes the curve."""
        self._send({"sklearn": kind, "labels": labels, "predictions": predictions, **about})

    def artifact(self, path: str, about: Mapping[str, Any]) -> None:
        """Waited for: the program may go on to change the file."""
        self._send({"artifact": path, **about})
        self.channel.ask("sync", within=TRACKED_WITHIN)

    def monitor(self, interval: float, num_samples: int, directories: Mapping[str, str]) -> None:
        """The recorder samples, for as long as the run goes on."""
        folders = {name: os.path.abspath(path) for name, path in directories.items()}
        self._send(
            {"monitor": True, "interval": interval, "num_samples": num_samples, "directories": folders}
        )

    def sync(self) -> None:
        """Waits for the answer, at most five seconds."""
        self.channel.ask("sync")

    def close(self, ending: Ending) -> None:
        """The recorder saves the experiment when the program ends, or opens its next run."""
        self.channel.ask("end", {"status": ending.status})
        self.channel.close()

    def busy(self) -> bool:
        """Whether this very thread is in the middle of a line."""
        return self.channel.busy()

    def _send(self, record: Mapping[str, Any]) -> None:
        self.channel.send(_json(record))


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _head(name: str) -> bytes:
    """`name=`; the name is a JSON string where it may not stand bare on a line."""
    bare = name.isascii() and all(char.isalnum() or char in "_-./" for char in name)
    if bare and name not in RESERVED and (name[0].isalnum() or name[0] == "_"):
        return b"%s=" % name.encode()
    return b"%s=" % _json(name)[:-1]


def _word(value: Any) -> bytes:
    """A number, truth value or text as it stands on a line."""
    kind = type(value)
    if kind is float or kind is int:
        return repr(value).encode()
    return _json(value)[:-1]
