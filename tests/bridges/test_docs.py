"""Scripts that use of a tracker what its documentation shows beside scalars: they run to their end, and what
DVC has a place for is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import interpreters
import pytest
import scripted

TRACKERS = ("clearml", "comet_ml", "mlflow", "neptune", "wandb")


class Wanted(NamedTuple):
    """What is recorded of a script, whether its tracker is there or not."""

    points: str
    plots: str = ""
    images: str = ""
    artifacts: str = ""
    summary: str = ""


WANTED = {
    "wandb": Wanted(
        "accuracy epoch train/loss val/acc",
        "custom/bars custom/curve custom/dots custom/lines/down custom/lines/up custom/matrix",
        "examples/1_0.png examples/3_0.png examples/5_0.png segmented/6.png",
        "labels.txt",
        "best_accuracy note",
    ),
    "mlflow": Wanted(
        "accuracy final loss mlflow_2/loss",
        images="blank.png",
        artifacts="features.txt more.json notes.md settings.json table.json",
    ),
    "comet_ml": Wanted(
        "test_loss train_acc train_deep/er train_loss",
        "custom/counted custom/roc sklearn/confusion_matrix",
        "blank/2.png",
        "data.json scores.csv",
        "best worst",
    ),
    "clearml": Wanted(
        "acc loss/train",
        "custom/dots/points custom/lines/one custom/matrix/test",
        "seen/one/1.png",
        "settings.json",
        "final",
    ),
    "neptune": Wanted(
        "train/late train/loss val/acc", "", "seen/1.png single.png", "page.html", "counted score"
    ),
}


def held(tracker: str, ran: scripted.Ran) -> None:
    """All of it is in the run."""
    wanted, run = WANTED[tracker], ran.cwd / "dvclive"
    assert "script: done" in ran.out
    assert "Traceback" not in ran.err
    assert "has failed" not in ran.err
    assert {name for name, points in ran.points().items() if points} == set(wanted.points.split())
    for plot in wanted.plots.split():
        assert (run / "plots" / f"{plot}.json").exists(), plot
    assert set(wanted.images.split()) <= ran.images()
    for name in wanted.artifacts.split():
        assert (run / "artifacts" / name).exists(), name
    assert set(wanted.summary.split()) <= set(ran.summary())


@pytest.mark.parametrize("tracker", TRACKERS)
def test_without_the_tracker(tracker: str, tmp_path: Path) -> None:
    ran = scripted.run(f"{tracker}_docs", tmp_path, "--bridge-only", WATCH="1")
    held(tracker, ran)
    assert [name for name in ran.written() if not name.startswith("model.bin")] == []


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with the trackers."""
    packages = (*TRACKERS, "numpy", "Pillow", "scikit-learn")
    return scripted.TRACKERS.made(tmp_path_factory.mktemp("docs"), *packages)


class TestInstalled:
    """Beside the real ones."""

    pytestmark = scripted.TRACKERS.marks

    @pytest.mark.parametrize("options", [(), ("--bridge-only",)], ids=["beside", "bridge-only"])
    @pytest.mark.parametrize("tracker", TRACKERS)
    def test_with_the_tracker(
        self, tracker: str, options: tuple[str, ...], python: str, tmp_path: Path
    ) -> None:
        interpreters.need(python, tracker)
        held(tracker, scripted.run(f"{tracker}_docs", tmp_path, *options, python=python))
