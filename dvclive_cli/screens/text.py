"""Styled text: spans, lines, tables, blocks side by side. Lets no control character in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from dvclive_cli.texts import clean

TITLE, DIM, GOOD, BAD, WARN = "title", "dim", "good", "bad", "warn"
CURVES = ("curve0", "curve1", "curve2", "curve3", "curve4", "curve5")
"""What a span can mean; `paint.py` says how that looks."""

GAP = 2  # columns between two cells of a table
MAX_CELL = 48


class Span(NamedTuple):
    """A piece of one line. Built by `span`, which cleans."""

    text: str
    style: str = ""


Line = list[Span]


def span(value: object, style: str = "", limit: int = MAX_CELL) -> Span:
    """Any value as a span without control characters, cut to `limit`."""
    return Span(clean(str(value), limit), style)


def cells(text: str) -> int:
    """Columns that a text takes: East Asian wide characters take two (Unicode TR 11), combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def width(line: Line) -> int:
    """Columns that a line takes."""
    return sum(cells(part.text) for part in line)


def plain(line: Line) -> str:
    """The text alone."""
    return "".join(part.text for part in line).rstrip()


def padded(line: Line, size: int, *, right: bool = False) -> Line:
    """The line filled up to a width, flush left or right."""
    room = size - width(line)
    if room <= 0:
        return line
    return [Span(" " * room), *line] if right else [*line, Span(" " * room)]


def cut(line: Line, size: int) -> Line:
    """The line without what lies beyond a width."""
    out: Line = []
    for part in line:
        room = size
        text = ""
        for char in part.text:
            room -= cells(char)
            if room < 0:
                return [*out, part._replace(text=text)]
            text += char
        size = room
        out.append(part)
    return out


def table(head: Sequence[str], rows: Iterable[Sequence[Line]], right: Iterable[int] = ()) -> list[Line]:
    """Columns padded to their widest cell. `right`: columns that are flush right."""
    flush = set(right)
    lines = [[[Span(clean(word, MAX_CELL), TITLE)] for word in head], *map(list, rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    out = []
    for row in lines:
        line: Line = []
        for index, (cell, size) in enumerate(zip(row, widths, strict=True)):
            line += [Span(" " * GAP)] if index else []
            line += padded(cell, size, right=index in flush)
        out.append(line)
    return out


def beside(blocks: Sequence[list[Line]], size: int, across: int) -> list[Line]:
    """Blocks of lines in rows of `across`, each `size` columns wide."""
    out: list[Line] = []
    for at in range(0, len(blocks), across):
        for parts in zip_longest(*blocks[at : at + across], fillvalue=[]):
            out.append([piece for part in parts for piece in padded(part, size)])
    return out
