"""The state of one run: steps, current values, statistics and bounded previews."""

from __future__ import annotations

import itertools
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.events import (
    Artifact,
    End,
    Image,
    Message,
    Metric,
    NextStep,
    Param,
    Progress,
    Step,
    Summary,
    Sync,
)
from dvclive_cli.run import FEW_BUCKETS, MANY_SERIES, PACE_POINTS, Run
from dvclive_cli.series import PREVIEW_BUCKETS


def rows(run: Run, *events):
    """The rows that these events leave, by series; taken away as a writer does."""
    found = {}
    for series in run.feed(events, 0).touched:
        found[series.name] = series.rows
        series.rows = []
    return found


class TestSteps:
    def test_a_metric_without_any_step_is_at_step_0_and_none_is_shown(self):
        run = Run()
        assert rows(run, Metric("a", 1)) == {"a": [(0, None, "1")]}
        assert run.shown_step is None

    def test_an_explicit_step_wins(self):
        assert rows(Run(), Step(3), Metric("a", 1, 7), Metric("a", 2)) == {
            "a": [(7, None, "1"), (3, None, "2")]
        }

    def test_a_value_without_a_step_joins_the_last_explicit_one(self):
        run = Run()
        assert rows(run, Metric("loss", 0.5, 3), Metric("acc", 0.9))["acc"] == [(3, None, "0.9")]
        assert run.shown_step == 3

    def test_once_the_program_counts_an_explicit_step_is_the_points_own_business(self):
        """A late evaluation of step 2 does not set a training at step 5 back."""
        run = Run()
        rows(run, Step(5), Metric("eval", 1, 2))
        assert (run.step, run.shown_step) == (5, 5)
        assert rows(run, Metric("loss", 1)) == {"loss": [(5, None, "1")]}

    def test_next_step_counts_from_0_and_shows_the_completed_step(self):
        run = Run()
        rows(run, Metric("a", 1), NextStep())
        assert (run.step, run.shown_step, run.completed_step) == (1, 0, 0)

    def test_the_shown_step_is_the_last_with_data(self):
        """The documentation's example: two values with one next_step between show step 1."""
        run = Run()
        rows(run, Metric("a", 1), NextStep(), Metric("a", 2))
        assert run.shown_step == 1
        rows(run, NextStep(), Metric("a", 2, 2))
        assert run.shown_step == 2

    def test_a_step_that_goes_back_is_kept_and_remembered_once(self):
        run = Run()
        found = rows(run, Metric("a", 1, 5), Metric("a", 2, 3), Metric("a", 3, 1))
        assert [step for step, _, _ in found["a"]] == [5, 3, 1]
        assert run.went_back == ("a", 5, 3)

    def test_two_series_on_different_clocks_do_not_go_back(self):
        run = Run()
        rows(run, Metric("a", 1, 500), Metric("b", 1, 3), Metric("a", 1, 501), Metric("b", 1, 4))
        assert run.went_back is None


class TestValues:
    def test_the_text_is_kept_as_printed_and_else_str(self):
        run = Run()
        found = rows(
            run,
            Metric("a", 0.3, text="0.30"),
            Metric("a", 1e-3),
            Metric("a", True),
            Metric("a", float("nan")),
            Metric("a", float("-inf")),
            Metric("a", "warm"),
        )
        assert [text for _, _, text in found["a"]] == ["0.30", "0.001", "True", "nan", "-inf", "warm"]

    def test_plot_false_leaves_no_row_but_a_value(self):
        run = Run()
        assert rows(run, Metric("a", 1, plot=False)) == {}
        assert run.summary() == {"a": 1}
        assert run.points == 1

    def test_the_summary_keeps_the_order_of_appearance(self):
        run = Run()
        rows(run, Metric("b", 1), Summary("best", 0.9), Metric("a", 2), Metric("b", 3))
        assert list(run.summary().items()) == [("b", 3), ("best", 0.9), ("a", 2)]

    def test_params_messages_and_progress_are_remembered(self):
        run = Run()
        change = run.feed(
            [Param("lr", 0.1), Param("lr", 0.2), Progress(3, 10), Message("hi"), Sync(), End()], 0
        )
        assert change == ([], [])
        assert (run.params, run.progress, run.messages) == ({"lr": 0.2}, Progress(3, 10), ["hi"])

    def test_events_that_make_files_are_handed_on_in_order(self):
        works = [Image("a.png", "x"), Artifact("m"), Image("b.png", "y")]
        assert Run().feed([works[0], Metric("a", 1), works[1], works[2]], 0).works == works

    @pytest.mark.parametrize(
        ("event", "dirty"),
        [
            (Metric("a", 1), {"metrics"}),
            (Summary("a", 1), {"metrics"}),
            (Step(1), {"metrics"}),
            (NextStep(), {"metrics", "step"}),
            (Param("a", 1), {"params"}),
            (Message("a"), set()),
        ],
    )
    def test_each_event_marks_the_views_that_it_changes(self, event, dirty):
        run = Run()
        run.feed([event], 0)
        assert run.dirty == dirty


values = st.one_of(st.floats(), st.integers(-(10**6), 10**6), st.booleans(), st.sampled_from(["x", "nan"]))


