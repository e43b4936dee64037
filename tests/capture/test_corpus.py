"""Real logs of programs nobody adapted: the wanted points, all of them, and nothing else."""

import pytest
from capture_judge import CASES, FOLDERS, capture, events, judge


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("noise")])
def test_the_wanted_points_are_found_with_their_steps_and_nothing_else(case):
    missed, wrong = judge(case)
    assert (missed, wrong) == ([], [])


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("noise")])
def test_noise_gives_nothing(case):
    """Settings, installers, compilers, access logs, tables of files: not one point."""
    for stream in ("stdout", "stderr"):
        _, found = capture((FOLDERS[case] / f"{stream}.log").read_bytes(), stream=stream)
        assert events(found) == []


def test_the_corpus_is_there():
    assert len(CASES) >= 45
