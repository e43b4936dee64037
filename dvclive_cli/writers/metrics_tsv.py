"""plots/metrics/<name>.tsv: one row a point, appended and never rewritten. These files are the run's journal.

The header is fixed by a series' first row: `[timestamp<tab>]step<tab><last part of the name>`. Later rows
keep to
it: where the file has a time column a row without a time gets the time it arrived, and where it has none a
time is left out (`timestamps_dropped` counts it). Values are the text that the program printed, quoted as
csv does where a text holds a tab, a quote or a line end. DVC plots the last column.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from io import FileIO
from itertools import repeat
from typing import Any

from dvclive_cli.disk import files, pathnames, rows
from dvclive_cli.events import Points
from dvclive_cli.series import Row, Series

SUFFIX = ".tsv"
TAIL_BYTES = 1 << 16  # how much of a file's end is read to mend a torn row; rows are far shorter


class MetricsTsv:
    """The TSV files of one run.

    Parameters:
        folder: plots/metrics.

    Attributes:
        lost: rows that found no room on disk or in memory, by series.
        timestamps_dropped: series whose file has no column for the time that came later.
        renamed: path by name, of series whose name could not be a path as it is.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.appender = rows.Appender(self._head)
        self.lost: dict[str, int] = {}
        self.timestamps_dropped: set[str] = set()
        self.renamed: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._timed: dict[str, bool] = {}  # whether the file has a time column
        self._heads: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}  # bytes of each file, those that still wait included

    @property
    def begun(self) -> bool:
        """Whether any file was written to."""
        return bool(self._sizes)

    def path(self, name: str) -> str:
        """The file of a series."""
        path = self._paths.get(name)
        if path is None:
            path = self._paths[name] = pathnames.safe_join(self.folder, name, SUFFIX)
            if path != os.path.join(self.folder, name + SUFFIX):
                self.renamed[name] = path
        return path

    def _head(self, path: str) -> bytes:
        return self._heads.get(path, b"")

    def write(self, touched: Iterable[Series], now_ms: int) -> None:
        """Append the rows of each series, in one write a file."""
        for series in touched:
            rows, series.rows = series.rows, []
            blocks, series.blocks = series.blocks, []
            timed = self._timed.get(series.name)
            if timed is None:
                timed = self._begin(series.name, bool(rows) and rows[0][1] is not None)
            if blocks:
                text = "".join([_columns(block, now_ms if timed else None) for block in blocks])
            else:
                text = self._text(series.name, rows, timed, now_ms)
            data = text.encode("utf-8", "backslashreplace")
            path = self.path(series.name)
            count = len(rows) + sum(len(block.texts) for block in blocks)
            if self.appender.append(path, data):
                self._sizes[path] += len(data)
                series.plotted += count
            else:
                self.lost[series.name] = self.lost.get(series.name, 0) + count

    def append_one(self, series: Series, row: str) -> bool:
        """Append one row, no cell of which needs quoting, to a file that is open and has no time column.

        False: nothing was done, and `write` has to be used.
        """
        path, data = self._paths.get(series.name, ""), row.encode()
        if self._timed.get(series.name, True) or series.rows or not self.appender.append_open(path, data):
            return False
        self._sizes[path] += len(data)
        series.plotted += 1
        return True

    def _begin(self, name: str, timed: bool) -> bool:
        """Whether the series' file has a time column: its own header tells, else the first row."""
        path = self.path(name)
        found = _existing_header(path)
        if found is not None:
            timed = found.startswith("timestamp\t")
        self._timed[name] = timed
        self._heads[path] = header(name, timed).encode("utf-8", "backslashreplace")
        self._sizes[path] = len(self._heads[path]) if found is None else os.path.getsize(path)
        return timed

    def _text(self, name: str, rows: list[Row], timed: bool, now_ms: int) -> str:
        if timed:
            heads = [f"{now_ms if at is None else at}\t{step}\t" for step, at, _ in rows]
        else:
            heads = [f"{step}\t" for step, _, _ in rows]
            if rows[0][1] is not None or rows[-1][1] is not None:
                self.timestamps_dropped.add(name)
        text = "".join([f"{head}{row[2]}\n" for head, row in zip(heads, rows, strict=True)])
        # One look over the whole batch instead of one at each value: quoting is rare.
        plain = text.count("\n") == len(rows) and text.count("\t") == len(rows) * (1 + timed)
        if plain and '"' not in text and "\r" not in text:
            return text
        return "".join([f"{head}{quoted(row[2])}\n" for head, row in zip(heads, rows, strict=True)])

    def begin_deleted(self) -> list[str]:
        """Files that were removed under us: each begins anew, header first, at its next row."""
        gone = self.appender.deleted()
        for path in gone:
            self._sizes[path] = len(self._heads[path])
        return gone

    def resume(self) -> int | None:
        """Mend what an earlier process left: drop torn last rows. Gives the last step, None without rows."""
        last: int | None = None
        for _, path in self.found():
            files.own(path)
            row = mend(path)
            self._sizes[path] = os.path.getsize(path)  # `restore` takes away what no checkpoint knows
            step = _step(row) if row else None
            if step is not None and (last is None or step > last):
                last = step
        return last

    def found(self) -> list[tuple[str, str]]:
        """(name, path) of every TSV on disk; the name is read back from its path."""
        out = []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith(SUFFIX):
                    path = os.path.join(folder, name)
                    out.append(
                        (os.path.relpath(path, self.folder)[: -len(SUFFIX)].replace(os.sep, "/"), path)
                    )
        return sorted(out)

    def count(self) -> tuple[int, int]:
        """Points and series on disk; whole files are read."""
        points = series = 0
        for _, path in self.found():
            with open(path, "rb") as file:
                lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
            points += max(0, lines - 1)
            series += 1
        return points, series

    def rows(self, name: str) -> Iterator[tuple[int, int | None, int | float | str, str]]:
        """The rows of a series, read back from its file: step, timestamp, value and its text."""
        import csv

        if name not in self._timed:
            return
        with open(self.path(name), encoding="utf-8", newline="") as file:
            reader = csv.reader(file, "excel-tab")
            next(reader, None)
            for *times, step, text in reader:
                yield int(step), int(times[0]) if times else None, last_value(text), text

    def checkpoint(self) -> Mapping[str, Any]:
        """What `restore` needs; to be pickled at once."""
        waiting = self.appender.waiting
        on_disk = {path: size - len(waiting.get(path, b"")) for path, size in self._sizes.items()}
        return {
            "sizes": on_disk,
            "waiting": dict(waiting),
            "timed": self._timed,
            "heads": self._heads,
            "lost": self.lost,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back every row written after the checkpoint; its replay writes them again."""
        sizes: dict[str, int] = state["sizes"]
        for _, path in self.found():
            if path not in sizes:
                os.unlink(path)
        for path, size in sizes.items():
            try:
                if os.path.getsize(path) > size:
                    os.truncate(path, size)
            except OSError:  # removed meanwhile: begun anew at its next row
                pass
        self._sizes = dict(sizes)
        self._timed, self._heads, self.lost = state["timed"], state["heads"], state["lost"]
        for path, data in state["waiting"].items():
            self.appender.append(path, data)
            self._sizes[path] += len(data)


def _columns(block: Points, now_ms: int | None) -> str:
    """The rows of points in columns; `now_ms` where the file has a time column."""
    heads = [repeat(str(now_ms))] if now_ms is not None else []
    rows = zip(*heads, map(str, block.steps or ()), block.texts, strict=False)
    return "\n".join([*map("\t".join, rows), ""])


def header(name: str, timed: bool) -> str:
    """The first line of a series' file.

    >>> header("train/loss", False)
    'step\\tloss\\n'
    """
    leaf = name.rpartition("/")[2] or name
    if leaf == "step" or (timed and leaf == "timestamp"):
        leaf += "_"  # a second column of that name would hide the first from every csv reader
    time = "timestamp\t" if timed else ""
    return f"{time}step\t{quoted(leaf)}\n"


def quoted(text: str) -> str:
    """A cell as csv's minimal quoting writes it (RFC 4180, tab for comma)."""
    if any(char in text for char in '\t"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _existing_header(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline(1 << 16) or None
    except FileNotFoundError:
        return None
    except OSError:  # not ours to judge: the append says what is wrong
        return None


def mend(path: str) -> str | None:
    """Drop the end of a file that is no whole row; the last whole row, or None when only a header is left.

    A file without a whole header is emptied.
    """
    with open(path, "r+b", buffering=0) as file:
        whole, row = _whole(file)
        if whole < file.seek(0, os.SEEK_END):
            file.truncate(whole)
        return row


def is_torn(path: str) -> bool:
    """Whether the end of a file is no whole row."""
    with open(path, "rb", buffering=0) as file:
        return _whole(file)[0] < file.seek(0, os.SEEK_END)


def _whole(file: FileIO) -> tuple[int, str | None]:
    """Bytes of a file up to the end of its last whole row, and that row."""
    size = file.seek(0, os.SEEK_END)
    tail, reach = b"", TAIL_BYTES
    while tail.count(b"\n") < 2 and len(tail) < size:
        tail = _read_at(file, max(0, size - reach), reach)
        reach *= 4
    start = size - len(tail)
    first = _read_at(file, 0, TAIL_BYTES)
    end = first.find(b"\n") + 1
    columns = first[:end].count(b"\t") + 1
    keep = tail.rfind(b"\n") + 1
    while keep:
        line_start = tail.rfind(b"\n", 0, keep - 1) + 1
        line = tail[line_start : keep - 1]
        if start + keep <= end or not _torn(line, columns):
            break
        keep = line_start
    whole = size if start + keep >= size else start + keep if start + keep >= end else 0
    if start + keep <= end:
        return whole, None
    return whole, line.decode("utf-8", "replace")


def _read_at(file: FileIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _torn(line: bytes, columns: int) -> bool:
    """A line that begins a row whose quoted value goes on behind it, or that holds too few cells.

    The last line of a value with line ends in it also holds an odd number of quotes, but begins no row.
    """
    begins_row = line.split(b"\t", 1)[0].lstrip(b"-").isdigit()
    if line.count(b'"') % 2:
        return begins_row
    return begins_row and line.count(b"\t") < columns - 1


def _step(row: str) -> int | None:
    """The step of a row; None for the end of a value of several lines."""
    cells = row.split("\t")
    for cell in cells[-2:-1]:
        try:
            return int(cell)
        except ValueError:
            return None
    return None


def last_value(row: str) -> int | float | str:
    """The value of a row, typed again."""
    cell = row.rsplit("\t", 1)[-1]
    if cell in ("True", "False"):
        return cell == "True"
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell[1:-1].replace('""', '"') if cell[:1] == cell[-1:] == '"' and len(cell) > 1 else cell
