"""Lines that are one mapping."""

import pytest
from capture_judge import capture, points

from dvclive_cli.capture.mappings import leaves

TAKEN = {
    '{"step":3,"loss":0.5,"done":false,"ts":1795230000}': [("loss", 0.5, 3)],
    '{"epoch": 2, "train": {"loss": 0.4, "acc": 1}, "time": 0.01}': [
        ("train/loss", 0.4, 2), ("train/acc", 1, 2),
    ],
    "{'loss': 0.7, 'learning_rate': 9e-05, 'epoch': 0.4}": [
        ("loss", 0.7, 0), ("learning_rate", 9e-05, 0), ("epoch", 0.4, 0),
    ],
    "{'loss': '2.1837', 'epoch': '0.5'}": [("loss", 2.1837, 0), ("epoch", 0.5, 0)],
    "{'loss': tensor(0.5, device='cuda:0'), 'acc': np.float64(0.25), 'n': [1, {'a': 2}], 'x': None}": [
        ("loss", 0.5, 0), ("acc", 0.25, 0),
    ],
    "{ loss: 0.35, acc: 0.93 }": [("loss", 0.35, 0), ("acc", 0.93, 0)],
    '{"loss": -Infinity, "global_step": 7, "epoch": 1}': [("loss", float("-inf"), 7), ("epoch", 1, 7)],
    '{"gpu1": {"acc": 0.5}, "gpu2": {"acc": 0.6}, "step": 1}': [("gpu1/acc", 0.5, 1), ("gpu2/acc", 0.6, 1)],
    '{"epoch": 1, "apples": 3}': [("apples", 3, 1)],
    '{"msg": "step", "loss": 0.5, "step": 2},': [("loss", 0.5, 2)],
    "[rank0]: {'loss': 0.5, 'step': 2}": [("loss", 0.5, 2)],
    "Epoch 3: {'loss': 0.5, 'size': 7}": [("loss", 0.5, 3)],
    "Epoch 3/10 val {'loss': 0.5}": [("val/loss", 0.5, 3)],
    "[valid] {'epoch': 2, 'loss': 0.5}": [("valid/loss", 0.5, 2)],
    "val: {'val_loss': 0.5, 'step': 2}": [("val_loss", 0.5, 2)],
    "Results on the test set: {'f1': 0.5, 'support': 70}": [("test/f1", 0.5, 0), ("test/support", 70, 0)],
    '2026-11-21 10:00:00 | INFO | train | {"epoch": 61, "train_ppl": "5.4"}': [("train_ppl", 5.4, 61)],
    "Step 7, loss 0.25, {'error_rate': 0.9}": [("loss", 0.25, 7), ("error_rate", 0.9, 7)],
    "Losses {'ner': np.float32(15.5), 'tagger': 2.5}": [("Losses/ner", 15.5, 0), ("Losses/tagger", 2.5, 0)],
    "Epoch 2 val loss: {'a': 0.5}": [("val/loss/a", 0.5, 2)],
    "step 5 | {'grad_norm': 0.5} ": [("grad_norm", 0.5, 5)],
}  # fmt: skip

REFUSED = [
    "{'lr': 0.001, 'epochs': 10, 'batch_size': 32, 'seed': 42}",
    '{"level":30,"time":1795230686123,"pid":7,"responseTime":12,"msg":"request completed"}',
    '{"event": "start", "step": 1, "apples": 4}',
    '{"loss": "mse", "step": 1}',
    '{"loss": true, "step": 1}',
    '{"loss": [0.5, 0.4]}',
    '{"loss": 0.5',
    '{"loss": 0.5}}',
    "{'version': '1.2', 'error': '404 not found'}",
    "{" * 50 + '"loss": 0.5' + "}" * 50,
    "{}",
    "best params: {'lr': 0.1, 'score': 3}",
    "Namespace config {'epoch': 1, 'loss': 2}",
    "user 5 says {'error': 1}",
    "GET /items {'score': 3}",
    "Epoch 3: {'lr': 'high'}",
]


@pytest.mark.parametrize("line", TAKEN)
def test_taken(line):
    assert points(line + "\n") == TAKEN[line]


@pytest.mark.parametrize("line", REFUSED)
def test_refused(line):
    assert points(line + "\n") == []


def test_the_rule_says_which_notation():
    _, found = capture(b'{"loss": 0.5}\n' + b"{'loss': 0.5, 'a': 1}\n")
    assert [match.rule for match in found] == ["json", "dict"]


def test_nan_in_any_notation():
    for nan in ("NaN", "nan", "'nan'", '"NaN"'):
        ((_, value, _),) = points(f'{{"loss": {nan}}}\n')
        assert value != value


def test_keys_lead_to_numbers():
    numbers, keys = leaves("{'a': {'b': 1, 'c': {'d': \"2\"}}, 'e': 'x3', 5: 6}")
    assert [leaf.path for leaf in numbers] == [("a", "b"), ("a", "c", "d"), ("5",)]
    assert keys == {"a", "e", "5"}
