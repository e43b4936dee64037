"""Lines for the terminal: braille, charts, tables, how a run stands, comparisons. Values only."""

from __future__ import annotations

import doctest
import math

import pytest

from dvclive_cli.events import Json
from dvclive_cli.export.values import Curve, Point, Recorded
from dvclive_cli.outcome import Outcome
from dvclive_cli.screens import braille, charts, listing, run, several, standing, text
from dvclive_cli.screens.braille import Window, draw, window


@pytest.mark.parametrize("module", [braille, charts, several, standing, text])
def test_the_examples_in_the_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def picture(*curves: list[tuple[float, float]], columns: int = 4, rows: int = 2) -> list[str]:
    around = window(curves)
    assert around is not None
    return ["".join(char for char, _ in row) for row in draw(curves, around, columns, rows)]


def recorded(title: str = "x", params: dict[str, object] | None = None, **series: list[float]) -> Recorded:
    curves = [Curve(name, [Point(at, value) for at, value in enumerate(row)]) for name, row in series.items()]
    last = {name: row[-1] for name, row in series.items()}
    return Recorded(title, Outcome("completed", 0, None, 0), 1.0, 2, last, params or {}, curves)


class TestBraille:
    def test_corners_and_the_line_between(self) -> None:
        assert picture([(0, 0), (7, 7)]) == ["  ⡠⠊", "⡠⠊  "]
        assert picture([(0, 7), (7, 0)]) == ["⠑⢄  ", "  ⠑⢄"]

    def test_a_constant_is_a_line_in_the_middle(self) -> None:
        assert picture([(0, 3), (9, 3)]) == ["    ", "⠉⠉⠉⠉"]

    def test_every_extreme_of_a_dense_curve_is_seen(self) -> None:
        """One point among 10^5 that is far off stands where it is."""
        dense = [(float(x), 100.0 if x == 50_000 else 0.0) for x in range(100_000)]
        rows = picture(dense, columns=10, rows=4)
        assert rows[0].strip() != ""
        assert rows[0].count(" ") >= 8

    def test_huge_values_do_not_overflow(self) -> None:
        assert len(picture([(0, -1.7e308), (1e300, 1.7e308)])) == 2

    def test_a_later_curve_owns_the_cells_it_shares(self) -> None:
        cells = draw([[(0, 0), (1, 1)], [(0, 1), (1, 0)]], Window(0, 1, 0, 1), 2, 1)
        assert {who for row in cells for _, who in row} == {1}


class TestCharts:
    def test_splits_share_a_chart(self) -> None:
        loss = recorded(**{"train/loss": [3, 2, 1], "val_loss": [3, 2.5, 2], "lr": [1, 2], "once": [1]})
        found = charts.grouped(loss.curves)
        assert [(chart.title, [one.label for one in chart.curves]) for chart in found] == [
            ("loss", ["train/loss", "val_loss"]),
            ("lr", ["lr"]),
        ]

    @pytest.mark.parametrize("width", [30, 44, 80, 100, 200])
    def test_no_line_is_wider_than_the_screen(self, width: int) -> None:
        many = recorded(**{f"m{index}": [0.1 * index, -12345.678, 1e-12] for index in range(5)})
        lines = charts.lines(charts.grouped(many.curves), width)
        assert max(map(text.width, lines)) <= width

    def test_the_ends_of_curves_are_told_without_colours(self) -> None:
        """Each letter stands once beside the picture, also where two curves end at the same value."""
        two = recorded(**{"train/loss": [3, 2, 1], "val/loss": [2, 2, 1]})
        (chart,) = charts.grouped(two.curves)
        shown = [text.plain(line) for line in charts.render(chart, 60)]
        assert shown[0] == "loss  A train/loss  B val/loss"
        assert sorted(line[-1] for line in shown[1:-1] if line[-1] in "AB") == ["A", "B"]

    def test_texts_and_nan_are_no_points(self) -> None:
        odd = Curve("m", [Point(0, "a"), Point(1, math.nan), Point(2, 10**400), Point(10**400, 1)])
        assert charts.dots(odd) == []


