"""The examples in the help of each command work as they stand, in a project that has what they name.

Those of the one-shot commands are run by `oneshot/test_commands_help.py`, as is completion; those of `studio`
need a server and are in `studio/`.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path

import pytest
import scripts
from shell import good, sh

from dvclive_cli.cli import cli
from dvclive_cli.oneshot.table import BY_COMMAND

LOG = "".join(f"epoch {epoch}: loss is {1 / (epoch + 1):.3f} acc={epoch / 4}\n" for epoch in range(4))
DATA = Path(__file__).parent / "data" / "metricfiles"


def examples(name: str) -> list[str]:
    epilog = (cli.commands[name].epilog or "").replace("\b\n", "")
    lines = epilog.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    return [line.strip() for line in lines if line.strip()]


ELSEWHERE = {*BY_COMMAND, "completion", "studio"}
OTHERS = [(name, example) for name in sorted({*cli.commands} - ELSEWHERE) for example in examples(name)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project: results on main, an experiment quick-otter, a run that lost its processes, logs, files."""
    here = scripts.repository(tmp_path_factory.mktemp("model") / "here")
    scripts.git(here, "branch", "--move", "main")
    (here / "train.py").write_text(f"print({LOG!r}, end='')")
    (here / "Makefile").write_text(f"train:\n\t@{sys.executable} train.py\n")
    (here / "simulate").write_text("#!/bin/sh\necho step=1 energy=$1\n")
    (here / "simulate").chmod(0o755)
    (here / "train.log").write_text(LOG)
    (here / "out.log").write_text(LOG)
    (here / "err.log").write_text("warning: slow\n")
    (here / "results.csv").write_text("step,loss\n0,1\n1,0.5\n")
    (here / "logs").mkdir()
    for name in ("a", "b"):
        with gzip.open(here / "logs" / f"{name}.log.gz", "wt") as file:
            file.write(LOG)
    shutil.copytree(DATA / "torch", here / "runs" / "Nov21_09-15-57")
    good("dvclive run --quiet -- python train.py", here, DVCLIVE_SAVE_DVC_EXP="0")
    scripts.git(here, "add", ".")
    scripts.git(here, "commit", "--quiet", "-m", "results")
    save = {"DVCLIVE_SAVE_DVC_EXP": "1"}
    good("dvclive run --quiet --exp-name quick-otter -- python train.py", here, **save)
    good("dvclive run --quiet --dir runs/night -- python train.py", here)
    for folder in ("dvclive", "runs/night"):  # as after the machine went down
        path = here / folder / "run.json"
        told = json.loads(path.read_text())
        for part in (told, *told["sessions"]):
            part["status"], part["exit_code"] = "running", None
        path.write_text(json.dumps(told))
    return here


@pytest.mark.parametrize(("name", "example"), OTHERS)
def test_every_example_works(name: str, example: str, model: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    shutil.copytree(model, here, symlinks=True)
    more = {"DVCLIVE_SAVE_DVC_EXP": "1"}
    done = sh(example, here, **more)
    allowed = (0, 1) if name == "doctor" else (0,)  # it finds the run that lost its processes
    assert done.returncode in allowed, done.stdout + done.stderr
    assert done.stdout or ">" in example or "--output" in example or name in ("run", "import", "recover"), (
        done.stderr
    )
    for written in (
        "curves.csv",
        "summary.md",
        "metrics.txt",
        "dvclive.h",
        "dvclive.sh",
        "_dvclive",
        "dvclive.fish",
    ):
        if written in example:
            assert (here / written).stat().st_size > 20
    if name in ("run", "import", "recover"):
        assert "dvclive: " in done.stderr


def test_there_are_examples_of_each() -> None:
    assert {name for name, _ in OTHERS} == {*cli.commands} - ELSEWHERE
