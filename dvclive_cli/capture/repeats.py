"""Lines of pairs that come again with other numbers: a setting is printed once, what changes is a curve.

Decides when lines of the same names have proven to be points. Must not know where their numbers stood, nor
who records them.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

_PROOF = 3
"""Lines that it takes, each different from the one before."""
_MOST = 64  # sets of names that still wait
_COUNTERS = frozenset("ijkmnt") | {
    "cycle", "day", "frame", "level", "move", "pass", "run", "sweep", "tick", "turn", "window", "year",
}  # fmt: skip


class Row(NamedTuple):
    """The numbers of a line: name, value, text and whether it is whole, of each."""

    line: int
    rank: int | None
    step: int | None
    points: tuple[tuple[str, float, str | None, bool], ...]


class Repeats:
    """The lines that wait for their like."""

    __slots__ = ("_counted", "_proven", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, ...], list[Row]] = {}  # by rank and names
        self._proven: set[tuple[str, ...]] = set()
        self._counted: set[tuple[str, ...]] = set()  # their first number is the step

    def offer(self, row: Row) -> list[Row]:
        """A line was read: the lines that are points now, in their order."""
        names = (str(row.rank), *(point[0] for point in row.points))
        if names in self._proven:
            return [self._read(names, row)]
        rows = self._waiting.pop(names, [])
        if rows and not _follows(rows[-1], row):
            rows = []
        rows.append(row)
        if len(rows) < _PROOF or not differ(rows[0], row) or len(self._proven) >= _MOST:
            if len(self._waiting) >= _MOST:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[names] = rows[-_PROOF:]
            return []
        self._proven.add(names)
        if row.step is None and names[1].lower() in _COUNTERS and _counts(rows):
            self._counted.add(names)
        return [self._read(names, kept) for kept in rows]

    def _read(self, names: tuple[str, ...], row: Row) -> Row:
        first = row.points[0]
        if names in self._counted and first[3]:
            return row._replace(step=int(first[1]), points=row.points[1:])
        return row


def _follows(old: Row, new: Row) -> bool:
    """Whether two lines of the same names are two points: their fractions differ, and a name that stands
    alone, as "mean: 0.5" in one report after another, comes in the very next line."""
    if len(new.points) == 1 and new.line != old.line + 1:
        return False
    if old.step is not None or new.step is not None:
        return old.step != new.step
    return differ(old, new)


def differ(old: Row, new: Row) -> bool:
    """Whether a fraction changed."""
    return any(
        before[1] != after[1] and not (before[3] and after[3])
        for before, after in zip(old.points, new.points, strict=True)
    )


def _counts(rows: list[Row]) -> bool:
    firsts = [row.points[0] for row in rows]
    return all(first[3] for first in firsts) and all(
        before[1] < after[1] for before, after in itertools.pairwise(firsts)
    )
