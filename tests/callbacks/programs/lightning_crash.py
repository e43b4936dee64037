import torch
from lightning.pytorch import LightningModule, Trainer

from dvclive.lightning import DVCLiveLogger


class Model(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        if index == 2:
            raise ValueError("boom")
        loss = self.layer(batch).mean()
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


trainer = Trainer(
    logger=DVCLiveLogger(), max_epochs=1, log_every_n_steps=1, accelerator="cpu", enable_progress_bar=False,
    enable_model_summary=False, enable_checkpointing=False,
)  # fmt: skip
try:
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.randn(16, 4), batch_size=4))
except ValueError:
    print("{}")
