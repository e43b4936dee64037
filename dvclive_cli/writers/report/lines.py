"""Series as lines of a chart: few enough points for a screen, no peak lost; and which share a chart.

Values in, values out. A point of a line is a stretch of the series with its extremes, so that ten million
points look as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from dvclive_cli.export.values import Curve, leaf, number

from .sheet import Line

_T = TypeVar("_T")
STRETCHES = 1000  # of a long line: about the pixels of a large chart
ALL, LEAST = 300_000, 100  # stretches of all lines of a page, some 10 MB; of each line at least
MAX_IN_A_CHART = 8  # lines that an eye tells apart


def of_curves(curves: Sequence[Curve]) -> list[Line]:
    """The lines of those that have a number; of many lines each has fewer stretches."""
    most = max(LEAST, min(STRETCHES, ALL // max(1, len(curves))))
    return [line for curve in curves if (line := of_curve(curve, most))]


def of_curve(curve: Curve, most: int = STRETCHES) -> Line | None:
    """A curve's line of so many stretches; None where it has no number."""
    places = [
        place
        for place, point in enumerate(curve.points)
        if number(point.value) is not None and number(point.step) is not None  # steps beyond the floats
    ]
    if not places:
        return None
    places.sort(key=lambda place: curve.points[place].step)
    if len(places) > 2 * most:
        stretches = [*_cut(places[:-1], most), places[-1:]]  # the last point stands where it is
    else:
        stretches = [[place] for place in places]
    points = curve.points
    heads = [points[stretch[0]] for stretch in stretches]
    low: list[float] = []
    high: list[float] = []
    if curve.edges:
        low = [min(curve.edges[place][0] for place in stretch) for stretch in stretches]
        high = [max(curve.edges[place][1] for place in stretch) for stretch in stretches]
    elif len(stretches) < len(places) or not curve.whole:
        low = [min(float(points[place].value) for place in stretch) for stretch in stretches]
        high = [max(float(points[place].value) for place in stretch) for stretch in stretches]
    at = [head.at for head in heads if head.at is not None]
    return Line(
        curve.name,
        [head.step for head in heads],
        [float(points[stretch[-1]].value) for stretch in stretches],
        low,
        high,
        at if len(at) == len(heads) else [],
        len(places) if curve.size is None else curve.size,
    )


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
