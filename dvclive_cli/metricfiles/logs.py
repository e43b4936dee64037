"""A log: what it holds, `capture` decides, as it does for what a program prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..capture import Capture, CaptureOptions, Match
from ..events import Event
from .contract import Reader


class LogReader(Reader):
    """Reads a log as `dvclive run` reads a program's stdout."""

    def __init__(self, options: CaptureOptions, stream: str = "stdout") -> None:
        self.capture = Capture(stream, options)

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; give the events of the lines that they finish."""
        return _events(self.capture.feed(data))

    def close(self) -> list[Event]:
        """The log ended: series that waited for a second point are decided."""
        return _events(self.capture.close())

    def faults(self) -> Mapping[str, int]:
        """The bad lines of the line protocol."""
        return {
            f"line {fault.line}, column {fault.column}: {fault.reason}: {fault.excerpt}": fault.count
            for fault in self.capture.faults()
        }


def _events(matches: Iterable[Match]) -> list[Event]:
    return [event for match in matches for event in match.events]
