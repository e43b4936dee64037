"""`--shims auto`: programs that know nothing of us, and what is recorded of them beside what they report."""

from __future__ import annotations

from pathlib import Path

import interpreters
import pytest
import trainings
from trainings import Trained

pytestmark = trainings.MARKS
PACKAGES = (
    *("xgboost", "lightgbm", "catboost", "keras", "lightning", "transformers", "accelerate", "optuna"),
    *("stable-baselines3", "tensorboard", "tensorboardX", trainings.TORCH),
)
IMPORTS = ("sklearn",)


@pytest.fixture
def trained(python: str, tmp_path: Path, request: pytest.FixtureRequest) -> Trained:
    """The test's own program, under `dvclive run --shims auto`."""
    program = request.node.name.removeprefix("test_")
    path = trainings.PROGRAMS / f"auto_{program}.py"
    names = [
        line.split()[1].partition(".")[0]
        for line in path.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    names += ["tensorboard"] * (program == "writer")
    interpreters.need(python, *names)
    return trainings.train(python, path.stem, tmp_path, under=True, options=("--shims", "auto"))


def test_xgboost(trained: Trained) -> None:
    """Each training's own curves; what is printed of them does not count again, what else is printed does."""
    first, second, score = trained.report
    names = {f"{data}/{metric}" for data in ("train", "other") for metric in ("logloss", "error")}
    assert trained.names() == {*names, "xgboost_2/validation_0/logloss", "test_accuracy"}
    for name in names:
        data, metric = name.split("/")
        assert trained.values(name) == first[data][metric]
        assert trained.steps(name) == [0, 1, 2, 3]
    assert trained.values("xgboost_2/validation_0/logloss") == second["validation_0"]["logloss"]
    assert trained.values("test_accuracy") == [score]
    params = trained.params()
    assert (params["max_depth"], params["num_boost_round"]) == (2, 4)
    assert (params["xgboost_2"]["max_depth"], params["xgboost_2"]["num_boost_round"]) == (3, 3)


def test_lightgbm(trained: Trained) -> None:
    assert trained.names() == {"valid_0/binary_logloss"}
    assert trained.values("valid_0/binary_logloss") == trained.report["valid_0"]["binary_logloss"]
    assert trained.params()["learning_rate"] == 0.2


def test_catboost(trained: Trained) -> None:
    """What it prints as `learn` and `test` does not count again."""
    assert trained.names() == {"learn/Logloss", "validation/Logloss"}
    assert trained.values("learn/Logloss") == trained.report["learn"]["Logloss"]
    assert trained.values("validation/Logloss") == trained.report["validation"]["Logloss"]
    assert trained.params()["iterations"] == 4


def test_boosters(trained: Trained) -> None:
    """Folds, early stopping, DART, evaluations now and then; nothing that is printed counts again."""
    assert trained.names() == set(trained.report)
    for name, values in trained.report.items():
        assert trained.values(name) == values
    assert trained.steps("learn/Logloss") == [0, 3, 6, 8]


def test_sklearn(trained: Trained) -> None:
    """A search, whose fits in other processes are not trainings of their own."""
    assert trained.values("search/mean_test_score") == trained.report["mean"]
    assert trained.summary()["best_score"] == trained.report["best"]
    assert trained.params()["best_params"] == trained.report["params"]
    assert trained.params()["estimator"] == "GridSearchCV"


def test_keras(trained: Trained) -> None:
    """A second `fit` goes on; the bars that Keras prints do not count again, what comes after them does."""
    wanted = {
        f"eval/{name[4:]}" if name.startswith("val_") else f"train/{name}": values
        for name, values in trained.report.items()
    }
    assert trained.names() == {*wanted, "loss"}
    assert trained.values("loss") == [1.0, 0.5, 0.333]
    for name, values in wanted.items():
        assert trained.values(name) == values
        assert trained.steps(name) == [0, 1, 2, 3, 4]
    assert trained.params()["optimizer"] == "Adam"


def test_lightning(trained: Trained) -> None:
    """Also where the Trainer has no logger; its bars and its table do not count again, what comes after a fit
    that fails does."""
    assert trained.names() == {"train/loss", "val/loss", "test/loss", "epoch", "train_loss"}
    assert trained.values("train_loss") == [1.0, 0.5, 0.333]
    assert trained.values("test/loss") == [trained.report["test"]]
    assert trained.values("train/loss") == trained.report["train"]
    assert trained.steps("train/loss") == list(range(10))
    assert trained.steps("val/loss") == [3, 7]
    assert trained.values("val/loss")[-1] == trained.report["val"]
    assert trained.params() == {"width": 4, "lr": 0.1, "max_epochs": 2}


def test_transformers(trained: Trained) -> None:
    """What is printed after a training that fails counts."""
    losses = [row for row in trained.report if "loss" in row]
    evals = [row for row in trained.report if "eval_loss" in row]
    assert trained.values("loss") == [row["loss"] for row in losses]
    assert trained.steps("loss") == [row["step"] for row in losses]
    assert trained.values("eval/loss") == [row["eval_loss"] for row in evals]
    assert trained.steps("eval/loss") == [row["step"] for row in evals]
    assert trained.values("eval_loss") == [1.0, 0.5, 0.333]
    assert "train_loss" not in trained.names()
    params = trained.params()
    assert params["num_train_epochs"] == 2
    assert not {"output_dir", "logging_steps", "report_to", "hub_token", "ddp_timeout"} & set(params)


def test_optuna(trained: Trained) -> None:
    """A study that is optimized further goes on with its curve."""
    assert trained.names() == {"value"}
    report = trained.report
    assert trained.steps("value") == [int(number) for number in report["values"]]
    assert trained.values("value") == list(report["values"].values())
    assert trained.summary()["best_value"] == report["value"]
    assert trained.params()["best_params"] == report["best"]


def test_sb3(trained: Trained) -> None:
    (first, values), (second, others) = trained.report
    for name in ("train/value_loss", "rollout/ep_rew_mean"):
        assert trained.steps(name) == [first, second]
        assert trained.values(name) == [values[name], others[name]]
    assert trained.params()["algorithm"] == "A2C"


def test_writer(trained: Trained) -> None:
    assert trained.names() == {"train/loss", "val/loss"}
    assert trained.values("train/loss") == trained.report
    assert trained.steps("val/loss") == [0, 10, 20, 30, 40]
    assert trained.summary()["final"] == trained.report[-1]
    assert trained.params() == {"lr": 0.1, "layers": "3"}


def test_fabric(trained: Trained) -> None:
    """What a program tells Fabric without a step counts on by itself."""
    report = trained.report
    assert trained.names() == {"train/loss", "val/loss", "epoch"}
    assert trained.values("train/loss") == report["train"]
    assert trained.steps("train/loss") == list(range(8))
    assert trained.values("val/loss") == report["val"]
    assert trained.steps("val/loss") == [0, 1]


def test_fastai(trained: Trained) -> None:
    """Both stages of a training; nothing of the search for a learning rate, and nothing twice; what is
    printed after one that fails."""
    columns = list(zip(*trained.report, strict=True))
    assert trained.names() == {"train/loss", "eval/loss", "accuracy", "valid_loss"}
    assert trained.values("valid_loss") == [1.0, 0.5, 0.333]
    for name, values in zip(("train/loss", "eval/loss", "accuracy"), columns, strict=True):
        assert trained.values(name) == list(values)
        assert trained.steps(name) == [0, 1, 2]
    assert trained.params()["epochs"] == 2
    assert [path.name for path in (trained.cwd / "models").iterdir()] == ["model.pth"]


def test_ignite(trained: Trained) -> None:
    """Evaluations by what they are of; what the bar shows does not count again, what else is printed does."""
    report = trained.report
    names = {"train/batch_loss", "train/average", "train/mse", "eval/mse", "eval_2/mse"}
    assert trained.names() == {*names, "half"}
    assert trained.values("train/batch_loss") == report["batch"]
    assert trained.steps("train/batch_loss") == list(range(1, 13))
    for name, key in (("train/average", "average"), ("train/mse", "train"), ("eval/mse", "eval")):
        assert trained.values(name) == report[key]
        assert trained.steps(name) == [1, 2, 3]
    assert trained.values("eval_2/mse") == report["last"]
