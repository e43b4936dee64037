"""`DVCLiveCallback` for CatBoost: the metrics of each boosting round, as `<set>/<metric>`."""

from __future__ import annotations

from . import frameworks

try:
    import catboost  # noqa: F401 - said now, not in the middle of a program
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "catboost") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live


class DVCLiveCallback(frameworks.Callback):
    """Logs each round of a CatBoost model's `fit`.

    The sets are called as CatBoost does: learn, validation, or validation_0, validation_1, ... Rounds for
    which it computes no metrics (`metric_period`) are steps without points. CatBoost says nothing at the end
    of a training: a run of its own ends with the next one or the program; `callback.live.end()` ends it at
    once.

    Parameters:
        live: the run to log to; without it, each training is a run of its own.
        kwargs: for a `Live` of its own.

    Example:
        model.fit(x, y, eval_set=(x2, y2), callbacks=[DVCLiveCallback()])
    """

    def __init__(self, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        self._run = frameworks.Run(live, kwargs)
        self._round = 0
        self._logged: dict[str, int] = {}  # points of each metric

    def after_iteration(self, info: Any) -> bool:
        """CatBoost calls it with all results so far, by set and metric; False would stop the training."""
        if info.iteration <= self._round:  # another training
            self._logged.clear()
            if self._run.own:
                self._run.end()
            self._run.begin()
        self._round = info.iteration
        for data, metrics in info.metrics.items():
            for metric, values in metrics.items():
                name = f"{data}/{metric}"
                if len(values) > self._logged.get(name, 0):
                    self._logged[name] = len(values)
                    self.live.log_metric(name, values[-1])
        self.live.next_step()
        return True
