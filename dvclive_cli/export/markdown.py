"""A run as Markdown: for GitHub's step summary, a pull request, a wiki.

A table of the metrics with the change against another run, charts that GitHub and GitLab draw themselves
(Mermaid's xychart, mermaid.js.org/syntax/xyChart.html), the params folded away. Bounded: a step summary may
hold 1 MiB (docs.github.com, "Adding a job summary").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dvclive_cli import marks
from dvclive_cli.direction import LOW, better
from dvclive_cli.events import Json
from dvclive_cli.outcome import COMPLETED, IMPORTED, INTERRUPTED
from dvclive_cli.texts import duration, shown, sparkline

from .values import Curve, Point, Recorded, leaf, number

MAX_METRICS, MAX_PARAMS, MAX_CHARTS, MAX_POINTS = 60, 100, 12, 60
OPEN_CHARTS = 4
"""Charts that are seen at once; more are folded away."""
COLOURS = (("#945dd6", "🟣"), ("#f46737", "🟠"), ("#13adc7", "🔵"), ("#46a417", "🟢"))
"""Of the lines in a chart, and the dot that names each: a Mermaid chart has no legend."""
_SIGNS = {COMPLETED: "✅", IMPORTED: "📥", INTERRUPTED: "⚠️"}


def render(run: Recorded, base: Recorded | None) -> str:
    """The Markdown text. `base`: the run to compare with, None for none."""
    return (
        "\n".join(
            (*_heading(run, base), *_metrics(run, base), *_changes(run, base), *_charts(run), *_params(run))
        )
        + "\n"
    )


def _heading(run: Recorded, base: Recorded | None) -> Iterator[str]:
    if run.outcome is None:
        sign, said = "▶️", "no end was recorded"
    else:
        sign, said = _SIGNS.get(run.outcome.status, "❌"), run.outcome.describe()
    after = "" if run.seconds is None else f" after {duration(run.seconds)}"
    yield f"### {sign} {marks.escaped(run.title)}: {marks.escaped(said)}{after}\n"
    if base is not None:
        yield f"Compared with {marks.escaped(base.title)}.\n"


def _metrics(run: Recorded, base: Recorded | None) -> Iterator[str]:
    if not run.metrics:
        yield "No metrics were recorded.\n"
        return
    curves = {curve.name: curve for curve in run.curves}
    own = [name for name in run.metrics if not name.startswith("system/")]
    head = ["metric", "last", *(("base", "change") if base else ()), "best", "at step", "course"]
    rows = []
    for name in own[:MAX_METRICS]:
        curve = curves.get(name)
        best = curve.best if curve else None
        against = _against(name, run.metrics[name], base) if base else ()
        found = ("", "") if best is None else (shown(best.value), str(best.step))
        rows.append((name, shown(run.metrics[name]), *against, *found, _course(curve)))
    yield from marks.table(head, rows, right=range(1, len(head) - 1))
    yield ""
    if len(own) > MAX_METRICS:
        yield f"... and {len(own) - MAX_METRICS} more metrics.\n"
    if base:
        gone = [name for name in base.metrics if name not in run.metrics and not name.startswith("system/")]
        if gone:
            names = ", ".join(map(marks.escaped, gone[:MAX_METRICS]))
            yield f"Only in {marks.escaped(base.title)}: {names}.\n"


def _against(name: str, value: Json, base: Recorded) -> tuple[str, str]:
    """The base's value, and the change from it: marked where the name says which way is good."""
    if name not in base.metrics:
        return "", "new"
    before = base.metrics[name]
    now, then = number(value), number(before)
    if now is None or then is None:
        return shown(before), "" if value == before else "changed"
    change = now - then
    if change == 0:
        return shown(before), "="
    percent = f" ({change / abs(then):+.1%})" if then else ""
    way = better(name)
    mark = "" if way is None else " 🟢" if (change < 0) == (way == LOW) else " 🔴"
    return shown(before), f"{change:+.4g}{percent}{mark}"


def _course(curve: Curve | None) -> str:
    values = [
        value for point in (curve.points if curve else ()) if (value := number(point.value)) is not None
    ]
    return sparkline(values)


