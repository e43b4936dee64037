"""What a program logs by name, against what it prints: trainers print and log the same values.

Once a metric has come as a record (through the FIFO, or as a marked line), guesses of that name from printed
lines are left out, and of names that a record says are prints of the same, up to the line at which a record
says that they are not any more: a guess may be decided long after its line was printed. Other names are
guessed on. Knows matches and how far the streams have come; not where they come from, nor what becomes of
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from .. import protocol
from ..events import Event, Follow, Metric, Printed
from . import Columns, Match

Lines = Mapping[int, tuple[int, int]]
"""By stream, how many of its lines have come whole, and how many have begun."""

MOST_GAPS = 200


class _Claim:
    """A name that something is printed under which is logged already.

    Attributes:
        until: where a record has said that it is over; None as long as none has.
        gaps: from where it was over to where another record said that it is so again.
    """

    __slots__ = ("gaps", "until")

    def __init__(self) -> None:
        self.until: Lines | None = None
        self.gaps: list[tuple[Lines, Lines]] = []

    def begin(self, lines: Lines) -> None:
        """What is printed from here on is the same."""
        if self.until is not None and any(
            whole > _begun(self.until, stream) for stream, (whole, _) in lines.items()
        ):
            self.gaps = [*self.gaps, (self.until, lines)][-MOST_GAPS:]
        self.until = None

    def covers(self, stream: int, line: int) -> bool:
        """Whether what this line prints is the same."""
        if self.until is not None and line > _begun(self.until, stream):
            return False
        return not any(
            _begun(over, stream) < line <= again.get(stream, (0, 0))[0] for over, again in self.gaps
        )


def _begun(lines: Lines, stream: int) -> int:
    return lines.get(stream, (0, 0))[1]


class Logged:
    """Names that came as records.

    Attributes:
        left_out: the first name of which something printed was left out though no record has said that it
            would be printed; empty while there is none.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._claims: dict[str, _Claim] = {}
        self.left_out = ""

    def hear(self, matches: Sequence[Match | Columns], lines: Lines) -> None:
        """Remember the names of records.

        Parameters:
            matches: the records.
            lines: that had come before them.
        """
        for match in matches:
            if isinstance(match, Columns):
                self._names.update(points.name for points in match.points)
                continue
            for event in match.events:
                self._name(event)
                if type(event) is Printed:
                    self._claim(event, lines)

    def _name(self, event: Event) -> None:
        if type(event) is Metric:
            self._names.add(event.name)
        elif type(event) is Follow:
            self._names.update(map(str, event.names.values()))

    def _claim(self, event: Printed, lines: Lines) -> None:
        for name in event.names:
            claim = self._claims.setdefault(name, _Claim())
            if event.over:
                claim.until = lines
            else:
                claim.begin(lines)

    def begin_streams(self) -> None:
        """What is printed from here on is counted from line 1 again."""
        for claim in self._claims.values():
            claim.gaps = []
            claim.until = None if claim.until is None else {}

    def overhear(self, data: bytes) -> int:
        """Remember the names in records that are still to be read; how many of the bytes were whole lines.

        A print may be read before the record that the program sent before it: they come on two ways. Whoever
        says that something is over, and then again that it is so, sees to the order.
        """
        size = data.rfind(b"\n") + 1
        for line in data[:size].decode("utf-8", "replace").split("\n"):
            try:
                events = protocol.parse(line.removeprefix(f"{protocol.SENTINEL} "))
            except protocol.Refusal:
                continue  # a fault, or a file's name: for the one who reads it
            for event in events:
                self._name(event)
                if type(event) is Printed and not event.over:
                    for name in event.names:
                        self._claims.setdefault(name, _Claim())
        return size

    def unheard(self, events: Iterable[Event]) -> list[Event]:
        """Of what a file tells, what has not come as a record: of that, the program gave exact values."""
        told = self._names | self._claims.keys()
        return [event for event in events if type(event) is not Metric or event.name not in told]

    def heed(
        self,
        matches: Sequence[Match | Columns],
        asked: Collection[str],
        stream: int,
        lines: Lines,
    ) -> Sequence[Match | Columns]:
        """What counts of matches in printed lines.

        Parameters:
            matches: of one stream.
            asked: rules of which all count.
            stream: its number.
            lines: as for `hear`.
        """
        self.hear([match for match in matches if match.rule == "protocol"], lines)
        if not self._names and not self._claims:
            return matches
        return [match if match.rule in asked else self._rest(match, stream) for match in matches]

    def _rest(self, match: Match | Columns, stream: int) -> Match | Columns:
        line = match.line
        if isinstance(match, Columns):
            return match._replace(
                points=[points for points in match.points if self._is_new(points.name, stream, line)]
            )
        return match._replace(
            events=[
                event
                for event in match.events
                if type(event) is not Metric or self._is_new(event.name, stream, line)
            ]
        )

    def _is_new(self, name: str, stream: int, line: int) -> bool:
        claim = self._claims.get(name)
        if claim is not None and claim.covers(stream, line):
            return False
        if name in self._names:
            self.left_out = self.left_out or name
            return False
        return True
