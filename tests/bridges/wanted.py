"""What is to be recorded of the scripts in `programs`; the tests with the trackers hold that they tell it."""

from __future__ import annotations

from typing import Any

THIRDS = [1.0, 0.5, 1 / 3]
SEVENTHS = [0.0, 1 / 7, 2 / 7]


def at(values: list[float], every: int = 1) -> list[tuple[int, float]]:
    """Points with steps."""
    return [(step * every, value) for step, value in enumerate(values)]


POINTS: dict[str, dict[str, list[tuple[int, float]]]] = {
    "aim": {
        "train/loss": at(THIRDS, 10),
        "val/loss": at(SEVENTHS, 10),
        "counted": at([0, 1, 2]),
        "1/test/precision": at([0.5, 0.5, 0.5]),
        "1/test/recall": at([0, 1 / 3, 2 / 3]),
    },
    "clearml": {"loss/train": at(THIRDS), "acc": at(SEVENTHS)},
    "comet_ml": {
        "train_loss": at(THIRDS),
        "test_acc": at(SEVENTHS),
        "test_deep/er": at([0, 1, 2]),
        "late": [(2, 0.5)],
    },
    "neptune": {
        "train/loss": at(THIRDS),
        "val/acc": at(SEVENTHS, 10),
        "train/a": [(0, 1)],
        "train/b": [(0, 2)],
        "more": [(1, 0.5), (2, 0.25)],
    },
    "trackio": {"loss": [*at(THIRDS), (10, 0.125)], "val/acc": at(SEVENTHS), "late": [(11, 0.5)]},
}
NET = {"lr": 0.1, "net": {"layers": 3}}
PARAMS: dict[str, Any] = {
    "aim": {"hparams": NET, "seed": 7, "more": {"deep": 1}},
    "clearml": {**NET, "lr": 0.2, "seed": 7},
    "comet_ml": {**NET, "seed": 7},
    "neptune": {"parameters": NET, "seed": 7},
    "trackio": {**NET, "batch": 8},
}
ABOUT: dict[str, Any] = {
    "aim": {"aim": {"experiment": "digits"}},
    "comet_ml": {"comet_ml": {"tags": ["small"]}},
    "trackio": {"trackio": {"project": "digits", "name": "first"}},
}
"""What else is among the parameters: how the script describes its run."""
SUMMARY = {
    "clearml": {"final": 0.5},
    "comet_ml": {"note": "text"},
    "neptune": {"final": 0.5},
    "trackio": {"note": "text"},
}
IMAGES = {
    "aim": {"seen/1.png"},
    "clearml": {"seen/one/1.png"},
    "comet_ml": {"seen/2.png"},
    "neptune": {"seen/1.png"},
    "trackio": {"seen/11.png"},
}
ARTIFACTS = {
    "clearml": {"net": {"path": "model.bin"}},
    "comet_ml": {"net": {"path": "model.bin", "type": "model"}},
    "neptune": {"net": {"path": "model.bin"}},
    "trackio": {"net": {"path": "model.bin", "type": "model"}},
}
