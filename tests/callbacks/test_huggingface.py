"""The history of transformers' Trainer and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

import scripts
from trainings import BOTH, MARKS, TORCH, train

pytestmark = MARKS
PACKAGES = (TORCH, "transformers", "accelerate")
IMPORTS = ("torch", "transformers", "accelerate")
NAMES = {"loss": "loss", "grad_norm": "grad_norm", "eval_loss": "eval/loss", "train_loss": "train/loss"}


@BOTH
def test_every_record_is_a_step(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "huggingface_trainer", tmp_path, under)
    for name, ours in NAMES.items():
        points = [(step, line[name]) for step, line in enumerate(found.report) if name in line]
        assert list(zip(found.steps(ours), found.values(ours), strict=True)) == points
    params = found.params()
    assert (params["num_train_epochs"], params["output_dir"]) == (2, "out")
    assert len(found.saved("dvclive/metrics.json")) == 1
    assert (found.cwd / "out.dvc").exists()  # log_model="all": the folder of the checkpoints


def test_the_model_of_the_end(python: str, tmp_path: Path) -> None:
    """The reference fails here with transformers 5."""
    found = train(python, "huggingface_model", tmp_path)
    assert scripts.yaml(found.cwd / "dvc.yaml")["artifacts"] == {
        "last": {"path": "dvclive/artifacts/last", "type": "model"}
    }
    kept = {path.name for path in (found.cwd / "dvclive/artifacts/last").iterdir()}
    assert {"config.json", "model.safetensors"} <= kept
