"""What Ignite's engines hold and what our logger logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, TORCH, train

pytestmark = MARKS
PACKAGES = (TORCH, "pytorch-ignite")
IMPORTS = ("ignite",)


@BOTH
def test_metrics_outputs_and_learning_rates(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "ignite_run", tmp_path, under)
    assert found.values("train/batch") == found.report["batch"]
    assert found.steps("train/batch") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.values("eval/mse") == found.report["mse"]
    assert found.steps("eval/mse") == [1, 2]
    assert found.values("lr/group_0") == [0.1, 0.1]
    assert found.params() == {"lr": 0.1}
    assert len(found.saved("dvclive/metrics.json")) == 1
