"""mlflow: metrics, parameters, tags, images, artifacts and models of each run, whoever logs them.

The functions of `mlflow` and autologging hand everything to a client: it is heard there, and in those
functions that tell more than they hand on (whether a step was given, a parameter as it was before it became a
text). Where no step is given mlflow writes 0 each time; here the points of a name are counted.
"""

from __future__ import annotations

import os
import sys

from ... import convert
from .. import callers, held, patching
from . import alone
from .hear import beside
from .told import Runs, Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TRACKER = "mlflow"
OWN_TAGS = "mlflow."
MODELS = "mlflow.models.model"
"""Logs a run's metrics once more, for a model that is logged (mlflow 3)."""
DESCRIPTION = "mlflow.note.content"
AUTOLOGGED = {"pytorch": "lightning", "tensorflow": "keras"}
"""By mlflow's name for what is autologged, the shim that logs the same, where that has another name."""
ONLY_MLFLOW = ("sklearn",)
"""Of what is autologged, mlflow tells more than the shim, by names of its own."""

_runs = Runs(TRACKER)
_about: dict[str, dict[str, Any]] = {}  # what describes a run that may log nothing at all
_tables: dict[tuple[int, str], list[dict[str, Any]]] = {}  # their rows, by run and file
_experiment: list[str] = []  # the name that the program has set last


def patch(fluent: Any) -> None:
    """The client's methods, and the functions of `mlflow` that say more."""
    client = sys.modules["mlflow.tracking.client"].MlflowClient
    if alone.is_wanted():
        _keep_to_itself(client)
    for name, tell in OF_CLIENT.items():
        beside(client, name, _of_run(tell), TRACKER)
    for name, tell in OF_MODULE.items():
        beside(fluent, name, _of_active(fluent, tell), TRACKER)
    beside(client, "create_run", _created, TRACKER)
    beside(fluent, "start_run", _created, TRACKER)
    beside(fluent, "set_experiment", _set_experiment, TRACKER)
    for name in ("log_model_artifact", "log_model_artifacts"):
        beside(client, name, _model(fluent), TRACKER)


def _of_run(tell: Callable[[Told, dict[str, Any]], None]) -> Callable[[Any, dict[str, Any]], None]:
    def told(result: Any, arguments: dict[str, Any]) -> None:
        _tell(str(arguments["run_id"]), tell, arguments)

    return told


def _of_active(
    fluent: Any, tell: Callable[[Told, dict[str, Any]], None]
) -> Callable[[Any, dict[str, Any]], None]:
    """Of the run that the program names, or the one that is active."""

    def told(result: Any, arguments: dict[str, Any]) -> None:
        run = arguments.get("run_id")
        active = fluent.active_run()
        if not run and active is not None:
            run = active.info.run_id
        if run:
            _tell(run, tell, arguments)

    return told


def _tell(run: str, tell: Callable[[Told, dict[str, Any]], None], arguments: dict[str, Any]) -> None:
    told = None if _is_autologged_elsewhere() else _runs.told(run)
    if told is None:
        return
    about = _about.pop(run, None)
    if about:
        told.about(TRACKER, about)
    tell(told, arguments)


def _is_autologged_elsewhere() -> bool:
    """Whether mlflow logs a training by itself, which a shim of ours logs too."""
    kind = _autologged()
    return bool(kind) and kind not in ONLY_MLFLOW and AUTOLOGGED.get(kind, kind) in held


def _autologged() -> str:
    """What mlflow logs by itself just now; empty for nothing."""
    safety = sys.modules.get("mlflow.utils.autologging_utils.safety")
    session = safety._AutologgingSessionManager.active_session() if safety is not None else None
    return "" if session is None else str(session.integration)


# --- what is told ------------------------------------------------------------------------------------------


def _metric(told: Told, arguments: dict[str, Any]) -> None:
    told.metric(str(arguments["key"]), arguments["value"], arguments.get("step"))


def _metrics(told: Told, arguments: dict[str, Any]) -> None:
    step = arguments.get("step")
    told.row((str(name), value, step) for name, value in arguments["metrics"].items())


def _batch(told: Told, arguments: dict[str, Any]) -> None:
    again = callers.nearest() == MODELS
    metrics = () if again else arguments.get("metrics") or ()
    told.row((metric.key, metric.value, metric.step) for metric in metrics)
    told.params({param.key: _typed(str(param.value)) for param in arguments.get("params") or ()})
    _tags(told, {"tags": {tag.key: tag.value for tag in arguments.get("tags") or ()}})


def _param(told: Told, arguments: dict[str, Any]) -> None:
    told.params({str(arguments["key"]): arguments["value"]})


def _params(told: Told, arguments: dict[str, Any]) -> None:
    told.params(dict(arguments["params"]))


def _tag(told: Told, arguments: dict[str, Any]) -> None:
    _tags(told, {"tags": {arguments["key"]: arguments["value"]}})


def _tags(told: Told, arguments: dict[str, Any]) -> None:
    own = _own_tags(arguments["tags"])
    if own:
        told.about(TRACKER, {"tags": {**told.described(TRACKER).get("tags", {}), **own}})


def _own_tags(tags: Any) -> dict[str, Any]:
    return {str(key): value for key, value in dict(tags or {}).items() if not str(key).startswith(OWN_TAGS)}


def _artifact(told: Told, arguments: dict[str, Any]) -> None:
    told.artifact(arguments["local_path"])


