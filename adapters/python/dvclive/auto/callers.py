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
    "keras": "keras",
    "lightning": "lightning",
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
    *("contextlib", "lightning.fabric.loggers", "lightning.fabric.utilities", "lightning.pytorch.loggers"),
    *("lightning_fabric", "lightning_utilities", "pytorch_lightning.loggers"),
)
"""Modules that pass calls on: whoever calls them is asked about."""


def is_told(tracker: str, depth: int = 1) -> bool:
    """Whether the call of a tracker comes from a framework whose shim logs the same.

    Parameters:
        tracker: the tracker's package, whose functions call each other.
        depth: of the frame to look at first: 1 is the caller's.
    """
    frame: FrameType | None = sys._getframe(depth)
    own = f"{__name__.rpartition('.')[0]}."
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        shim = _found(name, SHIMS)
        if not _found(name, BETWEEN) and not name.startswith(own) and (shim or not _is_in(name, tracker)):
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


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
