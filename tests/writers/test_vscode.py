"""The signal files of DVC's VS Code extension."""

from __future__ import annotations

import json
import os

from dvclive_cli.writers.vscode import VsCode


def test_the_signals_come_and_go(tmp_path):
    folder = tmp_path / ".dvc/tmp/exps/run"
    vscode = VsCode(str(tmp_path), os.getpid())
    vscode.started("dull-ship")
    assert json.loads((folder / "DVCLIVE_ONLY").read_text()) == {"exp_name": "dull-ship", "pid": os.getpid()}
    for step in (0, 1):
        vscode.step_completed(step)
        told = json.loads((folder / "DVCLIVE_STEP_COMPLETED").read_text())
        assert told == {"pid": os.getpid(), "step": step}
    vscode.steps_ended()
    assert os.listdir(folder) == ["DVCLIVE_ONLY"]
    vscode.saved()
    vscode.saved()
    assert os.listdir(folder) == []
