"""The filter: it passes whatever any rule may take, with both engines alike."""

from itertools import pairwise

import pytest
from capture_judge import FOLDERS
from hypothesis import given
from hypothesis import strategies as st
from test_mappings import TAKEN as MAPPINGS
from test_pairs import TAKEN as PAIRS

from dvclive_cli.capture import CaptureOptions, candidates
from dvclive_cli.capture.plan import DIGITS, Kind
from dvclive_cli.capture.plans import Plans

MASKS = sorted(
    {
        line.translate(DIGITS)
        for lines in [
            path.read_bytes().split(b"\n") for folder in FOLDERS.values() for path in folder.glob("*.log")
        ]
        + [[line.encode() for line in (*PAIRS, *MAPPINGS)]]
        for line in lines
    }
)


@pytest.fixture
def re2_at_once(monkeypatch):
    monkeypatch.setattr(candidates, "_seen", [10**6])


def test_whatever_gives_something_passes():
    plans = Plans(CaptureOptions())
    for mask in MASKS:
        if plans.make(mask, likely=True).kind not in (Kind.NOISE, Kind.NEUTRAL, Kind.MISS):
            assert candidates.is_candidate(mask), mask


@given(st.lists(st.sampled_from([*MASKS[::7], b"", b"saved", b"part 00 of 00"]), max_size=30))
def test_the_stretches_of_a_block_are_its_lines_that_pass(masks):
    """Neighbours together; none where many lines pass."""
    text = b"".join(mask + b"\n" for mask in masks)
    found = candidates.stretches(text)
    passed = [mask for mask in masks if candidates.is_candidate(mask)]
    assert (found is None) == (len(passed) > 16)
    if found is not None:
        assert b"".join(text[begin:end] for begin, end in found) == b"".join(mask + b"\n" for mask in passed)
        assert all(left < right for left, right in pairwise([at for pair in found for at in pair]))


def test_a_line_that_is_too_long_is_for_who_looks_at_each():
    assert candidates.stretches(b"a" * 65536 + b"\n") == []
    assert candidates.stretches(b"b\n" * 9 + b"a" * 65537 + b"\n") is None


def test_both_engines_agree_on_a_whole_block(re2_at_once):
    assert candidates.candidates(MASKS) == {mask for mask in MASKS if candidates.is_candidate(mask)}


@given(st.lists(st.one_of(st.sampled_from(MASKS), st.binary(max_size=40)), max_size=30))
def test_both_engines_agree_on_any_block(lines):
    masks = list({line.replace(b"\n", b" ").translate(DIGITS) for line in lines})
    candidates._seen[0] = 10**6
    assert candidates.candidates(masks) == {mask for mask in masks if candidates.is_candidate(mask)}


def test_most_noise_does_not_pass():
    noise = [
        b"worker 0 loaded shard 00000 from disk",
        b"0000-00-00 00:00:00 INFO ready in 00 ms",
        b"GET /index.html 000",
    ]
    assert candidates.candidates(noise) == set()
