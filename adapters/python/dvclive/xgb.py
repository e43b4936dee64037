"""`DVCLiveCallback` for XGBoost: the metrics of each boosting round, as `<set>/<metric>`."""

from __future__ import annotations

from . import frameworks

try:
    from xgboost.callback import TrainingCallback
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "xgboost") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .live import Live


class DVCLiveCallback(frameworks.Callback, TrainingCallback):
    """Logs each round of `xgboost.train`, `xgboost.cv` or an estimator's `fit`, and ends the run with it.

    Parameters:
        metric_data: log the metrics of this evaluation set only, and without its name. Deprecated, as in
            DVCLive 3.x.
        live: the run to log to; without it, each training is a run of its own.
        kwargs: for a `Live` of its own.

    Example:
        xgboost.train(params, data, evals=[(data, "train")], callbacks=[DVCLiveCallback()])
    """

    def __init__(self, metric_data: str | None = None, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        if metric_data is not None:
            import warnings

            warnings.warn(
                "metric_data is deprecated: without it, the metrics of every evaluation set are logged.",
                DeprecationWarning,
                stacklevel=2,
            )
        self._metric_data = metric_data
        self._run = frameworks.Run(live, kwargs)

    def before_training(self, model: Any) -> Any:
        """XGBoost calls it before the first round."""
        self._run.begin()
        return model

    def after_iteration(
        self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[Any]]]
    ) -> bool:
        """XGBoost calls it with the results so far, by set and metric; True would stop the training."""
        for data, metrics in evals_log.items():
            if self._metric_data is not None and data != self._metric_data:
                continue
            prefix = "" if self._metric_data is not None else f"{data}/"
            for name, values in metrics.items():
                value = values[-1]
                if isinstance(value, tuple):  # `xgboost.cv`: mean and deviation over the folds
                    self.live.log_metric(f"{prefix}{name}-mean", value[0])
                    self.live.log_metric(f"{prefix}{name}-std", value[1])
                else:
                    self.live.log_metric(f"{prefix}{name}", value)
        self.live.next_step()
        return False

    def after_training(self, model: Any) -> Any:
        """XGBoost calls it after the last round, also where it stopped early."""
        self._run.end()
        return model
