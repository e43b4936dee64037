import json

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x, labels=None):
        out = self.layer(x)
        return {"loss": (out.squeeze(-1) - labels).pow(2).mean(), "logits": out}


torch.manual_seed(0)
data = [{"x": torch.randn(4), "labels": torch.tensor(1.0)} for _ in range(32)]
args = TrainingArguments(
    output_dir="out", num_train_epochs=2, per_device_train_batch_size=8, logging_steps=2, report_to="none",
    eval_strategy="epoch", save_strategy="no", use_cpu=True, disable_tqdm=True,
)  # fmt: skip
trainer = Trainer(Net(), args, train_dataset=data, eval_dataset=data)
trainer.train()


class Interrupts(TrainerCallback):
    def on_epoch_begin(self, args, state, control, **kwargs):
        if state.epoch:
            raise MemoryError


losses = Trainer(Net(), args, train_dataset=data, eval_dataset=data, callbacks=[Interrupts()])
try:
    losses.train()
except MemoryError:
    pass
for epoch in range(3):
    print(f"epoch {epoch}: eval_loss={1 / (epoch + 1):.3f}")
print(json.dumps(trainer.state.log_history))
