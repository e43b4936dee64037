"""CSV and TSV: a header of names, then rows; cells may be empty, or hold no number.

The separator is the header's: a comma, a semicolon or a tab. A file that is appended to by run after run may
repeat its header, or bring a new one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from ..events import Event
from .contract import HEAD, Reader
from .lines import Faults, Lines
from .points import Cell, Points, label_of, number

_LONGEST_QUOTED = 4096  # characters; a lone quote must not swallow the rest of the file
# Characters that no text has; ESC may occur in one.
_CONTROLS = frozenset(map(chr, (*range(9), *range(14, 27), *range(28, 32))))
_SEPARATORS = {"csv": ",;\t", "tsv": "\t,;"}


class DelimitedReader(Reader):
    """Reads a CSV or TSV file with a header. `kind`: "csv" or "tsv", what the name of the file says."""

    before = HEAD

    def __init__(self, kind: str, naming: str) -> None:
        self._kind = kind
        self._lines, self._points, self._faults = Lines(), Points(naming), Faults()
        self._open: list[str] = []  # lines with a quoted cell that goes on in the next one
        self._separator = ""
        self._header: list[str] = []

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; give the points of the rows that they finish."""
        return self._take(self._lines.feed(data))

    def close(self) -> list[Event]:
        """The last row counts even without a newline."""
        events = self._take(self._lines.close())
        held, self._open = self._open, []
        return events + [event for line in held for event in self._row(line.replace('"', ""))]

    def faults(self) -> Mapping[str, int]:
        """Rows that do not fit."""
        return self._faults.told(self._lines.long, self._points.capped)

    def _take(self, lines: list[str]) -> list[Event]:
        events: list[Event] = []
        for part in lines:
            self._lines.number += 1
            if not self._open and not self._opens(part):
                events += self._row(part)
                continue
            self._open.append(part)
            joined = "\n".join(self._open)
            if joined.count('"') % 2 == 0:
                self._open = []
                events += self._row(joined)
            elif len(joined) > _LONGEST_QUOTED:  # a lone quote: the lines are what they seem
                held, self._open = self._open, []
                for line in held:
                    events += self._row(line.replace('"', ""))
        return events

    def _opens(self, line: str) -> bool:
        """Whether a quoted cell goes on in the next line."""
        if line.count('"') % 2 == 0:
            return False
        return line.startswith('"') or any(f'{mark}"' in line for mark in self._separator or ",;\t")

    def _row(self, line: str) -> list[Event]:
        if not line.strip():
            return []
        comment = line.lstrip().startswith("#")
        if not self._header:
            if comment:  # a comment may be the header: numpy.savetxt and R write `# step,loss`
                line = line.lstrip().lstrip("#").strip() if line.lstrip().startswith("# ") else line
                if not line.startswith("#{"):
                    self._begin(line)
            elif not self._begin(line):
                self._faults.add(self._lines.number, "a row of numbers, and no header of names before it")
            return []
        cells = self._cells(line, self._separator)
        if cells == self._header or (comment and len(cells) != len(self._header)):
            return []
        found = [(cell, number(self._plain(cell))) for cell in cells]
        if len(cells) > 1 and all(cell and worth is None for cell, worth in found):
            self._begin(line)  # another header: the program began anew
            return []
        if len(cells) > len(self._header):
            self._faults.add(self._lines.number, "more cells than the header has names")
        named = [(name, *pair) for name, pair in zip(self._header, found, strict=False) if name]
        taken = [Cell(name, *worth) for name, _, worth in named if worth is not None]
        texts = [(name, cell) for name, cell, worth in named if worth is None]
        return self._points.take(taken, label_of(texts, taken)) if taken else []

    def _plain(self, cell: str) -> str:
        """The cell with a point in its number: many countries' spreadsheets write 0,5 between semicolons."""
        decimal = self._separator == ";" and cell.count(",") == 1 and "." not in cell
        return cell.replace(",", ".") if decimal else cell

    def _begin(self, line: str) -> bool:
        """Take the line as the header; False if it holds numbers where names should be."""
        choices = _SEPARATORS[self._kind]
        separator = max(choices, key=line.count)  # the first of those that are alike
        names = self._cells(line, separator)
        if not any(names) or any(number(name) is not None for name in names):
            return False
        if not _CONTROLS.isdisjoint(line):  # binary data
            return False
        self._separator, self._header = separator, _distinct(names)
        return True

    def _cells(self, line: str, separator: str) -> list[str]:
        cells = line.split(separator)
        if '"' in line:
            try:
                cells = next(csv.reader([line.replace("\r", " ")], delimiter=separator), [])
            except csv.Error as error:
                self._faults.add(self._lines.number, str(error))
        return [cell.strip() for cell in cells]


def _distinct(names: Sequence[str]) -> list[str]:
    """Names that stand twice in a header are told apart by a number."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 or not name else f"{name}_{seen[name]}")
    return out
