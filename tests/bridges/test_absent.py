"""`--bridge-only` where the tracker is not installed: scripts run to their end, the run has everything."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import scripted

WANDB = pytest.mark.skipif(importlib.util.find_spec("wandb") is not None, reason="wandb is installed")
MLFLOW = pytest.mark.skipif(importlib.util.find_spec("mlflow") is not None, reason="mlflow is installed")


@WANDB
def test_a_script_written_for_wandb(tmp_path: Path) -> None:
    ran = scripted.run("wandb", tmp_path, "--bridge-only")
    assert ran.out == "done\n"
    rows = [0, 1, 3, 4, 6, 7]  # those between have what is logged every second time
    assert ran.series("loss") == [(row, 1 / (index + 1)) for index, row in enumerate(rows)]
    assert ran.series("val/accuracy") == [(0, 0.1), (1, 0.30000000000000004), (2, 0.5)]
    assert ran.series("wandb_2/loss") == [(0, 0.125)]
    assert ran.series("part") == [(9, 1.5)]
    assert ran.series("late") == [(20, 0.25)]
    assert set(ran.points()) >= {"nested/a", "nested/b/c", "epoch", "other", "later"}
    summary = ran.summary()
    assert (summary["best"], summary["final"], summary["note"]) == (0.9, {"score": 0.8}, "a text")
    params = ran.params()
    assert (params["learning_rate"], params["layers"], params["seed"]) == (0.1, [3, 4], 3)
    assert params["optimizer"] == {"name": "adam", "beta": 0.9}
    assert params["wandb"] == {"project": "demo", "name": "first", "group": "trials", "tags": ["a", "b"]}
    assert params["wandb_2"] == {"learning_rate": 0.5, "wandb": {"project": "demo"}}
    assert "api_key" not in params
    assert ran.images() == {"picture/31.png", "pictures/32_0.png", "pictures/32_1.png"}
    described = ran.described()
    assert described["artifacts"]["net"] == {
        "path": "model.bin", "type": "model", "desc": "A net", "labels": ["best"], "meta": {"size": 7},
    }  # fmt: skip
    plots = {name: about for plot in described["plots"] for name, about in getattr(plot, "items", dict)()}
    assert plots["dvclive/plots/custom/line.json"]["template"] == "linear"
    assert plots["dvclive/plots/custom/confusion.json"]["template"] == "confusion"
    assert (ran.cwd / "dvclive/artifacts/saved.txt").read_text() == "saved"
    assert ran.written() == []


@MLFLOW
def test_a_script_written_for_mlflow(tmp_path: Path) -> None:
    ran = scripted.run("mlflow", tmp_path, "--bridge-only")
    assert ran.out == "done\n"
    assert ran.series("loss") == [(step, 1 / (step + 1)) for step in range(5)]
    assert ran.series("val/accuracy") == [(step, 0.1 * step) for step in range(5)]
    assert ran.series("unstepped") == [(step, step * 2) for step in range(5)]
    assert ran.series("mlflow_2/loss") == [(1, 7.5)]
    assert ran.series("mlflow_3/score") == [(5, 3.5)]
    params = ran.params()
    assert (params["lr"], params["layers"], params["optimizer"], params["seed"]) == (0.1, [3, 4], "adam", 3)
    assert params["mlflow"] == {
        "experiment": "demo", "name": "first", "description": "A try",
        "tags": {"team": "vision", "stage": "test", "who": "me"},
    }  # fmt: skip
    assert params["mlflow_3"]["depth"] == 2
    assert ran.images() == {"black.png", "pictures/3.png"}
    assert (ran.cwd / "dvclive/artifacts/notes.txt").read_text() == "some words"
    assert ran.written() == ["result.txt", "result.txt.dvc"]


@WANDB
def test_all_that_a_script_may_ask_of_what_is_not_there(tmp_path: Path) -> None:
    program = """
import importlib.util
import wandb
import wandb.integration.keras as keras
from wandb.keras import WandbCallback
from wandb.errors import CommError

class Own(WandbCallback):
    pass

@wandb.sdk.something
def decorated(picture: wandb.Image | wandb.Video | None = None):
    return 3

assert decorated() == 3
assert Own().on_epoch_end(0, {}) or True
assert importlib.util.find_spec("wandb") is not None
assert not isinstance(3, wandb.Video) and not isinstance(3, wandb.Image)
try:
    raise ValueError("own")
except (CommError, wandb.errors.UsageError):
    raise SystemExit(1)
except ValueError:
    pass
assert list(wandb.Api().runs("a/b")) == [] and len(wandb.Api().runs("a/b")) == 0
assert wandb.login() and f"{wandb.Settings():>10}"
wandb.init(settings=wandb.Settings(start_method="thread"))
wandb.watch(None, log="all")
with wandb.use_artifact("data:latest") as data:
    data.download()
wandb.run.name = "another"
wandb.alert(title="a", text="b")
wandb.log({"table": wandb.Table(columns=["a"], data=[[1]]), "video": wandb.Video("a.mp4"), "kept": 1})
wandb.finish()
assert wandb.run is None
"""
    ran = scripted.run("", tmp_path, "--bridge-only", text=program)
    assert "Error" not in ran.err
    assert set(ran.points()) == {"kept"}


@WANDB
@pytest.mark.parametrize("options", [["--bridge-only"], []], ids=["bridge-only", "bare"])
def test_a_folder_that_the_tracker_has_written_is_no_package(tmp_path: Path, options: list[str]) -> None:
    program = """
import os
import sys
os.mkdir("wandb")
sys.path.insert(0, "")
import wandb
print(hasattr(wandb, "init"), list(wandb.__path__) != [])
"""
    ran = scripted.run("", tmp_path, "--quiet", *options, text=program)
    assert (ran.out, ran.err) == ("True False\n" if options else "False True\n", "")


@WANDB
def test_a_sweep_says_that_it_cannot_be(tmp_path: Path) -> None:
    """Instead of training nothing."""
    program = "import wandb\ntry:\n    wandb.agent('id', print)\nexcept Exception as error:\n    print(error)"
    ran = scripted.run("", tmp_path, "--bridge-only", text=program)
    assert ran.out.startswith("Sweeps need wandb's server")


@WANDB
def test_arguments_that_the_tracker_is_told_too_are_one_parameter(tmp_path: Path) -> None:
    """As they are written on the command line."""
    program = """
import argparse, wandb
parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.1)
arguments = parser.parse_args()
wandb.init(config=arguments)
wandb.config.update({"depth": 3, "learning_rate": 0.1})
"""
    ran = scripted.run("", tmp_path, "--bridge-only", "--command-params", text=program)
    assert ran.params() == {"learning-rate": 0.1, "depth": 3}


@WANDB
def test_without_the_option_what_is_not_installed_is_missing(tmp_path: Path) -> None:
    program = "try:\n    import wandb\nexcept ModuleNotFoundError as error:\n    print(error)"
    ran = scripted.run("", tmp_path, "--shims", "auto", text=program)
    assert ran.out == "No module named 'wandb'\n"


@WANDB
def test_a_tracker_that_was_taken_out_has_no_stand_in(tmp_path: Path) -> None:
    program = "import mlflow\ntry:\n    import wandb\nexcept ModuleNotFoundError as error:\n    print(error)"
    ran = scripted.run("", tmp_path, "--bridge-only", "--shims", "auto,-wandb", text=program)
    assert ran.out == "No module named 'wandb'\n"
