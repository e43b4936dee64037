"""What becomes of what a tracker is told: with the stand-in of wandb, which hands on what a script says."""

from __future__ import annotations

from pathlib import Path

import pytest
import scripted

from dvclive.auto.bridges import told
from dvclive.auto.bridges.mlflow import _typed


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("net", "net"),
        ("My model_v1.0:best", "My-model_v1-0-best"),
        ("a/b", "a/b"),
        ("-/ü/-", "unnamed"),
    ],
)
def test_a_name_becomes_one_that_dvc_takes(name: str, wanted: str) -> None:
    assert told.artifact_name(name) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0.5", 0.5),
        ("1e-05", 1e-05),
        ("0.00001", "0.00001"),
        ("[1, 2]", [1, 2]),
        ("None", None),
        ("007", "007"),
        ("adam", "adam"),
        ("open('x')", "open('x')"),
        ("(" * 2000, "(" * 2000),
    ],
)
def test_a_parameter_that_came_as_a_text_is_what_says_the_same_text(text: str, wanted: object) -> None:
    assert _typed(text) == wanted


PROGRAM = """
import os
import numpy as np
from PIL import Image
import wandb

run = wandb.init()
run.log({"figure": Image.new("L", (4, 4))}, commit=False)
run.log({"kept": np.float32(0.1), "array": np.zeros(3), "deep": {"a": {"b": 1}}})
run.log({"kept": float("nan"), "text": "x" * 2000, "object": object(), "none": None, "../up": 1})
for _ in range(3):
    run.log({"kept": 2}, step=7)
pid = os.fork()
if not pid:
    run.log({"kept": 99, "forked": 1})
    os._exit(0)
os.waitpid(pid, 0)
os.makedirs("data")
open("data/a.csv", "w").close()
artifact = wandb.Artifact("set", type="dataset")
artifact.add_dir("data")
with artifact.new_file("about.txt") as file:
    file.write("about")
run.log_artifact(artifact)
run.log_artifact("missing.txt", name="missing", type="model")
"""


def test_values_of_all_kinds(tmp_path: Path) -> None:
    """What is no number, text or picture is left out; a forked process logs nothing."""
    ran = scripted.run("", tmp_path, "--bridge-only", text=PROGRAM)
    kept = ran.series("kept")
    assert [step for step, _ in kept] == [0, 1, 7, 7, 7]
    assert kept[0][1] == 0.1
    assert kept[2][1] == 2
    names = {name for name, points in ran.points().items() if points}
    assert names == {"kept", "deep/a/b", "%2E%2E/up"}
    assert ran.images() == {"figure/0.png"}
    assert ran.summary()["deep"] == {"a": {"b": 1}}
    artifacts = ran.artifacts()
    assert artifacts["set"] == {"path": "data", "type": "dataset"}
    assert artifacts["set-2"]["path"] == "dvclive/artifacts/about.txt"
    assert "missing" not in artifacts
    assert "bridge" not in ran.err


KILLED = """
import os, signal, subprocess, sys
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "child"])
    raise SystemExit
import wandb
run = wandb.init()
for step in range(200):
    run.log({f"metric/{number}": step + number for number in range(20)})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_told_before_the_process_was_killed_is_there(tmp_path: Path) -> None:
    ran = scripted.run("", tmp_path, "--bridge-only", "--no-save-dvc-exp", text=KILLED)
    points = ran.points()
    assert points == {
        f"metric/{number}": [(step, step + number) for step in range(200)] for number in range(20)
    }


FOOTER = """
print("loss=0.5 step=1")
print("wandb: Run history:\\nwandb:    loss █▃\\nwandb: val/acc ▁█\\nwandb: ")
print("wandb: Run summary:\\nwandb:    best 0.9\\nwandb:    loss 0.25\\nwandb: val/acc 0.3\\nwandb: ")
print("wandb: Synced 5 W&B file(s), 0 media file(s), 2 artifact file(s) and 0 other file(s)")
"""


def test_what_wandb_prints_at_the_end_is_no_metric(tmp_path: Path) -> None:
    ran = scripted.run("", tmp_path, "--shims", "none", text=FOOTER)
    assert ran.points() == {"loss": [(1, 0.5)]}
