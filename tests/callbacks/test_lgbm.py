"""LightGBM's results and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, train

pytestmark = MARKS
PACKAGES = ("lightgbm",)
IMPORTS = ("lightgbm",)


@BOTH
def test_every_metric_of_every_set(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "lightgbm_train", tmp_path, under)
    assert found.names() == {f"{data}/{name}" for data in found.report for name in found.report[data]}
    for data, metrics in found.report.items():
        for name, values in metrics.items():
            assert found.values(f"{data}/{name}") == values
            assert found.steps(f"{data}/{name}") == [0, 1, 2, 3]


@BOTH
def test_an_only_metric_goes_without_its_set(python: str, tmp_path: Path, under: bool) -> None:
    """Also where the training stops early."""
    found = train(python, "lightgbm_estimator", tmp_path, under)
    assert found.values("binary_logloss", "custom_dir") == found.report["valid_0"]["binary_logloss"]
    assert found.status("custom_dir") == "completed"


def test_cross_validation_and_its_experiment(python: str, tmp_path: Path) -> None:
    """Means, and deviations over the folds. The run of the callback's own ends with the last round."""
    found = train(python, "lightgbm_cv", tmp_path)
    for column, values in found.report.items():
        data, _, name = column.partition(" ")
        assert found.values(f"{data}/{name.removesuffix('-mean')}") == values
    assert [saved["step"] for saved in found.saved("dvclive/metrics.json")] == [2]
