"""One series of a run: its points reduced as they arrive, and those that still have to be written.

It decides what is kept: everything the views and the end panel need, in memory that does not grow with the
number of points. It knows no run, and no file.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import repeat
from math import isfinite
from typing import Any, NamedTuple

from .events import Json, Points, Scalar

PREVIEW_BUCKETS = 1000  # about the width of a large chart in pixels
FOLD_AT = 64  # points gathered before statistics are taken over them at once, at C speed

Row = tuple[int, int | None, str]
"""One point as it goes to the TSV: step, timestamp (epoch ms) or None, the value's text."""


class Bucket(NamedTuple):
    """A stretch of a series: where it begins, and the extremes and the last value in it."""

    step: float
    low: float
    high: float
    last: float


class Series:
    """One named series. `last` is what metrics.json shows; `rows` are the points not yet given to the TSV, or
    `blocks` of points in columns: never both.

    The statistics (count, first, low, high and their steps) are up to date after `fold`.

    Attributes:
        count: points seen (0 for a value set by `summary` only); `plotted`: points that went to the TSV.
        first, last: values as they came; `first_step`, `last_step`: where.
        low, high, low_step, high_step: extremes over finite numbers, None while there is none.
        recent: points that `fold` has yet to take in: whoever adds one sees to that, at FOLD_AT.
    """

    __slots__ = (
        "_fill",
        "_size",
        "_width",
        "blocks",
        "count",
        "first",
        "first_step",
        "high",
        "high_step",
        "last",
        "last_step",
        "low",
        "low_step",
        "name",
        "plotted",
        "recent",
        "rows",
        "table",
    )

    def __init__(self, name: str, size: int = PREVIEW_BUCKETS) -> None:
        self.name = name
        self.count = 0
        self.plotted = 0
        self.first: Scalar | None = None
        self.last: Json = None
        self.first_step = 0
        self.last_step = -1
        self.low: float | None = None
        self.high: float | None = None
        self.low_step = 0
        self.high_step = 0
        self.rows: list[Row] = []
        self.blocks: list[Points] = []
        self.table = array("d")  # step, low, high, last of each bucket, flat: small, and quick to pickle
        self.recent: list[tuple[int, Scalar]] = []
        self._size = size
        self._width = 1  # points a bucket holds
        self._fill = 0  # points in the last bucket

    @property
    def preview(self) -> list[Bucket]:
        """At most 1000 buckets over the whole history; one point each while there are few."""
        self.fold()
        flat = self.table
        return [Bucket(*flat[at : at + 4]) for at in range(0, len(flat), 4)]

    def fold(self) -> None:
        """Take the points gathered since the last call into the statistics."""
        recent = self.recent
        if not recent:
            return
        self.recent = []
        if self.count == 0:
            self.first_step, self.first = recent[0]
        self.count += len(recent)
        steps, values = zip(*recent, strict=True)
        self._take(steps, values)

    def extend(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Take points in order, at once."""
        self.fold()
        if self.count == 0:
            self.first_step, self.first = steps[0], values[0]
        self.count += len(steps)
        self.last, self.last_step = values[-1], steps[-1]
        self._take(steps, values)

    def spread(self) -> None:
        """Make the blocks rows."""
        for block in self.blocks:
            assert block.steps is not None
            self.rows += zip(block.steps, repeat(None), block.texts, strict=False)
        self.blocks = []

    def _take(self, steps: Sequence[int], values: Sequence[Any]) -> None:
        try:
            total = sum(values, 0.0)
            plain = total - total == 0.0  # false for NaN and infinities
        except (TypeError, OverflowError):  # a text; an int beyond the floats
            plain = False
        if not plain:
            points = [(step, value) for step, value in zip(steps, values, strict=True) if _finite(value)]
            if not points:
                return
            steps, values = zip(*points, strict=True)
        low, high = min(values), max(values)
        if self.low is None or low < self.low:
            self.low, self.low_step = low, steps[values.index(low)]
        if self.high is None or high > self.high:
            self.high, self.high_step = high, steps[values.index(high)]
        at = 0
        while at < len(values):
            room = self._width - self._fill
            if room == 0 or not self.table:
                if len(self.table) >= 4 * self._size:
                    self._halve()
                    continue
                value = float(values[at])
                self.table.extend((steps[at], value, value, value))
                self._fill = 1
                at += 1
                continue
            piece = values[at : at + room]
            table = self.table
            table[-3] = min(table[-3], min(piece))
            table[-2] = max(table[-2], max(piece))
            table[-1] = piece[-1]
            self._fill += len(piece)
            at += len(piece)

    def _halve(self) -> None:
        """Join the buckets two by two, so that each holds twice as many points."""
        old = self.table
        new = array("d")
        for at in range(0, len(old) - 4, 8):
            new.extend(
                (old[at], min(old[at + 1], old[at + 5]), max(old[at + 2], old[at + 6]), old[at + 7]),
            )
        if len(old) // 4 % 2:
            new.extend(old[-4:])
        else:
            self._fill += self._width
        self.table = new
        self._width *= 2


def _finite(value: Scalar) -> bool:
    if isinstance(value, str):
        return False
    try:
        return isfinite(value)
    except OverflowError:
        return False
