"""What a report holds, whatever it came from and whatever it becomes. Frozen values; no file, no markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dvclive_cli.events import Json
from dvclive_cli.export.values import Recorded


class Line(NamedTuple):
    """A series as a chart shows it: points in the order of their steps.

    Parameters:
        steps, last: where each stretch begins, and the last value in it; finite.
        low, high: the extremes of each stretch; empty where each stretch is one point.
        at: epoch milliseconds of each; empty where the report's `pace` has to tell.
        points: of the whole series.
    """

    name: str
    steps: Sequence[float]
    last: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    at: Sequence[int] = ()
    points: int = 0


class Row(NamedTuple):
    """What a table says of a metric. `best` and its step: None where nobody knows which way is good."""

    name: str
    last: Json
    best: float | None = None
    best_step: int | None = None
    low: float | None = None
    high: float | None = None
    points: int | None = None


class Shot(NamedTuple):
    """One image: the path below plots/images, the step its name tells, a `data:` URL or why there is none."""

    path: str
    step: int | None
    source: str
    trouble: str = ""


class Picture(NamedTuple):
    """Images that differ in their step only, in its order."""

    name: str
    shots: Sequence[Shot]


class Figure(NamedTuple):
    """A custom or scikit-learn plot.

    Parameters:
        form: "linear", "scatter", "bar" or "confusion".
        columns: the y columns by name, each (xs, ys) of equal length; xs may be texts. For "confusion" there
            are none.
        labels, counts: the classes, and how often the first was taken for the second. normalized: shares of a
            class are what matters.
        diagonal: the line from (0, 0) to (1, 1) means something.
        trouble: why there is nothing to see.
    """

    title: str
    form: str
    x_label: str = ""
    y_label: str = ""
    columns: Mapping[str, tuple[Sequence[Json], Sequence[float]]] = {}
    labels: Sequence[str] = ()
    counts: Sequence[Sequence[int]] = ()
    normalized: bool = False
    diagonal: bool = False
    trouble: str = ""


class Sheet(NamedTuple):
    """All of a report.

    Parameters:
        run: title, outcome, last values, params; its curves are those of the Markdown form.
        running: the run goes on, and so does the page.
        written_ms, started_ms: epoch milliseconds.
        facts: what else is known of the run, as (label, value).
        notes: what the reader should know of the report itself, or what the program wanted to be said.
        tail: the last lines of the program's output, secrets masked.
        pace: when the run reached which step, as (step, epoch milliseconds).
    """

    run: Recorded
    running: bool
    written_ms: int
    started_ms: int | None
    facts: Sequence[tuple[str, str]]
    notes: Sequence[str]
    tail: str
    rows: Sequence[Row]
    lines: Sequence[Line]
    pace: Sequence[tuple[int, int]]
    pictures: Sequence[Picture]
    figures: Sequence[Figure]
