"""The words of capture: what goes in (options) and what comes out (matches, counts, faults, near misses).

Nothing here knows how a line is recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count, groupby
from typing import Any, NamedTuple

from ..events import Event, Points

NAMES_OF_ALIASES = frozenset({
    "influx", "openmetrics", "statsd", "logfmt", "jsonl", "csv", "tsv", "teamcity", "valohai", "guild",
    "katib",
})  # fmt: skip
"""Formats of other tools, tried only when they are chosen: the tables of aliases.toml."""


RULES = {
    "json": "lines that are a JSON object",
    "dict": "lines that are a Python dict",
    "table": "rows of numbers under a header of names",
    "box": "boxes of names and numbers",
    "pairs": "names and numbers in free text, beside a step or with the name of a metric",
}
"""The rules that know no program, tried after the known formats; they can be chosen like these."""


class CaptureOptions(NamedTuple):
    """What the user chose about capture.

    `formats`: names; only these, and the sentinel, are then tried; () tries all known ones. `patterns`:
    regular expressions whose named groups are metrics (`step` is the step). `names`: "clean", or "as-is" to
    keep names as printed. `trust_stdout`: every verb of the line protocol acts on stdout and stderr.
    `known_params`: names given on the command line, no metrics as long as their value stays the same.
    `user_formats`: name and table of each `[tool.dvclive.formats.NAME]`. `max_series`: most series one stream
    may open. `ranks`: of points that carry a rank, the "first" rank's, "all" by rank, or their "mean".
    `live_bars`: seconds between two states of a progress bar that count; None: only its last one does.
    """

    formats: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    names: str = "clean"
    trust_stdout: bool = False
    known_params: frozenset[str] = frozenset()
    user_formats: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    max_series: int = 500
    ranks: str = "first"
    live_bars: float | None = None


class Match(NamedTuple):
    """What one line gave.

    `line`: 1-based number of the line in its stream. `rule`: "protocol", "json", "dict", "pairs", "table",
    "pattern", or the format's name. `file`: the FIFO record was too long for the FIFO and lies in this file
    of the channel's folder; `Capture.expand` reads its bytes, and the events belong in this match's place.
    """

    line: int
    rule: str
    events: list[Event]
    file: str | None = None


class Columns(NamedTuple):
    """What lines that are alike gave: `line` is the first one's number, `every` how many lines on the next
    one is, and each gave one point of each series."""

    line: int
    rule: str
    points: list[Points]
    every: int = 1

    def matches(self) -> list[Match]:
        """The same line by line.

        >>> Columns(7, "pairs", [Points("a", [1, 2], [5, 6], ["5", "6"])]).matches()[1].line
        8
        """
        columns = [points.metrics() for points in self.points]
        return [
            Match(number, self.rule, list[Event](row))
            for number, row in zip(count(self.line, self.every), zip(*columns, strict=True), strict=False)
        ]


def line_by_line(found: Iterable[Match | Columns]) -> list[Match]:
    """The matches of single lines, in their order."""
    matches: list[Match] = []
    for _, parts in groupby(found, type):
        alike = list(parts)
        matches += [part for part in alike if isinstance(part, Match)]
        split = [match for part in alike if isinstance(part, Columns) for match in part.matches()]
        matches += sorted(split, key=lambda match: match.line)  # of several columns: they alternate
    return matches


class Counts(NamedTuple):
    """Totals since the stream began.

    `points`: metric points given out. `refused`: protocol lines that did not parse or were not trusted.
    `long_lines`: lines, or refreshes of a progress bar, above the cap. `capped`: points lost because the
    program opened more series than allowed. `errors`: lines on which our own code failed. `cut`: progress
    bars that the terminal's width has cut inside their metrics.
    """

    lines: int = 0
    points: int = 0
    refused: int = 0
    long_lines: int = 0
    capped: int = 0
    errors: int = 0
    cut: int = 0


class Fault(NamedTuple):
    """One kind of bad protocol line: `line` is where it was first seen, `count` how often; `column` is
    1-based."""

    stream: str
    line: int
    column: int
    reason: str
    excerpt: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody counts with


class NearMiss(NamedTuple):
    """A line that looks like a metric and was not taken: `rule` came nearest, `why` it refused, and the
    `option` that would take the line. `rank`: 0 for the nearest, up to 4."""

    line: int
    text: str
    rule: str
    why: str
    option: str
    rank: int = 4
