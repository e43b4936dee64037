"""What is known of a run that was recorded: its last values, its params, its curves. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from dvclive_cli.direction import HIGH, LOW, better
from dvclive_cli.events import Json, Scalar
from dvclive_cli.outcome import Outcome
from dvclive_cli.series import Series


class Point(NamedTuple):
    """One row of a curve. `at`: epoch milliseconds, None where no time was logged."""

    step: int
    value: Scalar
    at: int | None = None


class Curve(NamedTuple):
    """A series: each of its points, or stretches of them.

    Parameters:
        points: in the order of their steps; of a stretch its first step and its last value.
        whole: all of the series is known, not a sample of a very long file.
        edges: the lowest and the highest value of each stretch; empty where each is one point.
        extremes: the lowest and the highest point, where there are stretches.
        size: points of the series; None where they are all here.
    """

    name: str
    points: Sequence[Point]
    whole: bool = True
    edges: Sequence[tuple[float, float]] = ()
    extremes: Sequence[Point] = ()
    size: int | None = None

    @property
    def total(self) -> int:
        """Points of the series, or of the sample."""
        return len(self.points) if self.size is None else self.size

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


def curve_of(series: Series, before: Curve | None = None) -> Curve:
    """What is kept of a running series: at most about 1000 stretches, and no peak is lost.

    `before`: an earlier part that it goes on after; of it counts what lies before the later part.
    """
    preview = sorted(series.preview, key=lambda bucket: bucket.step)
    points = [Point(int(bucket.step), bucket.last) for bucket in preview]
    edges = [] if series.count <= len(preview) else [(bucket.low, bucket.high) for bucket in preview]
    if edges:
        first = number(series.first)
        if first is not None and points[0].step == series.first_step:
            points[0] = Point(series.first_step, first)
        if series.last_step > points[-1].step:
            points.append(Point(series.last_step, points[-1].value))
            edges.append((preview[-1].last, preview[-1].last))
    extremes: list[Point] = []
    if series.low is not None and series.high is not None:
        extremes = [Point(series.low_step, series.low), Point(series.high_step, series.high)]
    late = Curve(series.name, points, True, edges, extremes, series.count)
    return late if before is None else _joined(before, late)


def _joined(before: Curve, late: Curve) -> Curve:
    start = late.points[0].step if late.points else None
    kept = [
        index
        for index, point in enumerate(before.points)
        if number(point.value) is not None and (start is None or point.step < start)
    ]
    early = [before.points[index] for index in kept]
    edges: list[tuple[float, float]] = []
    if before.edges or late.edges:
        edges = [before.edges[at] for at in kept] if before.edges else [_flat(point) for point in early]
        edges += late.edges or [_flat(point) for point in late.points]
    ends = [*(before.extremes or early), *(late.extremes or late.points)]
    extremes = [pick(ends, key=lambda point: float(point.value)) for pick in (min, max)] if ends else []
    count = (before.total if len(kept) == len(before.points) else len(kept)) + late.total
    return Curve(late.name, [*early, *late.points], before.whole, edges, extremes, count)


def _flat(point: Point) -> tuple[float, float]:
    return float(point.value), float(point.value)


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
