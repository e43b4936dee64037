"""The rows of a series' file as a curve: each of them, or what is kept of a file of any length.

Bytes in, values out. A long file is read in pieces, at the speed of the interpreter's own loops; of its rows
remains what a running series keeps, so that no peak is lost and ten million rows take little memory.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from ..events import Scalar
from ..export.values import Curve, Point, curve_of, number
from ..series import Series

_LIMIT = 1 << 53  # of steps that a float tells apart
_CELLS = bytes(byte for byte in range(256) if byte not in b"\t\n\r\v\f ")
"""What cells are made of; without these bytes the tabs and line ends of a table remain."""


def points(data: bytes) -> list[Point]:
    """The rows of a TSV; a torn or foreign one is passed over."""
    text = data.decode("utf-8", "replace")
    timed = text.startswith("timestamp\t")
    found: list[Point] = []
    for row in _rows(text):
        if len(row) != 2 + timed:
            continue
        try:
            found.append(Point(int(row[timed]), _value(row[-1]), int(row[0]) if timed else None))
        except ValueError:  # the header
            continue
    return found


def _rows(text: str) -> Iterator[list[str]]:
    """The rows of a table; one that csv gives up (a cell of more than 128 KB) is passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), "excel-tab")
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue


def _value(text: str) -> Scalar:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def digest(name: str, pieces: Iterable[bytes]) -> Curve:
    """The curve of a file of any length, given in pieces."""
    series = Series(name)
    pace: list[tuple[int, int]] = []  # steps, and when they were, at the ends of each piece
    head = rest = b""
    for piece in pieces:
        block = rest + piece
        cut = block.rfind(b"\n") + 1
        block, rest = block[:cut], block[cut:]
        if not head:
            head, _, block = block.partition(b"\n")
        timed = head.startswith(b"timestamp\t")
        steps, values, moments = _columns(block, 2 + timed) or _slowly(head, block)
        if steps:
            series.extend(steps, values)
            pace += [(steps[end], moments[end]) for end in (0, -1) if moments]
    curve = curve_of(series)
    return _timed(curve, sorted(pace)) if pace else curve


def _columns(block: bytes, width: int) -> tuple[list[int], list[Any], list[int]] | None:
    """Steps, values and times of rows that hold plain numbers only; None for any others."""
    count = block.count(b"\n")
    if block.translate(None, _CELLS) != (b"\t" * (width - 1) + b"\n") * count:
        return None
    words = block.split()
    if len(words) != width * count:
        return None
    try:
        steps = list(map(int, words[width - 2 :: width]))
        values = list(map(float, words[width - 1 :: width]))
        moments = list(map(int, words[0::width])) if width == 3 else []
    except ValueError:
        return None
    if steps and not -_LIMIT < min(steps) <= max(steps) < _LIMIT:
        return None
    return steps, values, moments


def _slowly(head: bytes, block: bytes) -> tuple[list[int], list[Any], list[int]]:
    found = [point for point in points(head + b"\n" + block) if number(point.step) is not None]
    moments = [point.at for point in found if point.at is not None]
    return [point.step for point in found], [point.value for point in found], moments


def _timed(curve: Curve, pace: list[tuple[int, int]]) -> Curve:
    """The curve with the times of its points, taken from those of some."""
    steps = [step for step, _ in pace]
    found = []
    for point in curve.points:
        after = min(max(1, bisect_right(steps, point.step)), len(pace) - 1)
        (left, began), (right, ended) = pace[after - 1], pace[after]
        share = min(1.0, max(0.0, (point.step - left) / (right - left))) if right > left else 0.0
        found.append(point._replace(at=round(began + share * (ended - began))))
    return curve._replace(points=found)
