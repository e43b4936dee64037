import json
import warnings

import lightning
import torch

warnings.filterwarnings("ignore")


class Net(lightning.LightningModule):
    def __init__(self, width=4, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(width, 1)
        self.seen = []

    def training_step(self, batch, index):
        if len(self.seen) == 10:
            raise MemoryError
        loss = self.layer(batch[0]).pow(2).mean()
        self.log("train_loss", loss)
        self.seen.append(loss.item())
        return loss

    def validation_step(self, batch, index):
        self.log("val_loss", self.layer(batch[0]).pow(2).mean())

    def test_step(self, batch, index):
        self.log("test_loss", self.layer(batch[0]).pow(2).mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


torch.manual_seed(0)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(32, 4)), batch_size=8)
net = Net()
trainer = lightning.Trainer(
    max_epochs=2, logger=False, log_every_n_steps=1, enable_checkpointing=False,
    enable_model_summary=False, accelerator="cpu",
)  # fmt: skip
trainer.fit(net, data, data)
val = trainer.callback_metrics["val_loss"].item()
trainer.fit_loop.max_epochs = 3
try:
    trainer.fit(net, data, data)
except MemoryError:
    pass
for epoch in range(3):
    print(f"epoch {epoch}: train_loss={1 / (epoch + 1):.3f}")
test = trainer.test(net, data)[0]["test_loss"]
print(json.dumps({"train": net.seen, "val": val, "test": test}))
