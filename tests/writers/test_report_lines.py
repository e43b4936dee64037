"""Series as lines: bounded, and no peak lost; which series share a chart."""

from __future__ import annotations

import math
import random

from dvclive_cli.events import Metric
from dvclive_cli.export.values import Curve, Point, curve_of
from dvclive_cli.run import Run
from dvclive_cli.series import Series
from dvclive_cli.writers.report import lines
from dvclive_cli.writers.report.sheet import Line


def series(*values: float | str) -> Series:
    run = Run()
    run.feed([Metric("a", value, step) for step, value in enumerate(values)], 0)
    run.fold()
    return run.series["a"]


def of_series(one: Series) -> Line | None:
    return lines.of_curve(curve_of(one))


class TestOfSeries:
    def test_few_points_are_a_plain_line(self) -> None:
        line = of_series(series(3.0, 2.0, 1.0))
        assert line is not None
        assert (list(line.steps), list(line.last)) == ([0, 1, 2], [3.0, 2.0, 1.0])
        assert (line.low, line.high, line.points) == ([], [], 3)

    def test_many_are_stretches_with_their_extremes(self) -> None:
        draw = random.Random(1)
        values = [draw.random() for _ in range(50_000)]
        values[31_234] = 99.0
        line = of_series(series(*values))
        assert line is not None
        assert len(line.steps) == len(line.low) == len(line.high) == len(line.last) <= lines.STRETCHES + 1
        assert (line.steps[0], line.steps[-1]) == (0, 49_999)
        assert (max(line.high), min(line.low)) == (99.0, min(values))
        assert line.points == 50_000

    def test_a_series_without_numbers_has_none(self) -> None:
        assert of_series(series("text", math.nan)) is None


class TestOfCurve:
    def test_the_same_line_as_that_of_the_running_series(self) -> None:
        values = [math.sin(step) for step in range(500)]
        curve = Curve("a", [Point(step, value) for step, value in enumerate(values)])
        live = of_series(series(*values))
        assert live is not None
        read = lines.of_curve(curve)
        assert read is not None
        assert [list(part) for part in read[1:4]] == [list(part) for part in live[1:4]]

    def test_every_stretch_keeps_its_peak_and_its_time(self) -> None:
        points = [Point(step, 1.0 if step == 4321 else 0.0, step * 10) for step in range(10_000)]
        line = lines.of_curve(Curve("a", points))
        assert line is not None
        assert (len(line.steps), line.steps[-1]) == (1001, 9999)
        assert [step for step, high in zip(line.steps, line.high, strict=True) if high] == [4320]
        assert list(line.at[:2]) == [0, 100]

    def test_many_lines_have_fewer_stretches_and_all_of_their_peaks(self) -> None:
        values = [float(step == 4321) for step in range(5000)]
        curve = Curve("a", [Point(step, value) for step, value in enumerate(values)])
        found = lines.of_curves([curve] * 1000 + [Curve("b", [Point(0, "x")])])
        assert len(found) == 1000
        assert all(max(line.high) == 1 and len(line.steps) <= 301 for line in found)
        (alone,) = lines.of_curves([curve])
        assert len(alone.steps) == 1001

    def test_what_is_no_number_is_no_point(self) -> None:
        line = lines.of_curve(Curve("a", [Point(0, math.inf), Point(1, "x"), Point(2, 5)]))
        assert line is not None
        assert list(line.steps) == [2]
        assert lines.of_curve(Curve("a", [Point(0, "x")])) is None


def test_a_long_series_still_has_its_best_point() -> None:
    values = [1.0 + step for step in range(20_000)]
    values[12_345] = 0.5
    one = series(*values)
    one.name = "loss"
    curve = curve_of(one)
    assert curve.best == Point(12_345, 0.5)
    assert (curve.points[0], curve.points[-1].step, curve.total) == (Point(0, 1.0), 19_999, 20_000)


class TestSampled:
    def test_peaks_stay(self) -> None:
        ys = [0.0] * 10_000
        ys[7_777], ys[20] = 5.0, -5.0
        xs, kept = lines.sampled(list(range(10_000)), ys, 100)
        assert len(kept) <= 100
        assert (xs[kept.index(5.0)], xs[kept.index(-5.0)]) == (7_777, 20)
        assert xs == sorted(xs)


def drawn(names: list[str]) -> list[tuple[str, list[int]]]:
    return [(one.title, one.lines) for one in lines.charts(names)]


class TestGroups:
    def test_data_sets_of_one_metric_share_a_chart(self) -> None:
        names = ["train/loss", "lr", "eval/loss", "val_acc", "acc"]
        assert drawn(names) == [("loss", [0, 2]), ("lr", [1]), ("acc", [3, 4])]

    def test_a_chart_holds_only_what_an_eye_tells_apart(self) -> None:
        found = lines.charts(["loss (2)", *(f"part{index}/loss" for index in range(20))])
        assert [len(one.lines) for one in found] == [1, 8, 8, 4]
        assert [one.title.rstrip() for one in found] == ["loss (2)", "loss", "loss (2)", "loss (3)"]
        assert len({one.title for one in found}) == 4
        assert [one.group for one in found] == ["", "loss", "loss", "loss"]

    def test_a_group_is_what_all_names_of_a_chart_begin_with(self) -> None:
        found = lines.charts(["net/a/norm", "net/b/size", "train/loss", "val/loss", "lr"])
        assert [(one.title, one.group) for one in found] == [
            ("net/a/norm", "net"),
            ("net/b/size", "net"),
            ("loss", ""),
            ("lr", ""),
        ]

    def test_system_figures_stay_among_themselves(self) -> None:
        assert drawn(["usage", "system/gpu/0/usage", "system/gpu/1/usage", "system/cpu/usage"]) == [
            ("usage", [0]),
            ("system/gpu/usage", [1, 2]),
            ("system/cpu/usage", [3]),
        ]


class TestAfter:
    """A run that goes on after an earlier part."""

    def test_an_earlier_part_ends_where_the_later_begins(self) -> None:
        both = curve_of(series(1.0, 2.0), Curve("a", [Point(step - 4, 9.0) for step in range(6)]))
        assert [point[:2] for point in both.points] == [
            *((step - 4, 9.0) for step in range(4)),
            (0, 1.0),
            (1, 2.0),
        ]
        assert (both.total, both.edges, both.whole) == (6, [], True)
        assert (both.extremes[0].value, both.extremes[1].value) == (1.0, 9.0)

    def test_peaks_of_both_parts_stay(self) -> None:
        early = Run()
        early.feed([Metric("a", float(step == 777), step - 9000) for step in range(9000)], 0)
        late = series(*(-float(step == 3333) for step in range(5000)))
        both = curve_of(late, curve_of(early.series["a"]))
        assert len(both.edges) == len(both.points)
        assert [point[:2] for point in both.extremes] == [(3333, -1.0), (777 - 9000, 1.0)]
        assert both.total == 14_000
        line = lines.of_curve(both)
        assert line is not None
        assert (min(line.low), max(line.high)) == (-1.0, 1.0)
        assert len(line.steps) <= 2 * lines.STRETCHES

    def test_what_is_no_number_in_the_earlier_part(self) -> None:
        both = curve_of(series(1.0), Curve("a", [Point(-2, "x"), Point(-1, 3.0)]))
        assert [point.step for point in both.points] == [-1, 0]

    def test_a_later_part_without_a_point(self) -> None:
        before = Curve("a", [Point(0, 1), Point(1, 2)])
        assert [point.step for point in curve_of(Series("a"), before).points] == [0, 1]
