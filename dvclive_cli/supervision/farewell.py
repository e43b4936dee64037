"""What the user is told when the program has ended: what was lost on the way, and the panel.

Between the recorder, which has the captures and the chapters, and `panel.py`, which only shows values.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..capture import Capture
from ..outcome import Outcome
from ..run import Run
from ..texts import clean
from . import panel

LOSSES = {
    "long_lines": "{} lines were too long (over 64 KiB) to be looked at for metrics.",
    "cut": "Metrics of {} progress bars were cut off at the terminal's width; in a wider one they are seen.",
    "capped": "{} points were left out: the program opened too many series. Put no ids into names.",
    "errors": "{} lines could not be read because of a fault of ours; please report it with such a line.",
}


class Past(NamedTuple):
    """An earlier run of the same program: the name of its experiment (None without one), points, how it
    ended."""

    experiment: str | None
    points: int
    outcome: Outcome


def counts(captures: Collection[Capture]) -> dict[str, int]:
    """Lines, points and refusals over all streams, for run.json."""
    total: dict[str, int] = {}
    for capture in captures:
        for key, value in capture.counts._asdict().items():
            total[key] = total.get(key, 0) + value
    return total


def tell_losses(captures: Collection[Capture], notes: dict[str, int], note: Callable[[str], None]) -> None:
    """Say what the program printed and the run does not have."""
    for capture in captures:
        for fault in capture.faults():
            where = f"{fault.stream} line {fault.line}, column {fault.column}"
            notes[f"{where}: {fault.reason}: {fault.excerpt}"] = fault.count
    total = counts(captures)
    for key, text in LOSSES.items():
        if total.get(key):
            note(text.format(total[key]))


def show(
    outcome: Outcome,
    *,
    run: Run,
    run_dir: str,
    started_ms: int,
    experiment: str | None,
    past: Sequence[Past],
    captures: Collection[Capture],
    notes: Mapping[str, int],
    messages: Sequence[str],
) -> None:
    """Show the panel of the last run, with the names of those before it."""
    series = list(run.series.values())
    for one in series:
        one.fold()
    silent = not run.points and not past
    misses = [miss for capture in captures for miss in capture.near_misses()] if silent else []
    misses.sort(key=lambda miss: miss.rank)
    panel.show(
        panel.Ending(
            outcome=outcome,
            seconds=(outcome.end_ms - started_ms) / 1000,
            series=series,
            points=run.points,
            dir=os.path.relpath(run_dir),
            experiment=experiment,
            earlier=[_shown(one) for one in past],
            notes=notes,
            messages=messages,
            near_misses=[(miss.text, miss.why, miss.option) for miss in misses[:3]],
        ),
        sys.stderr,
        os.environ,
    )


def complain(errors: Iterable[str]) -> None:
    """Say what went wrong, and nothing else."""
    for text in errors:
        print(f"dvclive: {clean(text, 2000)}", file=sys.stderr)  # noqa: T201


def _shown(past: Past) -> str:
    what = past.experiment or "a run that was not saved"
    ended = "" if past.outcome.status == "completed" else f", {past.outcome.describe()}"
    return f"{what} ({past.points} points{ended})"
