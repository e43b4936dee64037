"""`dvclive parse` and `dvclive formats`: the capture of `dvclive run` on a finished log, and what it knows.

Reads logs and writes text to a file object; records nothing. What a line holds, `capture` decides.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TextIO

from .. import config
from ..capture import Capture, CaptureOptions, Match, validate_options
from ..errors import UsageError
from ..events import Metric, Summary
from ..inputs import userfiles
from ..inputs.sources import STDIN, Source, plain_name
from ..metricfiles import LOG, kind_of, reader_for
from ..saying import answered


class Log(NamedTuple):
    """One stream of a finished program: its name, and the path of its log (`-`: our standard input)."""

    stream: str
    path: str


class Row:
    """One series, as the table shows it."""

    __slots__ = ("first", "last", "points", "rule")

    def __init__(self, rule: str, first: str) -> None:
        self.rule, self.points, self.first, self.last = rule, 0, first, first


def options_for(given: Mapping[str, Any], environ: Mapping[str, str], folder: str) -> CaptureOptions:
    """The options of capture, from the command line, the environment and the settings above `folder`.

    Raises UsageError for a format that is unknown and a pattern that does not compile.
    """
    settings, path = userfiles.read_settings(folder)
    merged = config.resolve(given, environ, settings, path)
    options = CaptureOptions(
        formats=merged.format,
        patterns=merged.pattern,
        names=merged.names,
        trust_stdout=merged.trust_stdout,
        ranks=merged.ranks,
        user_formats=tuple(merged.user_formats.items()),
    )
    validate_options(options)
    return options


def parse(logs: list[Log], options: CaptureOptions, how: str, out: TextIO) -> None:
    """Read the logs and print what they hold; `how` is "table", "json", "explain" or "config".

    Raises DvcliveError if a log cannot be read.
    """
    if len([log for log in logs if log.path == "-"]) > 1:
        raise UsageError("stdin-twice", "standard input can only be one log", "Give the other one as a file.")
    {"table": _table, "json": _json, "explain": _explain, "config": _config}[how](logs, options, out)


def _chunks(log: Log) -> Iterator[bytes]:
    yield from Source(log.path).chunks()


def _kind(log: Log, options: CaptureOptions) -> str:
    """What the name of the file says, unless the user says how to read it."""
    kind = LOG if log.path == STDIN else kind_of(plain_name(log.path))
    return LOG if options.formats and kind != "tfevents" else kind


def _matches(log: Log, capture: Capture, faults: dict[str, int]) -> Iterator[Match]:
    """What the log holds, a match for each line; of a metric file, one for each piece of it.

    `faults` gets what could not be read.
    """
    kind = _kind(log, capture.options)
    if kind == LOG:
        for data in _chunks(log):
            yield from capture.feed(data)
        yield from capture.close()
        for fault in capture.faults():
            where = f"{fault.stream} line {fault.line}, column {fault.column}"
            faults[f"{where}: {fault.reason}"] = fault.count
        return
    reader = reader_for(kind, capture.options)
    for data in _chunks(log):
        yield Match(0, kind, reader.feed(data))
    yield Match(0, kind, reader.close())
    faults.update(reader.faults())


def _points(log: Log, capture: Capture, faults: dict[str, int]) -> Iterator[tuple[Match, Metric | Summary]]:
    for match in _matches(log, capture, faults):
        for event in match.events:
            if isinstance(event, (Metric, Summary)):
                yield match, event


def _json(logs: list[Log], options: CaptureOptions, out: TextIO) -> None:
    for log in logs:
        for match, event in _points(log, Capture(log.stream, options), {}):
            record = {
                "name": event.name,
                "value": _jsonable(event.value),
                "step": event.step if isinstance(event, Metric) else None,
                "stream": log.stream,
                "line": match.line or None,
                "rule": match.rule,
            }
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def _jsonable(value: Any) -> Any:
    """JSON has no word for nan and infinity: as text."""
    return str(value) if isinstance(value, float) and (value != value or value in _INFINITE) else value


_INFINITE = (float("inf"), float("-inf"))


def _table(logs: list[Log], options: CaptureOptions, out: TextIO) -> None:
    series: dict[tuple[str, str], Row] = {}
    faults: dict[str, int] = {}
    captures = [Capture(log.stream, options) for log in logs]
    for log, capture in zip(logs, captures, strict=True):
        for match, event in _points(log, capture, faults):
            shown = _shown(event)
            row = series.get((event.name, log.stream))
            if row is None:
                row = series[event.name, log.stream] = Row(match.rule, shown)
            row.points += 1
            row.last = shown
    if series:
        both = len({stream for _, stream in series}) > 1
        head = ("name", "points", "first", "last", "rule", *(("stream",) if both else ()))
        rows = [
            (name, str(row.points), row.first, row.last, row.rule, *((stream,) if both else ()))
            for (name, stream), row in series.items()
        ]
        _write_table([head, *rows], "lrrrll", out)
    else:
        _say_nothing(captures, out)
    for text, count in faults.items():
        out.write(f"not read: {_clean(text)} ({count}x)\n")


def _shown(event: Metric | Summary) -> str:
    text = event.text if isinstance(event, Metric) and event.text else str(event.value)
    return _clean(text)[:24]


def _say_nothing(captures: list[Capture], out: TextIO) -> None:
    out.write("No metrics found.\n")
    near = [(miss.rank, index, capture.stream, miss)
            for index, capture in enumerate(captures) for miss in capture.near_misses()]  # fmt: skip
    for _, _, stream, miss in sorted(near, key=lambda entry: entry[:2])[:3]:
        out.write(f"  nearest: {stream} line {miss.line}: {_clean(miss.text)[:100]}\n")
        out.write(f"           {miss.why}\n           {_clean(miss.option)}\n")
    out.write("`--explain` says of each line why.\n")


def _write_table(rows: list[tuple[str, ...]], sides: str, out: TextIO) -> None:
    rows = [tuple(_clean(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=False)
        ]
        out.write("  ".join(cells).rstrip() + "\n")


def _explain(logs: list[Log], options: CaptureOptions, out: TextIO) -> None:
    from ..capture.explain import explain

    for log in logs:
        if _kind(log, options) != LOG:
            out.write(f"{log.path} is a metric file: every number in it counts, but for the time of day.\n")
            _table([log], options, out)
            continue
        data = b"".join(_chunks(log))
        capture = Capture(log.stream, options)
        matches = [*capture.feed(data), *capture.close()]
        width = len(str(capture.counts.lines))
        for verdict in explain(data, matches, options):
            lead = f"{log.stream} " if len(logs) > 1 else ""
            out.write(f"{lead}{verdict.line:{width}}: {_clean(verdict.text)[:160]}\n")
            indent = " " * (len(lead) + width + 2)
            if verdict.taken:
                out.write(f"{indent}{verdict.rule}: {_clean(verdict.said)}\n")
                continue
            nearest = f" (nearest: {verdict.rule})" if verdict.rule else ""
            out.write(f"{indent}-{nearest} {_clean(verdict.said)}\n")
            if verdict.option:
                out.write(f"{indent}  would take it: {_clean(verdict.option)}\n")
        counts = capture.counts
        out.write(f"{log.stream}: {counts.lines} lines, {counts.points} points\n")


def _config(logs: list[Log], options: CaptureOptions, out: TextIO) -> None:
    from ..capture.emit import emit

    out.write(emit([(log.stream, b"".join(_chunks(log))) for log in logs], options))


def list_formats(options: CaptureOptions, out: TextIO) -> None:
    """Print each known format with an example line of each of its shapes; the user's own come last."""
    from ..capture.formats import aliases, known
    from ..capture.model import RULES

    for name, table in known().items():
        out.write(f"{name}: {table['about']}\n")
        out.writelines(f"    {_clean(example, tabs='→')}\n" for example in table["examples"])
    out.write("\nOf no program, tried after these:\n")
    out.writelines(f"{name}: {about}\n" for name, about in RULES.items())
    out.write("\nOnly with --format NAME:\n")
    for name, table in aliases().items():
        out.write(f"{name}: {table['about']}\n    {_clean(table['example'], tabs='→')}\n")
    for name, _ in options.user_formats:
        out.write(f"{name}: your own, from [tool.dvclive.formats.{name}]\n")


def _clean(text: str, tabs: str = "\t") -> str:
    """Text of a log on one line, without control characters: it must not steer the terminal."""
    return "".join(
        tabs if c == "\t" else c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def main(given: Mapping[str, Any], logs: list[Log], how: str) -> int:
    """`dvclive parse` from its words to its exit status; no logs: `dvclive formats`."""

    def body() -> None:
        options = options_for(given, os.environ, os.getcwd())
        if logs:
            parse(logs, options, how, sys.stdout)
        else:
            list_formats(options, sys.stdout)

    return answered(body)
