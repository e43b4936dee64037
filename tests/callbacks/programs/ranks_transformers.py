"""A Trainer that a launcher starts, perhaps several times."""

import json
import os

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

torch.manual_seed(0)
config = BertConfig(
    vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
)
data = [{"input_ids": torch.randint(0, 20, (4,)), "labels": torch.tensor(n % 2)} for n in range(16)]
arguments = TrainingArguments(
    "out", report_to="none", num_train_epochs=2, per_device_train_batch_size=2, logging_steps=1,
    save_strategy="no", use_cpu=True,
)  # fmt: skip
trainer = Trainer(BertForSequenceClassification(config), arguments, train_dataset=data)
trainer.train()
if os.environ.get("RANK", "0") == "0":
    print()
    print(json.dumps(trainer.state.log_history))
