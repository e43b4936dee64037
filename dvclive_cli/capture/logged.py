"""What a program logs by name, against what it prints: trainers print and log the same values.

Once a metric has come as a record (through the FIFO, or as a marked line), guesses of that name from printed
lines are left out, and of names that a record says are prints of the same. Other names are guessed on. Knows
matches; not where they come from, nor what becomes of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .. import protocol
from ..events import Event, Follow, Metric, Printed
from . import Columns, Match


class Logged:
    """Names that came as records.

    Attributes:
        left_out: the first name of which something printed was left out; empty while there is none.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self.left_out = ""

    def hear(self, matches: Sequence[Match | Columns]) -> None:
        """Remember the names of records."""
        for match in matches:
            if isinstance(match, Columns):
                self._names.update(points.name for points in match.points)
            else:
                self._remember(match.events)

    def overhear(self, data: bytes) -> int:
        """Remember the names in records that are still to be read; how many of the bytes were whole lines.

        A print may be read before the record that the program sent before it: they come on two ways.
        """
        size = data.rfind(b"\n") + 1
        for line in data[:size].decode("utf-8", "replace").split("\n"):
            try:
                events = protocol.parse(line.removeprefix(f"{protocol.SENTINEL} "))
            except protocol.Refusal:
                continue  # a fault, or a file's name: for the one who reads it
            self._remember(events)
        return size

    def _remember(self, events: Iterable[Event]) -> None:
        for event in events:
            if type(event) is Metric:
                self._names.add(event.name)
            elif type(event) is Printed:
                self._names.update(event.names)
            elif type(event) is Follow:
                self._names.update(map(str, event.names.values()))

    def unheard(self, events: Iterable[Event]) -> list[Event]:
        """Of what a file tells, what has not come as a record: of that, the program gave exact values."""
        return [event for event in events if type(event) is not Metric or event.name not in self._names]

    def heed(self, matches: Sequence[Match | Columns], asked: Collection[str]) -> Sequence[Match | Columns]:
        """What counts of matches in printed lines; those of the rules `asked` all do."""
        self.hear([match for match in matches if match.rule == "protocol"])
        if not self._names:
            return matches
        return [match if match.rule in asked else self._rest(match) for match in matches]

    def _rest(self, match: Match | Columns) -> Match | Columns:
        if isinstance(match, Columns):
            return match._replace(points=[points for points in match.points if self._new(points.name)])
        return match._replace(
            events=[event for event in match.events if type(event) is not Metric or self._new(event.name)]
        )

    def _new(self, name: str) -> bool:
        if name in self._names:
            self.left_out = self.left_out or name
            return False
        return True
