"""Signal files for DVC's VS Code extension, in .dvc/tmp/exps/run of the repository.

DVCLIVE_ONLY says which process records an experiment (the extension shows it as running, stops it by a
signal to that pid, and deletes the file when the pid is dead); DVCLIVE_STEP_COMPLETED that a step is
complete.
"""

from __future__ import annotations

import json
import os

from dvclive_cli.disk import files

FOLDER = os.path.join(".dvc", "tmp", "exps", "run")
ONLY = "DVCLIVE_ONLY"
STEP_COMPLETED = "DVCLIVE_STEP_COMPLETED"


class VsCode:
    """The signal files of one run. `dvc_root`: the DVC repository; `pid`: the process to stop."""

    def __init__(self, dvc_root: str, pid: int) -> None:
        self.folder = os.path.join(dvc_root, FOLDER)
        self.pid = pid

    def started(self, exp_name: str | None) -> None:
        """An experiment is being recorded."""
        self._write(ONLY, {"exp_name": exp_name or "", "pid": self.pid})

    def step_completed(self, step: int) -> None:
        """A step is complete."""
        self._write(STEP_COMPLETED, {"pid": self.pid, "step": step})

    def steps_ended(self) -> None:
        """No more steps will come."""
        self._remove(STEP_COMPLETED)

    def saved(self) -> None:
        """The experiment is saved, or will not be."""
        self._remove(ONLY)

    def _write(self, name: str, data: dict[str, object]) -> None:
        os.makedirs(self.folder, exist_ok=True)
        files.swap(os.path.join(self.folder, name), json.dumps(data).encode())

    def _remove(self, name: str) -> None:
        try:
            os.unlink(os.path.join(self.folder, name))
        except OSError:
            pass
