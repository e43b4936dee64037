"""Values as people read them."""

from __future__ import annotations

import pytest

from dvclive_cli.direction import better
from dvclive_cli.texts import clean, duration, shown, sparkline


def test_sparklines_scale_between_the_extremes() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([0.0]) == ""
    assert len(sparkline(list(range(200)))) == 16


def test_a_flat_series_is_a_flat_line() -> None:
    assert sparkline([2, 2]) == "▁▁"


def test_the_span_of_huge_numbers_does_not_overflow() -> None:
    assert sparkline([-1.7e308, 0.0, 1.7e308]) == "▁▅█"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (192, "3 min 12 s"), (7500, "2 h 05 min")]
)
def test_durations_are_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_numbers_are_short() -> None:
    assert shown(0.12345678) == "0.123457"
    assert shown(10**30) == "1000000000000..."
    assert clean("tab\there") == "tab\\there"


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("train/loss", "low"),
        ("val_err", "low"),
        ("error_rate", "low"),
        ("eval/acc", "high"),
        ("mAP50", "high"),
        ("f1", "high"),
        ("lr", None),
        ("kerning", None),
    ],
)
def test_a_name_says_which_way_is_good(name: str, way: str | None) -> None:
    assert better(name) == way
