"""Aim: what a run tracks, its parameters and artifacts.

A series of Aim is a name and a context: the context's values stand before the name, `train/loss` for
`context={"subset": "train"}`. A point without a step has the one behind the last of its series, as in Aim.
"""

from __future__ import annotations

from . import told
from .hear import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

TRACKER = "aim"

_told = told.Runs(TRACKER)
_next: dict[tuple[str, str], int] = {}  # the step behind the last of a series, by run and name


def patch(module: Any) -> None:
    """What a program calls of a run."""
    run = module.Run
    beside(run, "__init__", _began, TRACKER)
    beside(run, "track", _tracked, TRACKER)
    beside(run, "__setitem__", _set, TRACKER)
    beside(run, "set", _set, TRACKER)
    beside(run, "log_artifact", _kept, TRACKER)


def _began(result: Any, arguments: dict[str, Any]) -> None:
    if arguments["experiment"] and not arguments["read_only"]:
        run = _told.told(str(arguments["self"].hash))
        if run is not None:
            run.about(TRACKER, {"experiment": arguments["experiment"]})


def _tracked(result: Any, arguments: dict[str, Any]) -> None:
    value, step = arguments["value"], arguments["step"]
    values = value if isinstance(value, dict) else {arguments["name"]: value}
    key = str(arguments["self"].hash)
    run = _told.told(key)
    if run is None:
        return
    row: list[told.Scalar] = []
    for name, item in values.items():
        full = "/".join([*_words(arguments["context"] or {}), str(name)])
        if step is None:  # of several values that come together, all have the first one's
            step = _next.get((key, full), 0)
        _next[key, full] = max(_next.get((key, full), 0), int(step) + 1)
        items = item if isinstance(item, (list, tuple)) else [item]
        for number, one in enumerate(items):
            picture = getattr(one, "to_pil_image", None)
            if callable(picture):
                run.image(full, picture(), step, str(number) if len(items) > 1 else "")
        if items is not item:
            row += run.scalars(full, item, step)
    run.row(row)


def _words(context: Mapping[str, Any]) -> Iterator[str]:
    for _, value in sorted(context.items()):  # in whatever order it was given, it is the same series
        if isinstance(value, dict):
            yield from _words(value)
        else:
            yield str(value)


def _set(result: Any, arguments: dict[str, Any]) -> None:
    """`run[key] = value`: the key is a name, several names, or `...` for all."""
    key, value = arguments["key"], arguments["val"]
    names = [] if key is ... else [str(name) for name in (key if isinstance(key, tuple) else (key,))]
    if names and names[0].startswith("__"):  # Aim's own: the machine, the installed packages
        return
    run = _told.told(str(arguments["self"].hash))
    if run is not None:
        run.param(names, value)


def _kept(result: Any, arguments: dict[str, Any]) -> None:
    run = _told.told(str(arguments["self"].hash))
    if run is not None:
        run.artifact(arguments["path"], name=arguments["name"])
