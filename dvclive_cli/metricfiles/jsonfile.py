"""A .json file: one object, written anew for each step (`json.dump(metrics, file)`), or one object a line.

Which of the two it is shows when something stands behind the first object. Of an object that is written anew,
each content that was seen is a point; without a step in it, the points are counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..events import Event
from .contract import Reader
from .jsonlines import JsonLinesReader, points_of
from .points import Points

_LONGEST = 1 << 20  # bytes of an object; longer ones hold data, not metrics


class JsonFileReader(Reader):
    """Reads a .json file."""

    def __init__(self, naming: str) -> None:
        self._naming, self._points = naming, Points(naming)
        self._content = b""
        self._told = b""  # the content that was last told; the same again says nothing new
        self._lines: JsonLinesReader | None = None
        self._fault = ""
        self.whole = True

    def again(self) -> None:
        """The object is written anew; the points go on."""
        self._content = b""

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; give the points of the object, or of the lines, that they finish."""
        if self._lines is not None:
            return self._lines.feed(data)
        self._content += data
        first, newline, rest = self._content.partition(b"\n")
        if newline and rest.strip() and (len(self._content) > _LONGEST or _object(first) is not None):
            return self._turn_to_lines(first + newline, rest)
        content = self._content.strip()
        if content == self._told or not content.endswith(b"}"):
            return []
        record = _object(content)
        if record is None:
            return []
        self._told = content
        return points_of(record, self._points)

    def _turn_to_lines(self, first: bytes, rest: bytes) -> list[Event]:
        lines = self._lines = JsonLinesReader(self._naming)
        begun = lines.feed(first)
        told, self.whole, self._content = first.strip() == self._told, False, b""
        return [*([] if told else begun), *lines.feed(rest)]

    def close(self) -> list[Event]:
        """The file is at its end."""
        if self._lines is not None:
            return self._lines.close()
        if self._content.strip() != self._told:
            self._fault = "no JSON object"
        return []

    def faults(self) -> Mapping[str, int]:
        """What is no object."""
        if self._lines is not None:
            return self._lines.faults()
        return {self._fault: 1} if self._fault else {}


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
