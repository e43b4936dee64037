"""Curves as braille: each character is two dots wide and four high. Points in, cells out.

Dots and their bits: The Unicode Standard, "Braille Patterns" (U+2800 to U+28FF).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

Dots = Sequence[tuple[float, float]]
"""Points (x, y) of one curve, finite, in order."""

Cell = tuple[str, int]
"""A character, and the curve that drew it last; -1 for none."""

EMPTY: Cell = (" ", -1)
WIDE, HIGH = 2, 4
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Window(NamedTuple):
    """The stretch of the plane that is drawn."""

    left: float
    right: float
    low: float
    high: float


def window(curves: Sequence[Dots]) -> Window | None:
    """What holds every point; None where there is none."""
    xs = [x for curve in curves for x, _ in curve]
    if not xs:
        return None
    ys = [y for curve in curves for _, y in curve]
    return Window(min(xs), max(xs), min(ys), max(ys))


def draw(curves: Sequence[Dots], around: Window, columns: int, rows: int) -> list[list[Cell]]:
    """The cells, row by row from the top. A later curve colours the cells that it shares.

    >>> ["".join(char for char, _ in row) for row in draw([[(0, 0), (1, 1)]], Window(0, 1, 0, 1), 3, 1)]
    ['⡠⠔⠊']
    """
    bits = [[0] * columns for _ in range(rows)]
    owner = [[-1] * columns for _ in range(rows)]
    for index, curve in enumerate(curves):
        for x, y in _line(_places(curve, around, columns * WIDE, rows * HIGH)):
            row, column = y // HIGH, x // WIDE
            bits[row][column] |= _BITS[x % WIDE][y % HIGH]
            owner[row][column] = index
    return [
        [(chr(0x2800 + bit), who) if bit else EMPTY for bit, who in zip(*line, strict=True)]
        for line in zip(bits, owner, strict=True)
    ]


def height_of(value: float, around: Window, rows: int) -> int:
    """The row, from the top, that a value falls into."""
    return (rows * HIGH - 1 - _scaled(value, around.low, around.high, rows * HIGH)) // HIGH


def _scaled(value: float, low: float, high: float, size: int) -> int:
    """The dot of a value, 0 at `low`; the middle where all values are the same."""
    span = high / 2 - low / 2  # halves: the span of two huge floats overflows
    if span <= 0:
        return (size - 1) // 2
    return min(size - 1, max(0, round((value / 2 - low / 2) / span * (size - 1))))


def _places(curve: Dots, around: Window, wide: int, high: int) -> Iterator[tuple[int, int]]:
    """Each point's dot, y from the top; of many in one column the first, the extremes and the last."""
    column: list[int] = []
    at = -1
    for x, y in curve:
        here = _scaled(x, around.left, around.right, wide)
        if here != at:
            yield from _reduced(at, column)
            column, at = [], here
        column.append(high - 1 - _scaled(y, around.low, around.high, high))
    yield from _reduced(at, column)


def _reduced(at: int, column: list[int]) -> Iterator[tuple[int, int]]:
    kept = column if len(column) < 4 else (column[0], min(column), max(column), column[-1])
    for y in kept:
        yield at, y


def _line(places: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The dots of the straight lines from place to place."""
    before: tuple[int, int] | None = None
    for x, y in places:
        if before is not None:
            steps = max(abs(x - before[0]), abs(y - before[1]))
            for step in range(1, steps):
                yield (
                    before[0] + (x - before[0]) * step // steps,
                    before[1] + round((y - before[1]) * step / steps),
                )
        yield x, y
        before = x, y
