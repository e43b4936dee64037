"""Lightning Fabric and PyTorch Ignite: loops that a program writes itself, and what passes through them.

Fabric is told metrics and only hands them on. Ignite knows engines, not what they are for: one that runs by
itself trains, one that runs inside it evaluates. What is evaluated on the data of the training is
`train/...`, on other data `eval/...`, on more than one other `eval_2/...`.
"""

from __future__ import annotations

import weakref

from ..plots import Metric
from . import joined, patching
from .beside import Joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

FABRIC = "The shim for fabric has failed"
IGNITE = "The shim for ignite has failed"
EVALUATES = ("eval", "valid", "test", "infer")
"""In the name of an engine's function: what runs by itself and does not train."""


def fabric(module: Any) -> None:
    """`Fabric.log_dict`, which `Fabric.log` calls too, also of a program that gives Fabric no logger."""

    def make(original: Any) -> Callable[..., Any]:
        def log_dict(self: Any, metrics: Any, step: Any = None) -> Any:
            with patching.guarded(FABRIC):
                _log_fabric(self, metrics, step)
            return original(self, metrics, step)

        return log_dict

    patching.around(module.Fabric, "log_dict", make)


def _log_fabric(fabric: Any, metrics: Mapping[str, Any], step: int | None) -> None:
    if not fabric.is_global_zero or any(map(joined.is_callback, fabric.loggers)):
        return
    logger = joined.logger_of("fabric", fabric, _fabric_logger)
    if logger is None:
        return
    logger.experiment.printed(metrics)
    logger.log_metrics(metrics, step)


def _fabric_logger(live: Joined) -> Any:
    from ..fabric import DVCLiveLogger

    return DVCLiveLogger(experiment=live)


def ignite(module: Any) -> None:
    """`Engine.run`: what an engine, and those that run inside it, have in their states."""

    def make(original: Any) -> Callable[..., Any]:
        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            training, handles = None, []
            with patching.guarded(IGNITE):
                training = _training(self)
                if training is not None:
                    handles = training.listen(self, module.Events)
            _running.append(self)
            try:
                result = original(self, *args, **kwargs)
            finally:
                _running.remove(self)
                for handle in handles:
                    handle.remove()
                if training is not None:
                    training.live.over()
            with patching.guarded(IGNITE):
                if training is None and not _is_logged(self):
                    _log_evaluation(self)
            return result

        return run

    patching.around(module.Engine, "run", make)


_running: list[Any] = []  # engines, the innermost last
_last: Callable[[], Any] = lambda: None  # noqa: E731 - a weak reference to the engine that trained last


class _Training:
    """What is known of an engine that trains, and of those that evaluate beside it.

    Parameters:
        live: where it is logged.
    """

    def __init__(self, live: Joined) -> None:
        self.live = live
        self._shown = False  # whether it is known what the program's bar shows of this
        self._owners: dict[str, tuple[int, int]] = {}  # of each metric
        self._moment: object = None
        self._evaluated: list[tuple[str, int]] = []  # at this moment

    def listen(self, engine: Any, events: Any) -> list[Any]:
        """Put our handlers on the engine; what takes them off again."""
        self._shown = False
        return [
            engine.add_event_handler(event, patching.safe(log, IGNITE))
            for event, log in (
                (events.ITERATION_COMPLETED, self.log_batch),
                (events.EPOCH_COMPLETED, self.log_epoch),
            )
        ]

    def log_batch(self, engine: Any) -> None:
        """What the training has given for a batch, as far as it is plain numbers.

        A tensor is not asked for its number: where it is on a GPU, that would have the training wait.
        """
        if not self._shown:
            self._shown = True
            self.live.printed(_shown(engine))
        self.live.step = engine.state.iteration
        for name, value in _outputs(engine).items():
            if isinstance(value, (int, float)):
                self.live.log_metric(f"train/batch_{name}", value)

    def log_epoch(self, engine: Any) -> None:
        """Metrics that are attached to the training itself."""
        self._log("train", (id(engine), 0), engine.state.epoch, engine.state.metrics)

    def log_evaluation(self, engine: Any, evaluator: Any) -> None:
        """An evaluation that has ended: at the iteration, if it was begun by one, else at the epoch.

        Parameters:
            engine: that trains.
            evaluator: that has evaluated.
        """
        state = engine.state
        by_iteration = str(getattr(engine.last_event_name, "value", "")).startswith("iteration")
        group = "train" if evaluator.state.dataloader is state.dataloader is not None else "eval"
        step = state.iteration if by_iteration else state.epoch
        if step != self._moment:
            self._moment, self._evaluated = step, []
        before = self._evaluated.count((group, id(evaluator)))  # of other data
        self._evaluated.append((group, id(evaluator)))
        self.live.printed(_shown(evaluator))
        self._log(group, (id(evaluator), before), step, evaluator.state.metrics)

    def _log(self, group: str, owner: tuple[int, int], step: int, metrics: Mapping[str, Any]) -> None:
        """Log metrics; where another one has the names, in a group with a number."""
        values = {name: value for name, value in metrics.items() if Metric.could_log(value)}
        numbered, count = group, 1
        while any(self._owners.get(f"{numbered}/{name}", owner) != owner for name in values):
            count += 1
            numbered = f"{group}_{count}"
        self.live.step = step
        for name, value in values.items():
            self._owners[f"{numbered}/{name}"] = owner
            self.live.log_metric(f"{numbered}/{name}", value)


def _training(engine: Any) -> _Training | None:
    """The training that this engine begins; None where it evaluates, or is not logged."""
    global _last
    if _running or _is_logged(engine) or (_last() is not engine and _evaluates(engine)):
        return None
    training: _Training | None = joined.logger_of("ignite", engine, _Training)
    if training is None:
        return None
    _last = weakref.ref(engine)
    return training


def _log_evaluation(evaluator: Any) -> None:
    """What has run inside a training, or after it, or without one."""
    engine = _running[0] if _running else _last()
    training = None if engine is None else joined.known(engine)
    if training is None and not _running:
        engine, training = evaluator, joined.logger_of("ignite", evaluator, _Training)
    if training is not None:
        training.log_evaluation(engine, evaluator)


def _evaluates(engine: Any) -> bool:
    """Whether an engine that runs by itself does not train."""
    name = getattr(engine._process_function, "__qualname__", "").lower()
    return any(word in name for word in EVALUATES)


def _is_logged(engine: Any) -> bool:
    """Whether the program has a logger on this engine: what is logged, and how it is called, is settled."""
    return any(not _is_bar(handler) for handler in _output_handlers(engine))


def _output_handlers(engine: Any) -> list[Any]:
    """What Ignite's loggers, its ProgressBar among them, have on an engine."""
    return [
        handler
        for handlers in engine._event_handlers.values()
        for handler, *_ in handlers
        if any(kind.__name__ == "BaseOutputHandler" for kind in type(handler).__mro__)
    ]


def _is_bar(handler: Any) -> bool:
    return type(handler).__module__.endswith(".tqdm_logger")


def _outputs(engine: Any) -> dict[str, Any]:
    """The output of an engine by name; that of Ignite's own function for trainings is the loss."""
    output = engine.state.output
    if isinstance(output, dict):
        return output
    ignites = engine._process_function.__module__ == "ignite.engine"
    return {"loss" if ignites else "output": output}


def _shown(engine: Any) -> list[str]:
    """The names under which Ignite's ProgressBar shows what is logged."""
    return [
        "_".join(key[1:])
        for handler in _output_handlers(engine)
        for key in handler._setup_output_metrics_state_attrs(engine, log_text=True)
    ]
