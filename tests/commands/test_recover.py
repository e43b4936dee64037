"""`dvclive recover`: what a killed run left becomes a whole run, with its experiment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import Any

import pytest
from processes import DVCLIVE, PYTHON, Ended, Place, python, read_file, until

TRAINING = """
import os, sys
for n in range(100):
    os.write(1, b"loss=%d step=%d\\n" % (n * 3, n))
sys.stdin.readline()
"""


def recover(place: Place, *words: str) -> Ended:
    return place.bare([*DVCLIVE, "recover", *words])


def run_json(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_file(f"{place.dir}/run.json"))
    return found


def experiments(place: Place) -> list[str]:
    listed = place.bare(["git", "for-each-ref", "--format=%(refname)", "refs/exps"]).out.decode()
    return [ref.rpartition("/")[2] for ref in listed.split() if ref.count("/") == 4]


def killed_run(place: Place, *options: str, dir: str = "run") -> None:  # noqa: A002
    """A run whose processes are all killed when its rows are on disk."""
    place.dir = place.path(dir)
    words = [*DVCLIVE, "run", "--dir", place.dir, "--quiet", *options, "--", *python(TRAINING)]
    process = place.popen(words, stdin=subprocess.PIPE)
    rows = f"{place.dir}/plots/metrics/loss.tsv"
    until(lambda: read_file(rows).endswith("99\t297\n"), "the rows")
    until(lambda: "loss" in read_file(f"{place.dir}/metrics.json"), "the views")
    until(lambda: os.path.exists(place.path("dvc.yaml")), "dvc.yaml")
    place.kill_everything()
    process.wait()


def test_a_killed_run_becomes_an_experiment(repo: Place) -> None:
    """Its name and message are those that the run was given; the status says that nobody saw the end."""
    killed_run(repo, "--exp-name", "night", "--exp-message", "long one")
    ended = recover(repo, "run")
    assert ended.code == 0, ended
    assert b"night" in ended.err
    record = run_json(repo)
    assert (record["status"], len(record["sessions"])) == ("supervisor-lost", 1)
    assert record["sessions"][0]["points"] == 100
    assert record["sessions"][0]["argv"][0] == PYTHON
    assert record["duration"] > 0
    assert experiments(repo) == ["night"]
    shown = repo.bare(["git", "log", "-1", "--format=%s", "--all", "--grep=long one"])
    assert shown.out == b"long one (dvclive: supervisor-lost)\n"
    said = b"dvclive: Nothing to recover in run: supervisor-lost; it is saved as 'night'.\n"
    assert recover(repo, "run").err == said


def test_a_program_that_recorded_by_itself_and_was_killed(repo: Place) -> None:
    """`Live` without `dvclive run`: the experiment gets the name that the program gave it."""
    program = """
import os
from dvclive import Live
live = Live("run", exp_name="alone", dvcyaml=False)
for n in range(5):
    live.log_metric("acc", n)
    live.next_step()
os.kill(os.getpid(), 9)
"""
    repo.env["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    assert repo.bare([PYTHON, "-c", program]).code == -signal.SIGKILL
    assert recover(repo, "run").code == 0
    assert experiments(repo) == ["alone"]
    assert json.loads(read_file(f"{repo.dir}/metrics.json")) == {"acc": 4, "step": 4}
    assert not os.path.exists(repo.path("dvc.yaml"))


@pytest.mark.parametrize("tail", ["100\t", '100\t"torn'])
def test_torn_rows_go_and_views_come_from_the_rows(repo: Place, tail: str) -> None:
    killed_run(repo, "--no-save-dvc-exp")
    rows = f"{repo.dir}/plots/metrics/loss.tsv"
    with open(f"{repo.dir}/metrics.json", "w") as file:  # as if the last views had not been written
        file.write('{"step": 3, "loss": 9, "best": 1}')
    os.utime(f"{repo.dir}/metrics.json", (1e9, 1e9))
    with open(rows, "a") as file:
        file.write(tail)
    assert recover(repo, "run").code == 0
    assert read_file(rows) == "step\tloss\n" + "".join(f"{n}\t{n * 3}\n" for n in range(100))
    assert json.loads(read_file(f"{repo.dir}/metrics.json")) == {"step": 99, "loss": 297, "best": 1}
    assert experiments(repo) == []


@pytest.mark.parametrize("lost", [["metrics.json", "../dvc.yaml"], ["run.json"]])
def test_a_view_that_is_missing_is_made(repo: Place, lost: list[str]) -> None:
    killed_run(repo)
    for name in lost:
        os.unlink(os.path.join(repo.dir, name))
    if "run.json" in lost:  # nothing says any more which FIFO was this run's
        shutil.rmtree(os.path.join(repo.tmp, *os.listdir(repo.tmp)))
    assert recover(repo, "run").code == 0
    assert json.loads(read_file(f"{repo.dir}/metrics.json"))["loss"] == 297
    assert run_json(repo)["status"] == "supervisor-lost"
    assert "run/plots/metrics" in read_file(repo.path("dvc.yaml"))
    assert len(experiments(repo)) == 1


def test_leftovers_are_removed(repo: Place) -> None:
    """Temporary files, what was set aside, and the FIFO's folder."""
    killed_run(repo)
    open(f"{repo.dir}/.dvclive-99999999-1.tmp", "w").close()
    assert len(os.listdir(repo.tmp)) == 1
    assert recover(repo, "run").code == 0
    assert os.listdir(repo.tmp) == []
    assert [name for name in os.listdir(repo.dir) if name.startswith(".")] == []


