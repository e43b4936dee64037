"""ClearML: scalars and pictures of a task's logger, what is connected to the task, its artifacts.

A scalar is `title/series`, as ClearML shows it; `title` where both are alike. What ClearML reports by itself,
of the machine and of frameworks whose own shims log it, is left to it.
"""

from __future__ import annotations

import atexit
import os

from .. import joined, patching
from . import told
from .hear import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRACKER = "clearml"
SECTIONS = ("General", "Args")  # that ClearML gives where the program names none

_told = told.Runs(TRACKER)
_connected: list[tuple[told.Told, list[str], Any]] = []  # dictionaries that the program may change


def patch(module: Any) -> None:
    """What a program calls of a task and its logger."""
    logger, task = module.Logger, module.Task
    beside(logger, "report_scalar", _scalar, TRACKER)
    beside(logger, "report_single_value", _single, TRACKER)
    beside(logger, "report_image", _image, TRACKER)
    beside(logger, "report_matplotlib_figure", _image, TRACKER)
    beside(logger, "report_line_plot", _lines, TRACKER)
    beside(logger, "report_scatter2d", _dots, TRACKER)
    beside(logger, "report_confusion_matrix", _matrix, TRACKER)
    beside(getattr(module, "OutputModel", None), "update_weights", _weights, TRACKER)
    beside(task, "connect", _connect, TRACKER)
    beside(task, "connect_configuration", _configure, TRACKER)
    beside(task, "set_parameter", _parameter, TRACKER)
    beside(task, "set_parameters", _parameters, TRACKER)
    beside(task, "set_parameters_as_dict", _parameters, TRACKER)
    beside(task, "upload_artifact", _artifact, TRACKER)
    beside(task, "add_tags", _tagged, TRACKER)
    beside(task, "close", _closed, TRACKER)
    atexit.register(patching.safe(_closed, f"The bridge from {TRACKER} has failed"), None, {})


def _run(arguments: dict[str, Any]) -> told.Told | None:
    task = arguments["self"]
    return _told.told(str(getattr(task, "_task", task).id))


def _name(arguments: dict[str, Any]) -> str:
    title, series = str(arguments["title"]), str(arguments["series"])
    return title if title == series else f"{title}/{series}"


def _scalar(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    if run is not None and not str(arguments["title"]).startswith(":monitor:"):
        run.metric(_name(arguments), arguments["value"], int(arguments["iteration"]))


def _single(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    if run is not None:
        run.summary({str(arguments["name"]): arguments["value"]})


def _image(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    if run is not None:
        sources = (arguments.get(name) for name in ("figure", "image", "matrix", "local_path"))
        source = next((source for source in sources if source is not None), None)
        run.image(_name(arguments), source, int(arguments["iteration"] or 0))


def _lines(result: Any, arguments: dict[str, Any]) -> None:
    """Curves of one plot: each a name and its points, of two columns."""
    run = _run(arguments)
    for series in arguments["series"] if run is not None else ():
        _curve(run, f"{arguments['title']}/{series['name']}", series["data"], arguments)


def _dots(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    if run is not None:
        is_line = arguments.get("mode") == "lines"
        template = "simple" if is_line else "scatter"
        _curve(run, _name(arguments), arguments["scatter"], arguments, template)


def _curve(run: Any, name: str, points: Any, arguments: dict[str, Any], template: str = "simple") -> None:
    labels = {"x_label": arguments.get("xaxis"), "y_label": arguments.get("yaxis")}
    run.line(name, [point[0] for point in points], [point[1] for point in points], template, **labels)


def _matrix(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    if run is not None:
        run.confusion(
            _name(arguments), arguments["matrix"], arguments.get("ylabels"), arguments.get("xlabels")
        )


def _connect(result: Any, arguments: dict[str, Any]) -> None:
    """A dictionary, or an object's attributes; ClearML hears of changes to a dictionary, so do we."""
    run, thing, name = _run(arguments), arguments["mutable"], arguments["name"]
    if run is None or type(thing).__name__ in ("ArgumentParser", "InputModel", "OutputModel"):
        return  # the arguments are logged when they have been parsed
    names = [] if name in (None, *SECTIONS) else [str(name)]
    if isinstance(result, dict):
        _connected.append((run, names, result))
        run.param(names, dict(result))
    else:
        values = {key: getattr(thing, key) for key in dir(thing) if not key.startswith("_")}
        run.param(names, {key: value for key, value in values.items() if not callable(value)})


def _configure(result: Any, arguments: dict[str, Any]) -> None:
    run, thing, name = _run(arguments), arguments["configuration"], arguments["name"]
    if run is not None and isinstance(thing, (dict, list)):
        run.param([str(name or "General")], thing)


def _parameter(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    if run is not None:
        run.param(_section(str(arguments["name"]).split("/")), arguments["value"])


def _parameters(result: Any, arguments: dict[str, Any]) -> None:
    run = _run(arguments)
    given = [*arguments.get("args", ()), arguments.get("kwargs", {}), arguments.get("dictionary", {})]
    for values in given if run is not None else ():
        for name, value in dict(values).items():
            run.param(_section(str(name).split("/")), value)  # type: ignore[union-attr]


def _section(names: list[str]) -> list[str]:
    return names[1:] if len(names) > 1 and names[0] in SECTIONS else names


def _artifact(result: Any, arguments: dict[str, Any]) -> None:
    """A file, or an object: of those, a dictionary or list is a document."""
    run, thing = _run(arguments), arguments["artifact_object"]
    if run is not None and isinstance(thing, (str, os.PathLike)):
        run.artifact(thing, name=arguments["name"], meta=dict(arguments["metadata"] or {}))
    elif run is not None and isinstance(thing, (dict, list)):
        import json

        run.document(f"{arguments['name']}.json", json.dumps(thing, indent=2, default=str))


def _weights(result: Any, arguments: dict[str, Any]) -> None:
    """A file of a model, which knows its task."""
    model, path = arguments["self"], arguments.get("weights_filename")
    task = getattr(model, "_task", None)
    run = None if task is None or path is None else _told.told(str(task.id))
    if run is not None:
        run.artifact(path, type="model", name=str(model.name or "model"))


def _tagged(result: Any, arguments: dict[str, Any]) -> None:
    run, tags = _run(arguments), arguments["tags"]
    if run is not None:
        run.about(TRACKER, {"tags": tags.split(" ") if isinstance(tags, str) else list(tags)})


def _closed(result: Any, arguments: dict[str, Any]) -> None:
    """What has become of the dictionaries that were connected."""
    way = joined.channel(claim=False)
    for run, names, values in _connected:
        if run.live._way is way:  # not in a forked process
            run.param(names, dict(values))
