"""XGBoost, LightGBM and CatBoost: each training gets our callback, unless it has one."""

from __future__ import annotations

from .. import frameworks
from . import joined, patching
from .beside import Joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ERROR = "The shim for {} has failed"


def xgboost(module: Any) -> None:
    """`xgboost.train` and `xgboost.cv`, which the estimators call too."""
    for name in ("train", "cv"):
        patching.around(module, name, lambda original: patching.before(original, _said("xgboost"), _xgboost))


def _xgboost(arguments: dict[str, Any]) -> Callable[[], None] | None:
    begun = _begin("xgboost", arguments)
    if begun is None:
        return None
    live, after = begun
    from ..xgb import DVCLiveCallback

    class Auto(DVCLiveCallback):
        """Says how XGBoost prints what it logs under other names: the means over folds."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            means = [
                f"{data}/{name}"
                for data, metrics in evals_log.items()
                for name, values in metrics.items()
                if isinstance(values[-1], tuple)
            ]
            live.printed([*means, *(f"{mean}/std" for mean in means)])
            return super().after_iteration(model, epoch, evals_log)

    callback: Any = Auto(live=live)
    what = _said("xgboost")
    callback.before_training = patching.safe(callback.before_training, what, lambda model: model)
    callback.after_iteration = patching.safe(callback.after_iteration, what, lambda *args: False)
    callback.after_training = patching.safe(callback.after_training, what, lambda model: model)
    arguments["callbacks"] = [*(arguments.get("callbacks") or ()), callback]
    return after


def lightgbm(module: Any) -> None:
    """`lightgbm.train` and `lightgbm.cv`, which the estimators call too."""
    for name in ("train", "cv"):
        patching.around(
            module, name, lambda original: patching.before(original, _said("lightgbm"), _lightgbm)
        )


def _lightgbm(arguments: dict[str, Any]) -> Callable[[], None] | None:
    begun = _begin("lightgbm", arguments)
    if begun is None:
        return None
    live, after = begun
    from ..lgbm import DVCLiveCallback

    class Auto(DVCLiveCallback):
        """With names as LightGBM prints them."""

        with_sets = True

        def __call__(self, env: Any) -> None:
            results = env.evaluation_result_list or ()
            live.printed([f"{data}/{metric}/std" for data, metric, *more in results if len(more) > 2])
            super().__call__(env)

    callback = patching.safe(Auto(live=live), _said("lightgbm"))
    callback.order = 5  # before the one that prints (10), and the one that may stop the training (30)
    arguments["callbacks"] = [*(arguments.get("callbacks") or ()), callback]
    return after


def catboost(module: Any) -> None:
    """`fit` of every CatBoost model, which `catboost.train` calls too."""
    patching.around(
        module.CatBoost, "_fit", lambda original: patching.before(original, _said("catboost"), _catboost)
    )


def _catboost(arguments: dict[str, Any]) -> Callable[[], None] | None:
    params = arguments["self"].get_params()
    if params.get("task_type") == "GPU":  # where CatBoost refuses callbacks
        return None
    begun = _begin("catboost", {**arguments, "params": params})
    if begun is None:
        return None
    live, after = begun
    from ..catboost import DVCLiveCallback

    evaluated = arguments.get("eval_set")
    count = len(evaluated) if isinstance(evaluated, list) else 1
    live.printed(["learn", "test", *(f"test{number}" for number in range(count))])
    callback: Any = DVCLiveCallback(live=live)
    callback.after_iteration = patching.safe(callback.after_iteration, _said("catboost"), lambda *args: True)
    arguments["callbacks"] = [*(arguments.get("callbacks") or ()), callback]
    return after


def _begin(shim: str, arguments: dict[str, Any]) -> tuple[Joined, Callable[[], None]] | None:
    """A training with these arguments begins: its parameters are logged."""
    if any(map(joined.is_callback, arguments.get("callbacks") or ())):
        return None
    begun = joined.training(shim)
    if begun is not None:
        with patching.guarded(_said(shim)):
            params = {
                key: value for key, value in (arguments.get("params") or {}).items() if value is not None
            }
            if "num_boost_round" in arguments:
                params["num_boost_round"] = arguments["num_boost_round"]
            begun[0].log_params(frameworks.described(params))
    return begun


def _said(shim: str) -> str:
    return ERROR.format(shim)
