"""Recording under `dvclive run`: each call becomes a protocol line for the recorder.

Decides the text of the lines; `channel.py` carries them. Standard library only, Python >= 3.8, nothing of
the engine: the program's environment need not have it. What is no text (pictures) becomes a file in the
channel's folder. Files that the program names may change the moment it goes on, so that pictures are
copied, and artifacts waited for.
"""

from __future__ import annotations

import os

from . import messages, pictures
from .channel import Channel
from .recording import Ending, NotRecording, Recording, Start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DEFAULTS: dict[str, Any] = {
    "resume": False,
    "report": None,
    "save_dvc_exp": True,
    "dvcyaml": False,  # is always told: it depends on where the program stands
    "cache_images": False,
    "exp_name": None,
    "exp_message": None,
}
"""The constructor's options and their defaults; the recorder is told of others."""

RESERVED = frozenset(("step", "timestamp", "plot", "rank"))  # on a line of metrics, unless quoted


class Supervised(Recording):
    """A run that `dvclive run` records.

    Parameters:
        fifo: path of the FIFO.
        options: the constructor's: resume, report, save_dvc_exp, dvcyaml, cache_images, exp_name,
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
        if verdict not in (b"ok", b"no"):
            messages.warn_once("The recorder does not answer; the program goes on, and what it logs waits.")
            return Start()
        import json

        told = json.loads(text or b"{}")
        if verdict == b"no":
            self.channel.close()
            raise NotRecording(
                f"Process {told['pid']} logs this run already. What process {os.getpid()} logs is not "
                "recorded: one process logs a run. Give this one a directory of its own, Live(dir=...)."
            )
        self.exp_name = told.get("exp_name")
        return Start(told["step"], told["summary"], told["params"])

    def reopen(self, ended: Recording) -> Start:
        """The recorder keeps the run open until the next `Live`, or the end of the program."""
        self.channel.open()
        return Start()

    def metric(self, name: str, value: Any, text: str | None, at_ms: int | None, plot: bool) -> None:
        """`name=value`, or JSON where that cannot say it."""
        head = self._heads.get(name)
        if head is None:
            head = self._heads[name] = _head(name)
        kind = type(value)
        if head and text is None and at_ms is None and plot and (kind is float or kind is int):
            self.channel.send(b"%s%s\n" % (head, repr(value).encode()))
            return
        record: dict[str, Any] = {"metric": {name: value}}
        if at_ms is not None:
            record["timestamp"] = at_ms
        if not plot:
            record["plot"] = False
        if text is not None:
            record["text"] = {name: text}
        self._send(record)

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
        self.channel.ask("sync")

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
        import json

        self.channel.send(json.dumps(record, separators=(",", ":")).encode() + b"\n")


def _head(name: str) -> bytes:
    """`name=` where that may stand bare on a line; empty where the name needs JSON."""
    bare = name.isascii() and all(char.isalnum() or char in "_-./" for char in name)
    if bare and name and name not in RESERVED and (name[0].isalnum() or name[0] == "_"):
        return b"%s=" % name.encode()
    return b""
