"""`--bridge-only` where the trackers are not there: scripts written for them run, and are recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
import scripted
import wanted


@pytest.mark.parametrize("tracker", sorted(wanted.POINTS))
def test_a_script_runs_without_its_tracker(tracker: str, tmp_path: Path) -> None:
    """Everything it told is in the run, and nothing else is on the disk."""
    ran = scripted.run(tracker, tmp_path, "--bridge-only", "--no-save-dvc-exp")
    assert ran.points() == wanted.POINTS[tracker]
    assert ran.params() == {**wanted.PARAMS[tracker], **wanted.ABOUT.get(tracker, {})}
    assert wanted.SUMMARY.get(tracker, {}).items() <= ran.summary().items()
    assert ran.images() == wanted.IMAGES[tracker]
    assert ran.artifacts() == wanted.ARTIFACTS.get(tracker)
    assert ran.written() == []
    assert "dvclive:" not in ran.err.replace("dvclive: completed", "")
