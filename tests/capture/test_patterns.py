"""Users' patterns: named groups are metrics; the engine is linear; what it cannot do is said at start."""

import time

import pytest
from capture_judge import points

from dvclive_cli.capture import CaptureOptions, validate_options
from dvclive_cli.errors import UsageError


@pytest.mark.parametrize(
    ("pattern", "line", "want"),
    [
        (r"loss is (?P<loss>\S+)", "the loss is 0.5, really", [("loss", 0.5, 0)]),
        (r"at (?P<step>\d+) we had (?P<fun>\S+)", "at 12 we had 3.5!", [("fun", 3.5, 12)]),
        (r"(?P<name>\w+) -> (?P<value>\S+)", "joy -> 5", [("joy", 5, 0)]),
        (r"x=(?P<x>\S+)", "é x=7", [("x", 7, 0)]),
        (r"x=(?P<x>\S+)", "x=seven", []),
        (r"x=(?P<x>\S+)(?P<y>opt)?", "x=1", [("x", 1, 0)]),
        (r"answer 42: (?P<x>\S+)", "answer 43: 1", []),
        (r"epoch (?P<epoch>\d+) (?P<x>\S+)", "epoch 3 0.5", [("x", 0.5, 3)]),
    ],
)
def test_named_groups_are_metrics(pattern, line, want):
    assert points(line + "\n", patterns=(pattern,)) == want


def test_a_pattern_takes_a_line_before_every_other_rule():
    assert points("epoch=1 loss=0.5\n", patterns=(r"loss=(?P<mine>\S+)",)) == [("mine", 0.5, 0)]
    assert points("epoch=1 acc=0.5\n", patterns=(r"loss=(?P<mine>\S+)",)) == [("acc", 0.5, 1)]


def test_a_record_is_none_of_a_patterns_business():
    assert points("@dvclive loss=1 step=1\n", patterns=(r"loss=(?P<mine>\S+)",)) == [("loss", 1, 1)]


@pytest.mark.parametrize(
    ("pattern", "slug", "says"),
    [
        ("(?P<a>x", "pattern-invalid", "missing )"),
        ("loss (?P<a>x)*[", "pattern-invalid", "["),
        ("a(?=b)(?P<x>.)", "pattern-unsupported", "look-around at character 2"),
        ("(?<!a)(?P<x>.)", "pattern-unsupported", "look-around at character 1"),
        (r"(.)\1(?P<x>.)", "pattern-unsupported", "back-reference at character 4"),
        (r"loss (\d+)", "pattern-without-name", "(?P<name>"),
        (r"(?P<step>\d+)", "pattern-without-name", "(?P<name>"),
    ],
)
def test_what_cannot_work_is_refused_with_place_and_reason(pattern, slug, says):
    with pytest.raises(UsageError) as error:
        validate_options(CaptureOptions(patterns=(pattern,)))
    assert error.value.slug == slug
    assert repr(pattern) in str(error.value)
    assert says in str(error.value)


def test_nothing_is_written_to_the_terminal(capfd):
    """re2 logs errors to stderr unless it is told not to."""
    with pytest.raises(UsageError):
        validate_options(CaptureOptions(patterns=("(",)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.timeout(20)
def test_a_hostile_pattern_cannot_stall_a_run():
    """`re` would need longer than the universe has; the limit is the test's, and far above what is needed."""
    line = "a" * 60_000 + "!\n"
    assert points(line * 5, patterns=(r"(?:a+)+(?P<x>\d+)$",)) == []
    assert time.process_time() < 10_000
