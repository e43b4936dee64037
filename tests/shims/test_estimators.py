"""What is recorded of scikit-learn's estimators, beside what they report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import scripts
from processes import Place

BEGIN = """
import json, warnings
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
x, y = make_classification(n_samples=120, random_state=0)
held, wanted = x[80:], y[80:]
x, y = x[:80], y[:80]
report = {}
"""
END = "\nopen('report.json', 'w').write(json.dumps(report, default=lambda value: value.tolist()))\n"


class Ran:
    """A program that has run under `dvclive run`."""

    def __init__(self, place: Place, program: str, *options: str) -> None:
        Path(place.cwd, "program.py").write_text(BEGIN + program + END)
        place.env["PYTHONPATH"] += ":" + str(Path(__file__).parents[2] / "adapters" / "python")
        ended = place.under([sys.executable, "program.py"], *options)
        assert (ended.code, ended.err) == (0, b""), ended.err
        self.dir = Path(place.dir)
        self.report = json.loads(Path(place.cwd, "report.json").read_text())

    def curve(self, name: str) -> list[tuple[int, float]]:
        """The points of a series."""
        rows = scripts.rows(self.dir / "plots" / "metrics" / f"{name}.tsv")[1:]
        return [(int(step), float(value)) for step, value in rows]

    def metrics(self) -> Any:
        """metrics.json."""
        return json.loads((self.dir / "metrics.json").read_text())

    def params(self) -> Any:
        """params.yaml."""
        return scripts.yaml(self.dir / "params.yaml")

    def plots(self) -> dict[str, Any]:
        """The plots by name."""
        folder = self.dir / "plots" / "sklearn"
        return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


FOLDS = """
from sklearn.model_selection import cross_val_score, cross_validate
report['first'] = cross_val_score(LogisticRegression(C=0.5), x, y, cv=4)
report['mean'] = report['first'].mean()
second = cross_validate(LogisticRegression(), x, y, scoring=('f1', 'recall'), return_train_score=True)
report['f1'], report['recall'] = second['test_f1'], second['train_recall']
"""


def test_folds(place: Place) -> None:
    """Each fold is a point, for `cross_val_score` and `cross_validate`; the mean is in metrics.json."""
    ran = Ran(place, FOLDS)
    points = {
        name: list(map(tuple, enumerate(values)))
        for name, values in ran.report.items()
        if isinstance(values, list)
    }
    assert ran.curve("cv/test_score") == points["first"]
    assert ran.metrics()["cv"]["mean_test_score"] == ran.report["mean"]
    assert ran.curve("sklearn_2/cv/test_f1") == points["f1"]
    assert ran.curve("sklearn_2/cv/train_recall") == points["recall"]
    assert ran.params()["C"] == 0.5


SCORES = """
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import HalvingGridSearchCV, RandomizedSearchCV
pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=2.0)).fit(x, y)
report['pipeline'] = [pipeline.score(x, y), pipeline.score(held, wanted)]
search = HalvingGridSearchCV(LogisticRegression(), {'C': [0.1, 1, 9]}, cv=2, random_state=0).fit(x, y)
report['search'] = [search.score(held, wanted), search.best_score_]
report['tried'] = search.cv_results_['mean_test_score']
other = RandomizedSearchCV(LogisticRegression(), {'C': [1, 2]}, n_iter=2, random_state=0).fit(x, y)
report['best'] = other.best_params_
"""


def test_scores_of_pipelines_and_searches(place: Place) -> None:
    """Whose `score` is their own; that of the parts inside is not asked for by the program."""
    ran = Ran(place, SCORES)
    metrics = ran.metrics()
    assert [metrics["score"], metrics["score_2"]] == ran.report["pipeline"]
    assert [metrics["sklearn_2"]["score"], metrics["sklearn_2"]["best_score"]] == ran.report["search"]
    assert [value for _, value in ran.curve("sklearn_2/search/mean_test_score")] == ran.report["tried"]
    assert ran.params()["logisticregression__C"] == 2.0
    assert ran.params()["sklearn_3"]["best_params"] == ran.report["best"]


PRINTED = """
from sklearn.model_selection import GridSearchCV, cross_validate
def show(results, number):
    for name in ('mean_test_f1', 'std_test_f1', 'mean_test_recall', 'rank_test_f1'):
        print(f'{name:20}{float(results[name][number]):>12.6}', flush=True)  # as pandas prints a row
def best(results):
    number = results['mean_test_f1'].argmax()
    show(results, number)
    return number
search = GridSearchCV(LogisticRegression(), {'C': [0.1, 9]}, cv=2, scoring=('f1', 'recall'), refit=best)
search.fit(x, y)
for number in range(2):
    show(search.cv_results_, number)
folds = cross_validate(LogisticRegression(), x, y, cv=3)
for fold, score in enumerate(folds['test_score']):
    print(f'epoch {fold}: test_score={score}', flush=True)
    print(f'epoch {fold}: other_score={score}', flush=True)
