"""Keras, Lightning, transformers, fastai and Stable-Baselines3: what their trainers report, at their own
steps."""

from __future__ import annotations

import weakref

from .. import frameworks
from ..plots import Metric
from ..utils import standardize_metric_name
from . import joined, patching
from .beside import Joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

ERROR = "The shim for {} has failed"


def keras(module: Any) -> None:
    """Every list of callbacks, which `fit`, `evaluate` and `predict` make, has ours."""
    patching.after(module.CallbackList, "__init__", ERROR.format("keras"), _add_to_keras)


def _add_to_keras(callbacks: Any, _: None) -> None:
    if any(map(joined.is_callback, callbacks.callbacks)):
        return
    from ..keras import DVCLiveCallback

    what = ERROR.format("keras")

    class Auto(DVCLiveCallback):
        """Joins the run when a training begins, and not before: the list is made for evaluations too."""

        def __init__(self) -> None:
            super().__init__(live=_NOTHING)

        def on_train_begin(self, logs: Any = None) -> None:
            model: Any = self.model
            live = joined.run_of("keras", model, lambda: _keras_params(self, model))
            if live is not None:
                self._run = frameworks.Run(live, {})

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """The bar is about to show the first batch: of the others nothing has to be known."""
            self.__dict__["on_train_batch_end"] = lambda batch, logs=None: None
            if self._run.live is not _NOTHING:
                self._run.live.printed(logs or ())  # type: ignore[attr-defined]

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if self._run.live is not _NOTHING:
                self._run.live.printed(logs or ())  # type: ignore[attr-defined]
                super().on_epoch_end(epoch, logs)

        def on_train_end(self, logs: Any = None) -> None:
            """The run goes on."""
            if self._run.live is not _NOTHING:
                self._run.live.over()  # type: ignore[attr-defined]

    callback: Any = Auto()
    # after an error, too: a list of callbacks is gone when the function that has made it is left
    weakref.finalize(callbacks, patching.safe(callback.on_train_end, what)).atexit = False
    for name in ("on_train_begin", "on_train_batch_end", "on_epoch_end", "on_train_end"):
        setattr(callback, name, patching.safe(getattr(callback, name), what))
    callbacks.callbacks.insert(0, callback)  # before the one that prints
    model = getattr(callbacks, "model", None)
    if model is not None:
        callback.set_model(model)
    callback.set_params(getattr(callbacks, "params", None) or {})


_NOTHING: Any = object()  # a callback makes no run of its own where it is given one


def _keras_params(callback: Any, model: Any) -> dict[str, Any]:
    params = {key: value for key, value in (callback.params or {}).items() if key in ("epochs", "steps")}
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        params["optimizer"] = type(optimizer).__name__
        params["learning_rate"] = float(optimizer.learning_rate)
    return params


def lightning(module: Any) -> None:
    """What the Trainer hands to its loggers, also where it has none; and the end of each `fit`, `test` and so
    on, with an error or without."""
    what = ERROR.format("lightning")
    if module.__name__.endswith(".call"):
        patching.around(
            module,
            "_call_and_handle_interrupt",
            lambda original: patching.before(original, what, _lightning_ends),
        )
        return

    def make(original: Any) -> Callable[..., Any]:
        def log_metrics(self: Any, metrics: Any, step: Any = None) -> Any:
            with patching.guarded(what):
                _log_lightning(self.trainer, metrics, step)
            return original(self, metrics, step)

        return log_metrics

    connector = module._LoggerConnector
    patching.around(connector, "log_metrics", make)
    patching.read(
        connector, "progress_bar_metrics", what, lambda self, shown: _lightning_run(self.trainer, shown)
    )


def _lightning_ends(arguments: dict[str, Any]) -> Callable[[], None]:
    trainer = arguments["trainer"]
    return lambda: joined.over(trainer)


def _lightning_run(trainer: Any, shown: Iterable[str]) -> Joined | None:
    """Where a Trainer is logged, if it is.

    Parameters:
        trainer: the Trainer.
        shown: what it is about to print, or has computed: its bars and tables have names of their own for it,
            and the number of its log.
    """
    if not trainer.is_global_zero or any(map(joined.is_callback, trainer.loggers)):
        return None
    live = joined.run_of("lightning", trainer, lambda: _lightning_params(trainer))
    if live is not None:
        live.printed([*shown, "v_num"])
    return live


def _log_lightning(trainer: Any, metrics: Any, step: int | None) -> None:
    """A record of metrics, as a logger of Lightning would be handed it."""
    live = _lightning_run(trainer, metrics) if metrics else None
    if live is None:
        return
    values = dict(metrics)
    if step is None:
        told = values.pop("step", None)
        values.setdefault("epoch", trainer.current_epoch)
        step = int(told) if told is not None else trainer.fit_loop.epoch_loop._batches_that_stepped
    live.step = step
    for name, value in values.items():
        if Metric.could_log(value):
            live.log_metric(standardize_metric_name(name, "dvclive.fabric"), value)


def _lightning_params(trainer: Any) -> dict[str, Any]:
    params = {"max_epochs": trainer.max_epochs}
    for part in (getattr(trainer, "datamodule", None), trainer.lightning_module):
        for name, value in dict(getattr(part, "hparams", {})).items():
            # a module given to a module: its kind, not its text of many lines
            params[name] = type(value).__name__ if hasattr(value, "state_dict") else value
    return frameworks.described(params)


