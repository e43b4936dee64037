"""Comet: metrics and parameters of an experiment, its pictures, confusion matrices, models and assets.

Names are Comet's own: `train_loss` inside `experiment.train()`, `deep/er` for nested values. What Comet logs
by itself about the machine and the frameworks' trainings is left to it; a point without a step has Comet's
last.
"""

from __future__ import annotations

import os

from .. import held
from . import told
from .hear import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TRACKER = "comet_ml"
OWN = frozenset(("curr_epoch", "curr_step", "process duration"))
"""Names that Comet itself logs beside the program's."""

_told = told.Runs(TRACKER)


def patch(module: Any) -> None:
    """What a program calls of an experiment. All kinds of experiments log by the same two functions."""
    for name, tell in METHODS.items():
        beside(module.CometExperiment, name, _of_experiment(tell), TRACKER)


def _of_experiment(
    tell: Callable[[told.Told, Any, dict[str, Any]], None],
) -> Callable[[Any, dict[str, Any]], None]:
    def heard(result: Any, arguments: dict[str, Any]) -> None:
        experiment = arguments["self"]
        run = _told.told(str(experiment.id))
        if run is not None:
            tell(run, experiment, arguments)

    return heard


def _metric(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    name, framework = str(arguments["name"]), arguments["framework"]
    if name in OWN or framework == "comet" or framework in held or arguments["value"] is None:
        return
    full = experiment._fullname(name, include_context=arguments["include_context"])
    run.live.printed((full,))  # it is also in the table that Comet prints at the end
    run.metric(full, arguments["value"], experiment.curr_step)


def _parameter(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    """One parameter; Comet has flattened nested ones with `|`."""
    name = str(arguments["name"])
    if name in OWN or arguments["source"] != "manual":
        return
    name = experiment._fullname(name, include_context=arguments["include_context"])
    run.param(name.split("|"), arguments["value"])


def _image(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    picture, step = arguments["image_data"], arguments["step"]
    if arguments["image_channels"] == "first" and getattr(picture, "ndim", 0) == 3:
        picture = picture.swapaxes(0, 2).swapaxes(0, 1)
    name = arguments["name"] or (os.path.basename(picture) if isinstance(picture, str) else "image")
    run.image(str(name), picture, experiment.curr_step if step is None else step)


def _figure(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    figure = arguments["figure"]
    if figure is None:
        import sys

        pyplot = sys.modules.get("matplotlib.pyplot")
        figure = None if pyplot is None else pyplot.gcf()
    step = arguments["step"]
    name = arguments["figure_name"] or "figure"
    run.image(str(name), figure, experiment.curr_step if step is None else step)


def _confusion(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    """Of two lists of classes (numbers, names, or one probability a class), or of the counts."""
    actual, predicted = arguments["y_true"], arguments["y_predicted"]
    names, matrix = arguments["labels"], arguments["matrix"]
    name = os.path.splitext(arguments["file_name"])[0].replace("confusion-matrix", "confusion_matrix")
    if matrix is not None:
        run.confusion(name, matrix, names, names, title=arguments["title"])
        return
    if actual is None or predicted is None:
        return
    run.sklearn(
        "confusion_matrix",
        name,
        [_class(item, names) for item in actual],
        [_class(item, names) for item in predicted],
        title=arguments["title"],
    )


def _curve(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    run.line(str(arguments["name"]), arguments["x"], arguments["y"])


def _table(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    """Rows of a table, as the file that Comet makes of them; a file is one already."""
    rows, headers, name = arguments["tabular_data"], arguments["headers"], arguments["filename"]
    if rows is None or isinstance(rows, str):
        run.artifact(name if rows is None else rows)
        return
    import csv
    import io

    if hasattr(rows, "columns"):
        headers, rows = list(rows.columns), rows.to_numpy().tolist()
    text = io.StringIO()
    csv.writer(text).writerows([*([headers] if isinstance(headers, (list, tuple)) else []), *rows])
    run.document(str(name), text.getvalue())


def _data(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    """A document: a text, or what JSON can say."""
    import json

    data = arguments["data"]
    run.document(str(arguments["name"]), data if isinstance(data, str) else json.dumps(data, default=str))


def _class(item: Any, names: Any) -> Any:
    if hasattr(item, "__len__") and not isinstance(item, str):
        item = max(range(len(item)), key=lambda number: item[number])
    try:
        return str(names[int(item)]) if names is not None else item
    except (TypeError, ValueError, IndexError):
        return item


def _asset(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    if isinstance(arguments["file_data"], (str, os.PathLike)):
        run.artifact(arguments["file_data"], name=arguments["file_name"])


def _model(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    if isinstance(arguments["file_or_folder"], (str, os.PathLike)):
        run.artifact(
            arguments["file_or_folder"], name=arguments["name"], type="model", meta=arguments["metadata"]
        )


def _other(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    run.live.printed((str(arguments["key"]),))
    run.summary({str(arguments["key"]): arguments["value"]})


def _named(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    run.about(TRACKER, {"name": arguments["name"]})


def _tagged(run: told.Told, experiment: Any, arguments: dict[str, Any]) -> None:
    run.about(TRACKER, {"tags": sorted(map(str, experiment.get_tags()))})


METHODS: dict[str, Callable[[told.Told, Any, dict[str, Any]], None]] = {
    "_log_metric": _metric,
    "_log_parameter": _parameter,
    "log_image": _image,
    "log_figure": _figure,
    "log_confusion_matrix": _confusion,
    "log_curve": _curve,
    "log_table": _table,
    "log_asset": _asset,
    "log_asset_data": _data,
    "log_model": _model,
    "log_other": _other,
    "set_name": _named,
    "add_tag": _tagged,
    "add_tags": _tagged,
}
