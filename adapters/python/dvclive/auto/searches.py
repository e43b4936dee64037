"""scikit-learn's estimators and Optuna's studies: what is known once they have been fitted."""

from __future__ import annotations

import functools
import sys

from .. import frameworks
from . import joined, patching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SKLEARN = "The shim for sklearn has failed"
MOST_SCORES = 20
OPTUNA = "The shim for optuna has failed"


def sklearn(module: Any) -> None:
    """The decorator that scikit-learn puts on every `fit`, from 1.3 on; older ones have none to patch."""
    if not _in_worker():
        patching.around(module, "_fit_context", _fit_context)
        for mixin in (module.ClassifierMixin, module.RegressorMixin):
            patching.around(mixin, "score", _score)


def _in_worker() -> bool:
    """Whether this process fits for another one: a worker of joblib or multiprocessing."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        return True
    return "joblib.externals.loky.backend" in " ".join(getattr(sys, "orig_argv", ()))


def _fit_context(original: Any) -> Callable[..., Any]:
    def context(*args: Any, **kwargs: Any) -> Any:
        decorator = original(*args, **kwargs)

        def decorate(fit: Any) -> Any:
            inner = decorator(fit)
            if fit.__name__ not in ("fit", "fit_transform", "fit_predict"):
                return inner

            @functools.wraps(inner)
            def wrapper(estimator: Any, *args: Any, **kwargs: Any) -> Any:
                begun = None
                with patching.guarded(SKLEARN):
                    begun = joined.training("sklearn")
                if begun is None:
                    return inner(estimator, *args, **kwargs)
                live, after = begun
                try:
                    result = inner(estimator, *args, **kwargs)
                    with patching.guarded(SKLEARN):
                        joined.remember(estimator, live)
                        from ..sklearn import log_estimator

                        log_estimator(live, estimator)
                finally:
                    after()
                return result

            return wrapper

        return decorate

    return context


def _score(original: Any) -> Callable[..., Any]:
    """What a program has an estimator score, of which a fit was logged; the shim itself scores nothing."""

    def score(self: Any, *args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        result = original(self, *args, **kwargs)
        if caller.partition(".")[0] != "sklearn":
            with patching.guarded(SKLEARN):
                live = joined.known(self)
                if live is not None:
                    count = sum(name.startswith("score") for name in live.summary) + 1
                    name = "score" if count == 1 else f"score_{count}"
                    if count <= MOST_SCORES:
                        live.log_metric(name, result, plot=False)
        return result

    return score


def optuna(module: Any) -> None:
    """`Study.optimize`: each trial a point, the best one's parameters."""
    patching.around(module.Study, "optimize", lambda original: patching.before(original, OPTUNA, _optimize))


def _optimize(arguments: dict[str, Any]) -> Callable[[], None] | None:
    study, callbacks = arguments["self"], list(arguments.get("callbacks") or ())
    if any(map(joined.is_callback, callbacks)):
        return None
    begun = joined.training("optuna", of=study)
    if begun is None:
        return None
    live, after = begun

    def told(study: Any, trial: Any) -> None:
        """Optuna calls it with each trial that has finished."""
        if trial.state.name != "COMPLETE":
            return
        names = study.metric_names or [f"value_{i}" for i in range(len(trial.values))]
        if len(trial.values) == 1 and not study.metric_names:
            names = ["value"]
        live.step = trial.number
        for name, value in zip(names, trial.values):  # noqa: B905 - Python 3.8
            live.log_metric(name, value)

    def ended() -> None:
        after()
        if len(study.directions) == 1 and any(trial.state.name == "COMPLETE" for trial in study.trials):
            live.log_metric("best_value", study.best_value, plot=False)
            live.log_params({"best_params": frameworks.described(study.best_params)})

    arguments["callbacks"] = [*callbacks, patching.safe(told, OPTUNA)]
    return ended
