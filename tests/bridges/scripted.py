"""Scripts written for trackers, run as they are: what is recorded of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import scripts
from interpreters import Interpreter

PROGRAMS = Path(__file__).with_name("programs")
TRACKERS = Interpreter("DVCLIVE_TRACKERS", "tests/bridges")
OFFLINE = {
    "COMET_DISABLE_AUTO_LOGGING": "1", "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "Agg",
    "HF_HUB_OFFLINE": "1", "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_TRACKING_URI": "file:mlruns", "TRACKIO_DIR": "trackio", "WANDB_MODE": "offline",
    "WANDB_SILENT": "true", "WANDB_ERROR_REPORTING": "false",
}  # fmt: skip
OURS = ("dvc.yaml", "dvclive/", ".dvc", ".git", "model.bin", "code.py", ".cache/matplotlib/", ".keras/")


class Ran(NamedTuple):
    """What a script left, and what it said."""

    cwd: Path
    out: str
    err: str

    def points(self) -> dict[str, list[tuple[int, float]]]:
        """Step and value of each point, by metric; truth values and texts are none."""
        folder = self.cwd / "dvclive" / "plots" / "metrics"
        return {
            str(path.relative_to(folder))[: -len(".tsv")]: [
                (int(step), float(value))
                for step, value in scripts.rows(path)[1:]
                if value not in ("True", "False")
            ]
            for path in folder.rglob("*.tsv")
        }

    def series(self, name: str) -> list[tuple[int, float]]:
        """The points of one metric."""
        rows = scripts.rows(self.cwd / "dvclive" / "plots" / "metrics" / f"{name}.tsv")[1:]
        return [(int(step), float(value)) for step, value in rows]

    def params(self) -> Any:
        """params.yaml."""
        return scripts.yaml(self.cwd / "dvclive" / "params.yaml")

    def summary(self) -> Any:
        """metrics.json."""
        return json.loads((self.cwd / "dvclive" / "metrics.json").read_text())

    def images(self) -> set[str]:
        """The pictures."""
        folder = self.cwd / "dvclive" / "plots" / "images"
        return {str(path.relative_to(folder)) for path in folder.rglob("*.*")}

    def described(self) -> Any:
        """dvc.yaml."""
        return scripts.yaml(self.cwd / "dvc.yaml")

    def artifacts(self) -> Any:
        """The section of dvc.yaml."""
        return self.described().get("artifacts")

    def written(self) -> list[str]:
        """Files that are neither ours nor the script's own: the tracker's, below its folder or at home."""
        found = [path.relative_to(self.cwd.parent) for path in self.cwd.parent.rglob("*") if path.is_file()]
        names = [str(path).removeprefix(f"{self.cwd.name}/") for path in found]
        return sorted(name for name in names if not name.startswith(OURS) and "__pycache__" not in name)


def run(
    tracker: str,
    tmp_path: Path,
    *options: str,
    python: str = sys.executable,
    under: bool = True,
    text: str = "",
    kind: str = "",
    **environ: str,
) -> Ran:
    """Run `programs/<tracker>_run.py`, or `text`, in a fresh repository, under `dvclive run` or alone.

    Parameters:
        tracker: its name, or that of another program: `<tracker>_docs`.
        kind: an argument for the script.
    """
    cwd = scripts.repository(tmp_path / "work")
    path = PROGRAMS / (f"{tracker}.py" if tracker.endswith("_docs") else f"{tracker}_run.py")
    if text:
        path = tmp_path / "program.py"
        path.write_text(text)
    argv = [python, str(path), *kind.split()]
    if under:
        argv = [sys.executable, "-m", "dvclive_cli", "run", "--no-command-params", *options, "--", *argv]
    environ = scripts.environment(tmp_path, **{**OFFLINE, **environ})
    done = subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    return Ran(cwd, done.stdout, done.stderr)


def told(tracker: str, python: str, ran: Ran) -> Any:
    """What the tracker itself has recorded: `points` by name, and `params`."""
    argv = [python, str(PROGRAMS / f"{tracker}_told.py")]
    environ = scripts.environment(ran.cwd.parent, **OFFLINE)
    done = subprocess.run(argv, cwd=ran.cwd, env=environ, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    found["points"] = {name: [tuple(point) for point in points] for name, points in found["points"].items()}
    return found
