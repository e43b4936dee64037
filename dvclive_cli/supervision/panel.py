"""What the user sees when a run has ended: one compact panel, made from values that others computed.

Nothing here knows tapes, files or DVC. Names and notes come from the program's output, so they are stripped
of control characters and never read as markup.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TextIO

from ..direction import HIGH, LOW, better
from ..outcome import COMPLETED, IMPORTED, INTERRUPTED, Outcome
from ..series import Series
from ..texts import clean, duration, shown, sparkline

Row = tuple[str, ...]
COLUMNS = (("metric", False), ("points", True), ("first", True), ("last", True), ("best", True), ("", False))
"""Headings of the table, and whether the column is flush right."""

MAX_SERIES = 12
MAX_NOTES = 12
MAX_EARLIER = 10


class Ending(NamedTuple):
    """All that the panel tells of a run.

    `series`: in order of first appearance. `near_misses`: (line, why it was not taken, what would take it) of
    a run that captured nothing. `notes`: text and how often it came. `experiment`: the saved experiment's
    name. `earlier`: the runs of the same program before this one. `messages`: what the program told who
    watches. `dir`: the run's directory as the user would write it. `title`: what to say in the place of how
    and after what time it ended. `advice`: how to log a metric, where there is none.
    """

    outcome: Outcome
    seconds: float
    series: Sequence[Series]
    points: int
    dir: str
    experiment: str | None
    notes: Mapping[str, int]
    earlier: Sequence[str] = ()
    messages: Sequence[str] = ()
    near_misses: Sequence[tuple[str, str, str]] = ()
    title: str = ""
    advice: str = "Print one line per step, e.g. `step=3 loss=0.5`; see `dvclive help-protocol`."


def show(ending: Ending, file: TextIO, environ: Mapping[str, str]) -> None:
    """Print the panel: in a box with colours on a terminal (none with NO_COLOR), as plain lines elsewhere."""
    rows = _series_rows(ending, plain=not _speaks_unicode(file))
    lines = _lines(ending)
    if file.isatty():
        _show_box(ending, rows, lines, file, environ)
        return
    text = [f"dvclive: {_status(ending)}", *_aligned(rows), *lines]
    file.write("".join(f"{line}\n" for line in text))  # rich's import would cost a log half the end
    file.flush()


def _show_box(
    ending: Ending, rows: Sequence[Row], lines: Sequence[str], file: TextIO, environ: Mapping[str, str]
) -> None:
    from rich.console import Console, Group, RenderableType
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    console = Console(file=file, no_color=bool(environ.get("NO_COLOR")) or None, highlight=False, emoji=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading, right in COLUMNS:
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    parts: list[RenderableType] = [table] if rows else []
    style = {COMPLETED: "green", IMPORTED: "green", INTERRUPTED: "yellow"}.get(ending.outcome.status, "red")
    console.print(
        Panel(
            Group(*parts, *map(Text, lines)),
            title=Text(f"dvclive: {_status(ending)}"),
            title_align="left",
            border_style=style,
            expand=False,
            padding=(0, 1),
        )
    )


def _aligned(rows: Sequence[Row]) -> list[str]:
    """The table as plain lines, columns padded."""
    if not rows:
        return []
    table = [tuple(heading for heading, _ in COLUMNS), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, (_, right) in zip(row, widths, COLUMNS, strict=True)
        ).rstrip()
        for row in table
    ]


def _speaks_unicode(file: TextIO) -> bool:
    return (file.encoding or "").lower().replace("-", "").startswith("utf")


def _status(ending: Ending) -> str:
    return clean(ending.title) or f"{ending.outcome.describe()} after {duration(ending.seconds)}"


def _own(ending: Ending) -> list[Series]:
    """The program's own metrics; what the system monitor adds is for the charts."""
    own = (series for series in ending.series if not series.name.startswith("system/"))
    return [series for series in own if series.count or series.last is not None]


def _lines(ending: Ending) -> list[str]:
    """Everything below the table."""
    own = _own(ending)
    lines: list[str] = []
    if len(own) > MAX_SERIES:
        lines.append(f"... and {len(own) - MAX_SERIES} more metrics")
    if not own:
        lines.append("No metrics were captured.")
        for line, why, what in ending.near_misses:
            lines.append(f"  nearest: {clean(line, 60)}")
            lines.append(
                f"           {clean(why)}; to take it: {clean(what)}" if what else f"           {clean(why)}"
            )
        lines.append(ending.advice)
    lines.append(f"files       {clean(ending.dir)}")
    lines += [f"earlier     {clean(one)}" for one in ending.earlier[-MAX_EARLIER:]]
    if len(ending.earlier) > MAX_EARLIER:
        lines.append(f"            and {len(ending.earlier) - MAX_EARLIER} before these")
    if ending.experiment:
        lines.append(f"experiment  {clean(ending.experiment)}")
        lines.append("next        dvc exp show")
    elif own:
        lines.append(f"next        cat {shlex.quote(clean(os.path.join(ending.dir, 'metrics.json')))}")
    lines += [f"message     {clean(text, 1000)}" for text in dict.fromkeys(ending.messages)]
    for index, (text, count) in enumerate(ending.notes.items()):
        if index == MAX_NOTES:
            lines.append(f"note        ... and {len(ending.notes) - MAX_NOTES} more")
            break
        times = f" ({count} times)" if count > 1 else ""
        lines.append(f"note        {clean(text, 1000)}{times}")
    return lines


def _series_rows(ending: Ending, *, plain: bool) -> list[Row]:
    rows: list[Row] = []
    for series in _own(ending)[:MAX_SERIES]:
        best = _best(series)
        rows.append(
            (
                clean(series.name, 48),
                str(series.count or ""),
                "" if series.first is None else shown(series.first),
                shown(series.last),
                "" if best is None else f"{shown(best[0])} @{best[1]}",
                "" if plain else sparkline([bucket.last for bucket in series.preview]),
            )
        )
    return rows


def _best(series: Series) -> tuple[float, int] | None:
    """The best value and its step, where the name says which way is good and there is more than one point."""
    if series.count < 2 or series.low is None or series.high is None:
        return None
    way = better(series.name)
    if way == LOW:
        return series.low, series.low_step
    return (series.high, series.high_step) if way == HIGH else None
