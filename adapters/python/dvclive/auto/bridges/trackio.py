"""trackio: the rows of a run at trackio's own steps, its configuration, pictures and artifacts."""

from __future__ import annotations

import os

from . import told
from .hear import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRACKER = "trackio"

_told = told.Runs(TRACKER)


def patch(module: Any) -> None:
    """What a program calls of a run; trackio's own functions pass it on to the run."""
    beside(module.Run, "__init__", _began, TRACKER)
    beside(module.Run, "log", _logged, TRACKER)
    beside(module.Run, "log_artifact", _kept, TRACKER)
    beside(module.Run, "finish", _configured, TRACKER)


def _began(result: Any, arguments: dict[str, Any]) -> None:
    run = _told.told(arguments["self"].id)
    if run is not None:
        run.about(TRACKER, {name: arguments.get(name) for name in ("project", "name", "group")})
        _configured(result, arguments)


def _configured(result: Any, arguments: dict[str, Any]) -> None:
    """The configuration, which a program may change until it logs; what begins with `_` is trackio's."""
    run = _told.told(arguments["self"].id)
    if run is not None:
        config = arguments["self"].config
        run.params({name: value for name, value in config.items() if not str(name).startswith("_")})


def _logged(result: Any, arguments: dict[str, Any]) -> None:
    run = _told.told(arguments["self"].id)
    if run is None:
        return
    _configured(result, arguments)
    step = arguments["step"]
    if step is None:
        step = arguments["self"]._next_step - 1  # it was counted while the row was logged
    row: list[told.Scalar] = []
    for name, value in arguments["metrics"].items():
        picture = getattr(value, "_value", None) if type(value).__name__ == "TrackioImage" else None
        if picture is not None:
            run.image(name, picture, step)
        else:
            row += run.scalars(name, value, step)
    run.row(row)


def _kept(result: Any, arguments: dict[str, Any]) -> None:
    run = _told.told(arguments["self"].id)
    path = arguments["artifact_or_path"]
    if run is not None and isinstance(path, (str, os.PathLike)):
        labels = [str(alias) for alias in arguments["aliases"] or ()]
        run.artifact(path, name=arguments["name"], type=arguments["type"], labels=labels)
