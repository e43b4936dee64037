"""Plots of classifiers, made when `--shims auto,sklearn-plots` asks for them.

Where a program has a classifier score data that it was not fitted on, or calls a function of scikit-learn's
metrics with true and predicted classes or with scores, those are the labels and predictions of the plots:
nothing is predicted for a second time but what `score` keeps to itself. Any model's: the functions do not
know who has predicted.
"""

from __future__ import annotations

import os
import sys

from .. import env, messages
from ..sklearn import scored
from . import joined, patching
from .beside import Joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WHAT = "The shim for sklearn-plots has failed"

PREDICTED = (
    *("accuracy_score", "balanced_accuracy_score", "classification_report", "cohen_kappa_score"),
    *("confusion_matrix", "f1_score", "fbeta_score", "jaccard_score", "matthews_corrcoef"),
    *("precision_recall_fscore_support", "precision_score", "recall_score"),
)
"""Functions of `sklearn.metrics` that take true and predicted classes."""

SCORED = (
    *("average_precision_score", "brier_score_loss", "det_curve", "log_loss", "precision_recall_curve"),
    *("roc_auc_score", "roc_curve"),
)
"""Those that take true classes and scores or probabilities."""

MOST_ROWS = 100_000
"""Samples of a plot: DVC draws each point of its file."""

MOST_PLOTS = 10
"""Plots of one kind: a program that evaluates in each epoch wants no more."""

_drawn: dict[str, list[int]] = {}  # by kind, what tells the samples of each plot from those of others


def are_wanted() -> bool:
    """Whether the user has asked for plots."""
    return "sklearn-plots" in os.environ.get(env.DVCLIVE_SHIM, "").split(",")


def metrics(module: Any) -> None:
    """The functions of `sklearn.metrics` as programs import them; scikit-learn's own calls are left alone."""
    for names, log in ((PREDICTED, _log_classes), (SCORED, _log_scores)):
        for name in names:
            if hasattr(module, name):
                patching.around(module, name, _beside(log))


def _beside(log: Callable[..., None]) -> Callable[[Any], Callable[..., Any]]:
    def make(original: Any) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if caller.partition(".")[0] != "sklearn":
                with patching.guarded(WHAT):
                    way = None if joined.inside() else joined.channel()
                    given = [*args[:2], *(kwargs[name] for name in NAMES if name in kwargs)]
                    if way is not None and len(given) == 2:
                        log(Joined(way), *given, kwargs.get("pos_label"))
            return result

        return wrapper

    return make


NAMES = ("y_true", "y_pred", "y_score", "y_prob", "y_proba")
"""How those functions call what they are given."""


def log_classifier(live: Joined, classifier: Any, data: Any, labels: Any) -> None:
    """The plots of a fitted classifier on data that it has not seen."""
    from sklearn.base import is_classifier

    if not is_classifier(classifier):
        return
    _log_classes(live, labels, classifier.predict(data))
    if hasattr(classifier, "predict_proba"):
        _log(live, *scored(labels, classifier.predict_proba(data), classifier.classes_))


def _log_classes(live: Joined, labels: Any, predictions: Any, positive: Any = None) -> None:
    _log(live, ("confusion_matrix",), list(labels), list(predictions))


def _log_scores(live: Joined, labels: Any, scores: Any, positive: Any = None) -> None:
    _log(live, *scored(labels, scores, sorted(set(labels)), positive))


def _log(live: Joined, kinds: tuple[str, ...], labels: list[Any], predictions: list[Any]) -> None:
    for kind in kinds:
        name = _new(kind, labels, predictions)
        if name:
            live.log_sklearn_plot(kind, labels, predictions, name=name)


def _new(kind: str, labels: list[Any], predictions: list[Any]) -> str:
    """The name of a plot; empty for one that is there, one too many, or one too large."""
    if len(labels) > MOST_ROWS:
        messages.warn_once(f"A plot of {len(labels)} samples is not made; up to {MOST_ROWS} are.")
        return ""
    drawn = _drawn.setdefault(kind, [])
    which = hash((tuple(labels), tuple(predictions)))
    if which in drawn or len(drawn) == MOST_PLOTS:
        return ""
    drawn.append(which)
    return kind if len(drawn) == 1 else f"{kind}_{len(drawn)}"
