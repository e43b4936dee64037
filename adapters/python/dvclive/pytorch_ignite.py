"""`DVCLiveLogger` for PyTorch Ignite, used as Ignite's own loggers are."""

from __future__ import annotations

from . import frameworks
from .live import Live

try:
    from ignite.handlers.base_logger import BaseLogger, BaseOptimizerParamsHandler, BaseOutputHandler
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "pytorch-ignite", "ignite") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class DVCLiveLogger(BaseLogger):
    """Logs metrics and outputs of engines, and parameters of optimizers.

    Parameters:
        live: the run to log to; without it, one of its own.
        kwargs: for a `Live` of its own.

    Example:
        with DVCLiveLogger() as logger:
            logger.attach_output_handler(
                evaluator, Events.COMPLETED, tag="eval", metric_names="all",
                global_step_transform=global_step_from_engine(trainer),
            )
            trainer.run(loader, max_epochs=5)
    """

    def __init__(self, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.live = Live(**kwargs) if live is None else live

    def log_params(self, params: Any) -> None:
        """Log hyperparameters: a dict or a namespace."""
        self.live.log_params(frameworks.described(params))

    def log_metrics(self, metrics: Mapping[str, Any], step: int) -> None:
        """Log metrics of one step.

        Parameters:
            metrics: value by name.
            step: the step.
        """
        frameworks.log_at(self.live, step, metrics)

    def close(self) -> None:
        """End the run."""
        frameworks.end(self.live)

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        frameworks.end(self.live, failed=kind is not None)

    def _create_output_handler(self, *args: Any, **kwargs: Any) -> Any:
        return OutputHandler(*args, **kwargs)

    def _create_opt_params_handler(self, *args: Any, **kwargs: Any) -> Any:
        return OptimizerParamsHandler(*args, **kwargs)


class OutputHandler(BaseOutputHandler):
    """Logs an engine's metrics, output or state, as `<tag>/<name>`; the parameters are Ignite's."""

    def __call__(self, engine: Any, logger: DVCLiveLogger, event_name: Any) -> None:
        """Ignite calls it at the event that it is attached to."""
        values = self._setup_output_metrics_state_attrs(engine, key_tuple=True)
        step = self.global_step_transform(engine, event_name)
        logger.log_metrics({"/".join(key): value for key, value in values.items()}, step)


class OptimizerParamsHandler(BaseOptimizerParamsHandler):
    """Logs a parameter of each group of an optimizer, `<tag>/lr/group_<n>`; the parameters are Ignite's."""

    def __call__(self, engine: Any, logger: DVCLiveLogger, event_name: Any) -> None:
        """Ignite calls it at the event that it is attached to."""
        prefix = f"{self.tag}/" if self.tag else ""
        groups = enumerate(self.optimizer.param_groups)
        logger.log_metrics(
            {f"{prefix}{self.param_name}/group_{n}": float(group[self.param_name]) for n, group in groups},
            engine.state.get_event_attrib_value(event_name),
        )
