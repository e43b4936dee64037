import json

import torch
from torch.utils.tensorboard import SummaryWriter

torch.manual_seed(0)
layer = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
report = []
with SummaryWriter("runs/train") as writer, SummaryWriter("runs/val") as val:
    for step in range(0, 50, 10):
        loss = layer(torch.ones(4, 3)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        writer.add_scalar("loss", loss, step)
        val.add_scalar("loss", loss.item() / 2, global_step=step)
        report.append(loss.item())
    writer.add_hparams({"lr": 0.1, "layers": "3"}, {"final": report[-1]})
print(json.dumps(report))
