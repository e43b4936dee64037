"""`DVCLiveCallback` for the Trainer of transformers: its arguments, logs and models.

transformers has a callback of its own for us (`report_to="dvclive"`), which does the same; this one takes
the options of `Live`.
"""

from __future__ import annotations

import os

from . import frameworks
from .plots import Metric
from .utils import standardize_metric_name

try:
    from transformers import TrainerCallback
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "transformers") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from .live import Live


class DVCLiveCallback(frameworks.Callback, TrainerCallback):
    """Logs each record of a Trainer as a step, and ends the run with the training.

    Parameters:
        live: the run to log to; without it, each model's training is a run of its own.
        log_model: True saves the model at the end, as the artifact "last" ("best" with
            `load_best_model_at_end`); "all" logs the folder of the checkpoints whenever one is saved.
        kwargs: for a `Live` of its own.

    Example:
        trainer.add_callback(DVCLiveCallback(log_model=True))
        trainer.train()
    """

    def __init__(
        self, live: Live | None = None, log_model: Literal["all"] | bool | None = None, **kwargs: Any
    ) -> None:
        super().__init__()
        self._log_model = log_model
        self._run = frameworks.Run(live, kwargs)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Transformers calls it before the first step."""
        self._run.begin(kwargs.get("model"))
        if state.is_world_process_zero:
            self.live.log_params(frameworks.described(args.to_dict()))

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Transformers calls it with the values of `logs` every `logging_steps`, and after evaluations."""
        if not state.is_world_process_zero:
            return
        for name, value in kwargs["logs"].items():
            if Metric.could_log(value):
                self.live.log_metric(standardize_metric_name(name, __name__), value)
        self.live.next_step()

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Transformers calls it when a checkpoint has been saved."""
        if self._log_model == "all" and state.is_world_process_zero:
            self.live.log_artifact(args.output_dir)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Transformers calls it after the last step, with the best model if it was to be loaded."""
        if not state.is_world_process_zero:
            return
        if self._log_model is True:
            name = "best" if args.load_best_model_at_end else "last"
            folder = os.path.join(args.output_dir, name)
            _save(kwargs["model"], kwargs.get("processing_class") or kwargs.get("tokenizer"), folder)
            self.live.log_artifact(folder, type="model", name=name, copy=True)
        self._run.end()


def _save(model: Any, processor: Any, folder: str) -> None:
    """Save a model, and what prepares its input, as their libraries do."""
    if hasattr(model, "save_pretrained"):
        model.save_pretrained(folder)
    else:
        import torch

        os.makedirs(folder, exist_ok=True)
        torch.save(model.state_dict(), os.path.join(folder, "pytorch_model.bin"))
    if hasattr(processor, "save_pretrained"):
        processor.save_pretrained(folder)
