"""What the user sees when a run has ended: one compact panel, made from values that others computed.

Nothing here knows tapes, files or DVC. Names and notes come from the program's output, so they are stripped
of control characters and never read as markup.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TextIO

from .outcome import COMPLETED, INTERRUPTED, Outcome
from .run import Bucket, Series

Row = tuple[str, ...]
COLUMNS = (("metric", False), ("points", True), ("first", True), ("last", True), ("best", True), ("", False))
"""Headings of the table, and whether the column is flush right."""

MAX_SERIES = 12
MAX_NOTES = 12
MAX_EARLIER = 10
SPARK = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 16

# Which way is good, by a word in the name; metrics that say neither show no best.
_LOWER = re.compile(
    r"loss|error|err(?![a-z])|rmse|mse|mae|mape|ppl|perplexity|cer(?![a-z])|wer(?![a-z])|nll", re.I
)
_HIGHER = re.compile(r"acc|auc|f1|precision|recall|map(?![a-z])|bleu|rouge|iou|dice|r2|reward|score", re.I)


class Ending(NamedTuple):
    """All that the panel tells of a run.

    `series`: in order of first appearance. `near_misses`: (line, why it was not taken, what would take it) of
    a run that captured nothing. `notes`: text and how often it came. `experiment`: the saved experiment's
    name. `earlier`: the runs of the same program before this one. `dir`: the run's directory as the user
    would write it.
    """

    outcome: Outcome
    seconds: float
    series: Sequence[Series]
    points: int
    dir: str
    experiment: str | None
    notes: Mapping[str, int]
    earlier: Sequence[str] = ()
    near_misses: Sequence[tuple[str, str, str]] = ()


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
    style = {COMPLETED: "green", INTERRUPTED: "yellow"}.get(ending.outcome.status, "red")
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
    return f"{ending.outcome.describe()} after {duration(ending.seconds)}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `0.4 s`, `3 min 12 s`, `2 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _shown(ending: Ending) -> list[Series]:
    """The program's own metrics; what the system monitor adds is for the charts."""
    own = (series for series in ending.series if not series.name.startswith("system/"))
    return [series for series in own if series.count or series.last is not None]


def _lines(ending: Ending) -> list[str]:
    """Everything below the table."""
    shown = _shown(ending)
    lines: list[str] = []
    if len(shown) > MAX_SERIES:
        lines.append(f"... and {len(shown) - MAX_SERIES} more metrics")
    if not shown:
        lines.append("No metrics were captured.")
        for line, why, what in ending.near_misses:
            lines.append(f"  nearest: {clean(line, 60)}")
            lines.append(
                f"           {clean(why)}; to take it: {clean(what)}" if what else f"           {clean(why)}"
            )
        lines.append("Print one line per step, e.g. `step=3 loss=0.5`; see `dvclive help-protocol`.")
    lines.append(f"files       {clean(ending.dir)}")
    lines += [f"earlier     {clean(one)}" for one in ending.earlier[-MAX_EARLIER:]]
    if len(ending.earlier) > MAX_EARLIER:
        lines.append(f"            and {len(ending.earlier) - MAX_EARLIER} before these")
    if ending.experiment:
        lines.append(f"experiment  {clean(ending.experiment)}")
        lines.append("next        dvc exp show")
    elif shown:
        lines.append(f"next        cat {shlex.quote(clean(os.path.join(ending.dir, 'metrics.json')))}")
    for index, (text, count) in enumerate(ending.notes.items()):
        if index == MAX_NOTES:
            lines.append(f"note        ... and {len(ending.notes) - MAX_NOTES} more")
            break
        times = f" ({count} times)" if count > 1 else ""
        lines.append(f"note        {clean(text, 1000)}{times}")
    return lines


def _series_rows(ending: Ending, *, plain: bool) -> list[Row]:
    rows: list[Row] = []
    for series in _shown(ending)[:MAX_SERIES]:
        best = _best(series)
        rows.append(
            (
                clean(series.name, 48),
                str(series.count or ""),
                "" if series.first is None else number(series.first),
                number(series.last),
                "" if best is None else f"{number(best[0])} @{best[1]}",
                "" if plain else sparkline(series.preview),
            )
        )
    return rows


def _best(series: Series) -> tuple[float, int] | None:
    """The best value and its step, where the name says which way is good and there is more than one point."""
    if series.count < 2 or series.low is None or series.high is None:
        return None
    if _LOWER.search(series.name):
        return series.low, series.low_step
    if _HIGHER.search(series.name):
        return series.high, series.high_step
    return None


def number(value: object) -> str:
    """A value short enough for a table: six significant digits."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return clean(str(value), 16)


def sparkline(preview: Sequence[Bucket], width: int = SPARK_WIDTH) -> str:
    """The course of a series in one line of block characters; empty for fewer than two buckets."""
    values = [bucket.last for bucket in preview]
    if len(values) < 2:
        return ""
    if len(values) > width:
        values = [values[index * (len(values) - 1) // (width - 1)] for index in range(width)]
    low, high = min(values), max(values)
    scale = (len(SPARK) - 1) / (high - low) if high > low else 0.0
    return "".join(SPARK[round((value - low) * scale)] for value in values)


def clean(text: str, limit: int = 200) -> str:
    """`text` on one line without control characters, cut to `limit`."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return safe if len(safe) <= limit else f"{safe[: limit - 3]}..."
