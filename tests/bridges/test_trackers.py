"""Bridges beside the trackers: the run has what the tracker has, which has what it would have alone."""

from __future__ import annotations

from pathlib import Path

import interpreters
import pytest
import scripted
import wanted

pytestmark = scripted.TRACKERS.marks
PACKAGES = ("aim", "clearml", "comet_ml", "neptune", "trackio", "numpy", "Pillow")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with the trackers."""
    return scripted.TRACKERS.made(tmp_path_factory.mktemp("trackers"), *PACKAGES)


@pytest.mark.parametrize("tracker", sorted(wanted.POINTS))
def test_the_run_has_what_the_tracker_has(tracker: str, python: str, tmp_path: Path) -> None:
    """Equal values at equal steps, and what else the script told."""
    interpreters.need(python, tracker)
    ran = scripted.run(tracker, tmp_path, "--shims", "auto", python=python)
    told = scripted.told(tracker, python, ran)
    assert told["points"] == ran.points() == wanted.POINTS[tracker]
    assert told["params"] == wanted.PARAMS[tracker]
    assert ran.params() == {**wanted.PARAMS[tracker], **wanted.ABOUT.get(tracker, {})}
    assert wanted.SUMMARY.get(tracker, {}).items() <= ran.summary().items()
    assert ran.images() == wanted.IMAGES[tracker]
    assert ran.artifacts() == wanted.ARTIFACTS.get(tracker)


@pytest.mark.parametrize("tracker", sorted(wanted.POINTS))
def test_the_tracker_has_what_it_has_alone(tracker: str, python: str, tmp_path: Path) -> None:
    """The same values; and the script, that prints what the tracker gives it, prints the same."""
    interpreters.need(python, tracker)
    alone = scripted.run(tracker, tmp_path / "alone", python=python, under=False)
    under = scripted.run(tracker, tmp_path / "under", "--shims", "auto", python=python)
    assert scripted.told(tracker, python, under) == scripted.told(tracker, python, alone)
    assert _own(under.out) == _own(alone.out)


def _own(out: str) -> list[str]:
    """What the script itself prints: the trackers speak of times and of names by chance."""
    return [line for line in out.splitlines() if line.startswith("script:")]


@pytest.mark.parametrize("tracker", sorted(wanted.POINTS))
def test_alone_a_bridge_keeps_the_tracker_to_itself(tracker: str, python: str, tmp_path: Path) -> None:
    """With `--bridge-only` an installed tracker writes nothing, neither here nor at home."""
    interpreters.need(python, tracker)
    ran = scripted.run(tracker, tmp_path, "--bridge-only", python=python)
    assert ran.points() == wanted.POINTS[tracker]
    assert ran.params() == {**wanted.PARAMS[tracker], **wanted.ABOUT.get(tracker, {})}
    assert ran.images() == wanted.IMAGES[tracker]
    assert ran.written() == []
