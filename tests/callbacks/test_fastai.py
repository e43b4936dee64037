"""What fastai's recorder has and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, TORCH, train

pytestmark = MARKS
PACKAGES = (TORCH, "fastai")
IMPORTS = ("fastai",)


@BOTH
def test_the_recorder_s_lines_the_arguments_and_the_best_model(
    python: str, tmp_path: Path, under: bool
) -> None:
    """Also of the epoch in which another callback stops the training."""
    found = train(python, "fastai_fit", tmp_path, under)
    assert 1 < len(found.report) < 5
    for name, ours in {"train_loss": "train/loss", "valid_loss": "eval/loss", "accuracy": "accuracy"}.items():
        assert found.values(ours) == [line[name] for line in found.report]
    assert found.params() == {
        "model": "Linear", "batch_size": 8, "batch_per_epoch": 6, "frozen": False, "frozen_idx": 0,
        "transforms": "None",
    }  # fmt: skip
    assert (found.cwd / "models/model.pth.dvc").exists()
    assert len(found.saved("dvclive/metrics.json")) == 1


@BOTH
def test_a_frozen_and_an_unfrozen_stage_are_one_run(python: str, tmp_path: Path, under: bool) -> None:
    """`lr_find`, `validate` and `get_preds` add nothing."""
    found = train(python, "fastai_fine_tune", tmp_path, under)
    assert found.values("train/loss") == [line[0] for line in found.report]
    assert found.values("eval/loss") == [line[1] for line in found.report]
    assert found.steps("train/loss") == [0, 1, 2]
    assert "after end()" not in found.stderr
    assert [saved["step"] for saved in found.saved("dvclive/metrics.json")] == [2]
