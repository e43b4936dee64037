"""Running small programs that use `Live`, alone or under `dvclive run`, and reading what they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import dvclive_cli

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(dvclive_cli.__file__)))
PATHS = os.pathsep.join((ROOT, os.path.join(ROOT, "adapters", "python")))
RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours, without anything that tells of another run, job or person."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DVC") and k not in RANKS}
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t"}
    git |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}
    return {**kept, **git, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": PATHS, **more}


def run(
    code: str, cwd: Path, *options: str, under: bool = False, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program with `Live` in it, alone or under `dvclive run` with `options`."""
    argv = [sys.executable, "-c", code]
    if under:
        argv = [
            sys.executable,
            "-m",
            "dvclive_cli",
            "run",
            "--quiet",
            "--no-command-params",
            *options,
            "--",
            *argv,
        ]
    return subprocess.run(
        argv, cwd=cwd, env=environment(cwd.parent, **(env or {})), capture_output=True, text=True, check=False
    )


def git(cwd: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=cwd, env=environment(cwd.parent), capture_output=True, text=True, check=True
    ).stdout


def repository(path: Path, dvc: bool = True) -> Path:
    """A Git repository with a commit, and DVC in it."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet")
    (path / "code.py").write_text("pass\n")
    if dvc:
        (path / ".dvc").mkdir()
        (path / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
        (path / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    git(path, "add", ".")
    git(path, "commit", "--quiet", "-m", "first")
    return path


def experiments(path: Path) -> list[str]:
    """The names of the saved experiments."""
    refs = git(path, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/*").split()
    return [ref.rsplit("/", 1)[1] for ref in refs]


def yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text())


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text().splitlines()]


def tree(path: Path) -> dict[str, Any]:
    """Every file of a run by its meaning; of run.json what does not depend on time and process."""
    found: dict[str, Any] = {}
    for file in sorted(path.rglob("*")):
        name = str(file.relative_to(path))
        if not file.is_file() or name.startswith((".git/", ".dvc/")):
            continue
        if file.name == "run.json":
            found[name] = {"status": json.loads(file.read_text())["status"]}
        elif file.suffix == ".json":
            found[name] = json.loads(file.read_text())
        elif file.name == "dvc.yaml":
            found[name] = {key: _unordered(value) for key, value in (yaml(file) or {}).items()}
        elif file.suffix in (".yaml", ".dvc"):
            found[name] = yaml(file)
        else:
            found[name] = file.read_bytes()
    return found


def _unordered(section: Any) -> Any:
    return sorted(section, key=str) if isinstance(section, list) else section
