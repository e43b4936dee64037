"""plots/custom/<name>.json and plots/sklearn/<name>.json, and reading the tables that they are made from.

JSON cannot say NaN and infinities (`NaN` makes every browser refuse the whole plot): they become null.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from dvclive_cli.errors import UsageError
from dvclive_cli.events import Json
from dvclive_cli.texts import typed

SUFFIX = ".json"


def render(data: Any) -> str:
    """The file's text. `data`: rows, or rows under a key. Raises UsageError `plot-data`."""
    try:
        return json.dumps(_plain(data), indent=4, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError("plot-data", f"The plot's data cannot be written as JSON: {error}") from None


def _plain(value: Any) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return _plain(value.tolist())
    if isinstance(value, float) and value - value != 0.0:
        return None
    return value


def check_columns(rows: Any, columns: Sequence[str]) -> None:
    """Raise UsageError `plot-data` unless the rows hold the columns that the plot shows."""
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise UsageError(
            "plot-data", "The plot's data are not a list of objects", 'Give [{"x": 1, "y": 2}, ...].'
        )
    for column in columns:
        if rows and not any(column in row for row in rows):
            known = ", ".join(map(str, rows[0]))
            raise UsageError(
                "plot-data", f"The plot's data have no column {column!r}", f"There are: {known}."
            )


def read_table(path: str) -> list[dict[str, Json]]:
    """The rows of a CSV, TSV or JSON file, numbers typed. Raises UsageError `plot-file`."""
    if _suffix(path) == ".json":
        rows = _read_json(path)
        if isinstance(rows, Mapping) and len(rows) == 1:  # {"roc": [...]}, as DVC's plots also read it
            rows = next(iter(rows.values()))
        check_columns(rows, ())
        return list(rows)
    lines = _read_csv(path)
    if not lines:
        return []
    names = lines[0]
    return [dict(zip(names, map(typed, line), strict=False)) for line in lines[1:]]


def read_values(source: Any) -> Any:
    """Labels or predictions: the values themselves, or a path of CSV, TSV, JSON or npy.

    Of a table with several columns the last is taken; a first line that is no number is a header. An array
    stays an array; UsageError `plot-file` says what cannot be read.
    """
    if not isinstance(source, (str, os.PathLike)):
        return source
    path = os.fspath(source)
    if _suffix(path) == ".npy":
        import numpy

        try:
            return numpy.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
    if _suffix(path) == ".json":
        values = _read_json(path)
        if not isinstance(values, list):
            raise _unreadable(path, "it does not hold a list")
        return values
    lines = _read_csv(path)
    cells = [typed(line[-1]) for line in lines]
    if len(cells) > 1 and isinstance(cells[0], str) and not all(isinstance(cell, str) for cell in cells[1:]):
        return cells[1:]
    return cells


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _read_json(path: str) -> Any:
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from None


def _read_csv(path: str) -> list[list[str]]:
    import csv

    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            delimiter = "\t" if _suffix(path) == ".tsv" else ","
            return [line for line in csv.reader(file, delimiter=delimiter) if line]
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: object) -> UsageError:
    reason = getattr(error, "strerror", None) or error
    return UsageError(
        "plot-file", f"The file {path!r} cannot be read: {reason}", "Give a CSV, TSV or JSON file."
    )
