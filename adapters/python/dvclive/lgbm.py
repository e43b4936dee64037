"""`DVCLiveCallback` for LightGBM: the metrics of each boosting round."""

from __future__ import annotations

from . import frameworks

try:
    import lightgbm  # noqa: F401 - said now, not in the middle of a program
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "lightgbm") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live


class DVCLiveCallback(frameworks.Callback):
    """Logs each round of `lightgbm.train`, `lightgbm.cv` or an estimator's `fit`.

    A metric is `<set>/<metric>`, and `<metric>` where it is the only one. LightGBM says nothing at the end
    of a training: a run of its own ends with the last round; where the training stopped early, with the
    next run or the program. `callback.live.end()` ends it at once.

    Parameters:
        live: the run to log to, which stays open; without it, each training is a run of its own.
        kwargs: for a `Live` of its own.

    Example:
        lightgbm.train(params, data, valid_sets=[more], callbacks=[DVCLiveCallback()])
    """

    with_sets = False  # name the set also where there is one metric only

    def __init__(self, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        self._run = frameworks.Run(live, kwargs)

    def __call__(self, env: Any) -> None:
        """LightGBM calls it with a `CallbackEnv` after each round."""
        if env.iteration == env.begin_iteration:
            self._run.begin()
        results = env.evaluation_result_list or ()
        for data, metric, value, _, *deviation in results:
            name = f"{data}/{metric}" if self.with_sets or len(results) > 1 else metric
            self.live.log_metric(name, value)
            for over_folds in deviation:  # `lightgbm.cv`, which calls it so
                self.live.log_metric(f"{name}-stdv", over_folds)
        self.live.next_step()
        if self._run.own and env.iteration == env.end_iteration - 1:
            self._run.end()