class TestText:
    def test_nothing_that_a_terminal_obeys_comes_through(self) -> None:
        assert text.span("a\x1b[31m\u202e\nb").text == "a\\x1b[31m\\u202e\\nb"

    def test_wide_characters_take_two_columns(self) -> None:
        lines = text.table(("名", "v"), [[[text.span("ab")], [text.span(1)]]])
        assert text.width([text.span("名前")]) == 4
        assert [text.plain(line) for line in lines] == ["名  v", "ab  1"]
        assert text.plain(text.cut([text.span("名前")], 3)) == "名"

    ROWS = ([[text.span(f"m{row}")], *([text.span(10**row)] for _ in range(6))] for row in range(3))

    def test_a_table_that_is_too_wide_goes_on_below(self) -> None:
        """Each part has the names; a value and its change stay together; nothing is cut."""
        head = ("name", "a", "b", "b's", "c", "c's", "d")
        rows = list(self.ROWS)
        lines = text.table(head, rows, range(1, 7), 22, glued=(3, 5))
        shown = [text.plain(line) for line in lines]
        assert max(map(len, shown)) <= 22
        assert [line.split() for line in shown if line.startswith("name")] == [
            ["name", "a", "b", "b's"],
            ["name", "c", "c's", "d"],
        ]
        assert len([line for line in shown if line.startswith("m2")]) == 2
        assert "".join(shown).count("100") == 6

    def test_long_names_give_way_first(self) -> None:
        long = "a/very/long/name/of/a/metric/loss"
        lines = text.table(("metric", "last"), [[[text.span(long)], [text.span(0.25)]]], (1,), 30)
        assert text.plain(lines[1]) == "a/very/long…/metric/loss  0.25"
        assert text.width(lines[1]) == 30

    @pytest.mark.parametrize("size", range(2, 12))
    def test_a_shortened_name_is_as_wide_as_it_may_be(self, size: int) -> None:
        for name in ("名前のとても長い指標", "abcdefghijkl"):
            assert text.width(text.shortened([text.span(name)], size)) in (size, size - 1, size - 2)


class TestStanding:
    RECORD = {  # noqa: RUF012
        "status": "running",
        "sessions": [{"start": "2026-11-21T10:00:00.000Z", "host": "here", "argv": ["a", "b c"]}],
    }
    START = 1795255200.0

    @pytest.mark.parametrize(
        ("held", "host", "status"),
        [
            (True, "here", "running"),
            (False, "here", "supervisor-lost"),
            (False, "there", "running"),
            (None, "here", "unknown"),
        ],
    )
    def test_a_run_that_never_told_its_end(self, held: bool | None, host: str, status: str) -> None:
        """The lock tells on its own machine only; a commit has none."""
        found = standing.standing(self.RECORD, self.START + 5, host, held=held)
        assert found.status == status
        assert found.command == "a 'b c'"
        if status == "running":
            assert found.seconds == 5.0

    def test_how_it_ended(self) -> None:
        ended = {"status": "failed", "exit_code": 3, "duration": 2}
        found = standing.standing(ended, 0, "here", held=False)
        assert found.lasting() == "failed, exit code 3 after 2.0 s"
        assert (found.style, found.live) == (text.BAD, False)

    @pytest.mark.parametrize(
        "record", [{}, {"sessions": 3}, {"sessions": [1]}, {"status": 3, "duration": "x"}]
    )
    def test_what_is_no_run_json(self, record: dict[str, object]) -> None:
        assert standing.standing(record, 0, "here", held=False).status == "unknown"


