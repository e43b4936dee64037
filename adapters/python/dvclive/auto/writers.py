"""TensorBoard's SummaryWriter, PyTorch's and tensorboardX's: what a program adds is logged beside it."""

from __future__ import annotations

import os
import sys

from .. import frameworks
from ..plots import Metric
from . import joined, patching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ERROR = "The shim for tensorboard has failed"
TELL_THEMSELVES = frozenset(
    ("lightning", "lightning_fabric", "pytorch_lightning", "stable_baselines3", "transformers")
)
"""Packages that write for TensorBoard what their own shims log."""

_live: dict[str, joined.Joined] = {}  # by the writer's folder
_steps: dict[tuple[str, str], int] = {}  # where the program gives none: the points of a tag so far


def tensorboard(module: Any) -> None:
    """`add_scalar`, `add_scalars` and `add_hparams`, as the program calls them: they call each other too."""
    for name, log in (("add_scalar", _scalar), ("add_scalars", _scalars), ("add_hparams", _hparams)):
        patching.around(module.SummaryWriter, name, _beside(log, module.__name__))


def _beside(log: Callable[..., None], module: str) -> Callable[[Any], Callable[..., Any]]:
    def make(original: Any) -> Callable[..., Any]:
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            name = sys._getframe(1).f_globals.get("__name__", "")
            result = original(self, *args, **kwargs)
            if name != module and name.partition(".")[0] not in TELL_THEMSELVES:
                with patching.guarded(ERROR):
                    live = _joined(str(self.log_dir if hasattr(self, "log_dir") else self.logdir))
                    if live is not None:
                        log(live, *args, **kwargs)
            return result

        return wrapper

    return make


def _joined(folder: str) -> joined.Joined | None:
    """Where a writer's scalars go: the first one's as they are, those of others in a group of their own."""
    live = _live.get(folder)
    way = joined.channel()
    if way is None or joined.inside():
        return None
    if live is None or live._way is not way:
        if live is not None:  # forked
            _live.clear()
        taken = {other._group for other in _live.values()}
        group = os.path.basename(folder.rstrip("/")) if _live else ""
        if group in taken and _live:
            group = f"{group}_{len(_live) + 1}"
        live = _live[folder] = joined.Joined(way, group)
    return live


def _scalar(
    live: joined.Joined, tag: str, scalar_value: Any, global_step: Any = None, *_: Any, **__: Any
) -> None:
    if global_step is None:
        key = (live._group, tag)
        global_step = _steps[key] = _steps.get(key, -1) + 1
    live.step = int(global_step)
    live.log_metric(tag, scalar_value)


def _scalars(
    live: joined.Joined, main_tag: str, tag_scalar_dict: Any, global_step: Any = None, *_: Any
) -> None:
    for tag, value in tag_scalar_dict.items():
        _scalar(live, f"{main_tag}/{tag}", value, global_step)


def _hparams(live: joined.Joined, hparam_dict: Any, metric_dict: Any, *_: Any, **__: Any) -> None:
    live.log_params(frameworks.described(hparam_dict))
    for name, value in metric_dict.items():
        if Metric.could_log(value):
            live.log_metric(name, value, plot=False)
