"""The list of runs on the screen: name, how each stands, age, main metrics, baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dvclive_cli.direction import better
from dvclive_cli.events import Json
from dvclive_cli.texts import shown

from .standing import Standing, ago
from .text import DIM, TITLE, Line, Span, span, table, width

MAIN = 4  # columns of metrics


class Listed(NamedTuple):
    """One run.

    `kind`: "directory" or "experiment". `when`: epoch seconds, None where unknown. `baseline`: the commit
    that it stands on. `branches`: names of that commit.
    """

    name: str
    kind: str
    how: Standing
    when: float | None
    metrics: Mapping[str, Json]
    baseline: str = ""
    branches: Sequence[str] = ()


def main_metrics(runs: Sequence[Listed]) -> list[str]:
    """Those whose name says which way is good, the most frequent ones; in the order in which they come."""
    told = Counter(
        name for run in runs for name in run.metrics if better(name) and not name.startswith("system/")
    )
    chosen = {name for name, _ in told.most_common(MAIN)}
    return [name for name in told if name in chosen]


def lines(runs: Sequence[Listed], now: float, size: int = 0) -> list[Line]:
    """The table. `size`: columns that it may take; the last ones of its metrics give way. 0: any number."""
    names = main_metrics(runs)
    while True:
        head = ("run", "", "status", "age", *names, "baseline")
        rows = [_row(run, names, now) for run in runs]
        out = table(head, rows, range(4, 4 + len(names)))
        if not size or not names or max(map(width, out)) <= size:
            break
        names = names[:-1]
    if size and max(map(width, out)) > size:  # no room for the baseline either
        out = table(head[:-1], [row[:-1] for row in rows], size=size, glued=(2, 3))
    return out


def _row(run: Listed, names: Sequence[str], now: float) -> list[Line]:
    said = run.how.said.partition(":")[0]  # a list has no room for the explanation
    return [
        [span(run.name, TITLE, 40)],
        [Span({"directory": "dir", "experiment": "exp"}[run.kind], DIM)],
        [span(said, run.how.style, 40)],
        [Span("" if run.when is None else ago(max(0.0, now - run.when)))],
        *([Span(shown(run.metrics[name]) if name in run.metrics else "")] for name in names),
        [Span(" ".join([run.baseline[:7], *(span(name).text for name in run.branches)]), DIM)],
    ]


def objects(runs: Sequence[Listed]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "name": run.name,
            "kind": run.kind,
            "status": run.how.status,
            "seconds": run.how.seconds,
            "began": run.how.began,
            "when": run.when,
            "command": run.how.command,
            "metrics": dict(run.metrics),
            "baseline": run.baseline or None,
        }
        for run in runs
    ]
