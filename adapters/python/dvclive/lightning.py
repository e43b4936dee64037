"""`DVCLiveLogger` for the Trainer of Lightning (PyTorch Lightning)."""

from __future__ import annotations

from .fabric import DVCLiveLogger as FabricLogger
from .fabric import _rank_zero_only, family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live

_Logger: Any = family(trainer=True)[1].Logger


class DVCLiveLogger(_Logger, FabricLogger):
    """Logs what a LightningModule logs, its hyperparameters, and checkpoints if asked.

    Parameters:
        run_name: the logger's `version`: the folder of the checkpoints is called so.
        prefix: stands, with a `/`, before each metric's name.
        log_model: True logs the checkpoints of ModelCheckpoint when the training ends, "all" also each time
            one is saved; the best one is copied as the artifact "best", a model.
        experiment: the run to log to; without it, one is opened when it is first needed.
        kwargs: for a `Live` of its own.

    Example:
        trainer = Trainer(logger=DVCLiveLogger(log_model=True))
        trainer.fit(model)
    """

    def __init__(
        self,
        run_name: str | None = "dvclive_run",
        prefix: str = "",
        log_model: str | bool = False,
        experiment: Live | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(run_name=run_name, prefix=prefix, experiment=experiment, **kwargs)
        self._log_model = log_model
        self._checkpoints: Any = None  # the ModelCheckpoint that last saved

    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Lightning calls it when its ModelCheckpoint has saved."""
        self._checkpoints = checkpoint_callback
        if self._log_model == "all":
            self._log_checkpoints()

    @_rank_zero_only
    def finalize(self, status: str) -> None:
        """Lightning calls it at the end of `fit`, `validate` and `test`, and after an exception."""
        if self._log_model and self._checkpoints is not None:
            self._log_checkpoints()
            best = self._checkpoints.best_model_path
            if best:
                self.experiment.log_artifact(best, name="best", type="model", copy=True)
            self._checkpoints = None  # logged
        super().finalize(status)

    @_rank_zero_only
    def _log_checkpoints(self) -> None:
        if self._checkpoints.dirpath:
            self.experiment.log_artifact(self._checkpoints.dirpath)
