"""Charts of curves with their axes: which curves share one, and how it is put into lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dvclive_cli.export.values import Curve, number
from dvclive_cli.texts import clean, shown

from . import braille
from .text import CURVES, DIM, TITLE, Line, Span, beside, cut

ROWS = 8  # of a chart, without its title and its axis
NARROW = 44  # columns that a chart has at least where several stand side by side
SPLITS = ("train", "val", "valid", "validation", "eval", "test", "dev")


class Drawn(NamedTuple):
    """A curve in a chart."""

    label: str
    dots: braille.Dots


class Chart(NamedTuple):
    """Curves that share their axes."""

    title: str
    curves: Sequence[Drawn]


def dots(curve: Curve) -> list[tuple[float, float]]:
    """The finite points; of a stretch its extremes too."""
    found = []
    for index, point in enumerate(curve.points):
        value, step = number(point.value), number(point.step)
        if value is not None and step is not None:
            if curve.edges:
                found += [(step, edge) for edge in curve.edges[index] if edge != value]
            found.append((step, value))
    return found


def letter(index: int) -> str:
    """What names a curve, or a run, where there may be no colours."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index % 26]


def colour(index: int) -> str:
    """The style of a curve."""
    return CURVES[index % len(CURVES)]


def grouped(curves: Iterable[Curve]) -> list[Chart]:
    """Charts of one run: `train/loss` and `val_loss` share one. What has fewer than two points has none."""
    charts: dict[str, list[Drawn]] = {}
    for curve in curves:
        found = dots(curve)
        if len(found) < 2:
            continue
        key = leaf(curve.name)
        group = charts.setdefault(key, [])
        if len(group) == len(CURVES):
            group = charts.setdefault(curve.name, [])
        group.append(Drawn(curve.name, found))
    return [Chart(group[0].label if len(group) == 1 else key, group) for key, group in charts.items()]


def leaf(name: str) -> str:
    """What the splits of one quantity share.

    >>> leaf("train/loss"), leaf("val_loss"), leaf("bert/train/loss"), leaf("system/cpu")
    ('loss', 'loss', 'bert/loss', 'system/cpu')
    """
    parts = name.split("/")
    start, _, rest = parts[-1].partition("_")
    if rest and start in SPLITS:
        parts[-1] = rest
    return "/".join([*(part for part in parts[:-1] if part not in SPLITS), parts[-1]])


def lines(charts: Sequence[Chart], width: int, rows: int = ROWS) -> list[Line]:
    """The charts, as many side by side as the width holds."""
    across = max(1, min(len(charts), width // NARROW))
    size = width // across
    return beside([[*render(chart, size - (across > 1), rows), []] for chart in charts], size, across)


def some(charts: Sequence[Chart], width: int, limit: int) -> list[Line]:
    """The first of the charts, and how to see the others."""
    out = lines(charts[:limit], width)
    if len(charts) > limit:
        rest = f"... and {len(charts) - limit} more charts: choose some, or all, with --metric GLOB"
        out.append([Span(rest, DIM)])
    return out


def render(chart: Chart, width: int, rows: int = ROWS) -> list[Line]:
    """One chart: its title, the curves beside the values' axis, the axis of the steps."""
    around = braille.window([curve.dots for curve in chart.curves])
    if around is None:
        return []
    several = len(chart.curves) > 1
    high, low = f"{around.high:.4g}", f"{around.low:.4g}"
    margin = max(len(high), len(low))
    columns = max(4, width - margin - 2 - several)
    picture = braille.draw([curve.dots for curve in chart.curves], around, columns, rows)
    ends = _ends(chart, around, rows) if several else {}
    out = [cut(line, width) for line in _heading(chart)]
    for index, row in enumerate(picture):
        label = high if index == 0 else low if index == rows - 1 and low != high else ""
        line = [Span(f"{label:>{margin}} {'┤' if label else '│'}", DIM), *_spans(row)]
        if index in ends:
            line.append(Span(letter(ends[index]), colour(ends[index])))
        out.append(line)
    first, last = f"{around.left:.15g}", f"{around.right:.15g}"
    rule = "─" * max(1, columns - len(first) - len(last) - 2)
    axis = (
        f"{'':>{margin}} └{first}"
        if around.left == around.right
        else f"{'':>{margin}} └{first} {rule} {last}"
    )
    return [*out, [Span(axis, DIM)]]


def _heading(chart: Chart) -> list[Line]:
    if len(chart.curves) == 1:
        return [[Span(clean(chart.title, 60), TITLE), Span(f"  {_label(chart)}", CURVES[0])]]
    legend: Line = [Span(clean(chart.title, 40), TITLE)]
    for index, curve in enumerate(chart.curves):
        legend.append(Span(f"  {letter(index)} {clean(curve.label, 40)}", colour(index)))
    return [legend]


def _label(chart: Chart) -> str:
    """Of a chart with one curve: who it belongs to, if that is not its title; else the last value."""
    only = chart.curves[0]
    return clean(only.label, 40) if only.label != chart.title else shown(only.dots[-1][1])


def _ends(chart: Chart, around: braille.Window, rows: int) -> dict[int, int]:
    """Row by row, the curve whose end is told there; where two end together, one moves to a row beside."""
    ends: dict[int, int] = {}
    for index, curve in enumerate(chart.curves):
        wanted = braille.height_of(curve.dots[-1][1], around, rows)
        free = [row for row in range(rows) if row not in ends]
        if free:
            ends[min(free, key=lambda row: abs(row - wanted))] = index
    return ends


def _spans(row: Sequence[braille.Cell]) -> Line:
    """Cells joined into spans of one colour."""
    out: Line = []
    for char, who in row:
        style = colour(who) if who >= 0 else ""
        if out and out[-1].style == style:
            out[-1] = Span(out[-1].text + char, style)
        else:
            out.append(Span(char, style))
    return out