def transformers(module: Any) -> None:
    """Every Trainer has our callback, unless it has one for DVCLive."""
    what = ERROR.format("transformers")
    patching.after(module.Trainer, "__init__", what, _add_to_transformers)
    patching.around(module.Trainer, "train", lambda original: patching.before(original, what, _train))


def _train(arguments: dict[str, Any]) -> Callable[[], None]:
    """What is to be done when a training has ended; of an error in it, callbacks are not told."""
    trainer = arguments["self"]
    return lambda: joined.over(trainer)


def _add_to_transformers(trainer: Any, _: None) -> None:
    if any(map(joined.is_callback, trainer.callback_handler.callbacks)):
        return
    from ..huggingface import DVCLiveCallback

    whose = weakref.ref(trainer)

    class Auto(DVCLiveCallback):
        """Joins the run when a training begins; logs at the trainer's own steps."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.is_world_process_zero:
                live = joined.run_of("transformers", whose(), lambda: frameworks.described(_chosen(args)))
                if live is not None:
                    self._run = frameworks.Run(live, {})

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if self._run.live is not _NOTHING:
                self.live.step = state.global_step
                self.live.printed(kwargs["logs"])  # type: ignore[attr-defined]
                super().on_log(args, state, control, **kwargs)

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """The run goes on."""

        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """What an evaluation prints has been printed."""
            joined.over(whose())

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """No model is logged unasked."""

    callback: Any = Auto(live=_NOTHING)
    for name in ("on_train_begin", "on_log", "on_evaluate"):
        setattr(callback, name, patching.safe(getattr(callback, name), ERROR.format("transformers")))
    trainer.callback_handler.callbacks.insert(0, callback)  # before the one that prints


ALWAYS = (
    *("gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "max_steps", "num_train_epochs"),
    *("optim", "per_device_train_batch_size", "seed", "warmup_steps", "weight_decay"),
)
"""What everybody calls a parameter of a training, of the more than a hundred arguments of a Trainer."""

AROUND = (
    *("accelerator_config", "dataloader_", "ddp_", "disable_tqdm", "do_", "fsdp", "hub_", "local_rank"),
    *("log", "no_cuda", "output_dir", "project", "push_to_hub", "report_to", "run_name", "save_", "trackio"),
    "use_cpu",
)
"""How the names of those begin that say where and how, and not what is trained."""


def _chosen(args: Any) -> dict[str, Any]:
    """Of the arguments of a Trainer: ALWAYS, and what was not left at its default."""
    chosen, values = {}, args.to_dict()
    for name, field in type(args).__dataclass_fields__.items():
        value = values.get(name)
        default = getattr(field.default, "value", field.default)
        is_set = value not in (None, False, "", [], {}) or (value is False and default is True)
        if name in ALWAYS or (is_set and value != default and not name.startswith(AROUND)):
            chosen[name] = value
    return chosen


def fastai(module: Any) -> None:
    """`Learner.fit`, which the other ways to train call too, has our callback for its time."""
    patching.around(
        module.Learner, "fit", lambda original: patching.before(original, ERROR.format("fastai"), _fastai)
    )


def _fastai(arguments: dict[str, Any]) -> Callable[[], None] | None:
    learn, given = arguments["self"], arguments.get("cbs")
    given = [] if given is None else [given] if callable(given) else list(given)
    if any(map(joined.is_callback, [*learn.cbs, *given])):
        return None
    from ..fastai import DVCLiveCallback

    class Auto(DVCLiveCallback):
        """Joins the run with the first epoch of a training: fastai fits also to look for a learning rate."""

        def _begin(self) -> None:
            live = joined.run_of("fastai", self.learn, dict)  # one of the stages of `fine_tune`, too
            if live is None:
                return
            self._run = frameworks.Run(live, {})
            names = self.learn.recorder.metric_names
            live.printed([*names, *(f"{name}_value" for name in names)])  # as its SaveModelCallback says it
            super()._begin()
            live.log_params({"epochs": self.learn.n_epoch, "loss_func": _named(self.learn.loss_func)})

        def after_epoch(self) -> None:
            if self._run.live is not _NOTHING:
                super().after_epoch()

        def after_fit(self) -> None:
            """The run goes on, and no model is logged unasked."""
            self.after_epoch()

    callback: Any = Auto(live=_NOTHING)
    for name in ("before_train", "after_epoch", "after_fit"):
        setattr(callback, name, patching.safe(getattr(callback, name), ERROR.format("fastai")))
    arguments["cbs"] = [*given, callback]
    return lambda: joined.over(learn)  # after an error, too, of which callbacks are not told


def _named(thing: Any) -> str:
    """A function or an object, as a person calls it."""
    return str(getattr(thing, "__name__", type(thing).__name__))


def sb3(module: Any) -> None:
    """`_setup_learn`, which every algorithm calls first in `learn`: our writer joins its logger's outputs."""
    patching.after(module.BaseAlgorithm, "_setup_learn", ERROR.format("sb3"), _add_to_sb3)


def _add_to_sb3(model: Any, set_up: Any) -> None:
    """`set_up`: what `_setup_learn` gives: the steps to go, and the callback."""
    total, callback = set_up[:2]
    from ..sb3 import Writer, params_of

    outputs = model.logger.output_formats
    inner = getattr(callback, "callbacks", None) or [callback]
    if any(map(joined.is_callback, [*outputs, *inner])):
        return
    live = joined.run_of("sb3", model, lambda: params_of(model, total))
    if live is None:
        return
    writer: Any = Writer(live)
    writer.write = patching.safe(writer.write, ERROR.format("sb3"))
    outputs.append(writer)
