import json
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from dvclive.lightning import DVCLiveLogger

torch.manual_seed(0)
x = torch.randn(32, 4)
loader = torch.utils.data.DataLoader(x, batch_size=4)


class Model(LightningModule):
    def __init__(self, size: int = 4, learning_rate: float = 0.01, act: Any = torch.relu) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(size, 1)

    def _loss(self, batch: torch.Tensor) -> torch.Tensor:
        return ((self.layer(batch).squeeze() - batch[:, 0]) ** 2).mean()

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        loss = self._loss(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("plain", loss)
        return loss

    def validation_step(self, batch: torch.Tensor, index: int) -> None:
        self.log("val_loss", self._loss(batch))

    def test_step(self, batch: torch.Tensor, index: int) -> None:
        self.log("test_loss", self._loss(batch))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["learning_rate"])


logger = DVCLiveLogger(log_model=True)
told: list[tuple[Any, Any]] = []
log_metrics = logger.log_metrics


def listen(metrics: Any, step: Any = None) -> None:
    told.append((dict(metrics), step))
    log_metrics(metrics, step)


logger.log_metrics = listen
checkpoints = ModelCheckpoint(dirpath="ckpt", monitor="val_loss", save_last=True)
trainer = Trainer(
    logger=logger, max_epochs=2, log_every_n_steps=2, accelerator="cpu", enable_progress_bar=False,
    enable_model_summary=False, callbacks=[checkpoints],
)  # fmt: skip
trainer.fit(Model(), loader, loader)
trainer.test(trainer.model, loader, verbose=False)
print()
print(json.dumps([logger.name, logger.version, told]))