class TestStatistics:
    @given(st.lists(values, max_size=300), st.integers(1, 100))
    def test_extremes_are_those_of_the_finite_numbers_however_the_points_come(self, points, batch):
        run = Run()
        events = [Metric("a", value, step) for step, value in enumerate(points)]
        for at in range(0, len(events), batch):
            run.feed(events[at : at + batch], 0)
        assert run.points == len(points)
        if not points:
            return
        series = run.series["a"]
        series.fold()
        finite = [(v, s) for s, v in enumerate(points) if not isinstance(v, str) and v - v == 0]
        assert series.count == len(points)
        assert series.last is points[-1]
        assert series.first is points[0]
        assert series.low == min((v for v, _ in finite), default=None)
        assert series.high == max((v for v, _ in finite), default=None)
        if finite:
            assert points[series.low_step] == series.low
            assert points[series.high_step] == series.high
            assert min(b.low for b in series.preview) == float(series.low)

    def test_few_points_are_all_in_the_preview(self):
        run = Run()
        run.feed([Metric("a", value, value * 10) for value in range(PREVIEW_BUCKETS)], 0)
        assert [(b.step, b.last) for b in run.series["a"].preview] == [
            (v * 10.0, v) for v in range(PREVIEW_BUCKETS)
        ]

    @pytest.mark.parametrize("batch", [1, 7, 64, 1000, 100_000])
    def test_the_preview_is_bounded_covers_everything_and_keeps_every_spike(self, batch):
        draw = random.Random(batch)
        points = [draw.random() for _ in range(20_000)]
        points[12_345] = 99.0
        run = Run()
        events = [Metric("a", value, step) for step, value in enumerate(points)]
        for at in range(0, len(events), batch):
            run.feed(events[at : at + batch], 0)
        preview = run.series["a"].preview
        assert PREVIEW_BUCKETS / 2 <= len(preview) <= PREVIEW_BUCKETS
        assert preview[0].step == 0
        assert preview[-1].last == points[-1]
        starts = [int(bucket.step) for bucket in preview]
        assert starts == sorted(set(starts))
        for bucket, start, stop in zip(preview, starts, [*starts[1:], len(points)], strict=True):
            piece = points[start:stop]
            assert (bucket.low, bucket.high, bucket.last) == (min(piece), max(piece), piece[-1])

    def test_an_int_beyond_the_floats_is_no_trouble(self):
        run = Run()
        run.feed([Metric("a", 10**400, 0), Metric("a", 2, 1)], 0)
        assert run.series["a"].preview[0].last == 2.0
        assert run.summary() == {"a": 2}

    def test_memory_does_not_grow_with_history(self):
        run = Run()
        sizes = []
        for start in range(0, 60_000, 20_000):
            for series in run.feed(
                [Metric("a", step * 0.1, step) for step in range(start, start + 20_000)], 0
            ).touched:
                series.rows = []
            sizes.append(len(pickle.dumps(run)))
        assert max(sizes) < 40_000

    def test_many_series_keep_smaller_previews(self):
        run = Run()
        for step in range(100):
            run.feed([Metric(f"m{MANY_SERIES + 5}", step, step)] if step else [], 0)
            run.feed(
                [Metric(f"m{index}", step, step) for index in range(MANY_SERIES + 1)] if not step else [], 0
            )
        assert len(run.series[f"m{MANY_SERIES + 5}"].preview) <= FEW_BUCKETS


def test_a_pickled_run_goes_on_as_the_first_would_have():
    events = [Metric("a", value * 0.5, value) for value in range(1000)] + [NextStep(), Param("p", [1])]
    one, two = Run(), Run()
    one.feed(events[:500], 0)
    for series in one.series.values():
        series.rows = []
    copy = pickle.loads(pickle.dumps(one))
    for run in (one, copy):
        run.feed(events[500:], 0)
    two.feed(events, 0)
    for run in (one, copy):
        assert run.series["a"].preview == two.series["a"].preview
        assert (run.summary(), run.params, run.step) == (two.summary(), two.params, two.step)


def test_resume_goes_on_after_the_last_step_with_the_earlier_values():
    run = Run()
    run.resume({"a": 1, "t/b": "x"}, {"lr": 0.1}, 0)
    assert (run.step, run.shown_step, run.summary(), run.params) == (1, 0, {"a": 1, "t/b": "x"}, {"lr": 0.1})
    assert rows(run, Metric("a", 2)) == {"a": [(1, None, "2")]}


class TestPace:
    def test_when_which_step_was_reached(self):
        run = Run()
        for step in range(5):
            run.feed([Metric("a", 1, step)], 0)
            run.reached(1000 + 10 * step)
        assert run.pace[0] == (0, 1000)
        assert run.pace[-1] == (4, 1040)

    def test_a_long_run_keeps_few_moments_at_even_distances(self):
        run = Run()
        for step in range(100_000):
            run.feed([Metric("a", 1, step)], 0)
            run.reached(7 * step)
        steps = [step for step, _ in run.pace]
        assert 100 < len(steps) <= PACE_POINTS
        assert (steps[0], steps[-1]) == (0, 99_999)
        assert max(later - step for step, later in itertools.pairwise(steps)) < 2_000
        assert all(ms == 7 * step for step, ms in run.pace)

    def test_neither_steps_nor_clocks_go_back(self):
        run = Run()
        for step, ms in ((5, 100), (3, 200), (6, 50), (7, 300)):
            run.feed([Metric("a", 1, step)], 0)
            run.reached(ms)
        assert run.pace == [(5, 100), (7, 300)]