report['score'] = folds['test_score']
"""


def test_results_that_the_program_prints_count_once(place: Place) -> None:
    ran = Ran(place, PRINTED)
    folder = ran.dir / "plots" / "metrics"
    names = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.tsv")}
    search = {f"search/{kind}_test_{score}" for kind in ("mean", "std") for score in ("f1", "recall")}
    assert names == {*search, "sklearn_2/cv/test_score", "other_score"}
    assert [value for _, value in ran.curve("other_score")] == ran.report["score"]


ITERATIONS = """
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
warnings.simplefilter('ignore')
mlp = MLPClassifier(max_iter=4, verbose=True, early_stopping=True, random_state=0).fit(x, y)
report['loss'], report['validation_score'] = mlp.loss_curve_, mlp.validation_scores_
some = GradientBoostingClassifier(n_estimators=12, subsample=0.5, verbose=1).fit(x, y)
report['sklearn_2/train_score'] = some.train_score_
report['sklearn_2/oob_improvement'] = some.oob_improvement_
hist = HistGradientBoostingClassifier(max_iter=3, early_stopping=True, verbose=2).fit(x, y)
report['sklearn_3/train_score'] = hist.train_score_
report['sklearn_3/validation_score'] = hist.validation_score_
"""


PREPARED = """
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import log_loss
x = MinMaxScaler(feature_range=(0, 2)).fit_transform(x)
x = PCA(n_components=5, random_state=0).fit_transform(x)
scaler = StandardScaler().fit(x)
model = MLPClassifier(hidden_layer_sizes=(4,), random_state=0)
for _ in range(3):
    model.partial_fit(scaler.transform(x), y, classes=[0, 1])
    log_loss(y, model.predict_proba(scaler.transform(x)))
report['score'] = model.score(x, y)
KMeans(n_clusters=3).fit_predict(x)
"""


def test_what_prepares_data_is_no_training(place: Place) -> None:
    """Nor is what scikit-learn fits for itself. Scalers have the parameters that were chosen below their
    names; an estimator trained step by step has its own once, and what is made of its scores is the
    program's."""
    ran = Ran(place, PREPARED)
    params = ran.params()
    assert params["estimator"] == "MLPClassifier"
    assert params["hidden_layer_sizes"] == [4]
    assert params["PCA"] == {"n_components": 5, "random_state": 0}
    assert params["MinMaxScaler"] == {"feature_range": [0, 2]}
    assert params["sklearn_2"]["estimator"] == "KMeans"  # its `fit_predict` calls its `fit`
    assert {"StandardScaler", "sklearn_3", "neg_label"}.isdisjoint(params)
    assert "score" not in ran.metrics()


def test_iterations(place: Place) -> None:
    """What an estimator knows of its iterations is exact, and what it prints of them does not count again."""
    ran = Ran(place, ITERATIONS)
    folder = ran.dir / "plots" / "metrics"
    names = {path.relative_to(folder).as_posix().removesuffix(".tsv") for path in folder.rglob("*.tsv")}
    assert names == set(ran.report)
    for name, values in ran.report.items():
        assert ran.curve(name) == list(enumerate(values, 0 if name.startswith("sklearn_3") else 1))


PLOTTED = """
from sklearn import metrics
model = LogisticRegression().fit(x, y)
model.score(x, y)
chances = model.predict_proba(held)
report["roc"] = dict(zip(("fpr", "tpr"), metrics.roc_curve(wanted, chances[:, 1])))
model.score(held, wanted)
metrics.accuracy_score(wanted, model.predict(held))
names = [str(label) for label in wanted]
metrics.classification_report(y_true=names, y_pred=names[::-1])
"""


def test_plots_are_made_when_they_are_asked_for(place: Place) -> None:
    """Of data that a classifier was not fitted on, once for the same labels and predictions."""
    ran = Ran(place, PLOTTED, "--shims", "auto,sklearn-plots")
    plots = ran.plots()
    assert set(plots) == {"roc", "precision_recall", "calibration", "confusion_matrix", "confusion_matrix_2"}
    rows = plots["roc"]["roc"]
    assert [row["fpr"] for row in rows] == ran.report["roc"]["fpr"]
    assert [row["tpr"] for row in rows] == ran.report["roc"]["tpr"]
    assert len(plots["confusion_matrix"]) == 40
    assert {row["actual"] for row in plots["confusion_matrix_2"]} == {"0", "1"}


@pytest.mark.parametrize("options", [(), ("--shims", "sklearn")], ids=" ".join)
def test_no_plots_are_made_unasked(place: Place, options: tuple[str, ...]) -> None:
    ran = Ran(place, PLOTTED, *options)
    assert ran.plots() == {}
    assert "score_2" in ran.metrics()
