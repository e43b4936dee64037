"""The scikit-learn plots: what each kind computes, and how its axes are called.

Values in, rows out; nothing here reads or writes a file. scikit-learn is imported when a plot is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dvclive_cli.errors import UsageError
from dvclive_cli.events import Json


class PlotKind(NamedTuple):
    """One kind of plot.

    `compute(labels, predictions, options)` gives the columns by name; `key` is the JSON key the rows stand
    under (None: the file is the list of rows itself); the rest is what dvc.yaml says about it.
    """

    compute: Callable[[Any, Any, Mapping[str, Any]], Mapping[str, Any]]
    key: str | None
    template: str
    x: str
    y: str
    title: str
    x_label: str
    y_label: str

    def axes(self, normalized: bool = False) -> dict[str, Json]:
        """The entry's settings in dvc.yaml. DVC's template of normalized counts is confusion_normalized."""
        template = (
            f"{self.template}_normalized" if normalized and self.template == "confusion" else self.template
        )
        return {
            "template": template,
            "x": self.x,
            "y": self.y,
            "title": self.title,
            "x_label": self.x_label,
            "y_label": self.y_label,
        }


def _roc(labels: Any, predictions: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    from sklearn.metrics import roc_curve

    fpr, tpr, threshold = roc_curve(y_true=labels, y_score=predictions, **options)
    return {"fpr": fpr, "tpr": tpr, "threshold": threshold}


def _precision_recall(labels: Any, predictions: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    from sklearn.metrics import precision_recall_curve

    # The last point (precision 1, recall 0) has no threshold and is left out: every row has all its columns.
    precision, recall, threshold = precision_recall_curve(labels, predictions, **options)
    return {"precision": precision, "recall": recall, "threshold": threshold}


def _det(labels: Any, predictions: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    from sklearn.metrics import det_curve

    fpr, fnr, threshold = det_curve(labels, predictions, **options)
    return {"fpr": fpr, "fnr": fnr, "threshold": threshold}


def _calibration(labels: Any, predictions: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    from sklearn.calibration import calibration_curve

    prob_true, prob_pred = calibration_curve(labels, predictions, **options)
    return {"prob_true": prob_true, "prob_pred": prob_pred}


def _confusion(labels: Any, predictions: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    # DVC's template counts the pairs itself, so that labels may be anything that has a text.
    return {"actual": [str(label) for label in labels], "predicted": [str(label) for label in predictions]}


PLOT_KINDS: Mapping[str, PlotKind] = {
    "roc": PlotKind(
        compute=_roc,
        key="roc",
        template="simple",
        x="fpr",
        y="tpr",
        title="Receiver operating characteristic (ROC)",
        x_label="False Positive Rate",
        y_label="True Positive Rate",
    ),
    "precision_recall": PlotKind(
        compute=_precision_recall,
        key="precision_recall",
        template="simple",
        x="recall",
        y="precision",
        title="Precision-Recall Curve",
        x_label="Recall",
        y_label="Precision",
    ),
    "det": PlotKind(
        compute=_det,
        key="det",
        template="simple",
        x="fpr",
        y="fnr",
        title="Detection error tradeoff (DET)",
        x_label="False Positive Rate",
        y_label="False Negative Rate",
    ),
    "calibration": PlotKind(
        compute=_calibration,
        key="calibration",
        template="simple",
        x="prob_pred",
        y="prob_true",
        title="Calibration Curve",
        x_label="Mean Predicted Probability",
        y_label="Fraction of Positives",
    ),
    "confusion_matrix": PlotKind(
        compute=_confusion,
        key=None,
        template="confusion",
        x="actual",
        y="predicted",
        title="Confusion Matrix",
        x_label="True Label",
        y_label="Predicted Label",
    ),
}


def plot_kind(name: str) -> PlotKind:
    """The kind of that name. Raises UsageError `plot-kind`."""
    kind = PLOT_KINDS.get(name)
    if kind is None:
        known = ", ".join(PLOT_KINDS)
        raise UsageError("plot-kind", f"There is no scikit-learn plot {name!r}", f"Use one of {known}.")
    return kind


def compute(
    kind: str, labels: Sequence[Any], predictions: Sequence[Any], options: Mapping[str, Json]
) -> dict[str, list[dict[str, Json]]] | list[dict[str, Json]]:
    """The content of a plot's JSON file.

    Parameters:
        kind: a key of PLOT_KINDS.
        labels: the true classes, one a sample.
        predictions: as many predicted classes (confusion_matrix), else probabilities or scores.
        options: keyword arguments for the scikit-learn function.

    Raises UsageError `plot-kind` for an unknown kind, `plot-data` for values that scikit-learn refuses.
    """
    what = plot_kind(kind)
    if len(labels) != len(predictions):
        raise UsageError(
            "plot-data",
            f"Plot {kind!r} has {len(labels)} labels and {len(predictions)} predictions",
            "Give as many predictions as labels.",
        )
    try:
        columns = what.compute(labels, predictions, options)
    except (TypeError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise UsageError("plot-data", f"scikit-learn cannot compute {kind!r}: {reason}") from error
    names = list(columns)
    # not strict: thresholds may be one short, see _precision_recall
    lines = zip(*columns.values(), strict=False)
    rows = [dict(zip(names, map(_item, cells), strict=True)) for cells in lines]
    return rows if what.key is None else {what.key: rows}


def _item(value: Any) -> Json:
    return value.item() if hasattr(value, "item") else value
