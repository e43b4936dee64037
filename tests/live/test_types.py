"""The types that users see: a strict checker finds nothing to say about a program, and finds its mistakes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import scripts

USER_CODE = Path(__file__).with_name("user_code.py")


def check(path: Path, tmp_path: Path) -> str:
    """What `mypy --strict` says of a user's file; the package is found as an installed one is."""
    argv = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", os.devnull]
    environ = {**scripts.environment(tmp_path), "MYPYPATH": scripts.PATHS.split(os.pathsep)[1]}
    done = subprocess.run(
        [*argv, str(path)], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_a_program_passes_the_strict_checker(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    assert check(USER_CODE, tmp_path) == ""


def test_the_checker_finds_wrong_calls(tmp_path: Path) -> None:
    """The annotations are seen (`py.typed`), and say something."""
    pytest.importorskip("mypy")
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from dvclive import Live\nlive = Live(report='pdf', resume='x')\nlive.log_metrics(3)\n")
    said = check(wrong, tmp_path)
    assert [line.split(":")[1] for line in said.splitlines() if "error" in line] == ["2", "2", "3"]


def test_the_program_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(USER_CODE), str(tmp_path / "run")],
        cwd=tmp_path, env=scripts.environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "3.0"
