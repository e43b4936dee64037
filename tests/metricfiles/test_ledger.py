"""A file that is written anew as a whole tells each of its points once."""

from __future__ import annotations

from collections.abc import Sequence

from dvclive_cli.events import Event, Metric, Param
from dvclive_cli.metricfiles.ledger import Ledger


def points(name: str, *values: float) -> list[Event]:
    return [Metric(name, value, step) for step, value in enumerate(values)]


def after(*parts: Sequence[Event]) -> list[Event]:
    """What is new in the last of several readings of one file."""
    ledger = Ledger()
    for part in parts[:-1]:
        ledger.new(list(part))
        ledger.begin_again()
    return ledger.new(list(parts[-1]))


def test_reading_on_tells_everything() -> None:
    ledger = Ledger()
    assert ledger.new(points("loss", 3, 2)) == points("loss", 3, 2)
    assert ledger.new(points("loss", 3, 2)) == points("loss", 3, 2)


def test_a_history_written_again_tells_what_was_added() -> None:
    assert after(points("loss", 3, 2), points("loss", 3, 2, 1)) == points("loss", 3, 2, 1)[2:]
    assert (
        after(points("loss", 3), points("loss", 3, 2), points("loss", 3, 2, 1)) == points("loss", 3, 2, 1)[2:]
    )


def test_half_a_history_seen_while_it_is_written_tells_nothing_twice() -> None:
    assert after(points("loss", 3, 2, 1), points("loss", 3), points("loss", 3, 2, 1, 0)) == [
        Metric("loss", 0, 3)
    ]


def test_another_history_is_new() -> None:
    assert after(points("loss", 3, 2), points("loss", 9, 2)) == points("loss", 9, 2)


def test_each_series_has_its_own_history() -> None:
    """A column that comes later begins at its beginning."""
    both = [*points("loss", 3, 2), *points("acc", 0.5, 0.6)]
    assert after(points("loss", 3, 2), both) == points("acc", 0.5, 0.6)


def test_what_is_no_metric_passes() -> None:
    assert after(points("loss", 3), [Param("lr", 0.1)]) == [Param("lr", 0.1)]
