"""Optuna's studies: each trial, and the best."""

from __future__ import annotations

from .. import frameworks
from . import joined, patching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OPTUNA = "The shim for optuna has failed"


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
    several = [f"values/{number}" for number in range(len(study.directions))]
    live.printed(["value", *several, *(study.metric_names or ())])  # it prints a trial, and then tells of it

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
        try:
            if len(study.directions) == 1 and any(trial.state.name == "COMPLETE" for trial in study.trials):
                live.log_metric("best_value", study.best_value, plot=False)
                live.log_params({"best_params": frameworks.described(study.best_params)})
        finally:
            after()

    arguments["callbacks"] = [*callbacks, patching.safe(told, OPTUNA)]
    return ended
