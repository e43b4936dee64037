"""A Lightning training on two processes, which Lightning starts by itself."""

import json
import os

import lightning
import torch
from lightning.pytorch.demos.boring_classes import BoringModel

seen = []


class Model(BoringModel):
    def training_step(self, batch, index):
        loss = super().training_step(batch, index)["loss"]
        self.log("train_loss", loss)
        seen.append(loss.item())
        return loss


if __name__ == "__main__":
    torch.manual_seed(0)
    trainer = lightning.Trainer(
        max_epochs=1, limit_train_batches=3, limit_val_batches=1, logger=False, log_every_n_steps=1,
        enable_checkpointing=False, accelerator="cpu", devices=2, strategy="ddp",
    )  # fmt: skip
    trainer.fit(Model())
    if os.environ.get("LOCAL_RANK", "0") == "0":
        print(json.dumps(seen))
