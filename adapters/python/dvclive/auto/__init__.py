"""Autologging: under `dvclive run --shims auto`, what a framework computes is logged with no line changed.

Decides which of our modules patches which of a framework's, once it has been imported. Nothing here may
disturb the program: a patch that does not fit is left out, and said once.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCHES = {
    "aim": "bridges.aim.patch",
    "catboost": "boosters.catboost",
    "clearml": "bridges.clearml.patch",
    "comet_ml": "bridges.comet_ml.patch",
    "fabric": "loops.fabric",
    "fastai": "deep.fastai",
    "ignite": "loops.ignite",
    "keras": "deep.keras",
    "lightgbm": "boosters.lightgbm",
    "lightning": "deep.lightning",
    "mlflow": "bridges.mlflow.patch",
    "neptune": "bridges.neptune.patch",
    "optuna": "searches.optuna",
    "sb3": "deep.sb3",
    "sklearn": "estimators.sklearn",
    "sklearn-plots": "classified.metrics",
    "tensorboard": "bridges.tensorboard.patch",
    "tensorflow": "bridges.tensorflow.patch",
    "trackio": "bridges.trackio.patch",
    "transformers": "deep.transformers",
    "wandb": "bridges.wandb.patch",
    "xgboost": "boosters.xgboost",
}
"""By shim, the module and the function here that patch what the boot was told to look for (its HOOKS)."""

held: set[str] = set()
"""Shims that have taken hold in this process."""


def imported(name: str, shim: str) -> bool:
    """A framework's module has been executed: patch it, once; gives whether that was done.

    Parameters:
        name: of the module.
        shim: that it is for.
    """
    parsed()
    if shim not in PATCHES:
        return False
    where, _, function = PATCHES[shim].rpartition(".")
    from . import patching

    with patching.guarded(f"The shim for {name} does not fit this version"):
        getattr(import_module(f"{__name__}.{where}"), function)(sys.modules[name])
        held.add(shim)
        return True
    return False


def parsed() -> None:
    """Log what the program was told by now, as the finder has kept it."""
    for finder in sys.meta_path:
        watching: Any = finder
        arguments = getattr(watching, "arguments", None)
        if type(finder).__module__ == "sitecustomize" and arguments:
            from . import patching
            from .arguments import log

            while arguments:
                call = arguments.pop(0)
                with patching.guarded(f"The shim for {call[0]} has failed"):
                    log(watching.is_own_file, *call)
