"""`Live` in Git and DVC repositories, with the real programs: what is saved, and what is said instead."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import scripts

HEAD = "from dvclive import Live\n"
ONE = HEAD + "with Live({}) as live:\n  live.log_metric('x', 1)\n  live.next_step()\n"


def dvc(cwd: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dvc", *words],
        cwd=cwd,
        env=scripts.environment(cwd.parent, DVC_NO_ANALYTICS="1", **(env or {})),
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return scripts.repository(tmp_path / "repo")


def ref(repo: Path) -> str:
    return scripts.git(repo, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/*").split()[0]


def test_exp_show_lists_the_run_with_its_metrics(repo: Path) -> None:
    done = scripts.run(ONE.format("exp_name='mine', exp_message='why'"), repo)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert scripts.experiments(repo) == ["mine"]
    assert scripts.git(repo, "log", "-1", "--format=%s", ref(repo)) == "why\n"
    (baseline,) = (row for row in json.loads(dvc(repo, "exp", "show", "--json").stdout) if row["experiments"])
    (experiment,) = baseline["experiments"]
    metrics = experiment["revs"][0]["data"]["metrics"]
    assert metrics["dvclive/metrics.json"]["data"] == {"step": 0, "x": 1}


def test_a_failed_run_is_saved_and_marked(repo: Path) -> None:
    """The reference saves it as a success."""
    done = scripts.run(ONE.format("exp_name='bad'") + "  1 / 0", repo)
    assert done.returncode == 1
    assert scripts.experiments(repo) == ["bad"]
    assert "failed" in scripts.git(repo, "log", "-1", "--format=%s", ref(repo))
    assert json.loads(scripts.git(repo, "show", f"{ref(repo)}:dvclive/run.json"))["status"] == "failed"


def test_sigterm_saves_the_experiment(repo: Path) -> None:
    code = (
        HEAD + "live = Live(exp_name='stopped')\nlive.log_metric('x', 1)\nimport os; os.kill(os.getpid(), 15)"
    )
    done = scripts.run(code, repo)
    assert done.returncode == -15
    assert scripts.experiments(repo) == ["stopped"]


def test_names_from_the_environment_generated_and_taken(repo: Path) -> None:
    code = HEAD + "live = Live({})\nprint(live._exp_name)\nlive.end()"
    assert scripts.run(code.format(""), repo, env={"DVC_EXP_NAME": "told"}).stdout == "told\n"
    generated = scripts.run(code.format(""), repo).stdout.strip()
    assert len(generated.split("-")) == 2
    taken = scripts.run(code.format("exp_name='told'"), repo)
    assert "'told' is taken" in taken.stderr
    assert sorted(scripts.experiments(repo)) == sorted({"told", generated, taken.stdout.strip()})


def test_the_name_can_be_assigned(repo: Path) -> None:
    code = HEAD + "live = Live()\nlive._exp_name = 'mine'\nprint(live._exp_name)\nlive.end()"
    assert scripts.run(code, repo).stdout == "mine\n"
    assert scripts.experiments(repo) == ["mine"]


def test_a_sweep_saves_one_experiment_a_trial(repo: Path) -> None:
    code = (
        HEAD + "for trial in range(3):\n  with Live(exp_name=f't{trial}') as live:\n"
        "    live.log_metric('x', trial)"
    )
    done = scripts.run(code, repo)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(scripts.experiments(repo)) == ["t0", "t1", "t2"]


def test_git_without_dvc_initialises_it_and_says_so(tmp_path: Path) -> None:
    repo = scripts.repository(tmp_path / "repo", dvc=False)
    done = scripts.run(ONE.format(""), repo)
    assert "DVC was initialised" in done.stderr
    assert len(scripts.experiments(repo)) == 1


def test_an_empty_git_repository_is_no_crash(tmp_path: Path) -> None:
    """The reference crashes."""
    repo = tmp_path / "repo"
    repo.mkdir()
    scripts.git(repo, "init", "--quiet")
    done = scripts.run(ONE.format(""), repo)
    assert done.returncode == 0
    assert "has no commits yet" in done.stderr
    assert scripts.rows(repo / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "1"]]


def test_nothing_is_saved_where_that_is_not_wanted(repo: Path) -> None:
    done = scripts.run(ONE.format("save_dvc_exp=False"), repo)
    assert (done.returncode, done.stderr) == (0, "")
    assert scripts.experiments(repo) == []
    assert (
        "dvc"
        not in scripts.run(
            ONE.format("save_dvc_exp=False") + "import sys; print(*sys.modules)", repo
        ).stdout.split()
    )


def test_artifacts_and_images_go_to_dvc_s_cache(repo: Path) -> None:
    code = HEAD + (
        "from pathlib import Path\nimport numpy\nPath('model.pt').write_text('w')\n"
        "with Live(cache_images=True, exp_name='mine') as live:\n"
        "  live.log_image('a.png', numpy.zeros((2, 2), 'uint8'))\n"
        "  live.log_artifact(Path('model.pt'), type='model')\n"
        "  live.log_artifact('model.pt', name='bad name!', type='model', copy=True)\n"
    )
    done = scripts.run(code, repo)
    assert done.returncode == 0, done.stderr
    assert "'bad name!' cannot be the name of an artifact" in done.stderr
    assert scripts.yaml(repo / "dvc.yaml")["artifacts"] == {"model": {"path": "model.pt", "type": "model"}}
    saved = set(scripts.git(repo, "ls-tree", "-r", "--name-only", ref(repo)).split())
    assert {"model.pt.dvc", "dvclive/plots/images.dvc", "dvclive/artifacts/model.pt.dvc"} <= saved
    assert not {"model.pt", "dvclive/plots/images/a.png"} & saved


def test_a_failing_save_keeps_the_files_and_gives_the_command(repo: Path) -> None:
    code = HEAD + (
        "import os, shutil\nlive = Live(exp_name='mine')\nlive.log_metric('x', 1)\nlive.next_step()\n"
        "os.rename('.dvc/config', 'hidden')\nos.mkdir('.dvc/config')\nlive.end()\nprint('went on')"
    )
    done = scripts.run(code, repo)
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert "exp save" in done.stderr
    assert scripts.rows(repo / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "1"]]


def test_vs_code_sees_the_run_while_it_goes_on(repo: Path) -> None:
    code = HEAD + (
        "import json, os\nfolder = '.dvc/tmp/exps/run/'\nread = lambda name: json.load(open(folder + name))\n"
        "live = Live(exp_name='mine')\n"
        "assert read('DVCLIVE_ONLY') == {'exp_name': 'mine', 'pid': os.getpid()}\n"
        "live.next_step()\nassert read('DVCLIVE_STEP_COMPLETED') == {'pid': os.getpid(), 'step': 0}\n"
        "live.end()\nassert os.listdir(folder) == []\n"
        "live = Live()\nassert read('DVCLIVE_ONLY')['exp_name'] == live._exp_name != None"
    )
    done = scripts.run(code, repo)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("how", ["exp", "repro"])
def test_inside_a_pipeline_dvc_saves(repo: Path, how: str) -> None:
    (repo / "train.py").write_text(ONE.format("exp_name='ignored'"))
    (repo / "dvc.yaml").write_text(
        f"stages:\n  train:\n    cmd: {sys.executable} train.py\n    deps: [train.py]\n"
    )
    scripts.git(repo, "add", ".")
    scripts.git(repo, "commit", "--quiet", "-m", "stage")
    done = dvc(repo, *(("exp", "run", "--name", "piped") if how == "exp" else ("repro",)))
    assert json.loads((repo / "dvclive/metrics.json").read_text()) == {"step": 0, "x": 1}
    assert scripts.yaml(repo / "dvc.yaml")["stages"]["train"]
    if how == "exp":
        assert scripts.experiments(repo) == ["piped"]
        saved = scripts.git(repo, "ls-tree", "-r", "--name-only", ref(repo)).split()
        assert "dvclive/plots/metrics/x.tsv" in saved
    else:
        assert scripts.experiments(repo) == []
        assert "dvc exp run" in done.stdout + done.stderr


def test_a_monorepo_s_own_dvc_root(tmp_path: Path) -> None:
    top = scripts.repository(tmp_path / "repo", dvc=False)
    part = top / "project"
    part.mkdir()
    dvc(part, "init", "--subdir", "--quiet")
    scripts.git(top, "commit", "--quiet", "-am", "dvc")
    done = scripts.run(ONE.format("exp_name='mine'"), part)
    assert (done.returncode, done.stderr) == (0, "")
    saved = scripts.git(top, "ls-tree", "-r", "--name-only", ref(top)).split()
    assert {"project/dvclive/metrics.json", "project/dvc.yaml"} <= set(saved)


@pytest.mark.parametrize("last", ["", "live.end()\n"])
def test_what_is_logged_after_end_is_saved_in_the_experiment_s_place(repo: Path, last: str) -> None:
    """Trainers evaluate once they have ended the run. In the reference the experiment does not have it."""
    (repo / "model.pt").write_text("weights")
    code = (
        HEAD + "live = Live()\nlive.log_metric('x', 1)\nlive.log_artifact('model.pt')\n"
        "live.next_step()\nlive.end()\nname = live._exp_name\nlive.log_metric('test', 2)\n" + last
    )
    done = scripts.run(code + "assert live._exp_name == name", repo)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(scripts.experiments(repo)) == 1
    assert json.loads(scripts.git(repo, "show", f"{ref(repo)}:dvclive/metrics.json")) == {
        "step": 1, "x": 1, "test": 2,
    }  # fmt: skip
    assert "model.pt.dvc" in scripts.git(repo, "ls-tree", "--name-only", ref(repo)).split()


def test_an_experiment_that_was_removed_in_between_is_saved_anew(repo: Path) -> None:
    code = (
        HEAD + "import subprocess\nlive = Live(exp_name='mine')\nlive.log_metric('x', 1)\nlive.end()\n"
        "ref = subprocess.run(['git', 'for-each-ref', '--format=%(refname)', 'refs/exps/*/*/*'], "
        "capture_output=True, text=True).stdout.strip()\nassert ref.endswith('/mine'), ref\n"
        "subprocess.run(['git', 'update-ref', '-d', ref], check=True)\nlive.log_metric('x', 2)\n"
    )
    done = scripts.run(code, repo)
    assert (done.returncode, done.stderr) == (0, "")
    assert scripts.experiments(repo) == ["mine"]
