"""A `Live` that names a directory of its own: the run goes there, unless the user has named one.

A script that says `Live("results")`, and the dvc.yaml or CI job that reads results/metrics.json, find what
they find without us; and there is one run, with one experiment.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import scripts
from processes import DVCLIVE, Place, finish, until

HEAD = "from dvclive import Live\n"
TRAINING = """
with Live("results", report="md") as live:
    live.log_param("lr", 0.1)
    for step in range(3):
        live.log_metric("train/loss", 1 / (step + 1))
        live.next_step()
    live.log_plot("curve", [{"x": 1, "y": 2}], "x", "y")
"""


def work(tmp_path: Path, name: str) -> Path:
    cwd = tmp_path / name / "work"
    cwd.mkdir(parents=True)
    return cwd


def test_the_same_files_as_alone(tmp_path: Path) -> None:
    """And nothing in the directory that the run began in."""
    trees = []
    for under in (False, True):
        cwd = work(tmp_path, str(under))
        done = scripts.run(HEAD + TRAINING, cwd, "--no-save-dvc-exp", under=under)
        assert done.returncode == 0, done.stderr
        trees.append({name: text for name, text in scripts.tree(cwd).items() if "report" not in name})
        assert sorted(os.listdir(cwd)) == ["dvc.yaml", "results"]
    assert trees[0] == trees[1]
    assert "results/plots/metrics/train/loss.tsv" in trees[0]


def test_one_experiment(tmp_path: Path) -> None:
    """With the parameters of the command line, and the name that the user gave."""
    cwd = scripts.repository(tmp_path / "work")
    options = ("--exp-name", "mine", "-P", "seed=1")
    done = scripts.run(HEAD + TRAINING + "print(live.dir, live._exp_name)", cwd, *options, under=True)
    assert done.stdout == f"{cwd}/results mine\n", done.stderr
    assert scripts.experiments(cwd) == ["mine"]
    assert scripts.yaml(cwd / "results/params.yaml") == {"seed": 1, "lr": 0.1}
    facts = json.loads((cwd / "results/run.json").read_text())
    assert facts["status"] == "completed"


def test_an_earlier_run_where_it_began_is_as_it_was(tmp_path: Path) -> None:
    cwd = work(tmp_path, "a")
    scripts.run(f"{HEAD}with Live() as live: live.log_metric('x', 1)", cwd, "--no-save-dvc-exp", under=True)
    before = scripts.tree(cwd / "dvclive")
    done = scripts.run(HEAD + TRAINING, cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr
    assert scripts.tree(cwd / "dvclive") == before
    assert sorted(os.listdir(cwd / "dvclive")) == ["metrics.json", "plots", "run.json"]
    assert (cwd / "results/metrics.json").exists()


def test_it_goes_on_after_an_earlier_run_there(tmp_path: Path) -> None:
    cwd = work(tmp_path, "a")
    code = (
        f"{HEAD}live = Live('results', resume=True)\nprint(live.step, live.summary.get('x'))\n"
        "live.log_metric('x', live.step)\nlive.next_step()\nlive.end()"
    )
    seen = [scripts.run(code, cwd, "--no-save-dvc-exp", under=True).stdout for _ in range(3)]
    assert seen == ["0 None\n", "1 0\n", "2 1\n"]
    assert scripts.rows(cwd / "results/plots/metrics/x.tsv")[1:] == [["0", "0"], ["1", "1"], ["2", "2"]]


def test_a_sweep_with_a_directory_each(tmp_path: Path) -> None:
    """As alone: an experiment each, files in each directory."""
    code = HEAD + (
        "for trial in range(3):\n"
        "    with Live(f'trials/{trial}', exp_name=f'trial-{trial}') as live:\n"
        "        live.log_metric('loss', trial)\n        live.next_step()\n"
    )
    for under in (False, True):
        cwd = scripts.repository(tmp_path / str(under) / "work")
        done = scripts.run(code, cwd, under=under)
        assert done.returncode == 0, done.stderr
        assert sorted(scripts.experiments(cwd)) == ["trial-0", "trial-1", "trial-2"]
        for trial in range(3):
            metrics = json.loads((cwd / f"trials/{trial}/metrics.json").read_text())
            assert metrics == {"step": 0, "loss": trial}
        assert not (cwd / "dvclive").exists()


def test_where_the_user_has_named_one_it_records_itself(tmp_path: Path) -> None:
    """`--dir` is where the run is; what the program puts elsewhere is its own."""
    cwd = work(tmp_path, "a")
    done = scripts.run(HEAD + TRAINING, cwd, "--no-save-dvc-exp", "--dir", "named", under=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((cwd / "results/metrics.json").read_text())["train"]
    assert (cwd / "named/run.json").exists()


@pytest.mark.parametrize(
    "before",
    ["print('@dvclive early=1 step=0', flush=True)\nimport time; time.sleep(0.7)", "outer = Live('outer')"],
    ids=["printed", "another is open"],
)
def test_where_something_is_recorded_already_it_records_itself(before: str, tmp_path: Path) -> None:
    cwd = work(tmp_path, "a")
    done = scripts.run(f"{HEAD}{before}\n{TRAINING}", cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((cwd / "results/metrics.json").read_text())["step"] == 2
    first = "outer" if "outer" in before else "dvclive"
    assert (cwd / first / "run.json").exists()


def test_a_directory_that_another_run_holds(tmp_path: Path) -> None:
    """Nothing is recorded into it, as alone, and that is said."""
    cwd = work(tmp_path, "a")
    code = (
        "import subprocess, sys\nfrom dvclive import Live\nwith Live('results') as live:\n"
        "    live.log_metric('x', 1)\n    live.next_step()\n"
        "    subprocess.run([sys.executable, '-c', \"from dvclive import Live\\nlive = Live('results')\\n\""
        " \"live.log_metric('x', 2)\"])"
    )
    done = scripts.run(code, cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr
    assert "logs this run already" in done.stderr
    assert scripts.rows(cwd / "results/plots/metrics/x.tsv")[1:] == [["0", "1"]]


def test_recorders_that_are_killed_on_the_way_cost_no_row(place: Place) -> None:
    """The directory is taken by whoever follows."""
    program = """
import os, sys, time
from dvclive import Live
for trial in range(2):
    with Live(f"trials/{trial}", dvcyaml=None) as live:
        for step in range(6):
            live.log_metric("x", step)
            live.next_step()
            print(trial, step, flush=True)
            time.sleep(0.3)
"""
    place.env["PYTHONPATH"] = scripts.PATHS
    argv = [*DVCLIVE, "run", "--quiet", "--no-save-dvc-exp", "--", sys.executable, "-c", program]
    running = place.popen(argv)
    assert running.stdout is not None
    for line in iter(running.stdout.readline, b""):
        if line.split()[1] in (b"1", b"4"):
            until(place.recorders, "a recorder")
            place.kill_recorders()
    ended = finish(running)
    assert ended.code == 0, ended.err
    for trial in range(2):
        rows = scripts.rows(Path(place.path(f"trials/{trial}/plots/metrics/x.tsv")))
        assert rows[1:] == [[str(step), str(step)] for step in range(6)]
    assert not os.path.exists(place.path("dvclive"))
