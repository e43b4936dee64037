"""Whole runs against a Studio on this machine: every way to record, every end, in every place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import scripts
from processes import MARK, PYTHON, Place, until
from studio_server import Experiment, Studio

TOKEN = "canary-7f3a9c-token"
PRINTS = """
import sys, time
for step in range(1, 41):
    print(f"epoch {step}: loss={step / 8} acc={step / 64}", flush=True)
    time.sleep(0.01)
"""
LOGS = """
import time
import numpy as np
from dvclive import Live

with Live() as live:
    live.log_param("lr", 0.1)
    for step in range(20):
        live.log_metric("train/loss", step / 8)
        live.log_metric("odd", [float("nan"), float("inf"), 0.5][step % 3])
        live.log_metric("word", "text")
        live.log_image(f"x/{step % 3}.png", np.full((2, 2, 3), step, "uint8"))
        live.next_step()
        time.sleep(0.01)
    live.log_sklearn_plot("roc", [0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3])
    live.log_plot("mine", [{"a": 1, "b": 2}], x="a", y="b", title="T")
"""


@pytest.fixture
def studio() -> Iterator[Studio]:
    with Studio(TOKEN) as server:
        yield server
        assert server.refused == []


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = scripts.repository(tmp_path / "repo")
    scripts.git(path, "remote", "add", "origin", "https://example.com/o/r.git")
    return path


class At:
    """Commands in a folder, with a Studio set up."""

    def __init__(self, studio: Studio, folder: Path, home: Path | None = None) -> None:
        self.folder = folder
        self.env = scripts.environment(
            home or folder.parent,
            DVC_STUDIO_TOKEN=TOKEN,
            DVC_STUDIO_URL=studio.url,
            DVCLIVE_STUDIO_INTERVAL="0.05",
            DVC_NO_ANALYTICS="1",
        )

    def __call__(self, *argv: str, code: int = 0, **env: str) -> str:
        """Run a command to its end; what it says on both streams."""
        done = subprocess.run(
            argv, cwd=self.folder, env={**self.env, **env}, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def dvclive(self, *words: str, code: int = 0, **env: str) -> str:
        return self(PYTHON, "-m", "dvclive_cli", *words, code=code, **env)

    def record(self, program: str, *options: str, code: int = 0, **env: str) -> str:
        return self.dvclive("run", *options, "--", PYTHON, "-c", program, code=code, **env)


def logged(folder: Path, prefix: str = "dvclive") -> dict[tuple[str, int], object]:
    """The points in the files, as a server names them."""
    found: dict[tuple[str, int], object] = {}
    for path in (folder / "plots/metrics").rglob("*.tsv"):
        name = f"{prefix}/{path.relative_to(folder).as_posix()}"
        for line in path.read_text().splitlines()[1:]:
            step, value = line.split("\t")
            found[name, int(step)] = value
    return found


def points(experiment: Experiment) -> dict[tuple[str, int], object]:
    return {key: str(value) for key, value in experiment.points.items()}


def whole(experiment: Experiment, folder: Path, prefix: str = "dvclive") -> None:
    """The server has what was logged, in order, and knows that the run is over."""
    assert points(experiment) == logged(folder, prefix) != {}
    for plot, rows in experiment.rows.items():
        if "/metrics/" in plot:
            steps = list(dict.fromkeys(row["step"] for row in rows))  # what was not acknowledged comes again
            assert steps == sorted(steps)
    assert experiment.events[0] == "start"
    assert experiment.events[-1] == "done"


def test_a_program_that_prints(studio: Studio, repo: Path) -> None:
    said = At(studio, repo).record(PRINTS, "-P", "lr=0.1", "--exp-name", "mine", "--exp-message", "why")
    whole(studio.only, repo / "dvclive")
    ((url, baseline, name),) = studio.experiments
    assert (url, name) == ("https://example.com/o/r.git", "mine")
    assert baseline == scripts.git(repo, "rev-parse", "HEAD").strip()
    saved = scripts.git(repo, "for-each-ref", "--format=%(objectname)", "refs/exps/*/*/mine").strip()
    assert studio.only.experiment_rev == saved
    assert studio.only.about == {"client": "dvclive", "message": "why"}
    assert studio.only.params["dvclive/params.yaml"]["lr"] == 0.1
    assert studio.only.metrics == {"dvclive/metrics.json": {"step": 40, "loss": 5.0, "acc": 0.625}}
    assert studio.only.events.count("start") == studio.only.events.count("done") == 1
    assert studio.only.duplicates == 0
    assert studio.only.errors == []
    assert "Studio" not in said


@pytest.mark.parametrize("under", [False, True])
def test_a_program_that_logs(studio: Studio, repo: Path, under: bool) -> None:
    at = At(studio, repo)
    at.record(LOGS) if under else at(PYTHON, "-c", LOGS)
    one = studio.only
    whole(one, repo / "dvclive")
    assert one.points["dvclive/plots/metrics/odd.tsv", 0] == "nan"
    assert one.points["dvclive/plots/metrics/word.tsv", 3] == "text"
    assert one.params == {"dvclive/params.yaml": {"lr": 0.1}}
    for number in range(3):
        image = f"plots/images/x/{number}.png"
        assert one.images[f"dvclive/{image}"] == (repo / "dvclive" / image).read_bytes()
    assert set(one.rows["dvclive/plots/sklearn/roc.json"][0]) == {"fpr", "tpr", "threshold"}
    assert one.rows["dvclive/plots/custom/mine.json"] == [{"a": 1, "b": 2}]


def test_inside_exp_run_only_the_data_is_ours(studio: Studio, repo: Path) -> None:
    """The real DVC announces the experiment and its end."""
    (repo / "train.py").write_text(LOGS)
    stage = (
        f"    cmd: {sys.executable} -m dvclive_cli run -- {sys.executable} train.py\n    deps: [train.py]\n"
    )
    (repo / "dvc.yaml").write_text(f"stages:\n  train:\n{stage}    outs: [dvclive: {{cache: false}}]\n")
    scripts.git(repo, "add", ".")
    scripts.git(repo, "commit", "-qm", "stage")
    At(studio, repo)(PYTHON, "-m", "dvc", "exp", "run", "-q", "--name", "inner")
    ((_, baseline, name),) = studio.experiments
    assert (baseline, name) == (scripts.git(repo, "rev-parse", "HEAD").strip(), "inner")
    whole(studio.only, repo / "dvclive")
    clients = [(body["type"], body["client"]) for body in studio.bodies]
    assert clients[0] == ("start", "dvc")
    assert clients[-1] == ("done", "dvc")
    assert set(clients[1:-1]) == {("data", "dvclive")}


def test_inside_repro_everything_is_ours(studio: Studio, repo: Path) -> None:
    (repo / "train.py").write_text(PRINTS)
    stage = (
        f"    cmd: {sys.executable} -m dvclive_cli run -- {sys.executable} train.py\n    deps: [train.py]\n"
    )
    (repo / "dvc.yaml").write_text(f"stages:\n  train:\n{stage}    outs: [dvclive: {{cache: false}}]\n")
    At(studio, repo)(PYTHON, "-m", "dvc", "repro", "-q")
    whole(studio.only, repo / "dvclive")
    assert {body["client"] for body in studio.bodies} == {"dvclive"}


def test_without_git(studio: Studio, tmp_path: Path) -> None:
    """The seed's recipe for Databricks and SageMaker."""
    (tmp_path / "plain").mkdir()
    At(studio, tmp_path / "plain").record(PRINTS, DVC_EXP_GIT_REMOTE="https://github.com/o/r")
    ((url, baseline, name),) = studio.experiments
    assert (url, baseline) == ("https://github.com/o/r", "0" * 40)
    assert name
    whole(studio.only, tmp_path / "plain/dvclive")


