"""What a fitted estimator knows and what is logged of it: equal. scikit-learn comes with us: always run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import scripts
from sklearn.datasets import load_iris, make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_curve
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dvclive import Live
from dvclive.sklearn import log_estimator

X, Y = make_classification(n_samples=120, random_state=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def logged(folder: Path, *args: Any, **kwargs: Any) -> Any:
    """Log an estimator, and read metrics.json."""
    with Live(folder, save_dvc_exp=False, dvcyaml=None) as live:
        log_estimator(live, *args, **kwargs)
    return json.loads((folder / "metrics.json").read_text())


def test_parameters_and_score(folder: Path) -> None:
    model = LogisticRegression(C=0.5).fit(X[:80], Y[:80])
    assert logged(folder, model, X[80:], Y[80:]) == {"score": model.score(X[80:], Y[80:])}
    params = scripts.yaml(folder / "params.yaml")
    assert (params["estimator"], params["C"], params["solver"]) == ("LogisticRegression", 0.5, "lbfgs")


def test_a_pipeline_s_parts_have_their_parameters(folder: Path) -> None:
    logged(folder, make_pipeline(StandardScaler(), LogisticRegression(C=2.0)).fit(X, Y))
    params = scripts.yaml(folder / "params.yaml")
    assert (params["standardscaler"], params["logisticregression__C"]) == ("StandardScaler", 2.0)
    assert params["steps"] == [
        ["standardscaler", "StandardScaler"],
        ["logisticregression", "LogisticRegression"],
    ]


def test_each_candidate_of_a_search_and_the_best(folder: Path) -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1.0]}, cv=3).fit(X, Y)
    summary = logged(folder, search)
    assert summary["best_score"] == search.best_score_
    for key in ("mean_test_score", "std_test_score"):
        rows = scripts.rows(folder / f"plots/metrics/search/{key}.tsv")[1:]
        assert [float(value) for _, value in rows] == list(search.cv_results_[key])
        assert [step for step, _ in rows] == ["0", "1", "2"]
    params = scripts.yaml(folder / "params.yaml")
    assert params["best_params"] == search.best_params_
    assert params["param_grid"] == {"C": [0.01, 0.1, 1.0]}


@pytest.mark.parametrize("labels", [(0, 1), ("no", "yes")])
def test_plots_of_a_classifier_of_two_classes(folder: Path, labels: tuple[Any, Any]) -> None:
    y = [labels[n] for n in Y]
    model = LogisticRegression().fit(X, y)
    logged(folder, model, X, y, plots=True)
    plots = {path.stem: json.loads(path.read_text()) for path in (folder / "plots/sklearn").iterdir()}
    assert set(plots) == {"confusion_matrix", "roc", "precision_recall", "calibration"}
    shown = [(point["actual"], point["predicted"]) for point in plots["confusion_matrix"]]
    assert shown == [(str(a), str(p)) for a, p in zip(y, model.predict(X), strict=True)]
    false, true, _ = roc_curve(Y, model.predict_proba(X)[:, 1])
    assert [(p["fpr"], p["tpr"]) for p in plots["roc"]["roc"]] == list(zip(false, true, strict=True))


def test_three_classes_have_a_confusion_matrix_only(folder: Path) -> None:
    x, y = load_iris(return_X_y=True)
    logged(folder, LogisticRegression(max_iter=500).fit(x, y), x, y, plots=True)
    assert [path.name for path in (folder / "plots/sklearn").iterdir()] == ["confusion_matrix.json"]


def test_several_by_name_and_no_plots_of_a_regression(folder: Path) -> None:
    models = {"weak": Ridge(alpha=1.0).fit(X, Y), "strong": Ridge(alpha=10.0).fit(X, Y)}
    with Live(folder, save_dvc_exp=False, dvcyaml=None) as live:
        for name, model in models.items():
            log_estimator(live, model, X, Y, plots=True, name=name)
    summary = json.loads((folder / "metrics.json").read_text())
    assert summary == {name: {"score": model.score(X, Y)} for name, model in models.items()}
    assert scripts.yaml(folder / "params.yaml")["strong"]["alpha"] == 10.0
    assert not (folder / "plots/sklearn").exists()
