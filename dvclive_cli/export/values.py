"""What is known of a run that was recorded: its last values, its params, its curves. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from dvclive_cli.direction import HIGH, LOW, better
from dvclive_cli.events import Json, Scalar
from dvclive_cli.outcome import Outcome


class Point(NamedTuple):
    """One row of a curve. `at`: epoch milliseconds, None where no time was logged."""

    step: int
    value: Scalar
    at: int | None = None


class Curve(NamedTuple):
    """A series.

    `whole`: all its points are here, not a sample of a very long file. `extremes`: the lowest and the
    highest, where the points here are what was kept of more.
    """

    name: str
    points: Sequence[Point]
    whole: bool = True
    extremes: Sequence[Point] = ()

    @property
    def best(self) -> Point | None:
        """The best point, where the name says which way is good, there are several, and all are known."""
        way = better(self.name)
        if not self.whole or way is None or len(self.points) < 2:
            return None
        finite = [point for point in (self.extremes or self.points) if number(point.value) is not None]
        if not finite:
            return None
        pick = {LOW: min, HIGH: max}[way]
        return pick(finite, key=lambda point: float(point.value))


class Recorded(NamedTuple):
    """A run that was recorded.

    Parameters:
        title: the experiment's name, a revision, or a directory.
        outcome: how it ended; None while it runs, or where nothing says so (a run of DVCLive 3.x).
        seconds: how long it took, None where unknown.
        step: the last one, None where there was none.
        metrics: last value by name, in order of first appearance. params: value by name.
        curves: the series that were plotted.
    """

    title: str
    outcome: Outcome | None
    seconds: float | None
    step: int | None
    metrics: Mapping[str, Json]
    params: Mapping[str, Json]
    curves: Sequence[Curve]


def number(value: object) -> float | None:
    """A value as a finite number; None for texts, NaN, infinities and what is no single value."""
    if isinstance(value, str) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def leaf(name: str) -> str:
    """What series of several data sets have in common: the metric itself.

    >>> leaf("train/loss"), leaf("eval/loss"), leaf("val_loss"), leaf("lr_rate")
    ('loss', 'loss', 'loss', 'lr_rate')
    """
    last = name.rpartition("/")[2]
    start, _, rest = last.partition("_")
    return rest if rest and start in ("train", "val", "valid", "validation", "eval", "test", "dev") else last
