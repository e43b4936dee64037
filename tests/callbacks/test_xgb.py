"""XGBoost's results and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, train

pytestmark = MARKS
PACKAGES = ("xgboost", "pandas")
IMPORTS = ("xgboost", "pandas")


@BOTH
def test_every_metric_of_every_set(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "xgboost_train", tmp_path, under)
    assert found.names() == {f"{data}/{name}" for data in found.report for name in found.report[data]}
    for data, metrics in found.report.items():
        for name, values in metrics.items():
            assert found.values(f"{data}/{name}") == values
            assert found.steps(f"{data}/{name}") == [0, 1, 2, 3]
    assert found.summary()["step"] == 3
    assert [saved["step"] for saved in found.saved("dvclive/metrics.json")] == [3]


@BOTH
def test_an_estimator_that_stops_early_in_a_run_of_the_user_s(
    python: str, tmp_path: Path, under: bool
) -> None:
    found = train(python, "xgboost_estimator", tmp_path, under)
    assert found.values("validation_0/logloss", "custom_dir") == found.report["validation_0"]["logloss"]
    assert found.summary("custom_dir")["summary_metric"] == 1.0


def test_one_set_alone(python: str, tmp_path: Path) -> None:
    found = train(python, "xgboost_one_set", tmp_path)
    assert found.names("mine") == {"logloss"}
    assert found.values("logloss", "mine") == found.report["validation_0"]["logloss"]


def test_cross_validation(python: str, tmp_path: Path) -> None:
    """Means and deviations over the folds, under XGBoost's names; the reference fails here."""
    found = train(python, "xgboost_cv", tmp_path)
    for column, values in found.report.items():
        assert found.values(column.replace("-", "/", 1)) == values
    assert len(found.report) == len(found.names()) == 4
