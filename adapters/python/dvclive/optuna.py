"""`DVCLiveCallback` for Optuna: each trial is an experiment, with its parameters and values."""

from __future__ import annotations

import threading

from . import frameworks
from .live import Live

try:
    from optuna.trial import TrialState
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "optuna") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_ONE_AT_A_TIME = threading.Lock()  # `optimize(n_jobs=2)` runs trials in threads, and all have one directory


class DVCLiveCallback:
    """Saves each finished trial of `study.optimize` as an experiment; a failed one is marked as failed.

    Parameters:
        metric_name: of the value that is optimised. With several objectives a list of names; one name then
            stands for `<name>_0`, `<name>_1`, ...
        kwargs: for the `Live` of each trial; `dir` is "dvclive-optuna" if not given.

    Example:
        study.optimize(objective, n_trials=7, callbacks=[DVCLiveCallback(metric_name="loss")])
    """

    def __init__(self, metric_name: str | Sequence[str] = "metric", **kwargs: Any) -> None:
        kwargs.setdefault("dir", "dvclive-optuna")
        self.metric_name = metric_name
        self.live_kwargs = kwargs

    def __call__(self, study: Any, trial: Any) -> None:
        """Optuna calls it with each trial that has finished, in the thread that ran it."""
        with _ONE_AT_A_TIME:
            live = Live(**self.live_kwargs)
            values = trial.values or ()
            for step, value in sorted(trial.intermediate_values.items()):
                live.step = step
                live.log_metric(self._name(0, 1), value)
            for index, value in enumerate(values):
                live.log_metric(self._name(index, len(values)), value, plot=False)
            live.log_params(frameworks.described(trial.params))
            frameworks.end(live, failed=trial.state == TrialState.FAIL)

    def _name(self, index: int, count: int) -> str:
        """What one of a trial's values is called."""
        if isinstance(self.metric_name, str):
            return self.metric_name if count == 1 else f"{self.metric_name}_{index}"
        return self.metric_name[index] if index < len(self.metric_name) else f"metric_{index}"
