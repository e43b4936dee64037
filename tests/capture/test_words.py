"""Names, numbers, prefixes, bars: the small vocabularies, and the examples in their docstrings."""

import doctest
import importlib
import pkgutil

import pytest
from capture_judge import points

import dvclive_cli.capture
from dvclive_cli.capture import bars, names, prefixes

MODULES = [info.name for info in pkgutil.iter_modules(dvclive_cli.capture.__path__)]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_docstrings_hold(module):
    failed, _ = doctest.testmod(importlib.import_module(f"dvclive_cli.capture.{module}"))
    assert failed == 0


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("train-logloss", "train/logloss"),
        ("valid1-auc", "valid1/auc"),
        ("log-loss", "log-loss"),
        ("training's auc", "training/auc"),
        ("val_loss", "val_loss"),
        ("Avg. loss", "Avg_loss"),
        ("avg.loss", "avg.loss"),
        ("F1 score (macro)", "F1_score_macro"),
        ("|g|", "g"),
        ("Acc@1", "Acc@1"),
        ("acc %", "acc"),
        ("acc(%)", "acc"),
        ("a//b", "a/b"),
        ("../../etc/passwd", "etc/passwd"),
        ("/abs", "abs"),
        ("a\x1b[31mb", "a_31mb"),
        ("x\u202ey", "x_y"),
        ("D(G(z))", "D_G_z"),
        ("...", ""),
        ("_private", "private"),
        ("x" * 500, "x" * 160),
    ],
)
def test_names_are_made_safe(raw, clean):
    assert names.clean(raw) == clean
    assert names.clean(clean) == clean


@pytest.mark.parametrize(
    "name", ["loss", "valLoss", "Acc@1", "top5", "mAP50", "r2", "neg_log_likelihood", "eval/f1"]
)
def test_metrics_by_their_name(name):
    assert names.is_metric(name)


@pytest.mark.parametrize(
    "name", ["glossary", "accept", "map_size", "loss_weight", "score_threshold", "num_errors", "time"]
)
def test_no_metrics_by_their_name(name):
    assert not names.is_metric(name)


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-11-21 04:28:00,838 INFO train: ",
        "2026-11-21 10:00:00,123 - __main__ - INFO - ",
        "[2026-11-21 10:00:00,123][train][INFO] - ",
        "2026-11-21T10:00:00.123Z [INFO] ",
        "2026/11/21 04:28:00 ",
        "[10:00:00] ",
        "I1121 10:00:00.123456 12345 solver.cpp:239] ",
        "INFO:root:",
        "INFO: ",
        "[rank0]:",
        "[default0]:",
        "[1,0]<stdout>:",
        "(train pid=123) ",
        "(pid=123, ip=10.0.0.1) ",
        "web-1  | ",
        "[rank1]: 2026-11-21 10:00:00 INFO ",
        "[I 2026-11-21 10:00:00,123] ",
        "[2026-11-21 10:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] ",
        "2026-11-21 10:00:00 | INFO | train_inner | ",
        "2026-11-21 10:00:00.804 | INFO     | yolox.core.trainer:after_iter:242 - ",
        "2026-11-21 10:00:00.804 | SUCCESS  | __main__:<module>:242 - ",
        "2026-11-21 10:00:00,804 INFO [main] org.example.Trainer (Trainer.java:12) - ",
        "[2026-11-21 10:00:00,804][       train.py][line: 833][    INFO] ",
        " 2026-11-21 10:00:00.%f train.py:215[27649] INFO ",
        "[gpu01:0/2] 2026-11-21 10:00:00,080 (trainer:464) INFO: ",
        "11/21/2026 10:00:00 - INFO - __main__ -   ",
        "[INFO|trainer.py:2345] 2026-11-21 10:00:00,804 >> ",
        "[2026-11-21 10:00:00] INFO (train/MainThread) ",
        "[11/21 10:00:00 d2.utils.events]: ",
        "[11/21/2026 10:00:00 AM INFO] ",
        "Sat 21 Nov 2026 10:00:00 INFO  ",
        "Sat Nov 21 10:00:00 2026 ",
        "21-Nov-26 10:00:00 - ",
        "Nov 21 10:00:00 host train[123]: ",
        "20261121-10:00:00 ",
        "INFO 2026-11-21 10:00:00,804 train.py: 55: ",
        "INFO:2026-11-21 10:00:00:",
        "2026-11-21 10:00:00,804 P123 INFO ",
        "12345 [main] INFO org.example.Trainer  - ",
        "train.py[line:55] INFO: ",
    ],
)
def test_prefixes_come_off(prefix):
    assert prefixes.strip(prefix + "epoch=1 loss=0.5")[0] == len(prefix)


@pytest.mark.parametrize(
    "line",
    [
        "loss: 0.5", "epoch 1 | loss 0.5 | acc 1", "Test loss: 1", "12: loss 0.5", "val | loss 1",
        "[12] loss 0.5", "[val] loss 0.5", "(train) loss 0.5", "[3/10] loss 0.5", "0.5 0.25 0.125",
        "Test ERROR: 0.5", "test error: 0.5",
    ],
)  # fmt: skip
def test_what_is_no_prefix_stays(line):
    assert prefixes.strip(line)[0] == 0
    assert prefixes.strip("2026-11-21 10:00:00 " + line)[0] == 20


def test_logrus_writes_the_message_as_a_field():
    line = 'time="2026-11-21T10:00:00Z" level=info msg="epoch=1 loss=0.5"'
    assert points(line + "\n") == [("loss", 0.5, 1)]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("train: 100%|███| 3/3 [00:00<00:00, 9it/s]", ("train:", 3.0, 3.0)),
        ("Epoch 1/5:  40%|#| 2/5 [00:01<00:02]", ("Epoch 1/5:", 2.0, 5.0)),
        ("26/48 - loss: 0.5", ("", 26.0, 48.0)),
        ("Progress:  17.6% lr: 0.1", ("Progress:", 17.6, 100.0)),
        ("Downloading 12.5 MB", ("", bars.NOWHERE, -1.0)),
        ("x: 5%|#| 1/? [00:00]", ("x:", 1.0, -1.0)),
    ],
)
def test_where_a_bar_is(text, want):
    assert bars.position(text.encode()) == want
