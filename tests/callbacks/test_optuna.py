"""Optuna's trials, each an experiment with the trial's own numbers."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, train

pytestmark = MARKS
PACKAGES = ("optuna",)
IMPORTS = ("optuna",)


@BOTH
def test_an_experiment_for_each_trial(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "optuna_study", tmp_path, under)
    saved = {values["metric"] for values in found.saved("dvclive-optuna/metrics.json")}
    assert saved == {trial["metric"] for trial in found.report}
    last = found.report[-1]
    assert found.params("dvclive-optuna") == {"x": last["x"], "kind": last["kind"]}


def test_several_objectives(python: str, tmp_path: Path) -> None:
    found = train(python, "optuna_objectives", tmp_path)
    loss, size = found.report
    assert found.summary("one-name") == {"metric_0": loss, "metric_1": size}
    assert found.summary("names") == {"loss": loss, "size": size}


def test_what_a_trial_reported_on_its_way_is_its_curve(python: str, tmp_path: Path) -> None:
    """Of pruned and failed trials too; a failed one is marked so."""
    found = train(python, "optuna_failures", tmp_path)
    points = found.report[-1]["points"]
    assert found.values("metric", "dvclive-optuna") == list(points.values())
    assert found.steps("metric", "dvclive-optuna") == [0, 1, 2]
    states = [saved["status"] for saved in found.saved("dvclive-optuna/run.json")]
    assert sorted(states) == ["completed", "completed", "failed"]