def _charts(run: Recorded) -> Iterator[str]:
    charts = [lines for group in _groups(run.curves) if (lines := _chart(group))][:MAX_CHARTS]
    for index, lines in enumerate(charts):
        if index == OPEN_CHARTS:
            yield f"<details><summary>{len(charts) - OPEN_CHARTS} more charts</summary>\n"
        yield from lines
    if len(charts) > OPEN_CHARTS:
        yield "</details>\n"


def _groups(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Curves that belong in one chart: `train/loss` and `val/loss`, if they have the same steps."""
    groups: dict[tuple[str, tuple[int, ...]], list[Curve]] = {}
    for curve in curves:
        points = [point for point in curve.points if number(point.value) is not None]
        if curve.name.startswith("system/") or len(points) < 3:
            continue
        group = groups.setdefault((leaf(curve.name), tuple(point.step for point in points)), [])
        if len(group) < len(COLOURS):
            group.append(curve._replace(points=_thinned(points)))
    return list(groups.values())


def _chart(group: Sequence[Curve]) -> list[str]:
    """Curves of the same steps as one Mermaid chart; none where nothing changes."""
    lines = [[float(point.value) for point in curve.points] for curve in group]
    if min(map(min, lines)) == max(map(max, lines)):
        return []
    points = group[0].points
    first, last = points[0].step, points[-1].step
    title = leaf(group[0].name) if len(group) > 1 else group[0].name
    axis = (first, last) if last > first else (1, len(points))  # values stand at even distances
    return [*legend([curve.name for curve in group]), *xychart(title, "step", axis, lines)]


def legend(names: Sequence[str]) -> list[str]:
    """Which line of a chart has which name; nothing where there is one line."""
    if len(names) == 1:
        return []
    told = (f"{dot} {marks.escaped(name)}" for name, (_, dot) in zip(names, COLOURS, strict=False))
    return [" ".join(told) + "\n"]


def xychart(title: str, label: str, axis: tuple[float, float], lines: Sequence[Sequence[float]]) -> list[str]:
    """Lines whose values stand at even distances between the ends of the axis, as a Mermaid chart."""
    low, high = min(map(min, lines)), max(map(max, lines))
    margin = (high - low) * 0.05 or 1.0
    colours = ", ".join(colour for colour, _ in COLOURS[: len(lines)])
    return [
        "```mermaid",
        "---",
        "config:",
        "  xyChart: {width: 640, height: 260}",
        f'  themeVariables: {{xyChart: {{plotColorPalette: "{colours}"}}}}',
        "---",
        "xychart-beta",
        f'    title "{_in_quotes(title)}"',
        f'    x-axis "{_in_quotes(label)}" {_plain(axis[0])} --> {_plain(axis[1])}',
        f"    y-axis {_plain(low - margin)} --> {_plain(high + margin)}",
        *(f"    line [{', '.join(map(_plain, values))}]" for values in lines),
        "```",
        "",
    ]


def _in_quotes(text: str) -> str:
    """Text for a Mermaid string, which knows no escapes."""
    return re.sub(r'["\\`<>;{}#&%]', " ", marks.clean(text))[:80]


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    if len(points) <= MAX_POINTS:
        return points
    return [points[index * (len(points) - 1) // (MAX_POINTS - 1)] for index in range(MAX_POINTS)]


def _plain(value: float) -> str:
    """A number without an exponent, six significant digits."""
    text = f"{float(f'{value:.6g}'):f}" if 1e-4 <= abs(value) < 1e15 or value == 0 else f"{value:.12f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _changes(run: Recorded, base: Recorded | None) -> Iterator[str]:
    """The params that differ from the base's."""
    if base:
        names = dict.fromkeys((*run.params, *base.params))
        changed = [name for name in names if run.params.get(name) != base.params.get(name)]
        if changed:
            rows = [
                (name, _said(base.params, name), _said(run.params, name)) for name in changed[:MAX_PARAMS]
            ]
            yield from marks.table(["changed param", "base", "now"], rows)
            yield ""


def _params(run: Recorded) -> Iterator[str]:
    if not run.params:
        return
    yield f"<details><summary>Params ({len(run.params)})</summary>\n"
    yield from marks.table(["param", "value"], list(run.params.items())[:MAX_PARAMS])
    yield "\n</details>\n"


def _said(params: object, name: str) -> object:
    assert isinstance(params, dict)
    return params.get(name, "")
