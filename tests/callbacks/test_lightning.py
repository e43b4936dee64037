"""What Lightning and Fabric tell their loggers and what ours logs: equal."""

from __future__ import annotations

from pathlib import Path

import scripts
from trainings import BOTH, MARKS, TORCH, train

pytestmark = MARKS
PACKAGES = (TORCH, "lightning")
IMPORTS = ("lightning",)
NAMES = {
    "train_loss_step": "train/step/loss", "train_loss_epoch": "train/epoch/loss", "plain": "plain",
    "val_loss": "val/loss", "test_loss": "test/loss", "epoch": "epoch",
}  # fmt: skip


@BOTH
def test_everything_that_the_trainer_tells(python: str, tmp_path: Path, under: bool) -> None:
    """The test after the training, too, is in the one experiment."""
    found = train(python, "lightning_fit", tmp_path, under)
    name, version, told = found.report
    assert (name, version) == ("DvcLiveLogger", "dvclive_run")
    assert found.names() == set(NAMES.values())
    for theirs, ours in NAMES.items():
        points = [(step, metrics[theirs]) for metrics, step in told if theirs in metrics]
        assert list(zip(found.steps(ours), found.values(ours), strict=True)) == points
    assert found.params() == {"size": 4, "learning_rate": 0.01, "act": "relu"}
    (saved,) = found.saved("dvclive/metrics.json")
    assert saved["test"] == {"loss": told[-1][0]["test_loss"]}


def test_the_checkpoints_are_artifacts_the_best_one_a_model(python: str, tmp_path: Path) -> None:
    found = train(python, "lightning_fit", tmp_path)
    assert (found.cwd / "ckpt.dvc").exists()
    best = scripts.yaml(found.cwd / "dvc.yaml")["artifacts"]["best"]
    assert best["type"] == "model"
    copied = found.cwd / best["path"]
    assert copied.read_bytes() == (found.cwd / "ckpt" / copied.name).read_bytes()


@BOTH
def test_a_training_that_fails_is_marked_so(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "lightning_crash", tmp_path, under)
    assert found.steps("loss") == [0, 1]
    assert found.status() == "failed"


@BOTH
def test_a_fabric_program_with_a_run_of_its_own(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "fabric_loop", tmp_path, under)
    assert found.names("mine") == {
        "pre/train/loss", "pre/lr-Adam", "pre/val/epoch/acc", "pre/val/loss"
    }  # fmt: skip
    assert found.steps("pre/train/loss", "mine") == [1, 2, 5]
    assert found.steps("pre/val/loss", "mine") == [6]
    assert found.params("mine") == {"lr": 0.1, "act": "relu", "sizes": {"a": [1, 2]}, "none": None}


def test_step_0_is_a_step(python: str, tmp_path: Path) -> None:
    """The reference moves it to step 1. Its parameters fail where YAML cannot say them."""
    found = train(python, "fabric_first_step", tmp_path)
    assert found.steps("loss") == [0, 1, 2]
    assert found.params() == {"scale": 1.5, "kind": "object"}
    assert found.status() == "failed"
