"""Series as lines of a chart: few enough points for a screen, no peak lost; and which share a chart.

Values in, values out. A point of a line is a stretch of the series with its extremes, so that ten million
points look as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from dvclive_cli.export.values import Curve, Point, leaf, number
from dvclive_cli.run import Series

from .sheet import Line

_T = TypeVar("_T")
STRETCHES = 1000  # of a line at most: about the pixels of a large chart
MAX_IN_A_CHART = 8  # lines that an eye tells apart


def of_series(series: Series) -> Line | None:
    """A running series' line; None where it has no number."""
    preview = sorted(series.preview, key=lambda bucket: bucket.step)
    if not preview:
        return None
    steps, low, high, last = zip(*preview, strict=True)
    single = series.count <= len(preview)
    if single:
        low = high = ()
    return Line(series.name, steps, last, low, high, points=series.count)


def of_curve(curve: Curve) -> Line | None:
    """A recorded curve's line; None where it has no number."""
    points = [
        point
        for point in curve.points
        if number(point.value) is not None and number(point.step) is not None  # steps beyond the floats
    ]
    if not points:
        return None
    points.sort(key=lambda point: point.step)
    stretches = _cut(points, STRETCHES)
    heads = [stretch[0] for stretch in stretches]
    values = [[float(point.value) for point in stretch] for stretch in stretches]
    single = len(stretches) == len(points) and curve.whole
    at = [head.at for head in heads if head.at is not None]
    return Line(
        curve.name,
        [head.step for head in heads],
        [piece[-1] for piece in values],
        [] if single else [min(piece) for piece in values],
        [] if single else [max(piece) for piece in values],
        at if len(at) == len(heads) else [],
        len(points),
    )


def after(before: Line | None, line: Line | None) -> Line | None:
    """A line that goes on after an earlier part: its points up to where the later part begins."""
    if before is None or line is None:
        return line or before
    kept = sum(step < line.steps[0] for step in before.steps)
    early, late = (_edges(before), _edges(line)) if before.low or line.low else ((), ())
    low, high = ([*one[:kept], *two] for one, two in zip(early, late, strict=True)) if early else ((), ())
    return Line(
        line.name,
        [*before.steps[:kept], *line.steps],
        [*before.last[:kept], *line.last],
        low,
        high,
        points=line.points + (before.points if kept == len(before.steps) else kept),
    )


def _edges(line: Line) -> tuple[Sequence[float], Sequence[float]]:
    return line.low or line.last, line.high or line.last


def thinned(series: Series, before: Curve | None = None) -> Curve:
    """A running series as a curve: the last value of each stretch, and both extremes where they were.

    `before`: its points of an earlier part, which it goes on after.
    """
    points = {int(bucket.step): bucket.last for bucket in series.preview}
    if series.low is not None and series.high is not None:
        points |= {series.low_step: series.low, series.high_step: series.high}
    late = [Point(step, points[step]) for step in sorted(points)]
    if before is None:
        return Curve(series.name, late)
    early = [point for point in before.points if not late or point.step < late[0].step]
    return Curve(series.name, [*early, *late], before.whole)


def sampled(xs: Sequence[float], ys: Sequence[float], most: int) -> tuple[list[float], list[float]]:
    """At most about `most` of the points, in their order, each stretch's lowest and highest among them.

    >>> sampled([0, 1, 2, 3], [5.0, 9.0, 1.0, 2.0], 2)
    ([1, 2], [9.0, 1.0])
    """
    if len(xs) <= most:
        return list(xs), list(ys)
    kept: list[int] = []
    for stretch in _cut(range(len(xs)), max(1, most // 2)):
        low, high = min(stretch, key=ys.__getitem__), max(stretch, key=ys.__getitem__)
        kept += sorted({low, high})
    return [xs[at] for at in kept], [ys[at] for at in kept]


class Together(NamedTuple):
    """Series that share a chart: its title, their places, and what a group of such charts is called."""

    title: str
    lines: list[int]
    group: str


def charts(names: Sequence[str]) -> list[Together]:
    """Which series share a chart.

    >>> [one[:2] for one in charts(["train/loss", "lr", "val/loss", "system/gpu/0/usage"])]
    [('loss', [0, 2]), ('lr', [1]), ('system/gpu/0/usage', [3])]
    """
    found: dict[tuple[str, int], list[int]] = {}
    full: dict[str, int] = {}
    for index, name in enumerate(names):
        system = name.startswith("system/")
        key = re.sub(r"/\d+(?=/|$)", "", name) if system else leaf(name)
        if len(found.get((key, full.setdefault(key, 1)), ())) >= MAX_IN_A_CHART:
            full[key] += 1
        found.setdefault((key, full[key]), []).append(index)
    out: dict[str, Together] = {}
    for (key, count), places in found.items():
        own = [names[place] for place in places]
        title = f"{key} ({count})" if count > 1 else key if len(own) > 1 else own[0]
        while title in out:  # a series may be called `loss (2)`
            title += " "
        out[title] = Together(title, places, _group(key, full[key], own))
    return list(out.values())


def _group(key: str, count: int, names: Sequence[str]) -> str:
    """What their names begin with; of a metric that needs several charts, the metric."""
    if count > 1:
        return key
    starts = {start(name) for name in names}
    return starts.pop() if len(starts) == 1 else ""


def start(name: str) -> str:
    """The first part of a name, empty where it has one part only.

    >>> start("encoder/block/norm"), start("loss")
    ('encoder', '')
    """
    return name.partition("/")[0] if "/" in name else ""


def _cut(items: Sequence[_T], most: int) -> list[Sequence[_T]]:
    size = -(-len(items) // most)
    return [items[at : at + size] for at in range(0, len(items), size)]