class TestRun:
    def test_the_screen(self) -> None:
        shown = [
            text.plain(line)
            for line in run.lines(recorded("night", {"lr": 0.1}, loss=[3, 1, 2]), HOW, 60.0, 80)
        ]
        assert shown[:3] == ["night  completed after 1.0 s, begun just now", "command  train", "step     2"]
        assert "params   lr=0.1" in shown
        row = next(line for line in shown if line.startswith("loss "))
        assert row.split() == ["loss", "3", "2", "1", "1"]

    def test_many_charts_are_left_out_and_said(self) -> None:
        many = recorded(**{f"m{index}": [1, 2] for index in range(20)})
        shown = "\n".join(text.plain(line) for line in run.lines(many, HOW, 60.0, 80))
        assert "and 8 more charts" in shown
        shown = "\n".join(text.plain(line) for line in run.lines(many, HOW, 60.0, 80, chosen=True))
        assert "more charts" not in shown

    @pytest.mark.parametrize("height", [5, 10, 20, 24, 50, 100])
    @pytest.mark.parametrize("series", [0, 1, 3, 40])
    def test_what_is_live_fits_the_terminal(self, height: int, series: int) -> None:
        many = recorded(**{f"m{index}": [1, 2] for index in range(series)})
        lines = run.live(many, HOW, 60.0, 100, height, "q quits")
        assert len(lines) <= height
        assert text.plain(lines[-1]) == "q quits"
        assert max(map(text.width, lines)) <= 100
        if series and height >= 20:
            assert any("└" in text.plain(line) for line in lines)


HOW = standing.Standing("completed", "completed", 1.0, 55.0, "train")


class TestSeveral:
    def test_params_that_differ(self) -> None:
        runs = [recorded("a", {"lr": 1, "seed": 3}), recorded("b", {"lr": 2, "seed": 3, "new": None})]
        assert several.different(runs) == ["lr", "new"]
        shown = [text.plain(line) for line in several.params(runs, 80)]
        assert shown == ["param  a     b", "lr     1     2", "new       None", "1 more, the same in all"]

    def test_metrics_against_the_first(self) -> None:
        runs = [recorded("a", loss=[2, 0.5], acc=[1, 0.5]), recorded("b", loss=[1, 2], n=[7])]
        rows = [text.plain(line).split() for line in several.metrics(runs, 80)[1:]]
        assert rows == [
            ["loss", "0.5", "2", "+1.5", "(+300.0%)", "worse"],
            ["loss", "(best)", "0.5", "1", "+0.5", "(+100.0%)", "worse"],
            ["acc", "0.5"],
            ["acc", "(best)", "1"],
            ["n", "7", "new"],
        ]

    def test_curves_of_the_same_name_share_a_chart(self) -> None:
        runs = [recorded("a", loss=[2, 1]), recorded("b", loss=[1, 2], acc=[1, 2])]
        found = several.shared(runs)
        assert [(one.title, [curve.label for curve in one.curves]) for one in found] == [
            ("loss", ["a", "b"]),
            ("acc", ["b"]),
        ]

    def test_nan_beside_nan_is_no_change(self) -> None:
        assert several.change("loss", math.nan, math.nan).said == "="
        assert several.change("loss", math.nan, 1.0).said == "changed"

    def test_globs(self) -> None:
        left = several.chosen(recorded(**{"a/loss": [1], "acc": [1], "lr": [1]}), ["*loss", "l?"])
        assert list(left.metrics) == [curve.name for curve in left.curves] == ["a/loss", "lr"]

    def test_more_runs_than_colours(self) -> None:
        runs = [recorded(f"r{index}", loss=[1, index]) for index in range(9)]
        assert len(several.lines(runs, [HOW] * 9, 60.0, 120)) > 9


class TestListing:
    @pytest.mark.parametrize("size", [0, 30, 60, 90, 200])
    def test_metrics_and_then_the_baseline_give_way_to_the_screen(self, size: int) -> None:
        metrics: dict[str, Json] = {"train/loss": 0.123456, "val/loss": 0.123456, "val/acc": 0.5, "f1": 0.25}
        runs = [
            listing.Listed(name, "experiment", HOW, 10.0, metrics, "1234567890", ["main"])
            for name in ("short", "the-name-of-a-run-that-is-rather-long")
        ]
        lines = [text.plain(line) for line in listing.lines(runs, 60.0, size)]
        assert len(lines) == 3
        assert not size or max(map(len, lines)) <= size or size == 30
        assert all("completed" in line for line in lines[1:])
        assert ("val/acc" in lines[0], "baseline" in lines[0]) == (size in (0, 200), size in (0, 90, 200))
