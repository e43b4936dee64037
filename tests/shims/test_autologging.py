"""What shims record, and when they leave a program alone; with scikit-learn, which is always there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from processes import Place, read_file
from ruamel.yaml import YAML

SHIMS = ("--shims", "auto")
FIT = """
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
x, y = make_classification(n_samples=60, random_state=0)
model = LogisticRegression(C=0.5)
"""


def run(place: Place, program: str, *options: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """params.yaml and metrics.json of a program that ends well, and what it says on stderr."""
    Path(place.cwd, "program.py").write_text(program)
    place.env["PYTHONPATH"] += ":" + str(Path(__file__).parents[2] / "adapters" / "python")
    ended = place.under([sys.executable, "program.py"], *SHIMS, *options)
    assert ended.code == 0, ended.err
    params = YAML(typ="safe").load(read_file(f"{place.dir}/params.yaml") or "{}")
    return params, json.loads(read_file(f"{place.dir}/metrics.json") or "{}"), ended.err


def test_an_estimator_and_what_it_scores(place: Place) -> None:
    """As it was fitted by the program; what the program prints beside it counts too."""
    program = (
        FIT
        + "model.fit(x, y)\nprint('f1:', 0.25, flush=True)\nopen('score', 'w').write(str(model.score(x, y)))"
    )
    params, metrics, _ = run(place, program)
    assert (params["estimator"], params["C"]) == ("LogisticRegression", 0.5)
    assert metrics["score"] == float(read_file(place.path("score")))
    assert metrics["f1"] == 0.25


def test_a_second_fit_has_a_group_of_its_own(place: Place) -> None:
    params, metrics, _ = run(place, FIT + "model.fit(x, y)\nmodel.set_params(C=2).fit(x, y).score(x, y)")
    assert (params["C"], params["sklearn_2"]["C"]) == (0.5, 2)
    assert list(metrics["sklearn_2"]) == ["score"]


def test_the_fits_inside_a_fit_are_part_of_it(place: Place) -> None:
    program = FIT + (
        "from sklearn.model_selection import GridSearchCV, cross_val_score\n"
        "search = GridSearchCV(model, {'C': [0.1, 1]}).fit(x, y)\n"
        "open('best', 'w').write(str(search.best_score_))"
    )
    params, metrics, _ = run(place, program)
    assert metrics["best_score"] == float(read_file(place.path("best")))
    assert params["estimator"] == "GridSearchCV"
    assert not any(name.startswith("sklearn_") for name in params)


def test_a_program_that_logs_by_itself_is_left_to_it(place: Place) -> None:
    program = (
        "from dvclive import Live\n"
        + FIT
        + "with Live() as live:\n  model.fit(x, y)\n  live.log_metric('a', 1)"
    )
    params, metrics, _ = run(place, program)
    assert (params, metrics) == ({}, {"a": 1})


@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID"])
def test_the_first_process_of_a_job_logs(place: Place, name: str) -> None:
    place.env[name] = "1"
    assert run(place, FIT + "model.fit(x, y)")[:2] == ({}, {})


def test_one_process_of_several_logs(place: Place) -> None:
    """Where nothing tells their ranks: the first that trains; one after another, each."""
    program = FIT + (
        "import os, subprocess, sys\n"
        "model.fit(x, y)\n"
        "if sys.argv[1:] != ['again']:\n"
        "    subprocess.run([sys.executable, __file__, 'again'], check=True)\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        model.fit(x, y)\n"
        "        os._exit(0)\n"
        "    os.waitpid(pid, 0)\n"
        "    model.set_params(C=3).fit(x, y)\n"
    )
    params, _, _ = run(place, program)
    assert (params["C"], params["sklearn_2"]["C"]) == (0.5, 3)
    assert "sklearn_3" not in params


def test_only_the_shims_that_were_named(place: Place) -> None:
    assert run(place, FIT + "model.fit(x, y)", "--shims", "keras,xgboost")[0] == {}
    assert run(place, FIT + "model.fit(x, y)", "--shims", "keras,sklearn")[0]["C"] == 0.5


def test_what_the_framework_raises_comes_through(place: Place) -> None:
    program = (
        FIT + "try:\n  model.fit(x, y[:3])\nexcept ValueError as error:\n  print(repr(error))\n"
        "try:\n  model.fit()\nexcept TypeError as error:\n  print(repr(error))"
    )
    Path(place.cwd, "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    assert place.under(command, *SHIMS) == place.bare(command)


def test_what_programs_see_of_a_patched_method(place: Place) -> None:
    """Names, signatures, pickles and clones are as they were."""
    program = FIT + (
        "import inspect, pickle, sklearn.base\n"
        "fit = LogisticRegression.fit\n"
        "print(fit.__name__, fit.__qualname__, fit.__module__, inspect.signature(fit), fit.__doc__)\n"
        "print(inspect.signature(LogisticRegression.score), inspect.signature(sklearn.base._fit_context))\n"
        "model.fit(x, y)\n"
        "again = pickle.loads(pickle.dumps(model))\n"
        "print(sorted(vars(model)) == sorted(vars(again)), sorted(vars(model)), sklearn.base.clone(model))\n"
        "print(pickle.loads(pickle.dumps(LogisticRegression.fit)) is fit)"
    )
    Path(place.cwd, "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    bare = place.bare(command)
    assert bare.code == 0
    assert place.under(command, *SHIMS) == bare


def test_a_shim_that_does_not_fit_says_so_once(place: Place) -> None:
    """A version of a framework that is not as we know it trains on."""
    package = Path(place.cwd, "xgboost")
    package.mkdir()
    (package / "__init__.py").write_text("from .training import fit\n")
    (package / "training.py").write_text("def fit():\n    print('fitted')\n")
    Path(place.cwd, "program.py").write_text("import xgboost\nxgboost.fit()\n")
    ended = place.under([sys.executable, "program.py"], *SHIMS)
    assert (ended.out, ended.code) == (b"fitted\n", 0)
    assert ended.err.count(b"The shim for xgboost.training does not fit this version") == 1
    assert ended.err.count(b"\n") == 1


PARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--layers", type=int, nargs="*", default=[4, 2])
parser.add_argument("--api-key", default="abc")
parser.add_argument("--max-tokens", type=int, default=7)
commands = parser.add_subparsers()
train = commands.add_parser("train")
train.add_argument("--seed", type=int, default=1)
train.set_defaults(run=print)
arguments = parser.parse_args(["train", "--seed", "3"])
"""
WANTED = {"learning-rate": 0.1, "layers": [4, 2], "max-tokens": 7, "seed": 3}