def test_artifacts_outside_of_the_run_directory_are_in_the_experiment(repo: Place) -> None:
    """Their `.dvc` files, which nobody had told Git of, but no older ones of somebody else."""
    program = """
import os
from dvclive import Live
os.makedirs("models")
open("models/net.bin", "w").write("weights")
live = Live("run", exp_name="kept")
live.log_artifact("models/net.bin", type="model")
os.kill(os.getpid(), 9)
"""
    repo.env["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    with open(repo.path("old.bin.dvc"), "w") as file:
        file.write("outs:\n- md5: d3b07384d113edec49eaa6238ad5ff00\n  path: old.bin\n")
    os.utime(repo.path("old.bin.dvc"), (1e9, 1e9))
    assert repo.bare([PYTHON, "-c", program]).code == -signal.SIGKILL
    assert os.path.exists(repo.path("models/net.bin.dvc"))
    ended = recover(repo, "run")
    assert (ended.code, experiments(repo)) == (0, ["kept"]), ended
    ref = repo.bare(["git", "for-each-ref", "--format=%(refname)", "refs/exps"]).out.decode().split()[0]
    held = repo.bare(["git", "ls-tree", "-r", "--name-only", ref]).out.decode().split()
    assert {"models/net.bin.dvc", "models/.gitignore"} <= set(held)
    assert not {"models/net.bin", "old.bin.dvc"} & set(held)


def test_an_experiment_that_could_not_be_saved_is_saved_now(repo: Place) -> None:
    """A hook or a full disk kept it from being saved; the run itself had ended well."""
    ended = repo.under(["sh", "-c", "echo loss=1 step=1; exit 3"])
    assert ended.code == 3
    assert experiments(repo) == []
    before = read_file(f"{repo.dir}/run.json")
    words = before.replace('"save_dvc_exp": false', '"save_dvc_exp": true')
    with open(f"{repo.dir}/run.json", "w") as file:
        file.write(words)
    assert recover(repo, "run", "--exp-name", "late").code == 0
    assert experiments(repo) == ["late"]
    assert read_file(f"{repo.dir}/run.json") == words
    assert b"late" in recover(repo, "run").err


def test_a_run_that_is_being_written_is_left_alone(repo: Place) -> None:
    process = repo.start(python(TRAINING), stdin=subprocess.PIPE)
    until(lambda: "loss" in read_file(f"{repo.dir}/metrics.json"), "the views")
    ended = recover(repo, "run")
    assert ended.code == 125
    assert f"process {process.pid} ".encode() in ended.err
    assert process.communicate(b"\n")[1] == b""
    assert run_json(repo)["status"] == "completed"


def test_a_run_of_commands_is_ended_by_its_own_command(repo: Place) -> None:
    assert repo.bare([*DVCLIVE, "log-metric", "--dir", "run", "loss", "1"]).code == 0
    ended = recover(repo, "run")
    assert ended.code == 2
    assert b"dvclive end --dir run" in ended.err


@pytest.mark.parametrize("there", [False, True])
def test_no_run(place: Place, there: bool) -> None:
    if there:
        os.mkdir(place.dir)
    ended = recover(place, "run")
    assert (ended.code, b"run-not-found" in ended.err) == (2, True)
    assert os.path.exists(place.dir) == there


def test_outside_of_a_repository_the_files_are_finished(place: Place) -> None:
    killed_run(place)
    assert recover(place, "run").code == 0
    assert run_json(place)["status"] == "supervisor-lost"
    assert b"Nothing to recover" in recover(place, "run").err
