"""Trainings of several processes: one run, the first one's values, each once, and an end."""

from __future__ import annotations

from pathlib import Path

import pytest
import trainings
from interpreters import TORCH

pytestmark = trainings.FRAMEWORKS.marks
PACKAGES = ("lightning", "transformers", "accelerate", "tensorboard", TORCH)
IMPORTS = ("torch", "tensorboard")
TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node", "2")
ACCELERATE = (  # which starts a single one on CPUs
    *("-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1", "--num_machines", "1"),
    *("--mixed_precision", "no", "--dynamo_backend", "no"),
)


@pytest.mark.parametrize("launcher", [TORCHRUN, ()], ids=["torchrun", "spawn"])
def test_processes_that_all_write_and_print(python: str, tmp_path: Path, launcher: tuple[str, ...]) -> None:
    """The arguments are the program's, not the launcher's."""
    arguments = () if launcher else ("--spawn",)
    trained = trainings.train(
        python, "ranks_group", tmp_path, under=True, launcher=launcher, arguments=arguments
    )
    assert trained.names() == {"loss"}
    assert trained.steps("loss") == [0, 1, 2, 3]
    assert trained.values("loss") == [0.0, 0.125, 0.25, 0.375]
    assert trained.params() == {"lr": 0.5, "spawn": not launcher}
    assert trained.status() == "completed"


@pytest.mark.parametrize("launcher", [TORCHRUN, ACCELERATE], ids=["torchrun", "accelerate"])
def test_a_trainer_of_transformers(python: str, tmp_path: Path, launcher: tuple[str, ...]) -> None:
    trained = trainings.train(python, "ranks_transformers", tmp_path, under=True, launcher=launcher)
    losses = [row for row in trained.report if "loss" in row]
    assert trained.values("loss") == [row["loss"] for row in losses]
    assert trained.steps("loss") == [row["step"] for row in losses]
    assert not {"train_loss", "train/train_loss"} & trained.names()


def test_a_trainer_of_lightning_that_starts_the_others_itself(python: str, tmp_path: Path) -> None:
    trained = trainings.train(python, "ranks_lightning", tmp_path, under=True)
    assert trained.names() == {"train/loss", "epoch"}
    assert trained.values("train/loss") == trained.report
    assert trained.steps("train/loss") == [0, 1, 2]
