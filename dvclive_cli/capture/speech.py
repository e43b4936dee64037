"""What a program says through the line protocol on one stream: records read, refused, trusted or not.

Decides which verbs act where, and keeps the faults. Must not know how lines are cut, nor the guessing rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import protocol
from ..events import Event, Message, Metric, NextStep, Points, Progress, Step, Summary
from . import records
from .lines import MAX_LINE
from .model import Columns, Fault, Match
from .plan import DIGITS, Kind, Plan
from .records import Record
from .series import SeriesBook
from .templates import Statement

# What a program prints may quote another's text: only these act without trust (line-protocol.md, "Trust").
_HARMLESS = (Metric, Step, NextStep, Summary, Progress, Message)
_MOST_FAULTS = 100
_SHOWN = 120
_new = tuple.__new__  # see records


class Speech:
    """The records of one stream; their matches go into `book`."""

    __slots__ = ("_all_verbs", "_book", "_stream", "faults", "long_lines", "refused")

    def __init__(self, stream: str, book: SeriesBook, *, all_verbs: bool) -> None:
        self._stream = stream
        self._book = book
        self._all_verbs = all_verbs
        self.faults: dict[str, Fault] = {}
        self.refused = 0
        self.long_lines = 0

    def line(self, plan: Plan, line: bytes, number: int) -> bool:
        """Take a line of output in which the sentinel stands; whether it stands there rightly."""
        if plan.record is not None:
            events = records.read(plan.record, line)
            if events is not None:
                self._say(events, number)
                return True
        text = line.decode("utf-8", "replace")
        body = plan.body if plan.body >= 0 else protocol.find_sentinel(text)
        if body < 0:
            return False
        self._record(text[body:], number, body)
        return True

    def block(self, block: bytes, number: int) -> int:
        """Take whole lines that are records each, after line `number`; the number of the last one."""
        lines = block.split(b"\n")
        lines.pop()
        for line, mask in zip(lines, block.translate(DIGITS).split(b"\n"), strict=False):
            number += 1
            record = _kept[mask] if mask in _kept else _keep(mask)
            if record is not None:
                events = records.read(record, line)
                if events is not None:
                    self._say(events, number)
                    continue
            if len(line) > MAX_LINE:
                self.long_lines += 1
            else:
                self.bare(line, number)
        return number

    def alike(self, statement: Statement, rows: Sequence[tuple[str, ...]], number: int) -> bool:
        """Take all lines that a template read, of which `number` is the first; False, with nothing done,
        where that cannot be."""
        record, sample = statement.plan.record, statement.sample
        if record is None:
            return False
        names = [point.name or sample[point.at : point.to].decode() for point in record.points]
        if len({*names}) < len(names):
            return False
        groups = list(zip(*rows, strict=True))
        steps = list(map(int, groups[statement.groups[record.step]])) if record.step[1] else None
        points = [
            Points(name, steps, list(map(int if whole else float, groups[group])), groups[group])
            for name, (group, whole) in zip(names, statement.values, strict=True)
        ]
        for name in names:
            if name not in self._book.spoken:
                self._book.spoke(name)
        self._book.points += len(names) * len(rows)
        self._book.give(Columns(number, "protocol", points))
        return True

    def bare(self, line: bytes, number: int) -> None:
        """Take a line that is a record, with or without the sentinel; blank ones say nothing."""
        text = line.decode("utf-8", "replace").strip()
        if not text:
            return
        column = 0
        if text.startswith(protocol.SENTINEL):
            found = protocol.find_sentinel(text)
            if found >= 0:
                text, column = text[found:], found
        if '"@file"' in text:
            try:
                name = protocol.parse_file_reference(text)
            except protocol.Refusal as refusal:
                self._fault(number, column + refusal.column, refusal.reason, text)
                return
            if name is not None:
                self._book.give(Match(number, "protocol", [], name))
                return
        self._record(text, number, column)

    def _record(self, body: str, number: int, column: int) -> None:
        try:
            events = protocol.parse(body)
        except protocol.Refusal as refusal:
            self._fault(number, column + refusal.column, refusal.reason, body)
            return
        if not self._all_verbs:
            events = self._trusted(events, number, column, body)
        if events:
            self._say(events, number)

    def _say(self, events: list[Event], number: int) -> None:
        book = self._book
        spoken = book.spoken
        ranked = False
        for event in events:
            if type(event) is Metric:
                book.points += 1
                if event.name not in spoken:
                    book.spoke(event.name)
                if event.rank is not None:
                    ranked = True
        if ranked:
            events = book.of_ranks(events, number)
        book.give(_new(Match, (number, "protocol", events, None)))

    def _trusted(self, events: list[Event], number: int, column: int, body: str) -> list[Event]:
        for event in events:
            if type(event) not in _HARMLESS:
                verb = protocol.verb_of(event)
                advice = "send it to $DVCLIVE_FIFO, or give --trust-stdout"
                reason = f"`{verb}` is not accepted on {self._stream}: {advice}"
                self._fault(number, column + 1, reason, body)
                return [event for event in events if type(event) in _HARMLESS]
        return events

    def _fault(self, number: int, column: int, reason: str, body: str) -> None:
        self.refused += 1
        known = self.faults.get(reason)
        if known is not None:
            self.faults[reason] = known._replace(count=known.count + 1)
        elif len(self.faults) < _MOST_FAULTS:
            self.faults[reason] = Fault(self._stream, number, column, reason, body[:_SHOWN], 1)


def plan_of(mask: bytes) -> Plan:
    """The plan of a line that is a record, with or without the sentinel."""
    plan = Plan(Kind.SENTINEL, "protocol")
    plan.record = _kept[mask] if mask in _kept else _keep(mask)
    return plan


_kept: dict[bytes, Record | None] = {}


def _keep(mask: bytes) -> Record | None:
    """The places of a plain record where the sentinel is optional; kept by mask."""
    text = mask.decode("ascii", "replace").rstrip("\r")
    body = protocol.find_sentinel(text) if "@" in text else 0
    record = records.plan(text, body) if body >= 0 else None
    if len(mask) <= 512:
        if len(_kept) > 4096:
            _kept.clear()
        _kept[mask] = record
    return record
