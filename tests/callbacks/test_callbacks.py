"""What the callbacks share, without a framework: one that is missing, and the run that is logged to."""

from __future__ import annotations

import argparse
import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from dvclive import Live
from dvclive.frameworks import Run, described

PACKAGE = Path(__file__).parents[2] / "adapters" / "python"
NEEDS = {
    "catboost": "catboost",
    "fabric": "lightning",
    "fastai": "fastai",
    "huggingface": "transformers",
    "keras": "keras",
    "lgbm": "lightgbm",
    "lightning": "lightning",
    "optuna": "optuna",
    "pytorch_ignite": "pytorch-ignite",
    "sb3": "stable-baselines3",
    "sklearn": "scikit-learn",
    "xgb": "xgboost",
}


def imported(code: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """An import in an interpreter that has no package installed."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PACKAGE, *paths)))}
    argv = [sys.executable, "-S", "-c", code]
    return subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("module", "package"), NEEDS.items())
def test_without_its_framework_a_callback_says_what_to_install(module: str, package: str) -> None:
    """An ImportError, as programs expect that go on without it."""
    done = imported(
        f"try: import dvclive.{module}\nexcept ImportError as error: print(error.name); print(error)"
    )
    name, said, advice = done.stdout.splitlines()
    assert said == f"{package} is not installed for this Python, and its callback needs it."
    assert advice == f"Install it: python -m pip install {package}"
    assert name in (package.replace("-", "_"), package.removeprefix("pytorch-"), "sklearn")


def test_a_broken_framework_is_not_called_missing(tmp_path: Path) -> None:
    """What its own import raises is shown as it is."""
    (tmp_path / "xgboost").mkdir()
    (tmp_path / "xgboost" / "__init__.py").write_text("import no_such_module\n")
    done = imported("import dvclive.xgb", tmp_path)
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'no_such_module'"


class Model:
    """Something that is trained."""


@pytest.fixture
def options(tmp_path: Path) -> dict[str, object]:
    return {"dir": tmp_path / "run", "save_dvc_exp": False, "dvcyaml": None}


def rows(live: Live, name: str) -> list[str]:
    return (Path(live.plots_dir) / "metrics" / f"{name}.tsv").read_text().splitlines()[1:]


def train(run: Run, model: object, value: int) -> None:
    run.begin(model)
    run.live.log_metric("x", value)
    run.live.next_step()
    run.end()


def test_another_model_is_another_run(options: dict[str, object]) -> None:
    run = Run(None, options)
    first = run.live
    train(run, Model(), 1)
    train(run, Model(), 2)
    assert run.live is not first
    assert rows(run.live, "x") == ["0\t2"]


def test_the_same_model_trained_on_goes_on_with_its_run(options: dict[str, object]) -> None:
    run, model = Run(None, options), Model()
    train(run, model, 1)
    train(run, model, 2)
    assert rows(run.live, "x") == ["0\t1", "1\t2"]
    run.live.end()


def test_a_given_run_stays(options: dict[str, object]) -> None:
    """A `with` block, not a training, ends it."""
    with Live(**options) as live:  # type: ignore[arg-type]
        run = Run(live, {})
        train(run, Model(), 1)
        train(run, Model(), 2)
        assert run.live is live
    assert rows(live, "x") == ["0\t1", "1\t2"]


def test_a_callback_can_be_copied_and_sent(options: dict[str, object]) -> None:
    """Estimators are cloned with their callbacks, and sent to other processes."""
    run, model = Run(None, options), Model()
    run.begin(model)
    assert copy.deepcopy(run).live is run.live
    assert pickle.loads(pickle.dumps(run)).live.dir == run.live.dir
    run.end()


def test_copies_train_a_run_each(options: dict[str, object]) -> None:
    """As the clones of an estimator in a grid search do."""
    run = Run(None, options)
    copies = [copy.deepcopy(run), copy.deepcopy(run)]
    for value, each in enumerate(copies):
        train(each, None, value)
    assert copies[0].live is not copies[1].live
    assert rows(copies[1].live, "x") == ["0\t1"]


def test_parameters_that_yaml_cannot_say_are_described() -> None:
    found = described(
        argparse.Namespace(lr=0.1, act=max, kind=Model, nested={"f": [min, 1]}, raw=b"x", none=None)
    )
    assert found == {
        "lr": 0.1, "act": "max", "kind": "Model", "nested": {"f": ["min", 1]}, "raw": "b'x'", "none": None,
    }  # fmt: skip
