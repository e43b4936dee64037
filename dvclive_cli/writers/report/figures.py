"""plots/sklearn/*.json and plots/custom/*.json as figures: what their rows show, and in which form.

Values in, values out. What dvc.yaml says of a plot counts; where it says nothing, the rows tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dvclive_cli.export.values import number
from dvclive_cli.plots import PLOT_KINDS

from .lines import sampled
from .sheet import Figure

MAX_POINTS = 2000  # of a line or cloud
MAX_BARS = 200
MAX_CLASSES = 100
_DIAGONALS = ("roc", "calibration")  # chance; perfect calibration
_FORMS = {"bar": "bar", "scatter": "scatter", "confusion": "confusion"}


def figure(name: str, data: bytes, settings: Mapping[str, Any]) -> Figure:
    """The figure of one file.

    Parameters:
        name: of the plot, for a title.
        data: the file's content.
        settings: its entry in dvc.yaml (template, x, y, title, x_label, y_label), empty where there is none.
    """
    kind, rows = _rows(data)
    if not rows:
        return Figure(str(settings.get("title") or name), "linear", trouble="It holds no rows.")
    if kind in PLOT_KINDS:
        settings = {**PLOT_KINDS[kind].axes(), **settings}
    elif not settings and {"actual", "predicted"} <= rows[0].keys():
        settings = PLOT_KINDS["confusion_matrix"].axes()
    title = str(settings.get("title") or name)
    template = str(settings.get("template") or "linear")
    form = next((form for start, form in _FORMS.items() if template.startswith(start)), "linear")
    x, ys = _axes(rows, settings)
    labels = (str(settings.get("x_label") or x), str(settings.get("y_label") or ", ".join(ys)))
    if form == "confusion":
        return _confusion(title, template, rows, (x, ys[0] if ys else ""), labels)
    if form == "bar" and not any(number(row.get(y)) is not None for row in rows for y in ys):
        x, ys = ys[0] if ys else "", [x]  # DVC's template lays bars down: x is their length
    columns = {y: column for y in ys if (column := _column(rows, x, y, form))[0]}
    trouble = "" if columns else "Its columns hold no numbers."
    return Figure(title, form, *labels, columns, diagonal=kind in _DIAGONALS, trouble=trouble)


def _rows(data: bytes) -> tuple[str, list[dict[str, Any]]]:
    """The key that the rows stand under, and the rows."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return "", []
    key = ""
    if isinstance(found, dict) and len(found) == 1:
        ((key, found),) = found.items()
    return key, [row for row in found if row and isinstance(row, dict)] if isinstance(found, list) else []


def _axes(rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> tuple[str, list[str]]:
    names = list(rows[0])
    x = str(settings.get("x") or names[0])
    said = settings.get("y")
    if isinstance(said, str):
        return x, [said]
    if isinstance(said, (list, tuple)) and said:
        return x, [str(one) for one in said]
    return x, [name for name in names if name != x and number(rows[0][name]) is not None]


def _column(rows: Sequence[Mapping[str, Any]], x: str, y: str, form: str) -> tuple[list[Any], list[float]]:
    """The points that have both values. Texts on x are counted off, except in bars, which carry them."""
    points = [
        (row.get(x), float(value)) for row in rows if (value := number(row.get(y))) is not None and x in row
    ]
    if form == "bar":
        points = points[:MAX_BARS]
        return [str(one) for one, _ in points], [value for _, value in points]
    if any(isinstance(one, str) for one, _ in points):
        places = {one: place for place, one in enumerate(dict.fromkeys(str(one) for one, _ in points))}
        points = [(float(places[str(one)]), value) for one, value in points]
    finite = [(float(place), value) for one, value in points if (place := number(one)) is not None]
    if form == "linear":
        if finite and finite[0][0] > finite[-1][0]:
            finite.reverse()  # a falling curve climbs in its jumps too, which the order of equal x shows
        finite.sort(key=lambda point: point[0])  # as DVC's templates draw lines: in the order of x
    if not finite:
        return [], []
    xs, ys = zip(*finite, strict=True)
    return sampled(xs, ys, MAX_POINTS)


def _confusion(
    title: str,
    template: str,
    rows: Sequence[Mapping[str, Any]],
    axes: tuple[str, str],
    labels: tuple[str, str],
) -> Figure:
    pairs: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = (str(row.get(axes[0])), str(row.get(axes[1])))
        pairs[pair] = pairs.get(pair, 0) + 1
    classes = sorted({one for pair in pairs for one in pair}, key=_order)
    trouble = ""
    if len(classes) > MAX_CLASSES:
        trouble = f"The first {MAX_CLASSES} of {len(classes)} classes are shown."
        classes = classes[:MAX_CLASSES]
    counts = [[pairs.get((actual, predicted), 0) for predicted in classes] for actual in classes]
    normalized = template.endswith("normalized")
    return Figure(title, "confusion", *labels, {}, classes, counts, normalized=normalized, trouble=trouble)


def _order(label: str) -> tuple[int, float, str]:
    """Numbers by their value, then texts."""
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)
