"""Several runs of one program under `dvclive run`: an experiment each, as where each records itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import scripts
from processes import Place, finish, read_file, until

HEAD = "from dvclive import Live\n"
SWEEP = """
for trial in range(3):
    with Live(exp_name=f"trial-{trial}", exp_message=f"number {trial}") as live:
        live.log_param("trial", trial)
        for step in range(2):
            live.log_metric("loss", trial * 10 + step)
            live.next_step()
"""


def work(tmp_path: Path, name: str) -> Path:
    cwd = tmp_path / name / "work"
    cwd.mkdir(parents=True)
    return cwd


def saved(cwd: Path, name: str, path: str) -> str:
    ref = scripts.git(cwd, "for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{name}").strip()
    return scripts.git(cwd, "show", f"{ref}:{path}")


def status(cwd: Path) -> tuple[Any, ...]:
    told = json.loads((cwd / "dvclive/run.json").read_text())
    return told["status"], told["exit_code"], told["signal"]


def test_a_sweep_is_an_experiment_each(tmp_path: Path) -> None:
    """The same experiments alone and supervised; the command line's params are in each."""
    for under in (False, True):
        cwd = scripts.repository(tmp_path / str(under) / "work")
        done = scripts.run(HEAD + SWEEP, cwd, "-P", "seed=1", under=under)
        assert done.returncode == 0, done.stderr
        assert sorted(scripts.experiments(cwd)) == ["trial-0", "trial-1", "trial-2"]
        for trial in range(3):
            metrics = json.loads(saved(cwd, f"trial-{trial}", "dvclive/metrics.json"))
            assert metrics == {"step": 1, "loss": trial * 10 + 1}
            rows = saved(cwd, f"trial-{trial}", "dvclive/plots/metrics/loss.tsv")
            assert rows == f"step\tloss\n0\t{trial * 10}\n1\t{trial * 10 + 1}\n"
            params = saved(cwd, f"trial-{trial}", "dvclive/params.yaml")
            assert params == ("seed: 1\n" if under else "") + f"trial: {trial}\n"
        assert scripts.git(cwd, "status", "--porcelain", "--", "code.py") == ""


