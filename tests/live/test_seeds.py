"""Every snippet that users were shown works, alone and under `dvclive run`: seeds 000 to 004."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scripts

HOW_IT_WORKS = """
import random
from pathlib import Path

from dvclive import Live
from PIL import Image

EPOCHS = 2

with Live(save_dvc_exp=True) as live:
    live.log_param("epochs", EPOCHS)

    for i in range(EPOCHS):
        live.log_metric("metric", i + random.random())
        live.log_metric("nested/metric", i + random.random())
        live.log_image("img.png", Image.new("RGB", (50, 50), (i, i, i)))
        Path("model.pt").write_text(str(random.random()))
        live.next_step()

    live.log_artifact("model.pt")
    live.log_sklearn_plot("confusion_matrix", [0, 0, 1, 1], [0, 1, 0, 1])
    live.summary["additional_metric"] = 1.0
"""

LOG_METRIC = """
from dvclive import Live

with Live() as live:
    live.log_metric("train/loss", 0.4)
    live.log_metric("val/loss", 0.9)
    live.next_step()
    live.log_metric("train/loss", 0.2)
    live.log_metric("val/loss", 0.4)
"""

TIMESTAMPS = """
from dvclive import Live

with Live() as live:
    live.log_metric("train/loss", 0.4, timestamp=True)
    live.next_step()
    live.log_metric("train/loss", 0.2, timestamp=True)
"""

LOG_ARTIFACT = """
from pathlib import Path
from dvclive import Live

Path("model.pt").write_text("weights")

with Live() as live:
    live.log_artifact(
      "model.pt",
      type="model",
      name="mymodel",
      desc="Fine-tuned Resnet50",
      labels=["resnet", "imagenet"],
    )
"""

LOG_PLOT = """
from dvclive import Live

live = Live()

y_true = [0, 0, 1, 1]
y_pred = [1, 0, 1, 0]
y_score = [0.1, 0.4, 0.35, 0.8]
live.log_plot("roc", y_true, y_score)
live.log_plot("confusion_matrix", y_true, y_pred)
live.log_plot("calibration", y_true, y_score)
live.log_plot("det", y_true, y_score)
live.log_plot("precision_recall", y_true, y_score)
"""

LIVE_UPDATES = """
from dvclive import Live

params = {"epochs": 3}
with Live() as live:
  for i in range(params["epochs"]):
    accuracy = i / 10
    live.log_metric("accuracy", accuracy)
    live.next_step()
"""


@pytest.fixture(params=[False, True], ids=["alone", "under dvclive run"])
def under(request: pytest.FixtureRequest) -> bool:
    chosen: bool = request.param
    return chosen


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    return scripts.repository(tmp_path / "work")


def ran(code: str, cwd: Path, under: bool) -> Path:
    """Run the snippet; the run's directory."""
    done = scripts.run(code, cwd, under=under)
    assert done.returncode == 0, done.stderr
    return cwd / "dvclive"


def test_how_it_works(cwd: Path, under: bool) -> None:
    """Seed 000: the tree it shows (dvc.yaml at the root and no report, as in 3.x), and an experiment."""
    directory = ran(HOW_IT_WORKS, cwd, under)
    files = {path.relative_to(cwd).as_posix() for path in cwd.rglob("*") if path.is_file()}
    assert {
        "dvc.yaml",
        "dvclive/metrics.json",
        "dvclive/params.yaml",
        "dvclive/plots/images/img.png",
        "dvclive/plots/metrics/metric.tsv",
        "dvclive/plots/metrics/nested/metric.tsv",
        "dvclive/plots/sklearn/confusion_matrix.json",
        "model.pt",
        "model.pt.dvc",
    } <= files
    metrics = json.loads((directory / "metrics.json").read_text())
    assert list(metrics) == ["step", "metric", "nested", "additional_metric"]
    assert len(scripts.experiments(cwd)) == 1


def test_log_metric(cwd: Path, under: bool) -> None:
    """Seed 001: a row a call in `{name}.tsv`, the latest value in the summary."""
    directory = ran(LOG_METRIC, cwd, under)
    assert scripts.rows(directory / "plots/metrics/train/loss.tsv") == [
        ["step", "loss"],
        ["0", "0.4"],
        ["1", "0.2"],
    ]
    metrics = json.loads((directory / "metrics.json").read_text())
    assert metrics == {"step": 1, "train": {"loss": 0.2}, "val": {"loss": 0.4}}


def test_log_metric_with_timestamps(cwd: Path, under: bool) -> None:
    """Seed 001: epoch milliseconds in front, never going back."""
    header, first, second = scripts.rows(ran(TIMESTAMPS, cwd, under) / "plots/metrics/train/loss.tsv")
    assert header == ["timestamp", "step", "loss"]
    assert (first[1:], second[1:]) == (["0", "0.4"], ["1", "0.2"])
    assert 1_600_000_000_000 < int(first[0]) <= int(second[0])


def test_log_artifact(cwd: Path, under: bool) -> None:
    """Seed 002: tracked by DVC, described in dvc.yaml."""
    ran(LOG_ARTIFACT, cwd, under)
    assert (cwd / "model.pt.dvc").exists()
    assert scripts.yaml(cwd / "dvc.yaml")["artifacts"]["mymodel"] == {
        "path": "model.pt",
        "type": "model",
        "desc": "Fine-tuned Resnet50",
        "labels": ["resnet", "imagenet"],
    }


def test_log_plot_of_old(cwd: Path, under: bool) -> None:
    """Seed 003: the five kinds by their old name, and a run that nobody ended."""
    directory = ran(LOG_PLOT, cwd, under)
    kinds = {"roc", "confusion_matrix", "calibration", "det", "precision_recall"}
    assert {path.stem for path in (directory / "plots/sklearn").iterdir()} == kinds
    assert json.loads((directory / "plots/sklearn/confusion_matrix.json").read_text())[0] == {
        "actual": "0",
        "predicted": "1",
    }


def test_live_updates(cwd: Path, under: bool) -> None:
    """Seed 004: a loop of metrics and steps."""
    directory = ran(LIVE_UPDATES, cwd, under)
    rows = scripts.rows(directory / "plots/metrics/accuracy.tsv")[1:]
    assert rows == [["0", "0.0"], ["1", "0.1"], ["2", "0.2"]]
