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
from .recording import Ending, Recording, Start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

RESERVED = frozenset(("step", "timestamp", "plot", "rank"))  # on a line of metrics, unless quoted


class Supervised(Recording):
    """A run that `dvclive run` records.

    Parameters:
        fifo: path of the FIFO.
        directory: the run's directory.
        resume: the run goes on after an earlier part.
    """

    def __init__(self, fifo: str, directory: str, resume: bool) -> None:
        self.channel = Channel(fifo)
        self.directory = directory
        self.resume = resume
        self.exp_name = os.environ.get("DVC_EXP_NAME")
        self._heads: dict[str, bytes] = {}

    def open(self) -> Start:
        """Open the channel."""
        self.channel.open()
        return _earlier(self.directory) if self.resume else Start()

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
        if isinstance(source, str):
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

    def sklearn(
        self,
        kind: str,
        labels: list[Any],
        predictions: list[Any],
        name: str | None,
        normalized: bool,
        options: Mapping[str, Any],
        looks: Mapping[str, Any],
    ) -> None:
        """With its values in the line; the recorder computes the curve."""
        record: dict[str, Any] = {"sklearn": kind, "labels": labels, "predictions": predictions, **looks}
        if name:
            record["name"] = name
        if normalized:
            record["normalized"] = True
        if options:
            record["options"] = options
        self._send(record)

    def artifact(self, path: str, about: Mapping[str, Any]) -> None:
        """Waited for: the program may go on to change the file."""
        self._send({"artifact": path, **about})
        self.channel.ask("sync")

    def sync(self) -> None:
        """Waits for the answer, at most five seconds."""
        self.channel.ask("sync")

    def close(self, ending: Ending) -> None:
        """The recorder saves the experiment when the program ends."""
        self.channel.ask("end")

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


def _earlier(directory: str) -> Start:
    """What an earlier part left, as the recorder reads it too."""
    import json

    from . import summary

    try:
        with open(os.path.join(directory, "metrics.json"), encoding="utf-8") as file:
            tree = json.load(file)
        if not isinstance(tree, dict):
            return Start()
    except (OSError, ValueError):
        return Start()
    step = tree.pop(summary.STEP, None)
    flat: dict[str, Any] = {}
    summary.flatten(tree, "", flat)
    known = {name: float(value) if value in ("nan", "inf", "-inf") else value for name, value in flat.items()}
    return Start(step + 1 if isinstance(step, int) else 0, known)
