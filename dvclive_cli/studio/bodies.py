"""Request bodies for Studio's live experiments: values in, JSON values out.

Format: `POST {url}api/live` as DVC 3.x and dvc-studio-client 0.23 speak it; its limits are the server's. One
thing that cannot be sent never holds back the others.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dvclive_cli.events import Json

NO_COMMIT = "0" * 40  # the baseline of a run outside Git
MAX_REQUEST = 29_000_000  # bytes
MAX_PLOT = 10_000_000  # bytes of one plot in a request
MAX_PLOTS = 200  # in a request
MAX_MESSAGE = 72  # characters
TOO_LARGE = f"it is larger than the {MAX_PLOT // 1_000_000} MB that Studio takes"


class Identity(NamedTuple):
    """Which experiment is meant. `baseline`: 40 hex digits."""

    repo_url: str
    baseline: str
    name: str


class Part(NamedTuple):
    """A piece of a data event.

    Parameters:
        section: "plots", "metrics" or "params".
        path: of the file, posix, relative to the DVC root.
        content: what stands under the path.
        size: bytes of it as JSON, about.
        key, mark: what the ledger notes when it has arrived.
        fault: why it cannot be sent at all; empty for what can be.
    """

    section: str
    path: str
    content: Any
    size: int
    key: str = ""
    mark: Json = None
    fault: str = ""


def start(identity: Identity, message: str, subdir: str) -> dict[str, Any]:
    """The run begins."""
    body = _body("start", identity)
    if message:
        body["message"] = message[:MAX_MESSAGE]
    if subdir:
        body["subdir"] = subdir
    return body


def done(identity: Identity, experiment_rev: str | None, errors: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The run has ended. `errors`: (class, text) of what went wrong, for servers that take it."""
    body = _body("done", identity)
    if experiment_rev:
        body["experiment_rev"] = experiment_rev
    if errors:
        body["errors"] = [{"cls": cls, "text": text} for cls, text in errors]
    return body


def data(identity: Identity, step: int, parts: Iterable[Part]) -> dict[str, Any]:
    """What is new at a step."""
    body = {**_body("data", identity), "step": step}
    for part in parts:
        body.setdefault(part.section, {})[part.path] = part.content
    return body


def _body(kind: str, identity: Identity) -> dict[str, Any]:
    return {
        "type": kind,
        "repo_url": identity.repo_url,
        "baseline_sha": identity.baseline,
        "name": identity.name,
        "client": "dvclive",
    }


def requests(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts in as few requests as their limits allow, in order."""
    batch: list[Part] = []
    room, plots = MAX_REQUEST - 10_000, MAX_PLOTS
    paths: set[tuple[str, str]] = set()
    for part in parts:
        again = (part.section, part.path) in paths  # a long curve goes on in the next request
        if batch and (part.size > room or (part.section == "plots" and plots == 0) or again):
            yield batch
            batch, paths = [], set()
            room, plots = MAX_REQUEST - 10_000, MAX_PLOTS
        batch.append(part)
        paths.add((part.section, part.path))
        room -= part.size
        plots -= part.section == "plots"
    if batch:
        yield batch


def metrics(path: str, tree: Mapping[str, Any]) -> Part:
    """metrics.json, nested as the file is."""
    content = {"data": _strict(tree)}
    return Part("metrics", path, content, _size(content))


def params(path: str, values: Mapping[str, Json]) -> Part:
    """params.yaml."""
    content = _strict(values)
    return Part("params", path, content, _size(content))


def curve(path: str, head: str, text: str, key: str, mark: Json) -> Part:
    """Rows of a TSV as data points; those that do not fit its heading are left out.

    Parameters:
        head: the file's first line. text: whole lines below it.
        mark: the offset behind them.
    """
    names = next(csv.reader([head], "excel-tab"), [])
    rows = []
    for cells in csv.reader(io.StringIO(text, newline=""), "excel-tab"):
        if len(cells) != len(names):
            continue
        row: dict[str, Any] = {name: _cell(cell) for name, cell in zip(names, cells, strict=True)}
        if "timestamp" in row and names[0] == "timestamp":
            row["timestamp"] = str(row["timestamp"])
        rows.append(row)
    return Part("plots", path, {"data": rows}, _size(rows), key, mark)


def plot(path: str, content: str, props: Mapping[str, Any], key: str, mark: Json) -> Part:
    """A custom or scikit-learn plot, from its file."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):  # {"roc": [...]}
        found = next((rows for rows in found.values() if isinstance(rows, list)), None)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        return Part("plots", path, None, 0, key, mark, "it holds no list of objects")
    return _fitting(path, {"data": _strict(found)}, props, key, mark)


def image(path: str, content: bytes, props: Mapping[str, Any], key: str, mark: Json) -> Part:
    """A picture."""
    return _fitting(path, {"image": base64.b64encode(content).decode()}, props, key, mark)


def _fitting(path: str, shown: dict[str, Any], props: Mapping[str, Any], key: str, mark: Json) -> Part:
    if props:
        shown["props"] = _strict(props)
    size = _size(shown)
    if size > MAX_PLOT:
        return Part("plots", path, None, 0, key, mark, TOO_LARGE)
    return Part("plots", path, shown, size, key, mark)


def _cell(text: str) -> Any:
    """A number where it is one; NaN and infinities stay texts, which JSON can say."""
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        return value if math.isfinite(value) else str(value)
    return text


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)


def _size(content: Any) -> int:
    return len(json.dumps(content))
