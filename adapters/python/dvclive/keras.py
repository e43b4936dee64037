"""`DVCLiveCallback` for Keras: the metrics of each epoch, as `train/...` and `eval/...`."""

from __future__ import annotations

from . import frameworks
from .utils import standardize_metric_name

try:
    from keras.callbacks import Callback
except ModuleNotFoundError as error:
    try:
        from tensorflow.keras.callbacks import Callback
    except ModuleNotFoundError:
        raise frameworks.missing(error, "keras", "tensorflow") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live


class DVCLiveCallback(frameworks.Callback, Callback):
    """Logs each epoch of `model.fit`, and ends the run with the training.

    Parameters:
        save_weights_only: taken because DVCLive 3.x has it, and without effect as there. To keep the model,
            `live.log_artifact` the file that Keras' ModelCheckpoint wrote.
        live: the run to log to; without it, each model's training is a run of its own.
        kwargs: for a `Live` of its own.

    Example:
        model.fit(x, y, validation_data=(x2, y2), epochs=5, callbacks=[DVCLiveCallback()])
    """

    def __init__(self, save_weights_only: bool = False, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.save_weights_only = save_weights_only
        self._run = frameworks.Run(live, kwargs)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keras calls it before the first epoch."""
        self._run.begin(self.model)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keras calls it with the epoch's metrics: of the training, and `val_...` of a validation."""
        for name, value in (logs or {}).items():
            self.live.log_metric(standardize_metric_name(name, __name__), value)
        self.live.next_step()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Keras calls it after the last epoch."""
        self._run.end()
