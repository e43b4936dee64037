"""What programs write for TensorBoard is in the run, under names that no two writers share."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import interpreters
import pytest
import scripted
from wanted import SEVENTHS, THIRDS, at

from dvclive.auto.bridges.boards import Boards

POINTS = {
    "train/loss": at(THIRDS),
    "train/val/loss": at([0, 1, 2]),
    "val/loss": at(SEVENTHS),
    "val/both/a": at([0, 1, 2]),
    "val/both/b": at([0, 2, 4]),
    "more/train/loss": at([0, 1, 2], 10),
    "free": at([0, 1, 2]),
    "unstepped": at([0, 1, 2]),
}
IMAGES = {f"train/{name}/2.png" for name in ("seen", "many", "grey")}
FIGURES = {f"train/{name}/2.png" for name in ("figure", "kept")}
PACKAGES = (
    "tensorboard",
    "tensorboardX",
    interpreters.TORCH,
    "tensorflow-cpu",
    "numpy",
    "matplotlib",
    "Pillow",
)


def short(points: dict[str, Any]) -> dict[str, Any]:
    """Values as an event file has them: with 32 bits."""
    return {
        name: [(step, struct.unpack("f", struct.pack("f", value))[0]) for step, value in found]
        for name, found in points.items()
    }


def test_a_folder_that_everybody_knows_stands_before_its_names() -> None:
    boards = Boards()
    assert boards.name("runs/train", "loss") == "train/loss"
    assert boards.name("runs/Val/", "loss") == "Val/loss"
    assert boards.name("/home/me/runs/test", "test_loss") == "test_loss"
    assert boards.name("runs/test", "Test/loss") == "Test/loss"


def test_another_folder_only_where_a_name_is_taken() -> None:
    """By as much of its path as it takes; and each time the same."""
    boards = Boards()
    for _ in range(2):
        assert boards.name("runs/Nov21_host", "loss") == "loss"
        assert boards.name("runs/b/version_0", "loss") == "version_0/loss"
        assert boards.name("runs/c/version_0", "loss") == "c/version_0/loss"
        assert boards.name("runs/b/version_0", "acc") == "acc"


def held(ran: scripted.Ran) -> None:
    """What every kind of writer tells."""
    assert ran.points() == POINTS
    assert ran.params() == {"lr": 0.1, "on": True, "opt": "sgd"}
    assert ran.summary()["best"] == 0.25
    assert ran.summary()["note"] == "text"
    figures = {"[2]\n": FIGURES, "": set()}[ran.out]  # there is Matplotlib, which keeps one of them, or none
    assert ran.images() == IMAGES | figures
    assert (ran.cwd / "dvclive/plots/sklearn/train/pr.json").exists()


def test_a_writer_that_is_not_installed(tmp_path: Path) -> None:
    ran = scripted.run("writer", tmp_path, "--bridge-only", "--no-save-dvc-exp", kind="tensorboardX")
    held(ran)
    assert ran.written() == []


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with writers."""
    return scripted.TRACKERS.made(tmp_path_factory.mktemp("boards"), *PACKAGES)


class TestBeside:
    """Beside the real ones."""

    pytestmark = scripted.TRACKERS.marks

    @pytest.mark.parametrize("kind", ["torch", "tensorboardX"])
    def test_the_run_has_what_the_event_files_have(self, kind: str, python: str, tmp_path: Path) -> None:
        interpreters.need(python, kind, "tensorboard", "matplotlib")
        ran = scripted.run(
            "writer", tmp_path, "--shims", "auto", "--no-save-dvc-exp", python=python, kind=kind
        )
        held(ran)
        assert scripted.told("writer", python, ran)["points"] == short(POINTS)

    @pytest.mark.parametrize("kind", ["torch", "tensorboardX"])
    def test_alone_nothing_is_written(self, kind: str, python: str, tmp_path: Path) -> None:
        interpreters.need(python, kind, "matplotlib")
        ran = scripted.run("writer", tmp_path, "--bridge-only", "--no-save-dvc-exp", python=python, kind=kind)
        held(ran)
        assert ran.written() == []

    def test_tf_summary(self, python: str, tmp_path: Path) -> None:
        """Also what a compiled function writes."""
        interpreters.need(python, "tensorflow", "tensorboard")
        ran = scripted.run("tensorflow", tmp_path, "--shims", "auto", "--no-save-dvc-exp", python=python)
        assert short(ran.points()) == scripted.told("tensorflow", python, ran)["points"]
        assert set(ran.points()) == {
            *("train/loss", "train/deep/er", "train/sometimes", "test/loss", "test/compiled")
        }
        assert ran.images() == {"train/seen/3.png"}

    def test_tf_summary_alone(self, python: str, tmp_path: Path) -> None:
        interpreters.need(python, "tensorflow")
        ran = scripted.run("tensorflow", tmp_path, "--bridge-only", "--no-save-dvc-exp", python=python)
        assert ran.points()["train/loss"] == [(0, 1.0), (10, 0.5), (20, 0.33333334), (30, 0.25)]
        assert short(ran.points())["test/compiled"] == short({"": at(SEVENTHS)})[""]
        assert ran.images() == {"train/seen/3.png"}
        assert ran.written() == []

    def test_a_callback_of_keras_tells_what_the_shim_for_keras_tells(
        self, python: str, tmp_path: Path
    ) -> None:
        """Once; what the program writes beside it counts."""
        interpreters.need(python, "tensorflow", "tensorboard", "keras")
        ran = scripted.run("keras", tmp_path, "--shims", "auto", "--no-save-dvc-exp", python=python)
        assert set(ran.points()) == {"train/loss", "eval/loss", "own"}
        told = scripted.told("tensorflow", python, ran)["points"]
        assert short({"": ran.points()["train/loss"]})[""] == told["train/epoch_loss"]
        assert short({"": ran.points()["eval/loss"]})[""] == told["validation/epoch_loss"]


class TestWithoutTensorBoard:
    """Of which PyTorch and TensorFlow have their writers: `--bridge-only` does without."""

    pytestmark = scripted.TRACKERS.marks

    @pytest.fixture(scope="class")
    def bare(self, python: str, tmp_path_factory: pytest.TempPathFactory) -> str:
        """The interpreter without it."""
        interpreters.need(python, "torch", "tensorflow", "matplotlib")
        return interpreters.without(python, tmp_path_factory.mktemp("bare"), "tensorboard")

    def test_a_writer_of_pytorch(self, bare: str, tmp_path: Path) -> None:
        ran = scripted.run(
            "writer", tmp_path, "--bridge-only", "--no-save-dvc-exp", python=bare, kind="torch"
        )
        held(ran)
        assert ran.written() == []

    def test_tf_summary(self, bare: str, tmp_path: Path) -> None:
        ran = scripted.run("tensorflow", tmp_path, "--bridge-only", "--no-save-dvc-exp", python=bare)
        assert set(ran.points()) == {
            *("train/loss", "train/deep/er", "train/sometimes", "test/loss", "test/compiled")
        }
        assert ran.images() == {"train/seen/3.png"}
        assert ran.written() == []
