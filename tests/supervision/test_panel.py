"""The end panel: what it tells, and that a program's output cannot play with the terminal."""

from __future__ import annotations

import io

import pytest

from dvclive_cli.events import Metric, Summary
from dvclive_cli.outcome import Outcome
from dvclive_cli.run import Run
from dvclive_cli.supervision.panel import Ending, show


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Log(io.StringIO):
    encoding = "utf-8"


def ending(points: list[tuple[str, float]], **changes: object) -> Ending:
    run = Run()
    run.feed([Metric(name, value, step) for step, (name, value) in enumerate(points)], 0)
    for series in run.series.values():
        series.fold()
    plain = Ending(
        Outcome("completed", 0, None, 1000),
        1.5,
        list(run.series.values()),
        run.points,
        "dvclive",
        "brave-fox",
        {},
    )
    return plain._replace(**changes)


def shown(what: Ending, file: io.StringIO | None = None, **environ: str) -> str:
    file = file or Log()
    show(what, file, environ)
    return file.getvalue()


def test_a_run_is_told_in_a_few_lines() -> None:
    """Status, duration, each metric's course, the files, the experiment and the next command."""
    text = shown(ending([("loss", 0.9), ("loss", 0.5), ("loss", 0.6)]))
    assert "completed after 1.5 s" in text
    row = next(line for line in text.splitlines() if line.startswith("loss"))
    assert row.split()[:6] == ["loss", "3", "0.9", "0.6", "0.5", "@1"]
    assert "brave-fox" in text
    assert "dvc exp show" in text


@pytest.mark.parametrize(("name", "best"), [("val_acc", "0.9"), ("val_loss", "0.1"), ("temperature", None)])
def test_the_best_value_needs_a_name_that_says_which_way_is_good(name: str, best: str | None) -> None:
    text = shown(ending([(name, 0.1), (name, 0.9), (name, 0.5)]))
    row = next(line for line in text.splitlines() if line.startswith(name)).split()
    assert (row[4] if "@" in " ".join(row) else None) == best


def test_a_value_of_the_summary_only_is_shown_too() -> None:
    run = Run()
    run.feed([Summary("best_acc", 0.93)], 0)
    text = shown(ending([], series=list(run.series.values())))
    assert ["best_acc", "0.93"] in [line.split() for line in text.splitlines()]


def test_nothing_captured_names_the_nearest_misses() -> None:
    """An empty run says what came nearest and which option takes it."""
    misses = [("loss is 0.3", "no separator", "Try --pattern 'loss is (?P<loss>\\S+)'.")]
    text = shown(ending([], near_misses=misses, experiment=None))
    assert "No metrics were captured" in text
    assert "loss is 0.3" in text
    assert "--pattern" in text


def test_a_terminal_gets_a_box_and_a_log_gets_none() -> None:
    what = ending([("loss", 0.9)])
    assert "╭" in shown(what, Terminal())
    log = shown(what)
    assert "╭" not in log
    assert "\x1b" not in log


def test_no_color_means_no_colour() -> None:
    assert "\x1b[3" not in shown(ending([("loss", 0.9)]), Terminal(), NO_COLOR="1")


def test_names_and_notes_cannot_write_to_the_terminal() -> None:
    """Escape sequences are shown, not sent; square brackets are no markup."""
    what = ending([("a\x1b[31mred", 1.0)], notes={"bad \x1b]0;title\x07 [bold]note[/bold]": 3})
    text = shown(what)
    assert "\x1b" not in text
    assert "[bold]note[/bold] (3 times)" in text


def test_many_series_stay_compact() -> None:
    text = shown(ending([(f"m{index}", 1.0) for index in range(40)]))
    assert "and 28 more metrics" in text
    assert len(text.splitlines()) < 20
