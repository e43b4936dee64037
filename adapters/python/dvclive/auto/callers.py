"""Who calls a tracker: the program itself, or a framework whose own shim logs the same.

A framework that reports to a tracker (transformers' `report_to`, Lightning's loggers) hands it the numbers
that the framework's shim logs under names of its own: what such a call says would be a second series of the
same. Knows modules by their names.
"""

from __future__ import annotations

import sys

from . import held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

SHIMS = {
    "aim.sdk.adapters.catboost": "catboost",
    "aim.sdk.adapters.fastai": "fastai",
    "aim.sdk.adapters.hugging_face": "transformers",
    "aim.sdk.adapters.keras": "keras",
    "aim.sdk.adapters.lightgbm": "lightgbm",
    "aim.sdk.adapters.optuna": "optuna",
    "aim.sdk.adapters.sb3": "sb3",
    "aim.sdk.adapters.tensorflow": "keras",
    "aim.sdk.adapters.xgboost": "xgboost",
    "clearml.binding.frameworks.catboost_bind": "catboost",
    "clearml.binding.frameworks.fastai_bind": "fastai",
    "clearml.binding.frameworks.lightgbm_bind": "lightgbm",
    "clearml.binding.frameworks.tensorflow_bind": "tensorboard",
    "clearml.binding.frameworks.xgboost_bind": "xgboost",
    "fastai": "fastai",
    "keras": "keras",
    "lightning.fabric": "fabric",
    "lightning.pytorch": "lightning",
    "lightning_fabric": "fabric",
    "mlflow.catboost": "catboost",
    "mlflow.keras": "keras",
    "mlflow.lightgbm": "lightgbm",
    "mlflow.pytorch": "lightning",
    "mlflow.tensorflow": "keras",
    "mlflow.transformers": "transformers",
    "mlflow.xgboost": "xgboost",
    "pytorch_lightning": "lightning",
    "stable_baselines3": "sb3",
    "transformers": "transformers",
    "wandb.integration.catboost": "catboost",
    "wandb.integration.keras": "keras",
    "wandb.integration.lightgbm": "lightgbm",
    "wandb.integration.sb3": "sb3",
    "wandb.integration.xgboost": "xgboost",
}
"""Who reports to trackers what a shim logs: the modules below these names, and the shim."""

BETWEEN = (
    *("aim.sdk.adapters.pytorch_lightning", "contextlib", "tensorboard"),
    *("lightning.fabric.loggers", "lightning.fabric.utilities", "lightning.pytorch.loggers"),
    *("lightning_fabric.loggers", "lightning_fabric.utilities", "lightning_utilities"),
    "pytorch_lightning.loggers",
)
"""Modules that pass calls on: whoever calls them is asked about."""


def nearest() -> str:
    """The module of the nearest frame that is not ours."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_own(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return "" if frame is None else str(frame.f_globals.get("__name__", ""))


def is_told(tracker: str, depth: int = 1) -> bool:
    """Whether the call of a tracker comes from a framework whose shim logs the same.

    Parameters:
        tracker: the tracker's package, whose functions call each other.
        depth: of the frame to look at first: 1 is the caller's.
    """
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        shim = _found(name, SHIMS)
        if not _found(name, BETWEEN) and not _is_own(name) and (shim or not _is_in(name, tracker)):
            return SHIMS.get(shim, "") in held
        frame = frame.f_back
    return False


def _found(name: str, names: object) -> str:
    """Which of `names` a module is, or is below; empty for none."""
    while name not in names:  # type: ignore[operator]
        name = name.rpartition(".")[0]
        if not name:
            break
    return name


def _is_own(name: str) -> bool:
    return name.startswith(f"{__package__}.")


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
