"""Every example runs with `dvclive` and `dvc` alone, prints what it says, and records what it wants."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/run.sh"))
SYSTEM = "/usr/local/bin:/usr/bin:/bin"


@pytest.fixture
def environ(tmp_path):
    """A newcomer's: `dvclive` and `dvc` are on PATH as links out of an environment that is not."""
    inside, linked = tmp_path / "env" / "bin", tmp_path / "bin"
    inside.mkdir(parents=True)
    linked.mkdir()
    paths = os.pathsep.join([str(ROOT), str(ROOT / "adapters" / "python")])
    for name, arguments in {"dvclive": "-m dvclive_cli", "dvc": "-m dvc", "python": ""}.items():
        script = inside / name
        script.write_text(f'#!/bin/sh\nPYTHONPATH={paths} exec {sys.executable} {arguments} "$@"\n')
        script.chmod(0o755)
    for name in ("dvclive", "dvc"):
        (linked / name).symlink_to(inside / name)
    return {
        "PATH": f"{linked}:{SYSTEM}",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(tmp_path / "site"),
    }


def shape(text):
    """What stays the same between runs and machines: no numbers, names, paths; columns in any order."""
    text = re.sub(r"(?<=scratch repository: ).*", "PATH", text)
    text = re.sub(r"[0-9a-f]{7} \[\w+-\w+\]", "EXPERIMENT", text)
    text = re.sub(r"-?\b[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?\b", "N", text)
    text = re.sub("─+", "─", text)
    return [sorted(line.split()) for line in text.splitlines()]


def git(repo, *arguments):
    return subprocess.run(
        ["git", "-C", repo, *arguments], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


def experiments(repo):
    """The saved experiments in a fixed order: params, status, and the number of rows of each TSV."""
    refs = git(repo, "for-each-ref", "--format=%(refname)", "refs/exps").split()
    found = []
    for ref in refs:
        if re.match("refs/exps/(exec|stash|celery)", ref):
            continue
        files = git(repo, "ls-tree", "-r", "--name-only", "-z", ref).split("\0")
        params = (
            YAML(typ="safe").load(git(repo, "show", f"{ref}:dvclive/params.yaml"))
            if "dvclive/params.yaml" in files
            else {}
        )
        status = json.loads(git(repo, "show", f"{ref}:dvclive/run.json"))["status"]
        points = {}
        for name in files:
            match = re.fullmatch(r"dvclive/plots/metrics/(.+)\.tsv", name)
            if match:
                points[match[1]] = len(git(repo, "show", f"{ref}:{name}").splitlines()) - 1
        found.append({"params": params, "points": points, "status": status})
    return sorted(found, key=repr)


def listing():
    return sorted(str(path) for path in (ROOT / "examples").rglob("*"))


def test_there_are_examples():
    assert {path.name for path in EXAMPLES} >= {"bash", "benchmark", "c", "ci", "node", "quickstart"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_does_what_it_says(example, environ, tmp_path):
    wanted = json.loads((example / "wanted.json").read_text())
    for tool in wanted["needs"]:
        if shutil.which(tool, path=environ["PATH"]) is None:
            pytest.skip(f"no {tool} here")
    for module in wanted.get("modules", ()):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"no Python package {module} here")
    before, repo = listing(), tmp_path / "scratch repo"
    done = subprocess.run(
        [example / "run.sh", repo],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert shape(done.stdout) == shape((example / "expected.txt").read_text(encoding="utf-8")), done.stdout
    expected = [{**experiment, "status": "completed"} for experiment in wanted["experiments"]]
    assert experiments(repo) == sorted(expected, key=repr)
    assert listing() == before, "an example works in its scratch repository alone"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_five_lines_of_readme_and_what_it_prints(example):
    assert len((example / "README.md").read_text(encoding="utf-8").splitlines()) == 5
    assert os.access(example / "run.sh", os.X_OK)


# What the CI example's files tell other machines to do --------------------------------------------------

CI = ROOT / "examples" / "ci"


def github_steps():
    job = YAML(typ="safe").load((CI / "github.yml").read_text())["jobs"]["train"]
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    return [re.sub(r"origin/\$\{\{[^}]*\}\}", "main", script) for script in scripts]


def gitlab_lines():
    job = YAML(typ="safe").load((CI / "gitlab.yml").read_text())["train"]
    assert job["artifacts"]["reports"] == {"metrics": "metrics.txt"}
    return [*job["script"], *job["after_script"]]


def jenkins_lines():
    return re.findall(r"sh '''(.*?)'''", (CI / "Jenkinsfile").read_text(), re.DOTALL)


def make_lines():
    return ["make summary.md LR=0.3 BASE=main"]


@pytest.mark.parametrize(
    ("scripts", "left"),
    [
        (github_steps, {"step.md": "| val/acc | 0.9816 | 0.8336 | +0.148 (+17.8%) 🟢 |"}),
        (gitlab_lines, {"metrics.txt": "train_loss 0.0369\n", "summary.md": "| val/acc | 0.9816 |"}),
        (jenkins_lines, {"summary.md": "+17.8%", "curves.csv": "11,0.0369,0.0606,0.9816\n"}),
        (make_lines, {"summary.md": "| lr | 0.3 |"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_ci_job_leaves_what_its_service_shows(scripts, left, environ, tmp_path):
    """Each command of the file, in a repository whose main has results to compare with."""
    repo = tmp_path / "repo"
    repo.mkdir()
    for name in ("train.py", "Makefile"):
        shutil.copy(CI / name, repo)
    environ |= {"GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "a@b"}
    environ |= {"GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "a@b"}
    base = ["git -c init.defaultBranch=main init -q .", "git add .", "git commit -qm program"]
    base += ["dvclive run --quiet -- python3 train.py --lr 0.1", "git add .", "git commit -qm results"]
    for number, script in enumerate([*base, *scripts()]):
        if script.startswith("pip install"):
            continue
        more = {"GITHUB_STEP_SUMMARY": "step.md"} if scripts is github_steps and number >= len(base) else {}
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script], cwd=repo, env={**environ, **more}, capture_output=True,
            text=True, encoding="utf-8", timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, script + done.stdout + done.stderr
    for name, text in left.items():
        assert text in (repo / name).read_text(encoding="utf-8")
