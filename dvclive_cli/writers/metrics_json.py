"""metrics.json: the latest value of every series, nested by `/`, in the order of first appearance.

Where a name also begins other names (`a` beside `a/b`) both are kept: the longer one stays flat, as the key
"a/b" beside "a". The run's own step owns the key `step`; a metric of that name is shown as `step_`. NaN and
infinities, which JSON cannot say, are the texts "nan", "inf" and "-inf".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dvclive_cli.events import Json

MAX_DEPTH = 32  # names with more parts than that stay flat behind it; readers recurse


def render(summary: Mapping[str, Json], step: int | None) -> str:
    """The file's text. `summary`: value by whole name; `step`: None leaves it out."""
    return json.dumps(nested(summary, step), indent=4) + "\n"


def nested(summary: Mapping[str, Json], step: int | None) -> dict[str, Any]:
    """The summary as DVC and Studio read it.

    >>> nested({"train/loss": 0.5, "a": 1, "a/b": 2}, 7)
    {'step': 7, 'train': {'loss': 0.5}, 'a': 1, 'a/b': 2}
    """
    tree: dict[str, Any] = {} if step is None else {"step": step}
    leaves = {_shown(name) for name in summary} | {"step"}
    for raw, value in summary.items():
        name = _shown(raw)
        node, start = tree, 0
        for _ in range(min(MAX_DEPTH, name.count("/"))):
            end = name.index("/", start)
            if name[:end] in leaves:
                break
            node = node.setdefault(name[start:end], {})
            start = end + 1
        node[name[start:]] = _plain(value)
    return tree


def _shown(name: str) -> str:
    # `step`, `step_`, ... move up by one underscore, so that no two names meet
    return f"{name}_" if name.rstrip("_") == "step" else name


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value - value != 0.0:
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):  # inside a list
        return {key: _plain(item) for key, item in value.items()}
    return value


def parse(text: str) -> tuple[dict[str, Json], int | None]:
    """Back from the text: the summary by whole name, and the step. Raises ValueError."""
    try:
        tree = json.loads(text)
    except RecursionError:
        raise ValueError("metrics.json is nested too deeply") from None
    if not isinstance(tree, dict):
        raise ValueError("metrics.json does not hold an object")
    step = tree.pop("step", None)
    flat: dict[str, Json] = {}
    _flatten(tree, "", flat)
    return flat, step if isinstance(step, int) else None


def _flatten(tree: Mapping[str, Any], prefix: str, flat: dict[str, Json]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}/", flat)
        elif isinstance(value, (int, float, str, list)):
            name = f"{prefix}{key}"
            if name.rstrip("_") == "step" and name.endswith("_"):
                name = name[:-1]
            told = isinstance(value, str) and value in ("nan", "inf", "-inf")
            flat[name] = float(str(value)) if told else value