@pytest.mark.parametrize("order", ["before", "after"])
def test_arguments_of_a_program_that_trains_are_parameters(place: Place, order: str) -> None:
    """With the defaults of those that were not given, as they are written; no secrets, no functions."""
    parts = [PARSE, "import sklearn.base\n"]
    program = "".join(parts if order == "before" else parts[::-1])
    assert run(place, program)[0] == WANTED


def test_no_parameters_where_none_are_wanted_and_of_no_program_that_trains_nothing(place: Place) -> None:
    program = PARSE + FIT + "model.fit(x, y)"
    assert run(place, program, "--no-command-params")[0] == {}
    assert run(place, program, "--no-command-params", "--shims", "sklearn,params")[0] == {}
    assert run(place, PARSE)[0] == {}


def test_a_call_that_is_wrong_hears_of_it_from_the_function_alone() -> None:
    from dvclive.auto import patching

    def train(params: object, callbacks: object = None) -> None:
        raise AssertionError("is not called")

    patched = patching.before(train, "The shim", lambda arguments: None)
    with pytest.raises(TypeError, match=r"train\(\) got an unexpected keyword argument 'rounds'") as found:
        patched({}, rounds=3)
    assert found.value.__context__ is None  # not that of ours, which tried the same


def test_a_program_that_only_parses_loads_nothing_of_ours(place: Place) -> None:
    program = (
        PARSE + "import sys, inspect\nprint(sorted(sys.modules), inspect.signature(parser.parse_known_args))"
    )
    Path(place.cwd, "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    assert place.under(command, "--shims", "auto") == place.bare(command)
