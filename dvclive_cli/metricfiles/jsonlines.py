"""JSON lines: one object a line; nested keys join with `/`, lists and texts are no metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..events import Event
from .contract import Reader
from .lines import Faults, Lines
from .points import Cell, Points, label_of, number

_DEEP = 8


class JsonLinesReader(Reader):
    """Reads a file of one JSON object a line."""

    def __init__(self, naming: str) -> None:
        self._lines, self._points, self._faults = Lines(), Points(naming), Faults()

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; give the points of the lines that they finish."""
        return self._take(self._lines.feed(data))

    def close(self) -> list[Event]:
        """The last line counts even without a newline."""
        return self._take(self._lines.close())

    def faults(self) -> Mapping[str, int]:
        """Lines that are no object."""
        return self._faults.told(self._lines.long, self._points.capped)

    def _take(self, lines: list[str]) -> list[Event]:
        events: list[Event] = []
        for line in lines:
            self._lines.number += 1
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                self._faults.add(self._lines.number, "not JSON")
                continue
            if not isinstance(record, dict):
                self._faults.add(self._lines.number, "not a JSON object")
                continue
            events += points_of(record, self._points)
        return events


def points_of(record: dict[str, Any], points: Points) -> list[Event]:
    """The points of one object."""
    cells = [Cell(name, value) for name, value in _leaves(record, "", 0)]
    texts = [(key, value) for key, value in record.items() if isinstance(value, str)]
    return points.take(cells, label_of(texts, cells))


def _leaves(record: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, int | float]]:
    for key, value in record.items():
        kind = type(value)
        if kind is float or (kind is int and abs(value) < 10**18):
            yield prefix + key, value
        elif kind is str:
            quoted = number(value)
            if quoted is not None:
                yield prefix + key, quoted[0]
        elif kind is dict and depth < _DEEP:
            yield from _leaves(value, f"{prefix}{key}/", depth + 1)
