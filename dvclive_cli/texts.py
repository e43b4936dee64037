"""Values as people read and write them: numbers for a table, durations, a curve in one line, cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SPARK = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 16


def clean(text: str, limit: int = 200) -> str:
    """`text` on one line without control characters, cut to `limit`."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return safe if len(safe) <= limit else f"{safe[: limit - 3]}..."


def shown(value: object) -> str:
    """A value short enough for a table: six significant digits."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return clean(str(value), 16)


def duration(seconds: float) -> str:
    """Seconds as a person says them: `0.4 s`, `3 min 12 s`, `2 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def sparkline(values: Sequence[float], width: int = SPARK_WIDTH) -> str:
    """The course of finite numbers in one line of block characters; empty for fewer than two."""
    if len(values) < 2:
        return ""
    if len(values) > width:
        values = [values[index * (len(values) - 1) // (width - 1)] for index in range(width)]
    low, high = min(values), max(values)
    span = high / 2 - low / 2  # halves: the span of two huge floats overflows
    scale = (len(SPARK) - 1) / span if span > 0 else 0.0
    return "".join(SPARK[round((value / 2 - low / 2) * scale)] for value in values)


def typed(cell: Any) -> Any:
    """The cell of a table as a number where it spells one.

    >>> typed("3"), typed("1e-3"), typed("cat"), typed(None)
    (3, 0.001, 'cat', None)
    """
    if isinstance(cell, str):
        for kind in (int, float):
            try:
                return kind(cell)
            except ValueError:
                continue
    return cell
