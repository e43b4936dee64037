"""`log_estimator` for scikit-learn: a fitted estimator's parameters, score, search and plots.

scikit-learn trains without telling anybody; this logs what a fitted estimator knows.
"""

from __future__ import annotations

from typing import NamedTuple

from . import frameworks

try:
    from sklearn.base import is_classifier
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "scikit-learn", "sklearn") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .live import Live


class Curve(NamedTuple):
    """Values of the iterations of a fit.

    Attributes:
        attribute: that the estimator has them in.
        name: as a metric.
        first: the step of the first.
        printed: names under which the estimator prints the same, if it is `verbose`.
    """

    attribute: str
    name: str
    first: int
    printed: tuple[str, ...]


CURVES = {
    "GradientBoosting": (
        Curve("train_score_", "train_score", 1, ("Train_Loss",)),
        Curve("oob_improvement_", "oob_improvement", 1, ("OOB_Improve",)),
    ),
    "HistGradientBoosting": (
        Curve("train_score_", "train_score", 0, ("train_loss", "train_score")),
        Curve("validation_score_", "validation_score", 0, ("val_loss", "val_score")),
    ),
    "MLP": (
        Curve("loss_curve_", "loss", 1, ("loss",)),
        Curve("validation_scores_", "validation_score", 1, ("validation_score",)),
    ),
}
"""By the beginning of an estimator's name; HistGradientBoosting scores before its first iteration, too."""

SCORE_PLOTS = ("roc", "precision_recall", "calibration")
"""For a classifier of two classes; the last one for probabilities only."""


def log_estimator(
    live: Live, estimator: Any, x: Any = None, y: Any = None, *, plots: bool = False, name: str = ""
) -> None:
    """Log a fitted estimator: its parameters; its score on data; of a search, each candidate and the best.

    The scores of a search's candidates are curves over their number, `search/mean_test_score` and so on.
    Metrics without a step (`score`, `best_score`) go to metrics.json only.

    Parameters:
        live: the run to log to.
        estimator: anything with `get_params` that has been fitted: also a pipeline or a search.
        x, y: data and labels for the score and the plots, best those that it has not seen.
        plots: also log the confusion matrix of a classifier, and with two classes and probabilities the
            plots of SCORE_PLOTS.
        name: group for the metrics and plots, to log several.

    Example:
        with Live() as live:
            log_estimator(live, LogisticRegression().fit(x, y), x_test, y_test, plots=True)
    """
    group = f"{name}/" if name else ""
    params = {"estimator": type(estimator).__name__, **params_of(estimator)}
    live.log_params({name: params} if name else params)
    for curve in curves(estimator):
        values = getattr(_last(estimator), curve.attribute, None)
        for step, value in enumerate(() if values is None else values, curve.first):
            live.step = step
            live.log_metric(f"{group}{curve.name}", value)
    if hasattr(estimator, "cv_results_"):
        _log_search(live, estimator, group)
    if x is None or y is None:
        return
    live.log_metric(f"{group}score", estimator.score(x, y), plot=False)
    if plots and is_classifier(estimator):
        _log_plots(live, estimator, x, y, group)


def params_of(estimator: Any) -> dict[str, Any]:
    """An estimator's parameters, as they can be logged."""
    return {key: _param(value) for key, value in estimator.get_params().items() if key != "estimator"}


def _last(estimator: Any) -> Any:
    """An estimator itself; of a pipeline, the one at its end."""
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


def curves(estimator: Any) -> tuple[Curve, ...]:
    """What an estimator knows of its iterations, once it has been fitted."""
    name = type(_last(estimator)).__name__
    return next((found for prefix, found in CURVES.items() if name.startswith(prefix)), ())


def log_folds(live: Live, results: Mapping[str, Any], *, name: str = "") -> None:
    """Log what `cross_validate` gave: the scores of each fold as curves, `cv/test_score` and so on, and their
    mean and standard deviation.

    Parameters:
        live: the run to log to.
        results: the arrays by name.
        name: group for the metrics, to log several.

    Example:
        log_folds(live, cross_validate(model, x, y, cv=5))
    """
    group = f"{name}/cv" if name else "cv"
    for key, values in results.items():
        if key.startswith(("test_", "train_")):
            for fold, value in enumerate(values):
                live.step = fold
                live.log_metric(f"{group}/{key}", value)
            live.log_metric(f"{group}/mean_{key}", values.mean(), plot=False)
            live.log_metric(f"{group}/std_{key}", values.std(), plot=False)


def _param(value: Any) -> Any:
    """A parameter; of an estimator inside another its kind: its own parameters have names of their own."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return type(value).__name__
    if isinstance(value, (list, tuple)):
        return [_param(item) for item in value]
    return frameworks.described({"": value})[""]


def _log_search(live: Live, search: Any, group: str) -> None:
    """The candidates of GridSearchCV and its kin."""
    results = search.cv_results_
    scores = [key for key in results if key.startswith(("mean_test_", "std_test_"))]
    for number in range(len(results["params"])):
        live.step = number
        for key in scores:
            live.log_metric(f"{group}search/{key}", results[key][number])
    if hasattr(search, "best_score_"):
        live.log_metric(f"{group}best_score", search.best_score_, plot=False)
    if hasattr(search, "best_params_"):
        best = {"best_params": {key: _param(value) for key, value in search.best_params_.items()}}
        live.log_params({f"{group}search": best} if group else best)


def _log_plots(live: Live, classifier: Any, x: Any, y: Any, group: str) -> None:
    live.log_sklearn_plot("confusion_matrix", y, classifier.predict(x), name=f"{group}confusion_matrix")
    if hasattr(classifier, "predict_proba"):
        kinds, truth, chances = scored(y, classifier.predict_proba(x), classifier.classes_)
        for kind in kinds:
            live.log_sklearn_plot(kind, truth, chances, name=f"{group}{kind}")


def scored(
    labels: Any, scores: Any, classes: Any, positive: Any = None
) -> tuple[tuple[str, ...], list[int], list[Any]]:
    """What can be drawn of the scores that a classifier gives: the kinds of plots, 1 where a sample is of the
    positive class and 0 elsewhere, and the scores of that class. Nothing for other than two classes.

    Parameters:
        labels: the true classes, one a sample.
        scores: as many scores or probabilities of the positive class, or pairs for both classes.
        classes: that there are, in scikit-learn's order.
        positive: one of them; the second if it is None.
    """
    if len(classes) != 2:
        return (), [], []
    at = 0 if positive is not None and positive == classes[0] else 1
    of_one = [score[at] if hasattr(score, "__len__") else score for score in scores]
    truth = [int(label == classes[at]) for label in labels]  # scikit-learn wants 0 and 1, or to be told
    are_chances = all(0 <= score <= 1 for score in of_one)
    return SCORE_PLOTS if are_chances else SCORE_PLOTS[:2], truth, of_one
