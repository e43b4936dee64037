"""Lines of pairs without a step or a metric's name: points once they come again with other numbers."""

import pytest
from capture_judge import capture, events, points

SIMULATION = "t=0.5  max_change=0.25  total_heat=7.5\nt=1.0  max_change=0.125  total_heat=8.5\n"


def test_three_different_lines_are_three_points():
    text = SIMULATION + "t=1.5  max_change=0.0625  total_heat=9.5\n"
    assert [p for p in points(text) if p[0] == "max_change"] == [
        ("max_change", 0.25, 0), ("max_change", 0.125, 1), ("max_change", 0.0625, 2),
    ]  # fmt: skip


def test_two_are_none():
    assert points(SIMULATION) == []


def test_what_stays_the_same_is_a_setting():
    text = "".join(f"damping=0.5 width=1.{at}\n" for at in range(4))
    assert {name for name, _, _ in points(text)} == {"width"}


def test_a_counter_in_front_is_the_step():
    text = "n=2  x=3.5\nn=4  x=2.5\nn=8  x=2.25\n"
    assert points(text) == [("x", 3.5, 2), ("x", 2.5, 4), ("x", 2.25, 8)]


def test_an_anchor_is_the_step():
    assert points("1) gap: 3.5\n2) gap: 2.5\n3) gap: 2.25\n") == [
        ("gap", 3.5, 1),
        ("gap", 2.5, 2),
        ("gap", 2.25, 3),
    ]


def test_numbers_without_a_name_may_stand_before_it():
    text = (
        "1 0.5 0.5 f() = 30.5 size = 0.5\n2 0.4 0.4 f() = 30.5 size = 0.5\n3 0.3 0.3 f() = 30.1 size = 0.25\n"
    )
    assert [p for p in points(text) if p[0] == "f"] == [("f", 30.5, 1), ("f", 30.5, 2), ("f", 30.1, 3)]


def test_words_between_do_not_matter_to_lines_of_several_numbers():
    text = "a=0.5 b=1.5\nsaved\na=0.25 b=2.5\nsaved\na=0.125 b=3.5\n"
    assert len(points(text)) == 6


@pytest.mark.parametrize(
    "text",
    [
        "mean: 0.5\nmin: 0.25\nmean: 0.75\nmin: 0.5\nmean: 0.25\nmin: 0.125\n",  # a report of each column
        "jobs=1 queue=3\njobs=2 queue=4\njobs=3 queue=5\n",  # counts
        "elapsed: 0.5, eta: 7.5\nelapsed: 1.5, eta: 6.5\nelapsed: 2.5, eta: 5.5\n",
        "".join(f"level=info caller=main.go msg=done latency=0.{at}\n" for at in range(1, 5)),
        "".join(f"request {at} took a=0.{at} b=1.{at}\n" for at in range(1, 5)),
    ],
)
def test_what_no_repetition_makes_a_metric(text):
    assert points(text) == []


def test_the_same_in_every_cut():
    data = (
        SIMULATION + "note\nt=1.5  max_change=0.0625  total_heat=9.5\nt=2.5  max_change=0.5  total_heat=9\n"
    ).encode()
    whole = events(capture(data)[1])
    assert len(whole) == 12
    for cut in range(len(data)):
        assert events(capture(data, [cut])[1]) == whole
