"""A command inside `dvclive run`: its events as lines to the recorder, and gone.

The line's way is that of `Live` (`dvclive.channel`); here stands what only a command needs: it must not leave
before its line is in the FIFO.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import DvcliveError
from ..events import Artifact, Event, Image, Metric, Param
from ..processes.fifo import RECORD_LIMIT
from ..protocol import encode, encode_metrics

ROOM_WITHIN = 30.0
"""Seconds to wait for room in the FIFO; the recorder empties it in milliseconds."""


class Sender:
    """The way to the recorder. `note`: told what the user should know."""

    def __init__(self, fifo: str, note: Callable[[str], None]) -> None:
        from dvclive.channel import Channel

        self._said: list[str] = []
        self.note = note
        self.channel = Channel(fifo, self._said.append)

    def open(self) -> None:
        """Raises DvcliveError `no-recorder`."""
        if not self.channel.open():
            raise self._unreachable()

    def send(self, events: Sequence[Event]) -> None:
        """Send events; what Live waits for is waited for. Raises DvcliveError."""
        for line in self._lines(events):
            self._send(line)
        if any(isinstance(event, Artifact) for event in events):
            self.ask("sync")  # the script may go on to change the file

    def ask(self, verb: str, more: Mapping[str, Any] | None = None) -> bytes | None:
        """Send a verb and wait for the answer, five seconds; None (said) where none came."""
        answer = self.channel.ask(verb, more)
        if self.channel.lost:
            raise self._unreachable()
        if answer is None:
            self.note("The recorder has not answered within 5 s; it goes on writing by itself.")
        return answer

    def close(self) -> None:
        """Let go of the FIFO."""
        self.channel.close()

    def _lines(self, events: Sequence[Event]) -> list[str]:
        """One line for all metrics, one for all parameters, and one for each other event."""
        metrics = [event for event in events if isinstance(event, Metric)]
        params = {event.name: event.value for event in events if isinstance(event, Param)}
        lines = []
        if metrics and len({event.step for event in metrics}) == 1:
            lines.append(encode_metrics(metrics))
        else:
            lines += [encode(event) for event in metrics]
        if params:
            lines.append(json.dumps({"param": params}, separators=(",", ":")))
        for event in events:
            if isinstance(event, Image):
                lines.append(encode(self._carried(event)))
            elif not isinstance(event, (Metric, Param)):
                lines.append(encode(event))
        return lines

    def _carried(self, event: Image) -> Image:
        """The picture as a file of the channel: the script may overwrite its own at once."""
        try:
            with open(event.source, "rb") as file:
                data = file.read()
        except OSError as error:
            raise DvcliveError(
                "file-unreadable", f"The picture {event.source!r} cannot be read: {error.strerror}"
            ) from None
        path = self.channel.write_file(data, os.path.splitext(event.source)[1].lower())
        if path is None:
            raise self._unreachable()
        return event._replace(source=path)

    def _send(self, text: str) -> None:
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        if len(line) > RECORD_LIMIT:
            path = self.channel.write_file(line, ".lines")
            if path is None:
                raise self._unreachable()
            line = json.dumps({"@file": os.path.basename(path)}).encode() + b"\n"
        if not self.channel.send_in_turn(line, time.monotonic() + ROOM_WITHIN):
            raise self._unreachable()

    def _unreachable(self) -> DvcliveError:
        fact = (self._said or ["The recorder of this run cannot be reached through DVCLIVE_FIFO."])[0]
        return DvcliveError(
            "no-recorder",
            fact.partition(". ")[0].rstrip("."),
            "Unset DVCLIVE_FIFO to record without `dvclive run`.",
        )
