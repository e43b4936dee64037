"""The words and options of one command -> events. One function a command, in one table.

Paths become absolute, files that are data are read: who records may stand elsewhere and read later.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import UsageError
from ..events import (
    Artifact,
    Event,
    Image,
    Json,
    NextStep,
    Param,
    Plot,
    SklearnPlot,
    Step,
    Summary,
)
from ..outcome import COMPLETED, Outcome, outcome_of_shell
from . import reading, values

Given = Mapping[str, Any]


def events(command: str, given: Given, words: Sequence[str]) -> list[Event]:
    """The events that the command asks for.

    Parameters:
        command: a key of `BUILDERS`.
        given: its options, as far as given, by name.
        words: its other words.

    Raises:
        UsageError: the words make no sense, or a file cannot be read.
    """
    return BUILDERS[command](given, list(words))


def _log_metric(given: Given, words: list[str]) -> list[Event]:
    at = time.time_ns() // 1_000_000 if given.get("timestamp") else None
    step, plot = given.get("step"), given.get("plot", True)
    if given.get("file") is not None:
        if words:
            raise UsageError(
                "no-value", f"--file says which metrics, and {words[0]!r} too", "Give one of them."
            )
        return _from_file(given["file"], step, at, plot)
    found: list[Event] = []
    for name, word in values.pairs(words, "log-metric"):
        points = _standard_input(name) if word == "-" else [word]
        first = step
        if len(points) > 1 and step is None:
            first = 0
        for index, point in enumerate(points):
            found.append(values.metric(name, point, None if first is None else first + index, at, plot))
    return found


def _standard_input(name: str) -> list[str]:
    lines = reading.text_of("-").decode("utf-8", "replace").splitlines()
    points = [line.strip() for line in lines if line.strip()]
    if not points:
        raise UsageError("no-value", f"{name}: standard input is empty", "Did the command before it fail?")
    return points


def _from_file(source: str, step: int | None, at: int | None, plot: bool) -> list[Event]:
    data = reading.load(source)
    shown = "standard input" if source == "-" else source
    table = data if isinstance(data, list) else [data]
    if not table or not all(isinstance(row, dict) for row in table):
        raise UsageError("no-table", f"{shown} names no metrics", "Give CSV with a heading, or JSON objects.")
    found: list[Event] = []
    for index, row in enumerate(table):
        flat = values.flattened(row)
        own = flat.pop("step", None)
        if own not in (None, ""):
            at_step: int | None = values.whole(f"{shown}: step", str(own))
        elif len(table) > 1:
            at_step = (step or 0) + index
        else:
            at_step = step
        for name, cell in flat.items():
            if cell not in (None, ""):  # a hole in the table
                found.append(values.metric(name, cell, at_step, at, plot))
    return found


def _log_param(given: Given, words: list[str]) -> list[Event]:
    from ..params import parse_param

    found: list[Event] = []
    for name, word in values.pairs(words, "log-param"):
        text = reading.text_of("-").decode("utf-8", "replace").strip() if word == "-" else word
        found.append(parse_param(f"{name}={text}", name))
    return found


def params_given(given: Given) -> list[Event]:
    """The parameters that the options of `start` name."""
    from ..params import known

    files = [_params_in(source) for source in given.get("params_file") or ()]
    return [*known((), files, given.get("param") or ())]


def outcome_told(given: Given) -> Outcome:
    """How the run went, by what `end` was told."""
    now_ms = time.time_ns() // 1_000_000
    if given.get("exit_code") is not None:
        return outcome_of_shell(given["exit_code"], now_ms)
    status = given.get("status") or COMPLETED
    return Outcome(status, 0 if status == COMPLETED else None, None, now_ms)


def _log_params(given: Given, words: list[str]) -> list[Event]:
    return [*_params_in(_only(words, "log-params", "FILE"))]


def _params_in(source: str) -> list[Param]:
    from ..params import flatten_params, value_of

    data = reading.load(source)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        if len(data) > 1 and {"name", "value"} <= set(data[0]):
            data = [{row["name"]: row["value"] for row in data}]
        data = {key: cell for row in data for key, cell in row.items()}
    if isinstance(data, dict):  # cells of CSV are texts still
        data = {key: value_of(cell) if _is_cell(source, cell) else cell for key, cell in data.items()}
    return flatten_params(data, "standard input" if source == "-" else source)


def _is_cell(source: str, cell: Any) -> bool:
    return isinstance(cell, str) and os.path.splitext(source)[1].lower() not in (
        ".json",
        ".jsonl",
        ".toml",
        ".yaml",
        ".yml",
    )


def _log_image(given: Given, words: list[str]) -> list[Event]:
    if len(words) not in (1, 2):
        raise UsageError("no-value", "`dvclive log-image` wants [NAME] PATH", "Name one picture.")
    source = words[-1]
    if source == "-" and len(words) == 1:
        raise UsageError("no-value", "A picture from standard input needs a NAME", "Write NAME.png -.")
    name = words[0] if len(words) == 2 else os.path.basename(source)
    from ..writers.images import image_name

    name = image_name(name, None if source == "-" else source)
    if source == "-":
        return [Image(name, _kept_input(name))]
    return [Image(name, _existing(source))]


def _kept_input(name: str) -> str:
    """Standard input as a file that is there until this process ends."""
    import atexit
    import tempfile

    handle, path = tempfile.mkstemp(os.path.splitext(name)[1], "dvclive-")
    atexit.register(os.unlink, path)
    with open(handle, "wb") as file:
        file.write(reading.text_of("-"))
    return path


def _log_plot(given: Given, words: list[str]) -> list[Event]:
    if len(words) != 2:
        raise UsageError("no-value", "`dvclive log-plot` wants NAME FILE", "Name the plot and its data.")
    x, y = given.get("x"), tuple(given.get("y") or ())
    if not x or not y:
        raise UsageError("no-column", "The plot needs --x COLUMN and --y COLUMN", "Say which to show.")
    table = reading.rows(reading.load(words[1]), words[1])
    for column in (x, *y):
        if not any(column in row for row in table):
            there = ", ".join(map(str, table[0]))
            raise UsageError("no-column", f"{words[1]} has no column {column!r}", f"There are: {there}.")
    return [Plot(words[0], table, x, y, given.get("template"), **_looks(given))]


def _log_sklearn_plot(given: Given, words: list[str]) -> list[Event]:
    from ..plots import plot_kind

    kind = _only(words, "log-sklearn-plot", "KIND")
    plot_kind(kind)
    sides = []
    if given.get("file") is not None:
        for key in ("label_column", "prediction_column"):
            if not given.get(key):
                flag = "--" + key.replace("_", "-")
                raise UsageError("no-column", f"--file needs {flag} COLUMN", "Say which column is which.")
        data = reading.load(given["file"])
        for key in ("label_column", "prediction_column"):
            sides.append(reading.values(data, given[key], given["file"]))
    else:
        for key in ("labels", "predictions"):
            if not given.get(key):
                raise UsageError("no-value", f"--{key} FILE is missing", "Or give one table: --file.")
            sides.append(reading.values(reading.load(given[key]), None, given[key]))
    labels, predictions = sides
    if len(labels) != len(predictions):
        raise UsageError(
            "plot-data",
            f"There are {len(labels)} labels and {len(predictions)} predictions",
            "Give one of each for every sample.",
        )
    name = given.get("name")
    return [
        SklearnPlot(
            kind,
            labels,
            predictions,
            name.removesuffix(".json") if name else None,
            normalized=bool(given.get("normalized")),
            options=_pairs(given.get("option") or (), "--option"),
            **_looks(given),
        )
    ]


def _log_artifact(given: Given, words: list[str]) -> list[Event]:
    path = _existing(_only(words, "log-artifact", "PATH"))
    return [
        Artifact(
            path,
            given.get("type"),
            given.get("name"),
            given.get("desc"),
            tuple(given.get("label") or ()),
            _pairs(given.get("meta") or (), "--meta"),
            bool(given.get("copy")),
            given.get("cache", True),
        )
    ]


def _summary(given: Given, words: list[str]) -> list[Event]:
    found: list[Event] = []
    for name, word in values.pairs(words, "summary"):
        if word == "-":
            word = _standard_input(name)[-1]
        found.append(Summary(name, values.value(name, word)[0]))
    return found


def _next_step(given: Given, words: list[str]) -> list[Event]:
    return [NextStep()]


def _set_step(given: Given, words: list[str]) -> list[Event]:
    return [Step(values.whole("set-step", _only(words, "set-step", "N")))]


def _only(words: list[str], command: str, what: str) -> str:
    if len(words) != 1:
        found = " ".join(words) or "nothing"
        raise UsageError("no-value", f"`dvclive {command}` wants one {what}, not {found!r}", "Write one.")
    return words[0]


def _existing(path: str) -> str:
    if not os.path.lexists(path):
        raise UsageError("file-missing", f"{path!r} does not exist", "Give an existing file or folder.")
    return os.path.abspath(path)


def _looks(given: Given) -> dict[str, Any]:
    return {name: given.get(name) for name in ("title", "x_label", "y_label")}


def _pairs(texts: Sequence[str], flag: str) -> dict[str, Json]:
    from ..params import value_of

    found = {}
    for text in texts:
        name, equals, word = text.partition("=")
        if not equals or not name:
            raise UsageError("no-value", f"{flag}: {text!r} is not NAME=VALUE", f"Write e.g. {flag} a=1.")
        found[name] = value_of(word)
    return found


BUILDERS: dict[str, Callable[[Given, list[str]], list[Event]]] = {
    "log-metric": _log_metric,
    "log-param": _log_param,
    "log-params": _log_params,
    "log-image": _log_image,
    "log-plot": _log_plot,
    "log-sklearn-plot": _log_sklearn_plot,
    "log-artifact": _log_artifact,
    "summary": _summary,
    "next-step": _next_step,
    "set-step": _set_step,
}
