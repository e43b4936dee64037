"""`DVCLiveLogger` for Lightning Fabric, and what the logger of Lightning's Trainer shares with it."""

from __future__ import annotations

import importlib
import sys

from . import frameworks
from .live import Live
from .plots import Metric
from .utils import standardize_metric_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def family(trainer: bool) -> tuple[str, Any]:
    """The Lightning that the program uses: the module with its `Logger`, by the package's prefix.

    There are two: `lightning` has all of it; `pytorch_lightning` and `lightning_fabric` are the same code
    under other names, whose classes are others. The first that is there counts, unless the program has
    imported the second alone.

    Parameters:
        trainer: the one for the Trainer, else the one for Fabric.
    """
    names = (
        ("lightning.pytorch", "pytorch_lightning") if trainer else ("lightning.fabric", "lightning_fabric")
    )
    if "lightning" not in sys.modules and ("pytorch_lightning" in sys.modules or names[1] in sys.modules):
        names = names[::-1]
    first: ModuleNotFoundError | None = None
    for name in names:
        try:
            return name, importlib.import_module(f"{name}.loggers.logger")
        except ModuleNotFoundError as error:
            if first is None or error.name != name.partition(".")[0]:
                first = error
    assert first is not None
    raise frameworks.missing(first, "lightning", "pytorch-lightning", "lightning-fabric") from None


_NAME, _LOGGERS = family(trainer=False)
_RANK: Any = importlib.import_module(f"{_NAME}.utilities.rank_zero")
_Logger: Any = _LOGGERS.Logger
_rank_zero_only: Any = _RANK.rank_zero_only
_rank_zero_experiment: Any = _LOGGERS.rank_zero_experiment


class DVCLiveLogger(_Logger):
    """Logs what a Fabric program tells its loggers, from the process of rank 0.

    Parameters:
        run_name: shown as the logger's `version`.
        prefix: stands, with a `/`, before each metric's name.
        experiment: the run to log to; without it, one is opened when it is first needed.
        kwargs: for a `Live` of its own.

    Example:
        fabric = Fabric(loggers=[DVCLiveLogger()])
        fabric.log_dict({"train_loss": loss}, step=step)
    """

    def __init__(
        self, run_name: str | None = None, prefix: str = "", experiment: Live | None = None, **kwargs: Any
    ) -> None:
        super().__init__()
        self._version = run_name
        self._prefix = prefix
        self._live = experiment
        self._options = kwargs
        self._next: int | None = None  # the step after the last that was logged
        self._nexts: dict[str, int] = {}  # the same for each metric

    @property
    def name(self) -> str:
        """Lightning's folder for checkpoints is called so."""
        return "DvcLiveLogger"

    @property
    def version(self) -> str:
        """The run's name."""
        return self._version or ""

    @property
    @_rank_zero_experiment
    def experiment(self) -> Live:
        """The run; in processes of other ranks than 0 an object that takes every call and does nothing."""
        if self._live is None:
            self._live = Live(**self._options)
        return self._live

    @_rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log metrics of one step.

        Parameters:
            metrics: value by name: numbers and tensors with one value.
            step: the step; without it, the one after the metric's last, and for a new one after that of all.
        """
        live = self.experiment
        start = live.step if self._next is None else self._next
        prefix = f"{self._prefix}/" if self._prefix else ""
        by_step: dict[int, dict[str, Any]] = {}
        for told, value in metrics.items():
            if Metric.could_log(value):
                name = f"{prefix}{standardize_metric_name(told, 'dvclive.fabric')}"
                at = self._nexts.get(name, start) if step is None else step
                self._next = self._nexts[name] = at + 1
                by_step.setdefault(at, {})[name] = value
        for at, named in by_step.items():
            frameworks.log_at(live, at, named)

    @_rank_zero_only
    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Log hyperparameters: a dict or a namespace; what YAML cannot say goes in by its name or as text."""
        self.experiment.log_params(frameworks.described(params))

    @_rank_zero_only
    def finalize(self, status: str) -> None:
        """End the run, which saves the experiment.

        Parameters:
            status: "success"; with "failed" or "aborted" the run is marked as failed.
        """
        if self._live is not None:
            frameworks.end(self._live, failed=status not in ("success", "finished"))
