"""`DVCLiveCallback` for fastai: the recorder's metrics of each epoch, and the best model that it saved."""

from __future__ import annotations

from . import frameworks
from .utils import standardize_metric_name

try:
    from fastai.callback.core import Callback
    from fastai.callback.tracker import SaveModelCallback
except ModuleNotFoundError as error:
    raise frameworks.missing(error, "fastai") from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live

NO_METRICS = ("epoch", "time")


class DVCLiveCallback(Callback):
    """Logs each epoch of a `Learner`, and ends the run with the training.

    The first stage of `fine_tune`, on a frozen model, and the second are one run. The model that fastai's
    SaveModelCallback saved is logged as an artifact.

    Parameters:
        with_opt: taken because DVCLive 3.x has it; SaveModelCallback's own `with_opt` decides.
        live: the run to log to; without it, each learner's training is a run of its own.
        kwargs: for a `Live` of its own.

    Example:
        learn.fit_one_cycle(2, cbs=[DVCLiveCallback()])
    """

    order = 90  # after Recorder (50), which computes what is logged, and SaveModelCallback (61)

    def __init__(self, with_opt: bool = False, live: Live | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.with_opt = with_opt
        self._run = frameworks.Run(live, kwargs)
        self._fitting = False  # in a training
        self._training = False  # in an epoch of it that is not logged yet
        self._lines = 0  # that the recorder had before the epoch

    @property
    def live(self) -> Live:
        """The run that is logged to."""
        return self._run.live

    def before_fit(self) -> None:
        """Fastai calls it before a training, and also before it validates or predicts."""
        self._fitting = self._training = False

    def before_train(self) -> None:
        """Fastai calls it in each epoch of a training, and of `lr_find`."""
        if hasattr(self.learn, "lr_finder"):
            return
        if not self._fitting:
            self._begin()
        self._fitting = self._training = True
        self._lines = len(self.learn.recorder.values)

    def _begin(self) -> None:
        self._run.begin(self.learn)
        frozen = getattr(self.opt, "frozen_idx", -1)
        self.live.log_params(
            {
                "model": type(self.learn.model).__qualname__,
                "batch_size": getattr(self.dls, "bs", None),
                "batch_per_epoch": len(self.dls.train),
                "frozen": frozen > 0,
                "frozen_idx": frozen,
                "transforms": str(getattr(self.dls, "tfms", None)),
            }
        )

    def after_epoch(self) -> None:
        """Fastai calls it when the recorder has the epoch's line: epoch, losses, metrics, time."""
        recorder: Any = self.learn.recorder
        if not self._training or len(recorder.values) == self._lines:
            return
        self._training = False
        for name, value in zip(recorder.metric_names, recorder.log):  # noqa: B905 - Python 3.8
            if name not in NO_METRICS and value is not None:
                self.live.log_metric(standardize_metric_name(name, __name__), value)
        self.live.next_step()

    def after_fit(self) -> None:
        """Fastai calls it after the last epoch."""
        if not self._fitting:
            return
        self.after_epoch()  # which fastai leaves out where another callback stopped the training in it
        for saver in self.learn.cbs:
            if isinstance(saver, SaveModelCallback) and getattr(saver, "last_saved_path", None):
                self.live.log_artifact(str(saver.last_saved_path))
        if getattr(self.opt, "frozen_idx", -1) <= 0:  # else more is to come, with the model unfrozen
            self._run.end()
