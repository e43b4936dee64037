"""CatBoost's results and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, train

pytestmark = MARKS
PACKAGES = ("catboost",)
IMPORTS = ("catboost",)


@BOTH
def test_every_metric_of_every_set(python: str, tmp_path: Path, under: bool) -> None:
    """At the rounds for which CatBoost computes them; a second training is a second run."""
    found = train(python, "catboost_fit", tmp_path, under)
    assert found.names() == {f"{data}/{name}" for data in found.report for name in found.report[data]}
    for data, metrics in found.report.items():
        for name, values in metrics.items():
            assert found.values(f"{data}/{name}") == values
            assert found.steps(f"{data}/{name}") == [0, 2, 4]
    assert len(found.saved("dvclive/metrics.json")) == 2