def test_without_git_and_without_a_repository_it_says_what_to_set(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    said = At(studio, tmp_path / "plain").record(PRINTS)
    assert "DVC_EXP_GIT_REMOTE" in said
    assert studio.bodies == []


def test_in_a_folder_of_a_monorepo(studio: Studio, tmp_path: Path) -> None:
    top = scripts.repository(tmp_path / "top", dvc=False)
    scripts.git(top, "remote", "add", "origin", "git@example.com:o/r.git")
    scripts.repository(top / "projects/a", dvc=True)
    shutil.rmtree(top / "projects/a/.git")
    At(studio, top / "projects/a", tmp_path).record(PRINTS)
    whole(studio.only, top / "projects/a/dvclive")
    assert studio.only.about["subdir"] == "projects/a"


def test_credentials_in_the_remote_stay_here(studio: Studio, repo: Path) -> None:
    """GitLab's CI clones with a token in the URL."""
    scripts.git(repo, "remote", "set-url", "origin", "https://gitlab-ci-token:hidden-1@example.com/o/r.git")
    at = At(studio, repo)
    at.record(PRINTS)
    ((url, _, _),) = studio.experiments
    assert url == "https://example.com/o/r.git"
    assert "hidden-1" not in at.dvclive("studio", "status") + json.dumps(studio.bodies)


def test_a_detached_head_and_several_remotes(studio: Studio, repo: Path) -> None:
    scripts.git(repo, "remote", "add", "fork", "https://example.com/me/r.git")
    scripts.git(repo, "checkout", "-q", "--detach")
    At(studio, repo).record(PRINTS)
    ((url, _, _),) = studio.experiments
    assert url == "https://example.com/o/r.git"
    whole(studio.only, repo / "dvclive")


@pytest.mark.parametrize(
    ("ending", "code", "cls", "text"),
    [
        ("print('no disk'); sys.exit(3)", 3, "dvclive.failed", "exit code 3"),
        ("print('no disk', flush=True); import os; os.kill(os.getpid(), 9)", -9, "dvclive.killed", "SIGKILL"),
    ],
)
def test_the_end_is_told_as_it_was(
    studio: Studio, repo: Path, ending: str, code: int, cls: str, text: str
) -> None:
    At(studio, repo).record(PRINTS + ending, code=code)
    whole(studio.only, repo / "dvclive")
    (error,) = studio.only.errors
    assert error["cls"] == cls
    assert text in error["text"]
    assert "no disk" in error["text"]


def test_details_can_be_kept_back(studio: Studio, repo: Path) -> None:
    At(studio, repo).record(PRINTS + "sys.exit(3)", "--studio-details", "off", code=3)
    whole(studio.only, repo / "dvclive")
    assert studio.only.errors == []


def test_a_live_that_fails_says_so(studio: Studio, repo: Path) -> None:
    At(studio, repo)(PYTHON, "-c", textwrap.dedent(LOGS) + "    1 / 0\n", code=1)
    whole(studio.only, repo / "dvclive")
    assert [error["cls"] for error in studio.only.errors] == ["dvclive.failed"]


def test_a_lost_supervisor_and_a_killed_recorder(studio: Studio, repo: Path, place: Place) -> None:
    """Whoever goes on posts under the same name, and tells what happened."""
    program = PRINTS.replace("0.01", "0.1")
    at = At(studio, repo)
    argv = [PYTHON, "-m", "dvclive_cli", "run", "--dir", "dvclive", "--", PYTHON, "-c", program]
    supervisor = place.popen(argv, cwd=repo, env={**at.env, MARK: place.mark})
    until(lambda: any(len(one.points) > 4 for one in studio.experiments.values()), "points")
    (recorder,) = place.recorders()
    os.kill(recorder, signal.SIGKILL)
    until(lambda: place.recorders() not in ([], [recorder]), "another recorder")
    sent = len(studio.only.points)
    until(lambda: len(studio.only.points) > sent, "more points")
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    until(lambda: studio.only.status == "completed", "done")
    whole(studio.only, repo / "dvclive")
    assert len(points(studio.only)) == 80
    assert [error["cls"] for error in studio.only.errors] == ["dvclive.supervisor-lost"]


def test_when_everything_is_killed(studio: Studio, repo: Path, place: Place) -> None:
    """`recover` saves the experiment under the name that Studio knows, and `sync` tells how it ended."""
    at = At(studio, repo)
    argv = [PYTHON, "-m", "dvclive_cli", "run", "--", PYTHON, "-c", PRINTS.replace("0.01", "0.1")]
    supervisor = place.popen(argv, cwd=repo, env={**at.env, MARK: place.mark})
    until(lambda: any(len(one.points) > 4 for one in studio.experiments.values()), "points")
    place.kill_everything()
    supervisor.wait()
    assert "dvclive studio sync" in at.dvclive("recover")
    at.dvclive("studio", "sync")
    whole(studio.only, repo / "dvclive")
    ((_, _, name),) = studio.experiments
    assert scripts.experiments(repo) == [name]
    saved = scripts.git(repo, "for-each-ref", "--format=%(objectname)", "refs/exps/*/*/*").strip()
    assert studio.only.experiment_rev == saved
    assert [error["cls"] for error in studio.only.errors] == ["dvclive.supervisor-lost"]


@pytest.mark.parametrize("under", [False, True])
def test_a_sync_shows_the_run_as_it_is(studio: Studio, repo: Path, under: bool) -> None:
    """Values of a step that has not ended; a run that is not told of steps at all."""
    program = """
    import time
    from dvclive import Live

    live = Live()
    live.log_metric("a", 1)
    live.post_data_to_studio()
    live.sync()
    time.sleep(60)
    """
    at = At(studio, repo)
    argv = [PYTHON, "-c", textwrap.dedent(program)]
    argv = [PYTHON, "-m", "dvclive_cli", "run", "--", *argv] if under else argv
    process = subprocess.Popen(argv, cwd=repo, env=at.env, stderr=subprocess.DEVNULL)
    until(
        lambda: studio.experiments and studio.only.points == {("dvclive/plots/metrics/a.tsv", 0): 1},
        "a point",
    )
    process.terminate()
    process.wait()
    assert studio.only.events[-1] == "done"


def test_another_name_leaves_no_empty_experiment(studio: Studio, repo: Path) -> None:
    """A `Live(exp_name=...)` that joins a run renames it before it has been announced."""
    At(studio, repo).record(LOGS.replace("Live()", "Live(exp_name='named')"))
    assert [name for _, _, name in studio.experiments] == ["named"]
    whole(studio.only, repo / "dvclive")


def test_what_could_not_be_sent_is_sent_later(studio: Studio, repo: Path) -> None:
    """Two runs without a server, in the same directory, then one `sync`."""
    at = At(studio, repo)
    away = {"DVC_STUDIO_URL": "http://127.0.0.1:9"}
    said = at.record(PRINTS, "--exp-name", "first", **away)
    assert "dvclive studio sync" in said
    first = logged(repo / "dvclive")
    said = at.record(PRINTS.replace("acc", "f1") + "sys.exit(3)", "--exp-name", "second", code=3, **away)
    assert "it is kept" in said
    facts = json.loads(at.dvclive("studio", "status", "--json"))
    assert (facts["run"], facts["earlier_runs"], facts["last_post"]) == ("second", 1, None)
    assert facts["unsent"] == 4  # metrics, two curves, the end
    at.dvclive("studio", "sync")
    one, two = sorted(studio.experiments.items())
    assert (one[0][2], two[0][2]) == ("first", "second")
    assert points(one[1]) == first
    whole(two[1], repo / "dvclive")
    assert [error["cls"] for error in two[1].errors] == ["dvclive.failed"]
    sent = len(studio.bodies)
    assert "Nothing is left" in at.dvclive("studio", "sync")
    assert len(studio.bodies) == sent
    assert json.loads(at.dvclive("studio", "status", "--json"))["unsent"] == 0


def test_sync_says_what_is_missing(studio: Studio, repo: Path) -> None:
    at = At(studio, repo)
    assert "dvc studio login" in at.dvclive("studio", "sync", code=125, DVC_STUDIO_TOKEN="")
    assert "dvc studio login" in at.dvclive("studio", "status", DVC_STUDIO_TOKEN="")
    assert "Nothing is left" in at.dvclive("studio", "sync")
    said = at.dvclive("studio", "status", code=1, DVC_STUDIO_URL="http://127.0.0.1:9")
    assert "cannot be reached" in said
    assert TOKEN not in said


def test_commands_of_a_script_post_one_experiment(studio: Studio, repo: Path) -> None:
    at = At(studio, repo)
    at.dvclive("start", "--exp-name", "ci", "-P", "lr=0.1")
    for step in range(3):
        at.dvclive("log-metric", "loss", str(step / 8))
        at.dvclive("next-step")
    assert studio.only.events[0] == "start"
    ledger = next((repo / ".dvc/tmp/dvclive/studio").rglob("ledger.json"))
    os.utime(ledger, (0, 0))  # the last post was long ago
    at.dvclive("log-metric", "loss", "1.5")
    assert len(studio.only.points) == 4
    at.dvclive("end", "--exit-code", "3")
    whole(studio.only, repo / "dvclive")
    assert studio.only.events.count("start") == 1
    assert studio.only.duplicates == 0
    assert [error["cls"] for error in studio.only.errors] == ["dvclive.failed"]
    assert studio.only.experiment_rev


def test_the_token_is_nowhere_but_in_the_request(studio: Studio, repo: Path, tmp_path: Path) -> None:
    """Not in a file, a Git object, an argument list, what is printed, a report or what the server is told."""
    program = (
        PRINTS
        + """
import os, subprocess
print("token is", os.environ["DVC_STUDIO_TOKEN"], flush=True)
listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
print(listed.count("canary-" + "7f3a9c"))
os.abort()
"""
    )
    at = At(studio, repo)
    said = at.record(program, "--report", "html", code=-signal.SIGABRT, DVCLIVE_LOGLEVEL="DEBUG")
    own = f"token is {TOKEN}\n"  # the program's own words pass through
    assert own in said
    assert said.replace(own, "").count(TOKEN) == 0
    assert "\n0\n" in said
    at.dvclive("studio", "status")
    at.dvclive("studio", "sync")
    whole(studio.only, repo / "dvclive")
    assert TOKEN not in json.dumps(studio.bodies)
    assert {headers["Authorization"] for headers in studio.headers} == {f"token {TOKEN}"}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path
    objects = scripts.git(repo, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    for name in objects:
        blob = subprocess.run(["git", "cat-file", "-p", name], cwd=repo, capture_output=True, check=True)
        assert TOKEN.encode() not in blob.stdout
