"""A loop with Fabric that has no logger, and logs without steps and with them."""

import json

import torch
from lightning.fabric import Fabric

fabric = Fabric(accelerator="cpu", devices=1)
torch.manual_seed(0)
model = torch.nn.Linear(3, 1)
model, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), lr=0.1))
x = torch.randn(32, 3)
report: dict[str, list[float]] = {"train": [], "val": []}
for epoch in range(2):
    for part in x.split(8):
        loss = torch.nn.functional.mse_loss(model(part), part[:, :1])
        optimizer.zero_grad()
        fabric.backward(loss)
        optimizer.step()
        fabric.log("train_loss", loss)
        report["train"].append(loss.item())
    fabric.log_dict({"val_loss": loss, "epoch": epoch}, step=epoch)
    report["val"].append(loss.item())
    print(f"epoch {epoch}: train_loss={loss.item():.4f}")
print(json.dumps(report))
