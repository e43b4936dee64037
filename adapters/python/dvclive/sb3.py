"""`DVCLiveCallback` for Stable-Baselines3: what its logger records, at the number of environment steps."""

from __future__ import annotations

from . import frameworks
from .plots import Metric

try:
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.logger import KVWriter
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "stable-baselines3") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live

PARAMS = (
    *("learning_rate", "gamma", "seed", "n_envs", "n_steps", "batch_size", "n_epochs", "gae_lambda"),
    *("ent_coef", "vf_coef", "max_grad_norm", "buffer_size", "learning_starts", "tau"),
)
"""Arguments of the algorithms, which are attributes of the model."""


class DVCLiveCallback(frameworks.Callback, BaseCallback):
    """Logs what the model's logger dumps (`rollout/...`, `train/...`), and ends the run with `learn`.

    Parameters:
        live: the run to log to; without it, each model's training is a run of its own.
        kwargs: for a `Live` of its own.

    Example:
        model.learn(total_timesteps=10_000, callback=DVCLiveCallback())
    """

    def __init__(self, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        self._run = frameworks.Run(live, kwargs)
        self._writer: Writer | None = None

    def _on_training_start(self) -> None:
        model: Any = self.model
        self._run.begin(model)
        self.live.log_params(params_of(model, self.locals.get("total_timesteps")))
        self._writer = Writer(self.live)
        self.logger.output_formats.append(self._writer)

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        if self._writer in self.logger.output_formats:
            self.logger.output_formats.remove(self._writer)
        self._run.end()


def params_of(model: Any, steps: int | None) -> dict[str, Any]:
    """The parameters of a training.

    Parameters:
        model: that is trained.
        steps: in the environments, that `learn` is to make.
    """
    values = {name: getattr(model, name) for name in PARAMS if hasattr(model, name)}
    return {
        "algorithm": type(model).__name__,
        "policy": type(model.policy).__name__,
        "total_timesteps": steps,
        **{name: value for name, value in values.items() if not callable(value)},
    }


class Writer(KVWriter):
    """One of the outputs of Stable-Baselines3's logger."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, Any], step: int = 0) -> None:
        """Take one dump of the logger.

        Parameters:
            key_values: value by name.
            key_excluded: by name, the outputs that are not to have it.
            step: number of steps in the environments so far.
        """
        wanted = {
            name: value
            for name, value in sorted(key_values.items())
            if "dvclive" not in (key_excluded.get(name) or ()) and Metric.could_log(value)
        }
        frameworks.log_at(self.live, step, wanted)

    def close(self) -> None:
        """Nothing to close: the callback ends the run."""
