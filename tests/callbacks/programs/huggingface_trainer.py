import json

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from dvclive.huggingface import DVCLiveCallback

torch.manual_seed(0)
config = BertConfig(
    vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
)
data = [{"input_ids": torch.randint(0, 20, (4,)), "labels": torch.tensor(n % 2)} for n in range(16)]
arguments = TrainingArguments(
    "out", report_to="none", num_train_epochs=2, per_device_train_batch_size=4, logging_steps=2,
    eval_strategy="epoch", save_strategy="epoch", use_cpu=True, disable_tqdm=True,
)  # fmt: skip
callback = DVCLiveCallback(log_model="all")
trainer = Trainer(
    BertForSequenceClassification(config), arguments, train_dataset=data, eval_dataset=data[:4],
    callbacks=[callback],
)  # fmt: skip
trainer.train()
print()
print(json.dumps(trainer.state.log_history))
