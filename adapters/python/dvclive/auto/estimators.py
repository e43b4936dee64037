"""scikit-learn's estimators: what is known once they have been fitted, scored, cross-validated.

A fit inside another one (the folds of a search, the parts of a pipeline) is part of it, and so is what
scikit-learn fits for itself (the encoder of a network's labels). What only prepares data is no training: of
it, parameters count that were set. Nothing is scored that the program does not score; the plots of a
classifier are made only if they were asked for.
"""

from __future__ import annotations

import functools
import inspect
import sys
import weakref

from . import joined, patching
from .beside import Joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

SKLEARN = "The shim for sklearn has failed"
MOST_SCORES = 20
FITS = ("fit", "fit_transform", "fit_predict")

_in_steps: weakref.WeakSet[Any] = weakref.WeakSet()  # estimators fitted by `partial_fit`


def sklearn(module: Any) -> None:
    """The decorator that scikit-learn puts on every `fit`, from 1.3 on; older ones have none to patch."""
    if _in_worker():
        return
    if module.__name__ == "sklearn.base":
        patching.around(module, "_fit_context", _fit_context)
    else:
        patching.around(module, "cross_validate", _cross_validate)  # `cross_val_score` calls it


def _in_worker() -> bool:
    """Whether this process fits for another one: a worker of joblib or multiprocessing."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        return True
    return "joblib.externals.loky.backend" in " ".join(getattr(sys, "orig_argv", ()))


class _Fitted:
    """An estimator whose fit was logged.

    Parameters:
        live: where.
        data: that it was fitted on.
    """

    def __init__(self, live: Joined, data: Any) -> None:
        self.live = live
        try:
            self._data: Callable[[], Any] = weakref.ref(data)
        except TypeError:  # a list; to hold it would keep its memory
            self._data = lambda: None

    def knows(self, data: Any) -> bool:
        """Whether it was fitted on these data."""
        return data is not None and self._data() is data


def _fit_context(original: Any) -> Callable[..., Any]:
    def context(*args: Any, **kwargs: Any) -> Any:
        decorator = original(*args, **kwargs)

        def decorate(fit: Any) -> Any:
            inner = decorator(fit)
            if fit.__name__ == "partial_fit":
                return _partial_fit(inner)
            if fit.__name__ not in FITS:
                return inner

            @functools.wraps(inner)
            def wrapper(estimator: Any, *args: Any, **kwargs: Any) -> Any:
                if _is_inner(estimator, sys._getframe(1)):
                    return inner(estimator, *args, **kwargs)
                if _prepares(estimator):
                    with patching.guarded(SKLEARN):
                        _log_preparation(estimator)
                    return inner(estimator, *args, **kwargs)
                with _training() as live:
                    if live is None:
                        return inner(estimator, *args, **kwargs)
                    with patching.guarded(SKLEARN):
                        _claim(live, estimator)
                    try:
                        result = inner(estimator, *args, **kwargs)
                    except BaseException as error:
                        patching.unseen(error)
                        raise
                    with patching.guarded(SKLEARN):
                        _log_fit(live, estimator, args[0] if args else kwargs.get("X"))
                _claim_results(live, getattr(estimator, "cv_results_", ()))
                return result

            return wrapper

        return decorate

    return context


class _training:  # noqa: N801 - used as a statement
    """A `with` block around a training, with where to log it; None where it is not logged.

    Parameters:
        shim: its name.
        of: as for `joined.training`.
    """

    def __init__(self, shim: str = "sklearn", of: object = None) -> None:
        self._shim, self._of = shim, of
        self._after: Callable[[], None] = lambda: None

    def __enter__(self) -> Joined | None:
        with patching.guarded(SKLEARN):
            begun = joined.training(self._shim, of=self._of)
            if begun is not None:
                self._after = begun[1]
                return begun[0]
        return None

    def __exit__(self, *raised: object) -> None:
        with patching.guarded(SKLEARN):
            self._after()


def _log_fit(live: Joined, estimator: Any, data: Any) -> None:
    from ..sklearn import log_estimator

    joined.remember(estimator, _Fitted(live, data))
    _watch_score(type(estimator))
    log_estimator(live, estimator)


def _partial_fit(inner: Any) -> Callable[..., Any]:
    """The parameters of an estimator that the program trains step by step; what it makes of its scores is
    the program's own."""

    @functools.wraps(inner)
    def wrapper(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        if estimator not in _in_steps and not _is_inner(estimator, sys._getframe(1)):
            with patching.guarded(SKLEARN):
                _in_steps.add(estimator)
                if _prepares(estimator):
                    _log_preparation(estimator)
                else:
                    _log_parameters(estimator)
        return inner(estimator, *args, **kwargs)

    return wrapper


def _log_parameters(estimator: Any) -> None:
    from ..sklearn import log_estimator

    with _training() as live:
        if live is not None:
            log_estimator(live, estimator)


def _is_inner(estimator: Any, frame: Any) -> bool:
    """Whether a fit is called by scikit-learn for another estimator, or a function, of its own."""
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "sklearn":
        if frame.f_locals.get("self") is not estimator:  # `fit_predict` calls `fit`
            return True
        frame = frame.f_back
    return False


def _prepares(estimator: Any) -> bool:
    """Whether an estimator turns data into other data, and predicts nothing."""
    return hasattr(type(estimator), "transform") and not hasattr(type(estimator), "predict")


class _Preparation:
    """All that prepares data counts as one training."""


def _log_preparation(estimator: Any) -> None:
    """The parameters of a scaler or encoder that are not the defaults, below the name of its class."""
    from ..sklearn import params_of

    defaults = {
        name: parameter.default for name, parameter in inspect.signature(type(estimator)).parameters.items()
    }
    plain = params_of(estimator)
    chosen = {
        name: plain[name]
        for name, value in estimator.get_params(deep=False).items()
        if name in plain and name in defaults and repr(value) != repr(defaults[name])
    }
    if chosen:
        with _training("preparation", of=_Preparation) as live:
            if live is not None:
                live.log_params({type(estimator).__name__: chosen})


def _claim(live: Joined, estimator: Any) -> None:
    """What this prints while it is fitted (`verbose`) is logged when it has been."""
    from ..sklearn import curves

    live.printed([name for curve in curves(estimator) for name in curve.printed])


def _claim_results(live: Joined | None, results: Iterable[str]) -> None:
    """Where the program prints the results of a search or of folds, those that are logged count once."""
    if live is not None:
        with patching.guarded(SKLEARN):
            live.printed(sorted(results))


def _watch_score(kind: type) -> None:
    """Patch the `score` of a class where scikit-learn defines it."""
    for base in kind.__mro__:
        score = base.__dict__.get("score")
        if score is not None:
            if not base.__module__.startswith("sklearn."):
                return
            if hasattr(score, "fn"):  # sklearn.utils.metaestimators.available_if
                patching.around(score, "fn", _score)
            else:
                patching.around(base, "score", _score)
            return


def _score(original: Any) -> Callable[..., Any]:
    """What a program has an estimator score, of which a fit was logged."""

    def score(self: Any, *args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        result = original(self, *args, **kwargs)
        if caller.partition(".")[0] not in ("sklearn", "mlflow"):
            with patching.guarded(SKLEARN):
                fitted = joined.known(self)
                if fitted is not None:
                    _log_score(fitted, self, result, args, kwargs)
        return result

    return score


def _log_score(
    fitted: _Fitted, estimator: Any, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    live = fitted.live
    count = sum(name.startswith("score") for name in live.summary) + 1
    if count <= MOST_SCORES:
        live.log_metric("score" if count == 1 else f"score_{count}", result, plot=False)
    data, labels = (args[at] if len(args) > at else kwargs.get(name) for at, name in enumerate("Xy"))
    from . import classified

    if classified.are_wanted() and labels is not None and not fitted.knows(data):
        classified.log_classifier(live, estimator, data, labels)


def _cross_validate(original: Any) -> Callable[..., Any]:
    """Each fold's scores as curves over the folds, and their mean."""

    def cross_validate(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        with _training() as live:
            result = original(estimator, *args, **kwargs)
            if live is not None:
                with patching.guarded(SKLEARN):
                    from ..sklearn import log_estimator, log_folds

                    log_estimator(live, estimator)
                    log_folds(live, result)
        _claim_results(live, result)
        return result

    return cross_validate
