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
LEAST = 16  # columns of a name that is shortened


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


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Line]],
    right: Iterable[int] = (),
    size: int = 0,
    glued: Iterable[int] = (),
) -> list[Line]:
    """Columns padded to their widest cell.

    Parameters:
        right: columns that are flush right.
        size: where the columns are wider together, the names in the first one are shortened; if that is not
            enough, the table goes on below with the same names and further columns. 0: any width.
        glued: columns that stand in the same part as the one before.
    """
    flush = set(right)
    lines = [[[Span(clean(word, MAX_CELL), TITLE)] for word in head], *map(list, rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    units = _units(len(widths), set(glued))
    rooms = [sum(GAP + widths[column] for column in unit) for unit in units]
    if size and widths[0] + sum(rooms) > size:
        for wanted in (sum(rooms), max(rooms, default=0)):  # all in one part, or each in one of several
            if size - wanted >= LEAST:
                widths[0] = min(widths[0], size - wanted)
                break
        else:
            widths[0] = min(widths[0], LEAST)
    parts: list[list[int]] = [[]]
    used = widths[0]
    for unit, room in zip(units, rooms, strict=True):
        if size and used + room > size and parts[-1]:
            parts.append([])
            used = widths[0]
        parts[-1] += unit
        used += room
    out: list[Line] = []
    for columns in parts:
        out += [[]] if out else []
        for row in lines:
            line = padded(shortened(row[0], widths[0]), widths[0], right=0 in flush)
            for column in columns:
                line = [*line, Span(" " * GAP), *padded(row[column], widths[column], right=column in flush)]
            out.append(line)
    return out


def _units(count: int, glued: set[int]) -> list[list[int]]:
    """The columns behind the first, those together that stand in the same part."""
    units: list[list[int]] = []
    for column in range(1, count):
        if column in glued and units:
            units[-1].append(column)
        else:
            units.append([column])
    return units


def shortened(line: Line, size: int) -> Line:
    """The line, without its middle if it is wider than that: both ends of a metric's name tell something.

    >>> plain(shortened([Span("encoder/block/norm")], 12))
    'encod…k/norm'
    """
    if width(line) <= size:
        return line
    text = "".join(part.text for part in line)
    end = ""
    while text and cells(text[-1] + end) <= size // 2:
        text, end = text[:-1], text[-1] + end
    start = cut([Span(text)], size - 1 - cells(end))
    return [Span(f"{start[0].text}…{end}", line[0].style)]


def beside(blocks: Sequence[list[Line]], size: int, across: int) -> list[Line]:
    """Blocks of lines in rows of `across`, each `size` columns wide."""
    out: list[Line] = []
    for at in range(0, len(blocks), across):
        for parts in zip_longest(*blocks[at : at + across], fillvalue=[]):
            out.append([piece for part in parts for piece in padded(part, size)])
    return out
