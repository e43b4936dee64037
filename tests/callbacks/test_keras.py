"""Keras' history and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, TORCH, train

pytestmark = MARKS
PACKAGES = (TORCH, "keras")
IMPORTS = ("torch", "keras")


@BOTH
def test_the_metrics_of_each_epoch(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "keras_fit", tmp_path, under)
    history = found.report
    assert found.names("custom_dir") == {"train/loss", "train/accuracy", "eval/loss", "eval/accuracy"}
    for name in ("loss", "accuracy"):
        assert found.values(f"train/{name}", "custom_dir") == history[name]
        assert found.values(f"eval/{name}", "custom_dir") == history[f"val_{name}"]
        assert found.steps(f"eval/{name}", "custom_dir") == [1, 3]  # validation_freq=2
    assert found.summary("custom_dir")["test_acc"] == 0.5


@BOTH
def test_a_model_trained_on_is_one_run(python: str, tmp_path: Path, under: bool) -> None:
    """The experiment has all of it; `evaluate` adds nothing."""
    found = train(python, "keras_again", tmp_path, under)
    assert found.values("train/loss") == found.report
    assert found.steps("train/loss") == [0, 1, 2, 3, 4]
    assert [saved["step"] for saved in found.saved("dvclive/metrics.json")] == [4]
