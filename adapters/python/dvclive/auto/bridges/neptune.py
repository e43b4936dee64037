"""Neptune: series, fields, pictures and files of a run, by the operations that Neptune queues for its server.

Fields that hold one value are parameters until the first point of a series, and those below `parameters`,
`params`, `config` and the like always are; a number that a program assigns later is a result, a value of the
summary. Neptune's own fields (`sys`, `monitoring`, `source_code`) are left to it.
"""

from __future__ import annotations

import glob
import sys

from . import alone, told
from .hear import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRACKER = "neptune"
OWN = frozenset(("monitoring", "source_code", "sys"))
PARAMS = frozenset(("args", "config", "configuration", "hparams", "hyperparameters", "parameters", "params"))

PICTURES = ("gif", "jpeg", "jpg", "png")

_told = told.Runs(TRACKER)
_trained: set[str] = set()  # runs that have a point


def patch(module: Any) -> None:
    """Where all operations of all fields pass, and what is uploaded before it becomes one."""
    beside(sys.modules["neptune.attributes.attribute"].Attribute, "_enqueue_operation", _queued, TRACKER)
    beside(sys.modules["neptune.attributes.atoms.file"].File, "upload", _uploaded, TRACKER)
    if alone.is_wanted():
        beside(module.Run, "__init__", lambda result, arguments: None, TRACKER, _disabled)


def _disabled(arguments: dict[str, Any]) -> None:
    arguments["mode"] = "debug"  # Neptune's own way to do nothing


def _uploaded(result: Any, arguments: dict[str, Any]) -> None:
    """A file, or what one would hold: a picture, a page, a text."""
    field, file = arguments["self"], arguments["value"]
    names = [str(name) for name in field._path]
    run = None if names[0] in OWN else _told.told(str(field._container_id))
    if run is None:
        return
    kind, name = file.file_type.name, "/".join(names)
    if kind == "LOCAL_FILE":
        run.artifact(file.path, name=name)
    elif kind == "IN_MEMORY" and file.extension in PICTURES:
        run.image(f"{name}.{file.extension}", file.content)
    elif kind == "IN_MEMORY":
        run.document(f"{name}.{file.extension}", file.content)


def _queued(result: Any, arguments: dict[str, Any]) -> None:
    field, operation = arguments["self"], arguments["operation"]
    names = [str(name) for name in operation.path]
    key = str(field._container_id)
    run = None if names[0] in OWN else _told.told(key)
    if run is None:
        return
    kind, name = type(operation).__name__, "/".join(names)
    if kind == "LogFloats":
        _trained.add(key)
        run.row(
            (name, point.value, None if point.step is None else int(point.step)) for point in operation.values
        )
    elif kind == "LogImages":
        import base64

        for point in operation.values:
            step = None if point.step is None else int(point.step)
            run.image(name, base64.b64decode(point.value.data), step)
    elif kind == "UploadFileSet":
        for path in sorted({path for pattern in operation.file_globs for path in glob.glob(pattern)}):
            run.artifact(path)
    elif kind in ("AssignFloat", "AssignInt", "AssignBool", "AssignString"):
        is_result = key in _trained and kind in ("AssignFloat", "AssignInt") and PARAMS.isdisjoint(names)
        if is_result:
            run.summary({name: operation.value})
        else:
            run.param(names, operation.value)
