"""One run on the screen: how it stands, its params, its metrics, its curves."""

from __future__ import annotations

from collections.abc import Sequence

from dvclive_cli.export.values import Curve, Recorded
from dvclive_cli.texts import shown

from . import charts
from .standing import Standing, ago
from .text import DIM, TITLE, Line, Span, span, table, width

LOWEST = 4  # rows of a chart that still tells something
MAX_PARAMS, MAX_METRICS, MAX_CHARTS = 40, 60, 12
SAMPLED = "Long curves are sampled: which of their values is best is not known."
HEAD = ("metric", "first", "last", "best", "at step")
NARROWER = (("metric", "last", "best", "at step"), ("metric", "last", "best"), ("metric", "last"))


def lines(
    run: Recorded, how: Standing, now: float, size: int, *, curves: bool = True, chosen: bool = False
) -> list[Line]:
    """The whole screen, however long it is.

    Parameters:
        run: the values. how: how it stands.
        now: epoch seconds.
        size: columns.
        curves: draw them; without UTF-8 nobody could read them.
        chosen: the metrics were chosen by the user: every one is drawn.
    """
    out = [*head(run, how, now), *params(run, size), []]
    out += metrics(run, len(run.metrics) if chosen else MAX_METRICS, size)
    if how.output and not chosen:
        out += [[], [Span("last lines of output", TITLE)], *([span(line, limit=300)] for line in how.output)]
    if not all(curve.whole for curve in run.curves):
        out.append([Span(SAMPLED, DIM)])
    if curves:
        found = charts.grouped(run.curves)
        out += [[], *charts.some(found, size, len(found) if chosen else MAX_CHARTS)]
    return out


def live(run: Recorded, how: Standing, now: float, size: int, height: int, note: str) -> list[Line]:
    """What fits a terminal: half of it the metrics, the rest their charts. `note`: the last line."""
    out = head(run, how, now)[:4]
    found = charts.grouped(run.curves)
    room = height - len(out) - 2
    across = max(1, min(len(found), size // charts.NARROW))
    rows = min(len(run.metrics), max(3, room // 2 - 2))
    dots = min(charts.ROWS, room - rows - 6)  # a chart has three lines more; a heading and blanks are around
    if dots < LOWEST:
        found, rows = [], min(len(run.metrics), max(3, room - 2))
    tall = dots + 3
    out += [[], *metrics(run, rows, size)]
    room = height - len(out) - 2
    count = max(0, room // tall) * across if found else 0
    if count:
        out += [[], *charts.lines(found[:count], size, dots)]
    return [*out[: height - 1], [span(note, DIM, 200)]]


def head(run: Recorded, how: Standing, now: float) -> list[Line]:
    """Title and status; what was run; from which commit; the step."""
    first: Line = [span(run.title, TITLE), Span("  "), span(how.lasting(), how.style, 120)]
    if how.began is not None and not how.live:
        first.append(Span(f", begun {ago(max(0.0, now - how.began))}", DIM))
    out = [first]
    if how.command:
        out.append(_fact("command", how.command, 200))
    if how.commit:
        changed = ", with changed files" if how.dirty else ""
        out.append(_fact("commit", f"{how.commit[:7]} {how.branch}{changed}", 100))
    if run.step is not None:
        out.append(_fact("step", str(run.step), 40))
    return out


def _fact(name: str, value: str, limit: int) -> Line:
    return [Span(f"{name:<8} ", DIM), span(value, limit=limit)]


def params(run: Recorded, size: int) -> list[Line]:
    """All on as few lines as they fit on."""
    out: list[Line] = []
    for name, value in list(run.params.items())[:MAX_PARAMS]:
        cell = [Span("  "), span(name, limit=40), Span("=", DIM), span(value, limit=40)]
        if not out or width(out[-1]) + width(cell) > size:
            out.append([Span(" " * 7 if out else "params ", DIM)])
        out[-1] += cell
    if len(run.params) > MAX_PARAMS:
        out.append([Span(f"{'':9}... and {len(run.params) - MAX_PARAMS} more params", DIM)])
    return out


def metrics(run: Recorded, limit: int, size: int) -> list[Line]:
    """A row a metric, the program's own before those of the system monitor."""
    if not run.metrics:
        return [[Span("no metrics yet", DIM)]]
    names = sorted(run.metrics, key=lambda name: name.startswith("system/"))
    curves = {curve.name: curve for curve in run.curves}
    rows = [_row(name, run, curves.get(name)) for name in names[:limit]]
    for head in (HEAD, *NARROWER):  # a name and its last value before all else
        out = table(head, [[row[HEAD.index(one)] for one in head] for row in rows], range(1, len(head)), size)
        if max(map(width, out)) <= size and len(out) == len(rows) + 1:
            break
    if len(names) > limit:
        out.append([Span(f"... and {len(names) - limit} more metrics", DIM)])
    return out


def _row(name: str, run: Recorded, curve: Curve | None) -> Sequence[Line]:
    best = curve.best if curve else None
    several = curve is not None and len(curve.points) > 1
    return (
        [span(name)],
        [Span(shown(curve.points[0].value) if curve and several else "", DIM)],
        [Span(shown(run.metrics[name]))],
        [Span("" if best is None else shown(best.value))],
        [Span("" if best is None else str(best.step), DIM)],
    )


def in_one_line(run: Recorded, speed: float | None) -> str:
    """`step 12  loss 0.5  acc 0.9  1000 points/s`: for a log."""
    parts = [] if run.step is None else [f"step {run.step}"]
    own = [name for name in run.metrics if not name.startswith("system/")]
    parts += [f"{span(name).text} {shown(run.metrics[name])}" for name in own[:8]]
    if len(own) > 8:
        parts.append(f"(+{len(own) - 8})")
    if speed is not None:
        parts.append(f"{speed:.0f} points/s")
    return "  ".join(parts) or "no metrics yet"