def test_the_panel_names_the_earlier_experiments(tmp_path: Path) -> None:
    cwd = scripts.repository(tmp_path / "work")
    argv = [sys.executable, "-m", "dvclive_cli", "run", "--", sys.executable, "-c", HEAD + SWEEP]
    done = subprocess.run(
        argv, cwd=cwd, env=scripts.environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert (
        "earlier     trial-0 (2 points)\nearlier     trial-1 (2 points)\nexperiment  trial-2" in done.stderr
    )


def test_a_sweep_of_processes(tmp_path: Path) -> None:
    """A shell loop around a training, one of which fails: each ends as what it was."""
    cwd = scripts.repository(tmp_path / "work")
    (cwd / "train.py").write_text(
        f"import sys\n{HEAD}"
        "with Live(exp_name=f'n{sys.argv[1]}') as live:\n"
        "    live.log_metric('x', int(sys.argv[1]))\n    live.next_step()\n    1 / (int(sys.argv[1]) - 1)\n"
    )
    code = (
        "import subprocess, sys\n"
        "for n in '0123': subprocess.run([sys.executable, 'train.py', n], stderr=subprocess.DEVNULL)"
    )
    done = scripts.run(code, cwd, under=True)
    assert done.returncode == 0, done.stderr
    assert sorted(scripts.experiments(cwd)) == ["n0", "n1", "n2", "n3"]
    found = {name: json.loads(saved(cwd, name, "dvclive/run.json"))["status"] for name in ("n0", "n1", "n2")}
    assert found == {"n0": "completed", "n1": "failed", "n2": "completed"}
    assert json.loads(saved(cwd, "n3", "dvclive/metrics.json")) == {"step": 0, "x": 3}


def test_params_and_prints_before_the_first_live_stay(tmp_path: Path) -> None:
    """The first `Live` joins the run that began with the program."""
    cwd = work(tmp_path, "a")
    code = (
        "print('@dvclive early=1 step=0', flush=True)\n"
        + HEAD
        + (
            "import time; time.sleep(0.7)  # views are written meanwhile\n"
            "with Live(dvcyaml=None) as live:\n  live.log_metric('late', 2)\n  live.next_step()"
        )
    )
    done = scripts.run(code, cwd, "--no-save-dvc-exp", "-P", "lr=0.1", under=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((cwd / "dvclive/metrics.json").read_text()) == {"step": 0, "early": 1, "late": 2}
    assert scripts.yaml(cwd / "dvclive/params.yaml") == {"lr": 0.1}


def test_the_constructor_s_options_count_and_the_user_s_win(tmp_path: Path) -> None:
    code = HEAD + (
        "import time; time.sleep(0.7)\n"
        "live = Live(report='html', dvcyaml=None, exp_name='theirs', exp_message='m')\n"
        "live.log_metric('x', 1)\nprint(live._exp_name)\nlive.end()"
    )
    cwd = scripts.repository(tmp_path / "a" / "work")
    done = scripts.run(code, cwd, under=True)
    assert (done.stdout, done.returncode) == ("theirs\n", 0), done.stderr
    assert scripts.experiments(cwd) == ["theirs"]
    assert (cwd / "dvclive/report.html").exists()
    assert not (cwd / "dvc.yaml").exists()
    cwd = scripts.repository(tmp_path / "b" / "work")
    argv = ["run", "--exp-name", "mine", "--report", "md", "--dvcyaml", "dvc.yaml", "--", sys.executable]
    done = subprocess.run(
        [sys.executable, "-m", "dvclive_cli", *argv, "-c", code],
        cwd=cwd, env=scripts.environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert scripts.experiments(cwd) == ["mine"]
    assert (cwd / "dvclive/report.md").exists()
    assert (cwd / "dvc.yaml").exists()
    assert done.stderr.count("exp_name='theirs'; this run was given --exp-name mine, which counts") == 1


def test_no_experiment_where_the_program_wants_none(tmp_path: Path) -> None:
    cwd = scripts.repository(tmp_path / "work")
    done = scripts.run(HEAD + "live = Live(save_dvc_exp=False)\nlive.log_metric('x', 1)", cwd, under=True)
    assert done.returncode == 0, done.stderr
    assert scripts.experiments(cwd) == []
    assert not (cwd / ".dvc/tmp/exps/run/DVCLIVE_ONLY").exists()


@pytest.mark.parametrize("early", ["", "print('@dvclive early=1 step=0', flush=True)\n"])
def test_a_program_that_resumes_by_itself_loses_nothing(tmp_path: Path, early: str) -> None:
    """`Live(resume=True)`, though the command line does not say so: the earlier part comes back."""
    cwd = work(tmp_path, "a")
    code = (
        early
        + HEAD
        + (
            "import time; time.sleep(0.2)\nlive = Live(resume=True)\n"
            "print(live.step, live.summary.get('x'))\n"
            "live.log_metric('x', live.step * 10)\nlive.log_param(f'p{live.step}', 1)\n"
            "live.next_step()\nlive.end()"
        )
    )
    seen = [scripts.run(code, cwd, "--no-save-dvc-exp", under=True) for _ in range(3)]
    shown = [done.stdout.splitlines()[-1] for done in seen]
    assert shown == ["0 None", "1 0", "2 10"], seen[-1].stderr
    assert scripts.rows(cwd / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "0"], ["1", "10"], ["2", "20"]]
    assert set(scripts.yaml(cwd / "dvclive/params.yaml")) == {"p0", "p1", "p2"}
    assert len(json.loads((cwd / "dvclive/run.json").read_text())["sessions"]) == 3
    assert not [name for name in os.listdir(cwd / "dvclive") if name.startswith(".")]
    if early:
        assert scripts.rows(cwd / "dvclive/plots/metrics/early.tsv")[1:] == [["0", "1"]] * 3


def test_a_new_run_leaves_nothing_of_the_earlier_one(tmp_path: Path) -> None:
    cwd = work(tmp_path, "a")
    for name in ("old", "new"):
        code = HEAD + f"with Live() as live:\n  live.log_metric({name!r}, 1)"
        assert scripts.run(code, cwd, "--no-save-dvc-exp", under=True).returncode == 0
    assert sorted(os.listdir(cwd / "dvclive")) == ["metrics.json", "plots", "run.json"]
    assert os.listdir(cwd / "dvclive/plots/metrics") == ["new.tsv"]


def test_two_processes_at_once_one_writer(tmp_path: Path) -> None:
    """A second process that logs the same run while the first is at it: one message, no mixed rows."""
    cwd = work(tmp_path, "a")
    code = HEAD + textwrap.dedent("""
        import subprocess, sys
        live = Live()
        live.log_metric("x", 1)
        if len(sys.argv) == 1:
            other = "import sys; sys.argv.append('other')\\n" + open("code").read()
            subprocess.run([sys.executable, "-c", other], check=True)
            live.log_metric("x", 2)
        live.end()
    """)
    (cwd / "code").write_text(code)
    done = scripts.run(code, cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("logs this run already") == 1
    assert scripts.rows(cwd / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "1"], ["0", "2"]]


def test_a_failure_that_the_program_survives_is_told(tmp_path: Path) -> None:
    """Exit code 0, but the `with` block failed: as where the program records itself."""
    code = (
        HEAD + "try:\n  with Live() as live:\n    live.log_metric('x', 1)\n    1 / 0\nexcept Exception: pass"
    )
    for under in (False, True):
        cwd = work(tmp_path, str(under))
        assert scripts.run(code, cwd, "--no-save-dvc-exp", under=under).returncode == 0
        assert status(cwd) == ("failed", None, None)


def test_the_program_s_own_monitor(tmp_path: Path) -> None:
    """`monitor_system()` reaches the recorder, and ends with its run."""
    cwd = work(tmp_path, "a")
    code = HEAD + (
        "import time\nlive = Live(monitor_system=True)\n"
        "live.monitor_system(interval=0.02, num_samples=2, directories_to_monitor={'here': '.'})\n"
        "time.sleep(0.5)\nlive.end()\n"
    )
    done = scripts.run(code, cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr
    found = json.loads((cwd / "dvclive/metrics.json").read_text())["system"]
    assert found["cpu"]["count"] >= 1
    assert "here" in found["disk"]["usage (%)"]
    assert found["process"]["threads"] >= 1


def test_the_channel_s_folder_does_not_fill(tmp_path: Path) -> None:
    """Pictures and long records go once they are recorded and in a checkpoint."""
    cwd = work(tmp_path, "a")
    code = HEAD + textwrap.dedent("""
        import numpy, os, time
        live = Live()
        for step in range(20):
            live.log_image(f"{step}.png", numpy.zeros((20, 20), "uint8"))
            live.log_param(f"p{step}", "x" * 9000)
        live.sync()
        folder = os.path.dirname(os.environ["DVCLIVE_FIFO"])
        until = time.monotonic() + 20
        while os.listdir(folder) != ["fifo"] and time.monotonic() < until:
            live.log_metric("x", 1)
            time.sleep(0.05)
        print(os.listdir(folder))
    """)
    done = scripts.run(code, cwd, "--no-save-dvc-exp", under=True)
    assert done.stdout == "['fifo']\n", done.stderr
    assert len(os.listdir(cwd / "dvclive/plots/images")) == 20


def test_an_answer_is_given_from_a_long_record_too(tmp_path: Path) -> None:
    """`sync` and `end` in a file that stood in for the FIFO; and an answer longer than a pipe takes whole."""
    cwd = work(tmp_path, "a")
    code = HEAD + textwrap.dedent("""
        import os, select
        live = Live()
        live.log_params({f"parameter {n}": "x" * 50 for n in range(200)})
        folder = os.path.dirname(os.environ["DVCLIVE_FIFO"])
        ack = os.path.join(folder, "mine.ack")
        os.mkfifo(ack)
        fd = os.open(ack, os.O_RDONLY | os.O_NONBLOCK)
        with open(os.path.join(folder, "mine.lines"), "w") as file:
            file.write(f'late=1\\nsync ack="{ack}"\\nend\\n')
        with open(os.environ["DVCLIVE_FIFO"], "w") as fifo:
            fifo.write('{"@file": "mine.lines"}\\n')
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        assert poll.poll(20_000)
        assert os.read(fd, 10) == b"ok\\n"
        assert "late" in open(live.metrics_file).read()
        again = Live(resume=True)
        assert len(again._params) == 200
        again.end()
    """)
    done = scripts.run(code, cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr


SLOW_SWEEP = """
import os, sys, time
sys.path[:0] = os.environ["ADAPTERS"].split(os.pathsep)
from dvclive import Live
for trial in range(4):
    with Live(exp_name=f"trial-{trial}") as live:
        live.log_param("trial", trial)
        for step in range(40):
            live.log_metric("loss", trial * 1000 + step)
            live.next_step()
            time.sleep(0.01)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_recorder_killed_at_any_moment_of_a_sweep(place: Place, seed: int) -> None:
    """Each experiment is saved once, with every row once."""
    import random
    import time

    chance = random.Random(seed)
    place.env |= {"ADAPTERS": scripts.PATHS, "GIT_CONFIG_GLOBAL": os.devnull}
    place.env |= {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t"}
    place.env |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}
    cwd = scripts.repository(Path(place.cwd))
    command = [sys.executable, "-c", SLOW_SWEEP]
    argv = [sys.executable, "-m", "dvclive_cli", "run", "--quiet", "--no-command-params", "--", *command]
    process = place.popen(argv)
    killed = 0
    while process.poll() is None and killed < 2:
        time.sleep(chance.uniform(0.1, 1.2))
        killed += place.kill_recorders()
    ended = finish(process)
    assert ended.code == 0
    assert b"nothing is recorded" not in ended.err
    assert killed > 0
    until(lambda: not place.recorders())
    assert sorted(scripts.experiments(cwd)) == [f"trial-{trial}" for trial in range(4)]
    for trial in range(4):
        rows = saved(cwd, f"trial-{trial}", "dvclive/plots/metrics/loss.tsv").splitlines()[1:]
        assert rows == [f"{step}\t{trial * 1000 + step}" for step in range(40)]
        assert saved(cwd, f"trial-{trial}", "dvclive/params.yaml") == f"trial: {trial}\n"
    assert read_file(f"{place.cwd}/dvclive/params.yaml") == "trial: 3\n"
