"""Autologging: under `dvclive run --shims auto`, what a framework computes is logged with no line changed.

Decides which of our modules patches which of a framework's, once it has been imported. Nothing here may
disturb the program: a patch that does not fit is left out, and said once.
"""

from __future__ import annotations

import sys
from importlib import import_module

PATCHES = {
    "catboost.core": "boosters.catboost",
    "keras.src.callbacks.callback_list": "deep.keras",
    "lightgbm.engine": "boosters.lightgbm",
    "lightning.pytorch.trainer.connectors.logger_connector.logger_connector": "deep.lightning",
    "pytorch_lightning.trainer.connectors.logger_connector.logger_connector": "deep.lightning",
    "optuna.study.study": "searches.optuna",
    "sklearn.base": "searches.sklearn",
    "stable_baselines3.common.base_class": "deep.sb3",
    "tensorboardX.writer": "writers.tensorboard",
    "torch.utils.tensorboard.writer": "writers.tensorboard",
    "transformers.trainer": "deep.transformers",
    "xgboost.training": "boosters.xgboost",
}
"""By the framework's module, the module and the function here that patch it."""


def imported(name: str) -> None:
    """A framework's module has been executed: patch it, once."""
    parsed()
    if name not in PATCHES:
        return
    where, _, function = PATCHES[name].partition(".")
    from . import patching

    with patching.guarded(f"The shim for {name} does not fit this version"):
        getattr(import_module(f"{__name__}.{where}"), function)(sys.modules[name])


def parsed() -> None:
    """Log the arguments that the program has parsed by now, as the finder has kept them."""
    for finder in sys.meta_path:
        arguments = getattr(finder, "arguments", None)
        if type(finder).__module__ == "sitecustomize" and arguments:
            from . import patching
            from .arguments import log

            with patching.guarded("The shim for argparse has failed"):
                while arguments:
                    log(*arguments.pop(0))
