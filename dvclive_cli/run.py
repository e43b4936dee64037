"""The state of one run: what was logged, reduced as it arrives. No file, clock, process or network here.

It decides what a step is and which value is current; what is kept of each series is decided in `series.py`.
It must not know formats or paths. Picklable between two calls of `feed`, so that a run survives its recorder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dvclive_cli.events import (
    Artifact,
    Event,
    Image,
    Json,
    Message,
    Metric,
    NextStep,
    Param,
    Plot,
    Points,
    Progress,
    Scalar,
    SklearnPlot,
    Step,
    Summary,
)
from dvclive_cli.series import FOLD_AT, PREVIEW_BUCKETS, Series

WELL_SEEN = 24  # series that have PREVIEW_BUCKETS; checkpoints copy all of them
SOME_BUCKETS = 200  # for series beyond those
FEW_BUCKETS = 32  # for series beyond the first MANY_SERIES: 10^5 names must not cost gigabytes
MANY_SERIES = 500
MAX_MESSAGES = 100
PACE_POINTS = 500  # moments kept at most, to say when the run reached which step


class Change(NamedTuple):
    """What one `feed` left for the writers: series with `rows` to append, and events that make files."""

    touched: list[Series]
    works: list[Event]


class Run:
    """The run so far.

    Steps: an explicit step wins; else a point belongs to the current step. While the program never says
    `next-step` or `step N`, explicit steps move the current step along, so that a value without a step joins
    the last one. Once it does, the program counts, and an explicit step is that point's own business.

    Attributes:
        step: the current step. `counted`: the program moves it with `next-step` or `step N`.
        shown_step: what metrics.json says: the last step that has something to show; None before any step.
        series: all series by name, in the order of their first appearance.
        params: hyperparameters by name. `artifacts`, `plots`: entries for dvc.yaml, by name and by path.
        pace: moments of the run, (step, epoch milliseconds), both rising; a few hundred over the whole run.
        dirty: names of the views that no longer show this state ("metrics", "params", "step").
        points, lost: points seen, and points that no disk took (the session counts these).
    """

    def __init__(self) -> None:
        self.step = 0
        self.counted = False
        self.shown_step: int | None = None
        self.completed_step: int | None = None
        self.series: dict[str, Series] = {}
        self.params: dict[str, Json] = {}
        self.artifacts: dict[str, dict[str, Json]] = {}
        self.plots: dict[str, PlotEntry] = {}
        self.progress: Progress | None = None
        self.messages: list[str] = []
        self.pace: list[tuple[int, int]] = []
        self.dirty: set[str] = set()
        self.went_back: tuple[str, int, int] | None = None
        self.lost = 0
        self._stepped = False
        self._data_step = 0

    @property
    def points(self) -> int:
        """Points seen, over all series."""
        return sum(series.count + len(series.recent) for series in self.series.values())

    def fold(self) -> None:
        """Bring the statistics of all series up to date."""
        for series in self.series.values():
            series.fold()

    def feed(self, events: Iterable[Event | Points], now_ms: int) -> Change:
        """Take events in order; `now_ms` (epoch milliseconds) is the time they arrived."""
        series_by_name = self.series
        touched: list[Series] = []
        works: list[Event] = []
        metrics = False
        for event in events:
            if type(event) is not Metric:
                if isinstance(event, Points):
                    metrics = True
                    self._points(event, touched)
                elif self._other(event):
                    works.append(event)
                continue
            name, value, step, timestamp, plot, _rank, text = event
            series = series_by_name.get(name)
            if series is None:
                series = self._add(name)
            if step is None:
                step = self.step
                if plot:  # a value for the summary alone is of the whole run: it begins no step
                    self._data_step = step
            elif not self.counted:
                self.step = self._data_step = step
                self._stepped = True
            elif step >= self.step:
                self._data_step = step
            if step < series.last_step and self.went_back is None:
                self.went_back = (name, series.last_step, step)
            series.last = value
            series.last_step = step
            recent = series.recent
            recent.append((step, value))
            if plot:
                rows = series.rows
                if not rows:
                    if series.blocks:
                        series.spread()
                    else:
                        touched.append(series)
                rows.append((step, timestamp, text or str(value)))
            if len(recent) >= FOLD_AT:
                series.fold()
            metrics = True
        if metrics:
            self.dirty.add("metrics")
            if self._stepped:
                self.shown_step = self._data_step
        return Change(touched, works)

    def reached(self, now_ms: int) -> None:
        """Note that the run stands at its current step now (epoch milliseconds)."""
        step, pace = self._data_step, self.pace
        if pace and (step <= pace[-1][0] or now_ms <= pace[-1][1]):
            return
        if len(pace) > 2 and now_ms - pace[-2][1] < (pace[-1][1] - pace[0][1]) / (PACE_POINTS // 2):
            pace[-1] = (step, now_ms)  # the last one moves until it is far enough from the one before
            return
        if len(pace) >= PACE_POINTS:
            del pace[1:-1:2]
        pace.append((step, now_ms))

    def _points(self, event: Points, touched: list[Series]) -> None:
        """Points in columns: the same as their metrics one by one."""
        name, at, values, _ = event
        series = self.series.get(name)
        if series is None:
            series = self._add(name)
        steps = at
        if steps is None:
            steps = [self.step] * len(values)
            self._data_step = self.step
        elif not self.counted:
            self.step = self._data_step = steps[-1]
            self._stepped = True
        else:
            self._data_step = next((step for step in reversed(steps) if step >= self.step), self._data_step)
        if self.went_back is None:
            before = series.last_step
            for step in steps if steps[0] < before or list(steps) != sorted(steps) else ():
                if step < before:
                    self.went_back = (name, before, step)
                    break
                before = step
        series.extend(steps, values)
        if not series.rows and not series.blocks:
            touched.append(series)
        series.blocks.append(event if steps is at else event._replace(steps=steps))
        if series.rows:
            series.spread()

    def point(self, series: Series, value: Scalar) -> None:
        """One point at the current step, its row written already: the state after `feed` of its Metric."""
        step = self._data_step = self.step
        if step < series.last_step and self.went_back is None:
            self.went_back = (series.name, series.last_step, step)
        series.last = value
        series.last_step = step
        recent = series.recent
        recent.append((step, value))
        if len(recent) >= FOLD_AT:
            series.fold()
        self.dirty.add("metrics")
        if self._stepped:
            self.shown_step = step

    def _add(self, name: str) -> Series:
        known = len(self.series)
        size = PREVIEW_BUCKETS if known < WELL_SEEN else SOME_BUCKETS if known < MANY_SERIES else FEW_BUCKETS
        series = self.series[name] = Series(name, size)
        return series

    def _other(self, event: Event) -> bool:
        """Apply any event but a metric; True when it makes a file."""
        kind = type(event)
        if kind in _MAKES_FILES:
            return True
        if kind is NextStep:
            # A step that only ended still counts, whether or not something was logged in it.
            self.counted = self._stepped = True
            self.completed_step = self.shown_step = self.step
            self.step += 1
            self._data_step = self.shown_step
            self.dirty |= {"metrics", "step"}
        elif isinstance(event, Step):
            self.counted = self._stepped = True
            self.step = self.shown_step = self._data_step = event.step
            self.dirty.add("metrics")
        elif isinstance(event, Param):
            self.params[event.name] = event.value
            self.dirty.add("params")
        elif isinstance(event, Summary):
            self._summarise(event)
        elif isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, Message) and len(self.messages) < MAX_MESSAGES:
            self.messages.append(event.text)
        return False  # Sync and End ask for an answer on disk: whoever owns the session gives it

    def _summarise(self, event: Summary) -> None:
        self.dirty.add("metrics")
        if event.value is not None:
            series = self.series.get(event.name) or self._add(event.name)
            series.last = event.value
            return
        named = self.series.get(event.name)
        if named is not None and named.last is not None:
            named.last = None  # its points stay, and it is back with its next one
            return
        for name, series in self.series.items():
            if name.startswith(f"{event.name}/"):
                series.last = None

    def summary(self) -> dict[str, Json]:
        """The latest value of each series by its whole name, in order of first appearance."""
        return {name: series.last for name, series in self.series.items() if series.last is not None}

    def resume(self, summary: Mapping[str, Json], params: Mapping[str, Json], last_step: int | None) -> None:
        """Start from an earlier part: its last values and params; go on after its last step."""
        for name, value in summary.items():
            self._add(name).last = value
        self.params.update(params)
        if last_step is not None:
            self.shown_step = self.completed_step = self._data_step = last_step
            self.step = last_step + 1
            self._stepped = True


class PlotEntry(NamedTuple):
    """How dvc.yaml describes one plot file.

    `given` holds what the program said, `defaults` what we add where neither it nor the user's dvc.yaml
    says something.
    """

    given: Mapping[str, Json]
    defaults: Mapping[str, Json]


_MAKES_FILES = frozenset((Image, Plot, SklearnPlot, Artifact))
