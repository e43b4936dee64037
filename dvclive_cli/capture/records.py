"""A short way for records of plain numbers, as text or JSON: `@dvclive loss=0.5 step=3`, read by place.

The line protocol itself decides what a record means; this only finds the places once for all records of one
mask, and hands back whatever is not plain. What it reads, `protocol.parse` reads alike; a test holds that.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .. import protocol
from ..events import Event, Metric
from .numbers import is_plain, printed

# Exponents of two digits: a number of this form is finite.
_NUMBER = r"(0{1,15}|-?0{1,15}\.0+(?:[eE][-+]?00)?|-?0{1,15}[eE][-+]?00)"
_PAIR = re.compile(rf"([A-Za-z_][\w./@%+-]*)={_NUMBER}(?: +|\Z)", re.ASCII)
_JSON = re.compile(r'\{"metric": ?\{(?P<points>[^{}]*)\}(?:, ?"step": ?(?P<step>0{1,15}))?\} *\Z', re.ASCII)
_JSON_PAIR = re.compile(rf'"([A-Za-z_][\w ./@%+-]*)": ?{_NUMBER}(?:, ?(?=")|\Z)', re.ASCII)
_new = tuple.__new__  # half the cost of Metric(...), and there may be 10^8 of them


class Point(NamedTuple):
    """One metric of a record: its name (None: it holds digits and stands at `at`:`to`) and its number's
    place."""

    name: str | None
    at: int
    to: int
    start: int
    end: int
    whole: bool
    plain: bool


class Record(NamedTuple):
    """The places of a record's numbers; `step` is (0, 0) where it has none. `json`: no number in it begins
    with a zero that says nothing."""

    step: tuple[int, int]
    points: tuple[Point, ...]
    json: bool = False


def plan(text: str, body: int) -> Record | None:
    """The places in a mask whose record starts at `body`; None if the record is anything but plain
    numbers."""
    points: list[Point] = []
    step, at, end, pairs = (0, 0), body, len(text), _PAIR
    json = _JSON.match(text, at)
    if json is not None:
        step = json.span("step") if json["step"] else step
        (at, end), pairs = json.span("points"), _JSON_PAIR
    while at < end:
        pair = pairs.match(text, at, end)
        if pair is None:
            return None
        at = pair.end()
        name, number = pair[1], pair[2]
        whole = number.isdigit()
        if json is None and name in protocol.RESERVED:
            if name != "step" or step != (0, 0) or not whole:
                return None
            step = pair.span(2)
            continue
        points.append(
            Point(None if "0" in name else name, *pair.span(1), *pair.span(2), whole, is_plain(number))
        )
    names = [point.name for point in points]
    if json is not None and len({*names}) < len(names):  # JSON keeps the last of each name
        return None
    return Record(step, tuple(points), json is not None) if points else None


def read(record: Record, line: bytes) -> list[Event] | None:
    """The metrics of a line; None if `protocol.parse` has to look at it."""
    begin, end = record.step
    step = None
    if end:
        if line[begin] == 48 and end - begin > 1:
            return None
        step = int(line[begin:end])
    events: list[Event] = []
    for name, at, to, start, end, whole, plain in record.points:
        raw = line[start:end]
        text = None
        value: float
        if whole:
            if raw[0] == 48 and end - start > 1:
                return None
            value = int(raw)
        else:
            if record.json and raw.lstrip(b"-")[:2].isdigit() and raw.lstrip(b"-")[0] == 48:
                return None
            value = float(raw)
            text = printed(value, raw, plain)
        if name is None:
            name = line[at:to].decode()
        events.append(_new(Metric, (name, value, step, None, True, None, text)))
    return events
