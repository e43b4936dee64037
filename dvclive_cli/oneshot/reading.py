"""Files and standard input that commands are given -> plain values: rows, lists, mappings.

The suffix says what a file is; standard input and files of other names are looked at. Imports each parser
when it is needed.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ..errors import UsageError
from ..inputs.userfiles import parse
from ..texts import typed

_SUFFIXES = (".json", ".toml", ".yaml", ".yml")


def text_of(source: str) -> bytes:
    """The content of a file; of standard input for `-`. Raises UsageError `file-unreadable`."""
    if source == "-":
        if sys.stdin is None:
            raise UsageError("file-unreadable", "Standard input is closed", "Give a file.")
        return sys.stdin.buffer.read()
    try:
        with open(source, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            "file-unreadable", f"The file {source!r} cannot be read: {reason}", "Check the path."
        ) from None


def load(source: str) -> Any:
    """What a file says: rows (a list of dicts), a list of values, or a mapping.

    Cells of CSV and TSV stay texts: whoever takes them says what they must be.

    Raises:
        UsageError: it cannot be read, or does not parse (says where).
    """
    suffix = os.path.splitext(source)[1].lower() if source != "-" else ""
    if suffix == ".npy":
        return _load_npy(source)
    data = text_of(source)
    shown = "standard input" if source == "-" else source
    if suffix in _SUFFIXES:
        return parse(data, suffix, shown)
    text = _decoded(data, shown)
    if suffix in (".jsonl", ".ndjson"):
        return _load_lines(text, shown)
    if suffix in (".csv", ".tsv"):
        return _load_csv(text, "\t" if suffix == ".tsv" else ",", shown)
    return _look(text, shown)


def _look(text: str, shown: str) -> Any:
    """Text of which nothing is known: JSON, a table, YAML, or one value a line."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        if "\n" in stripped and stripped.partition("\n")[0].rstrip().endswith(("}", "]")):
            return _load_lines(stripped, shown)
        return parse(stripped.encode(), ".json", shown)
    first = stripped.partition("\n")[0]
    if "\t" in first or "," in first:
        return _load_csv(text, "\t" if "\t" in first else ",", shown)
    if ": " in first or first.endswith(":") or first.startswith(("- ", "#")):
        return parse(text.encode(), ".yaml", shown)
    lines = [line.strip() for line in stripped.splitlines() if line.strip()]
    if lines and all("=" in line for line in lines):
        return dict((part.strip() for part in line.split("=", 1)) for line in lines)  # type: ignore[misc]
    return lines


def _load_csv(text: str, delimiter: str, shown: str) -> Any:
    """Rows; of a table with one column the cells, where its first line is no heading."""
    import csv

    try:
        lines = [line for line in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if line]
    except csv.Error as error:
        raise UsageError("file-bad", f"{shown}: {error}", "Mend the file; nothing was logged.") from None
    if not lines:
        return []
    head, *rows = lines
    if len(head) == 1 and _is_number(head[0]):
        return [line[0] for line in lines]
    for number, row in enumerate(rows, 2):
        if len(row) != len(head):
            raise UsageError(
                "file-bad",
                f"{shown}: row {number} has {len(row)} cells, the heading {len(head)}",
                "Mend the file; nothing was logged.",
            )
    return [dict(zip(head, row, strict=True)) for row in rows]


def _load_lines(text: str, shown: str) -> list[Any]:
    import json

    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UsageError(
                "file-bad", f"{shown}:{number}: {error}", "Mend the file; nothing was logged."
            ) from None
    return found


def _load_npy(source: str) -> Any:
    import numpy

    try:
        array: Any = numpy.load(source, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UsageError("file-unreadable", f"The file {source!r} cannot be read: {error}") from None
    if array.dtype.names:
        return [dict(zip(array.dtype.names, row, strict=True)) for row in array.tolist()]
    if array.ndim == 2:
        return [{str(index): cell for index, cell in enumerate(row)} for row in array.tolist()]
    return array.tolist()


def _decoded(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            "file-bad", f"{shown}: it is not UTF-8 (byte {error.start})", "Save it as UTF-8."
        ) from None


def rows(data: Any, shown: str) -> list[dict[str, Any]]:
    """The data as rows, cells typed. Raises UsageError where it is no table."""
    if isinstance(data, dict) and len(data) == 1 and isinstance(next(iter(data.values())), list):
        data = next(iter(data.values()))  # {"roc": [...]}, as DVC's plots also read it
    if isinstance(data, dict) and data and all(isinstance(column, list) for column in data.values()):
        data = [dict(zip(data, row, strict=False)) for row in zip(*data.values(), strict=False)]
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        return [{str(key): typed(cell) for key, cell in row.items()} for row in data]
    raise UsageError("no-table", f"{shown} holds no table of rows", 'Give CSV, or JSON: [{"x": 1, "y": 2}].')


def values(data: Any, column: str | None, shown: str) -> list[Any]:
    """One value a sample: a list, or a column of a table (the last one if none is named)."""
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        names = list(data[0])
        name = names[-1] if column is None else column
        if not all(name in row for row in data):
            raise UsageError(
                "no-column", f"{shown} has no column {name!r}", f"There are: {', '.join(names)}."
            )
        return [typed(row[name]) for row in data]
    if isinstance(data, list) and data and column is None:
        return [typed(cell) for cell in data]
    raise UsageError("no-table", f"{shown} holds no list of values", "Give one value a line, or a CSV.")


def _is_number(cell: str) -> bool:
    return not isinstance(typed(cell), str)
