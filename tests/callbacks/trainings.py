"""Small trainings in an interpreter that has the frameworks: what they log, beside what they report."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import scripts
from interpreters import TORCH, Interpreter

__all__ = ["BOTH", "FRAMEWORKS", "MARKS", "TORCH", "Trained", "train"]

FRAMEWORKS = Interpreter("DVCLIVE_FRAMEWORKS", "tests/callbacks")
MARKS = FRAMEWORKS.marks
PROGRAMS = Path(__file__).with_name("programs")
QUIET = {
    "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1",
}  # fmt: skip


class Trained(NamedTuple):
    """What a training left: `report` is its last line, the framework's own account."""

    report: Any
    cwd: Path
    stderr: str

    def steps(self, name: str, run: str = "dvclive") -> list[int]:
        """The steps of a metric's points."""
        return [int(row[0]) for row in self._rows(name, run)]

    def values(self, name: str, run: str = "dvclive") -> list[float]:
        """The values of a metric's points, as their file has them."""
        return [float(row[1]) for row in self._rows(name, run)]

    def _rows(self, name: str, run: str) -> list[list[str]]:
        return scripts.rows(self.cwd / run / "plots" / "metrics" / f"{name}.tsv")[1:]

    def names(self, run: str = "dvclive") -> set[str]:
        """The metrics that have a curve."""
        folder = self.cwd / run / "plots" / "metrics"
        return {str(path.relative_to(folder))[: -len(".tsv")] for path in folder.rglob("*.tsv")}

    def summary(self, run: str = "dvclive") -> Any:
        """metrics.json."""
        return json.loads((self.cwd / run / "metrics.json").read_text())

    def status(self, run: str = "dvclive") -> str:
        """How the run ended."""
        return str(json.loads((self.cwd / run / "run.json").read_text())["status"])

    def params(self, run: str = "dvclive") -> Any:
        """params.yaml."""
        return scripts.yaml(self.cwd / run / "params.yaml")

    def saved(self, path: str) -> list[Any]:
        """A JSON file in each of the experiments."""
        refs = scripts.git(self.cwd, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/*").split()
        return [json.loads(scripts.git(self.cwd, "show", f"{ref}:{path}")) for ref in refs]


def train(
    python: str,
    program: str,
    tmp_path: Path,
    under: bool = False,
    options: tuple[str, ...] = (),
    launcher: tuple[str, ...] = (),
    arguments: tuple[str, ...] = (),
) -> Trained:
    """Run a program in a fresh repository, alone or under `dvclive run`, also by a launcher's hand."""
    cwd = scripts.repository(tmp_path / "work")
    argv = [python, *launcher, str(PROGRAMS / f"{program}.py"), *arguments]
    if under:
        argv = [python, "-m", "dvclive_cli", "run", "--quiet", *options, "--", *argv]
    environ = scripts.environment(tmp_path, **QUIET)
    done = subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    return Trained(json.loads(done.stdout.splitlines()[-1]), cwd, done.stderr)


BOTH = pytest.mark.parametrize("under", [False, True], ids=["alone", "under"])
"""A training alone, and under `dvclive run`."""
