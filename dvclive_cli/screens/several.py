"""Several runs beside each other: what differs in their params and metrics, and their curves in one chart.

The first run is the one that the others are measured against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dvclive_cli.direction import LOW, better
from dvclive_cli.events import Json
from dvclive_cli.export.values import Recorded, number
from dvclive_cli.texts import shown

from . import charts
from .standing import Standing, ago
from .text import BAD, DIM, GOOD, TITLE, WARN, Line, Span, span, table

MAX_ROWS, MAX_CHARTS = 60, 12


class Change(NamedTuple):
    """From one value to another: in words, and GOOD or BAD where the metric's name says which way is good."""

    said: str
    style: str = ""


def lines(
    runs: Sequence[Recorded],
    how: Sequence[Standing],
    now: float,
    size: int,
    *,
    curves: bool = True,
    chosen: bool = False,
) -> list[Line]:
    """The whole screen: the runs, their params, their metrics, their curves."""
    out = heads(runs, how, now)
    out += [[], *params(runs, size)]
    out += [[], *metrics(runs, size)]
    if curves:
        found = shared(runs)
        out += [[], *charts.some(found, size, len(found) if chosen else MAX_CHARTS)]
    return out


def heads(runs: Sequence[Recorded], how: Sequence[Standing], now: float) -> list[Line]:
    """A line a run, with the letter and the colour of its curves."""
    rows = []
    for index, (run, stands) in enumerate(zip(runs, how, strict=True)):
        age = "" if stands.began is None else f"begun {ago(max(0.0, now - stands.began))}"
        rows.append(
            [
                [Span(charts.letter(index), charts.colour(index))],
                [span(run.title, TITLE)],
                [span(stands.lasting(), stands.style, 80)],
                [Span(age, DIM)],
                [span(stands.command, DIM, 60)],
            ]
        )
    return table(("", "run", "status", "", "command"), rows)


def params(runs: Sequence[Recorded], size: int) -> list[Line]:
    """Those that differ."""
    differing = different(runs)
    same = len({name for run in runs for name in run.params}) - len(differing)
    note = [[Span(f"{same} more, the same in all", DIM)]] if same else []
    if not differing:
        return note or [[Span("no params", DIM)]]
    rows = [
        [
            [span(name)],
            *([span(run.params.get(name, ""), WARN if index else "", 32)] for index, run in enumerate(runs)),
        ]
        for name in differing[:MAX_ROWS]
    ]
    head = ("param", *(run.title for run in runs))
    return [*table(head, rows, range(1, len(runs) + 1), size), *note]


def different(runs: Sequence[Recorded]) -> list[str]:
    """Names of the params that are not the same in all runs."""
    names = dict.fromkeys(name for run in runs for name in run.params)
    missing = object()
    return [
        name
        for name in names
        if any(run.params.get(name, missing) != runs[0].params.get(name, missing) for run in runs[1:])
    ]


def metrics(runs: Sequence[Recorded], size: int) -> list[Line]:
    """A row a metric: its last value in each run, and the change against the first; then its best ones."""
    rows = [[[span(name)], *_cells(name, values)] for name, values in list(values_of(runs))[:MAX_ROWS]]
    if not rows:
        return [[Span("no metrics", DIM)]]
    heads = heads_of_metrics([run.title for run in runs])
    return table(heads, rows, (1, *range(2, len(heads), 2)), size, range(3, len(heads), 2))


def heads_of_metrics(titles: Sequence[str]) -> list[str]:
    """`metric`, the first run, and each other one with its change."""
    return ["metric", titles[0], *(head for title in titles[1:] for head in (title, "change"))]


def rows_of_metrics(runs: Sequence[Recorded]) -> list[list[Json | Change]]:
    """The program's own metrics under these headings, as values."""
    return [
        [name, values[0], *(cell for now in values[1:] for cell in (now, change(name, values[0], now)))]
        for name, values in values_of(runs)
        if not name.startswith("system/")
    ]


def _cells(name: str, values: Sequence[Json]) -> Iterator[Line]:
    yield [Span(_said(values[0]))]
    for value in values[1:]:
        yield [Span(_said(value))]
        found = change(name, values[0], value)
        yield [Span(found.said, found.style)]


def _said(value: Json) -> str:
    return "" if value is None else shown(value)


def values_of(runs: Sequence[Recorded]) -> Iterator[tuple[str, list[Json]]]:
    """Each metric's last values, run by run (None where there is none), then its best, where that differs."""
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    tables = [{curve.name: curve for curve in run.curves} for run in runs]
    for name in sorted(names, key=lambda name: name.startswith("system/")):
        last = [run.metrics.get(name) for run in runs]
        yield name, last
        best = [found.value if (curve := own.get(name)) and (found := curve.best) else None for own in tables]
        if any(one is not None and one != other for one, other in zip(best, last, strict=True)):
            yield f"{name} (best)", best


def change(name: str, before: Json, now: Json) -> Change:
    """What a metric's value became.

    >>> change("loss", 0.5, 0.25), change("loss", None, 0.25).said, change("steps", 1, 2).said
    (Change(said='-0.25 (-50.0%) better', style='good'), 'new', '+1 (+100.0%)')
    """
    if now is None or before is None:
        return Change("" if now is None else "new")
    new, old = number(now), number(before)
    if new is None or old is None:
        return Change("=" if str(now) == str(before) else "changed")  # NaN is not equal to itself
    if new == old:
        return Change("=", DIM)
    difference = new - old
    percent = f" ({difference / abs(old):+.1%})" if old else ""
    way = better(name)
    if way is None:
        return Change(f"{difference:+.4g}{percent}")
    good = (difference < 0) == (way == LOW)
    return Change(f"{difference:+.4g}{percent} {'better' if good else 'worse'}", GOOD if good else BAD)


def shared(runs: Sequence[Recorded]) -> list[charts.Chart]:
    """A chart a metric, with every run's curve of it."""
    found: dict[str, list[charts.Drawn]] = {}
    labels = [run.title for run in runs]
    for run, label in zip(runs, labels, strict=True):
        for curve in run.curves:
            points = charts.dots(curve)
            if len(points) > 1:
                found.setdefault(curve.name, []).append(charts.Drawn(label, points))
    return [charts.Chart(name, curves) for name, curves in found.items()]


def chosen(run: Recorded, globs: Sequence[str]) -> Recorded:
    """The run with those metrics and curves only whose name fits one of the globs; all without globs."""
    if not globs:
        return run
    from fnmatch import fnmatchcase

    def fits(name: str) -> bool:
        return any(fnmatchcase(name, glob) for glob in globs)

    metrics: Mapping[str, Json] = {name: value for name, value in run.metrics.items() if fits(name)}
    return run._replace(metrics=metrics, curves=[curve for curve in run.curves if fits(curve.name)])
