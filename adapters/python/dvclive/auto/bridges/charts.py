"""The charts of `wandb.plot` as plots of DVC: a table, the columns for the axes, and a template."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .told import Told

TEMPLATES = {
    "wandb/area-under-curve/v0": ("simple", "x", "y", "class"),
    "wandb/bar/v0": ("bar_horizontal", "value", "label", ""),
    "wandb/line/v0": ("linear", "x", "y", "stroke"),
    "wandb/lineseries/v0": ("simple", "step", "lineVal", "lineKey"),
    "wandb/scatter/v0": ("scatter", "x", "y", ""),
}
"""By wandb's name for the kind: DVC's template, the fields with the axes' columns, and that which tells lines
apart."""

CONFUSION = "wandb/confusion_matrix/v1"


def score(told: Told, name: str, chart: Any) -> None:
    """Log a chart of a classifier's scores, where wandb is not there to compute it: a plot for each class."""
    for label, (truth, scores) in chart.parts.items():
        told.sklearn(chart.kind, f"{name}/{label}", truth, scores, title=chart.title)


def _parts(chart: Any) -> tuple[str, Any, dict[str, Any], dict[str, Any]]:
    """The kind of a chart, its table, the columns for its fields, and its texts."""
    spec = getattr(chart, "spec", None)
    if spec is None:  # before wandb 0.18
        return chart._id, chart._data, dict(chart._fields), dict(chart._string_fields)
    return spec.spec_name, chart.table, dict(spec.fields), dict(spec.string_fields)


def log(told: Told, name: str, chart: Any) -> None:
    """Log a chart of a kind that DVC has a template for; lines that it tells apart are plots of their own."""
    kind, table, fields, texts = _parts(chart)
    rows = [dict(zip(table.columns, row)) for row in table.data]  # noqa: B905 - Python 3.8
    title = texts.get("title") or None
    if kind == CONFUSION:
        actual, predicted, count = (fields[key] for key in ("Actual", "Predicted", "nPredictions"))
        pairs = [
            {"actual": row[actual], "predicted": row[predicted]}
            for row in rows
            for _ in range(int(row[count]))
        ]
        told.plot(name, pairs, "predicted", "actual", "confusion", title=title)
        return
    if kind not in TEMPLATES:
        return
    template, *axes = TEMPLATES[kind]
    x, y, line = (fields.get(axis) for axis in axes)
    if x is None or y is None:
        return
    lines: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault(row.get(line), []).append(row)
    for key, part in lines.items():
        own = name if len(lines) == 1 else f"{name}/{key}"
        labels = {"x_label": texts.get("x-axis-title"), "y_label": texts.get("y-axis-title")}
        told.plot(own, part, x, y, template, title=title, **labels)
