"""`log_estimator` for scikit-learn: a fitted estimator's parameters, score, search and plots.

scikit-learn trains without telling anybody; this logs what a fitted estimator knows.
"""

from __future__ import annotations

from . import frameworks

try:
    from sklearn.base import is_classifier
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "scikit-learn", "sklearn") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live

SCORE_PLOTS = ("roc", "precision_recall", "calibration")
"""For a classifier of two classes that gives probabilities."""


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
    params = {"estimator": type(estimator).__name__}
    params.update({key: _param(value) for key, value in estimator.get_params().items() if key != "estimator"})
    live.log_params({name: params} if name else params)
    if hasattr(estimator, "cv_results_"):
        _log_search(live, estimator, group)
    if x is None or y is None:
        return
    live.log_metric(f"{group}score", estimator.score(x, y), plot=False)
    if plots and is_classifier(estimator):
        _log_plots(live, estimator, x, y, group)


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
    classes = list(getattr(classifier, "classes_", ()))
    if len(classes) != 2 or not hasattr(classifier, "predict_proba"):
        return
    positive = [int(label == classes[1]) for label in y]  # scikit-learn wants 0 and 1, or to be told
    chances = classifier.predict_proba(x)[:, 1]
    for kind in SCORE_PLOTS:
        live.log_sklearn_plot(kind, positive, chances, name=f"{group}{kind}")
