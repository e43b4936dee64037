"""What a program logs by name, against what it prints: trainers print and log the same values.

Once a metric has come as a record (through the FIFO, or as a marked line), guesses of that name from printed
lines are left out, and of names that a record says are prints of the same, until a record says that they are
not any more. Other names are guessed on. Knows matches; not where they come from, nor what becomes of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .. import protocol
from ..events import Event, Follow, Metric, Printed
from . import Columns, Match

LATE_MS = 1000
"""What a training has printed may be read after the record that it is over: they come on two ways."""


class _Claim:
    """A name that something is printed under which is logged already.

    Attributes:
        held: no record has said that it is over.
        coming: records of it that were overheard and are still to be heard.
        rules: by which it was printed.
        late_ms: until when prints by these rules are still the same, once it is over.
    """

    __slots__ = ("coming", "held", "late_ms", "rules")

    def __init__(self) -> None:
        self.held, self.coming, self.late_ms = False, 0, 0
        self.rules: set[str] = set()

    def covers(self, rule: str, now_ms: int) -> bool:
        """Whether a print by this rule is the same."""
        if self.held or self.coming:
            self.rules.add(rule)
            return True
        return now_ms <= self.late_ms and rule in self.rules


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

    def hear(self, matches: Sequence[Match | Columns], now_ms: int) -> None:
        """Remember the names of records, which came at `now_ms`."""
        for match in matches:
            if isinstance(match, Columns):
                self._names.update(points.name for points in match.points)
                continue
            for event in match.events:
                self._name(event)
                if type(event) is Printed:
                    self._claim(event, now_ms)

    def _name(self, event: Event) -> None:
        if type(event) is Metric:
            self._names.add(event.name)
        elif type(event) is Follow:
            self._names.update(map(str, event.names.values()))

    def _claim(self, event: Printed, now_ms: int) -> None:
        claims = [self._claims.setdefault(name, _Claim()) for name in event.names]
        rules = set().union(*(claim.rules for claim in claims))
        for claim in claims:
            claim.held = not event.over
            if event.over:
                claim.late_ms = now_ms + LATE_MS
                claim.rules = set(rules)  # a training prints all it prints in the same ways
            else:
                claim.coming = max(claim.coming - 1, 0)

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
            for event in events:
                self._name(event)
                if type(event) is Printed and not event.over:
                    for name in event.names:
                        self._claims.setdefault(name, _Claim()).coming += 1
        return size

    def unheard(self, events: Iterable[Event]) -> list[Event]:
        """Of what a file tells, what has not come as a record: of that, the program gave exact values."""
        told = self._names | self._claims.keys()
        return [event for event in events if type(event) is not Metric or event.name not in told]

    def heed(
        self, matches: Sequence[Match | Columns], asked: Collection[str], now_ms: int
    ) -> Sequence[Match | Columns]:
        """What counts of matches in lines printed at `now_ms`; those of the rules `asked` all do."""
        self.hear([match for match in matches if match.rule == "protocol"], now_ms)
        if not self._names and not self._claims:
            return matches
        return [match if match.rule in asked else self._rest(match, now_ms) for match in matches]

    def _rest(self, match: Match | Columns, now_ms: int) -> Match | Columns:
        rule = match.rule
        if isinstance(match, Columns):
            return match._replace(
                points=[points for points in match.points if self._is_new(points.name, rule, now_ms)]
            )
        return match._replace(
            events=[
                event
                for event in match.events
                if type(event) is not Metric or self._is_new(event.name, rule, now_ms)
            ]
        )

    def _is_new(self, name: str, rule: str, now_ms: int) -> bool:
        claim = self._claims.get(name)
        if claim is not None and claim.covers(rule, now_ms):
            return False
        if name in self._names:
            self.left_out = self.left_out or name
            return False
        return True