def _artifacts(told: Told, arguments: dict[str, Any]) -> None:
    folder = os.path.abspath(os.fspath(arguments["local_dir"]))
    if folder.startswith(os.path.join(os.getcwd(), "")):
        told.artifact(folder)
        return
    for name in sorted(os.listdir(folder)):  # mlflow's own and others write into folders of the moment
        told.artifact(os.path.join(folder, name))


def _text(told: Told, arguments: dict[str, Any]) -> None:
    told.document(arguments["artifact_file"], arguments["text"])


def _dict(told: Told, arguments: dict[str, Any]) -> None:
    import json

    told.document(arguments["artifact_file"], json.dumps(arguments["dictionary"], indent=2, default=str))


def _table(told: Told, arguments: dict[str, Any]) -> None:
    """Rows, which mlflow adds to those that the file has."""
    import json

    name = arguments["artifact_file"]
    rows = _tables.setdefault((id(told), name), [])
    rows += convert.rows(_of_columns(arguments["data"]))
    columns = list(dict.fromkeys(key for row in rows for key in row))
    data = [[row.get(key) for key in columns] for row in rows]
    told.document(name, json.dumps({"columns": columns, "data": data}))


def _of_columns(data: Any) -> Any:
    """A table as rows; mlflow takes columns by name (of one row: values), too."""
    if not isinstance(data, dict):
        return data
    columns = [value if isinstance(value, (list, tuple)) else [value] for value in data.values()]
    return [dict(zip(data, row)) for row in zip(*columns)]  # noqa: B905 - Python 3.8


def _figure(told: Told, arguments: dict[str, Any]) -> None:
    told.image(arguments["artifact_file"], arguments["figure"])


def _image(told: Told, arguments: dict[str, Any]) -> None:
    image = arguments["image"]
    if type(image).__module__.startswith(TRACKER):
        image = image.to_pil()
    told.image(str(arguments.get("artifact_file") or arguments.get("key")), image, arguments.get("step"))


OF_CLIENT: dict[str, Callable[[Told, dict[str, Any]], None]] = {
    "log_metric": _metric,
    "log_batch": _batch,
    "log_param": _param,
    "set_tag": _tag,
    "log_artifact": _artifact,
    "log_artifacts": _artifacts,
    "log_text": _text,
    "log_dict": _dict,
    "log_table": _table,
    "log_figure": _figure,
    "log_image": _image,
}
OF_MODULE = {"log_metric": _metric, "log_metrics": _metrics, "log_params": _params}


def _created(run: Any, arguments: dict[str, Any]) -> None:
    """A run, which may come to log something."""
    tags = dict(arguments.get("tags") or {})
    about = {
        "experiment": _experiment[-1] if _experiment else None,
        "name": arguments.get("run_name"),
        "tags": _own_tags(tags),
        "description": arguments.get("description") or tags.get(DESCRIPTION),
    }
    # mlflow creates the run of a fit that it logs by itself in another thread, while it fits
    _runs.began(run.info.run_id, within=False if _autologged() else None)
    _about[run.info.run_id] = {name: value for name, value in about.items() if value}


def _set_experiment(experiment: Any, arguments: dict[str, Any]) -> None:
    name = arguments.get("experiment_name")
    if name:
        _experiment[:] = [str(name)]


def _model(fluent: Any) -> Callable[[Any, dict[str, Any]], None]:
    """The files of a model, which mlflow has written into a folder of the moment."""

    def told(result: Any, arguments: dict[str, Any]) -> None:
        client, active = arguments["self"], fluent.active_run()
        path = arguments.get("local_dir") or arguments.get("local_path")
        model = client.get_logged_model(arguments["model_id"])
        run = model.source_run_id or (active.info.run_id if active is not None else None)
        if run is not None:
            name = str(model.name)
            _tell(run, lambda told, _: told.model(name, path), {})

    return told


def _typed(text: str) -> Any:
    """A parameter that came as a text, as what says the same text.

    >>> _typed("0.5"), _typed("[1, 2]"), _typed("007"), _typed("adam")
    (0.5, [1, 2], '007', 'adam')
    """
    import ast

    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    return value if str(value) == text else text


# --- --bridge-only -----------------------------------------------------------------------------------------


def _keep_to_itself(client: Any) -> None:
    """A store in a folder that goes with the process: scripts read back what they have logged.

    mlflow has no way to write nothing. Files need no database; from 3.7 on they need to be allowed.
    """
    from pathlib import Path

    store = Path(alone.folder(), "mlruns").as_uri()
    os.environ.update(
        MLFLOW_TRACKING_URI=store,
        MLFLOW_REGISTRY_URI=store,
        MLFLOW_ALLOW_FILE_STORE="true",
        MLFLOW_DISABLE_TELEMETRY="true",
    )

    def ours(arguments: dict[str, Any]) -> None:
        for name in ("tracking_uri", "registry_uri"):
            arguments[name] = store

    beside(client, "__init__", lambda result, arguments: None, TRACKER, change=ours)
    replaced = {}
    for where, names in STORES.items():
        module = sys.modules.get(where)
        for name in names if module is not None else ():
            replaced[id(getattr(module, name, None))] = name
            patching.around(module, name, lambda original: lambda *args, **kwargs: None)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == TRACKER:
            for key, value in list(vars(module).items()):
                if id(value) in replaced:
                    setattr(module, key, lambda *args, **kwargs: None)


STORES = {
    "mlflow.tracking._tracking_service.utils": ("set_tracking_uri",),
    "mlflow.tracking._model_registry.utils": ("set_registry_uri",),
    "mlflow.utils.credentials": ("login",),
}
"""What has mlflow log elsewhere."""
