"""A tiny BERT learns which of two words stands in a text, with the Trainer of transformers."""

import random

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

random.seed(0)
torch.manual_seed(0)


def texts(count):
    for _ in range(count):
        label = random.randrange(2)
        words = [random.choice([5 + label, *range(10, 40)]) for _ in range(16)]
        yield {"input_ids": torch.tensor([*words, 5 + label]), "labels": label}


config = BertConfig(
    vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
)
options = TrainingArguments(
    "out", num_train_epochs=3, per_device_train_batch_size=16, logging_steps=5, learning_rate=1e-3,
    eval_strategy="epoch", save_strategy="no", report_to=[], use_cpu=True,
)  # fmt: skip
model = BertForSequenceClassification(config)
Trainer(model, options, train_dataset=list(texts(160)), eval_dataset=list(texts(64))).train()
