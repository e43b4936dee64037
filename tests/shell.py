"""Shell scripts with `dvclive` on their PATH, and what they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import scripts

PYTHON = sys.executable


def environment(cwd: Path, **more: str) -> dict[str, str]:
    """The tests' own, with `dvclive` and `python` as commands."""
    bin_folder = cwd.parent / "bin"
    if not bin_folder.exists():
        bin_folder.mkdir()
        for name, words in {"dvclive": "-m dvclive_cli", "python": ""}.items():
            script = bin_folder / name
            script.write_text(f'#!/bin/sh\nexec {PYTHON} {words} "$@"\n')
            script.chmod(0o755)
    env = scripts.environment(cwd.parent)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of short processes: compiled once
    return {**env, **more, "PATH": f"{bin_folder}:{env['PATH']}"}


def sh(script: str, cwd: Path, *, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script; DVC is left out of it unless `DVCLIVE_SAVE_DVC_EXP` says otherwise."""
    env = {"DVCLIVE_SAVE_DVC_EXP": "0", **env}
    return subprocess.run(
        ["sh", "-c", script],
        cwd=cwd,
        env=environment(cwd, **env),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )


def good(script: str, cwd: Path, *, stdin: str = "", **env: str) -> str:
    """Run a script whose every command must succeed; what it prints."""
    done = sh(f"set -e\n{script}", cwd, stdin=stdin, **env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(cwd: Path, name: str, folder: str = "dvclive") -> list[str]:
    """The rows of a series, `step value`, without the heading."""
    text = (cwd / folder / "plots" / "metrics" / f"{name}.tsv").read_text()
    return text.replace("\t", " ").splitlines()[1:]


def left(cwd: Path, folder: str = "dvclive") -> list[str]:
    """Files of ours that belong to no finished run."""
    return sorted(name for name in os.listdir(cwd / folder) if name.startswith(".dvclive"))
