"""The state of one run: what was logged, reduced as it arrives. No file, clock, process or network here.

It decides what a step is, which value is current, and what is kept of a series: everything the views and the
end panel need, in memory that does not grow with the number of points. It must not know formats or paths.
Picklable between two calls of `feed`, so that a run survives its recorder.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from math import isfinite
from typing import Any, NamedTuple

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

PREVIEW_BUCKETS = 1000  # about the width of a large chart in pixels
WELL_SEEN = 24  # series that have so many; checkpoints copy all of it
SOME_BUCKETS = 200  # for series beyond those
FEW_BUCKETS = 32  # for series beyond the first MANY_SERIES: 10^5 names must not cost gigabytes
MANY_SERIES = 500
FOLD_AT = 64  # points gathered before statistics are taken over them at once, at C speed
MAX_MESSAGES = 100
PACE_POINTS = 500  # moments kept at most, to say when the run reached which step

Row = tuple[int, int | None, str]
"""One point as it goes to the TSV: step, timestamp (epoch ms) or None, the value's text."""


class Bucket(NamedTuple):
    """A stretch of a series: where it begins, and the extremes and the last value in it."""

    step: float
    low: float
    high: float
    last: float


class Series:
    """One named series. `last` is what metrics.json shows; `rows` are the points not yet given to the TSV, or
    `blocks` of points in columns: never both.

    The statistics (count, first, low, high and their steps) are up to date after `fold`.

    Attributes:
        count: points seen (0 for a value set by `summary` only); `plotted`: points that went to the TSV.
        first, last: values as they came; `first_step`, `last_step`: where.
        low, high, low_step, high_step: extremes over finite numbers, None while there is none.
    """

    __slots__ = (
        "_fill",
        "_recent",
        "_size",
        "_width",
        "blocks",
        "count",
        "first",
        "first_step",
        "high",
        "high_step",
        "last",
        "last_step",
        "low",
        "low_step",
        "name",
        "plotted",
        "rows",
        "table",
    )

    def __init__(self, name: str, size: int = PREVIEW_BUCKETS) -> None:
        self.name = name
        self.count = 0
        self.plotted = 0
        self.first: Scalar | None = None
        self.last: Json = None
        self.first_step = 0
        self.last_step = -1
        self.low: float | None = None
        self.high: float | None = None
        self.low_step = 0
        self.high_step = 0
        self.rows: list[Row] = []
        self.blocks: list[Points] = []
        self.table = array("d")  # step, low, high, last of each bucket, flat: small, and quick to pickle
        self._recent: list[tuple[int, Scalar]] = []
        self._size = size
        self._width = 1  # points a bucket holds
        self._fill = 0  # points in the last bucket

    @property
    def preview(self) -> list[Bucket]:
        """At most 1000 buckets over the whole history; one point each while there are few."""
        self.fold()
        flat = self.table
        return [Bucket(*flat[at : at + 4]) for at in range(0, len(flat), 4)]

    def fold(self) -> None:
        """Take the points gathered since the last call into the statistics."""
        recent = self._recent
        if not recent:
            return
        self._recent = []
        if self.count == 0:
            self.first_step, self.first = recent[0]
        self.count += len(recent)
        steps, values = zip(*recent, strict=True)
        self._take(steps, values)

    def extend(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Take points in order, at once."""
        self.fold()
        if self.count == 0:
            self.first_step, self.first = steps[0], values[0]
        self.count += len(steps)
        self.last, self.last_step = values[-1], steps[-1]
        self._take(steps, values)

    def _take(self, steps: Sequence[int], values: Sequence[Any]) -> None:
        try:
            total = sum(values, 0.0)
            plain = total - total == 0.0  # false for NaN and infinities
        except (TypeError, OverflowError):  # a text; an int beyond the floats
            plain = False
        if not plain:
            points = [(step, value) for step, value in zip(steps, values, strict=True) if _finite(value)]
            if not points:
                return
            steps, values = zip(*points, strict=True)
        low, high = min(values), max(values)
        if self.low is None or low < self.low:
            self.low, self.low_step = low, steps[values.index(low)]
        if self.high is None or high > self.high:
            self.high, self.high_step = high, steps[values.index(high)]
        at = 0
        while at < len(values):
            room = self._width - self._fill
            if room == 0 or not self.table:
                if len(self.table) >= 4 * self._size:
                    self._halve()
                    continue
                value = float(values[at])
                self.table.extend((steps[at], value, value, value))
                self._fill = 1
                at += 1
                continue
            piece = values[at : at + room]
            table = self.table
            table[-3] = min(table[-3], min(piece))
            table[-2] = max(table[-2], max(piece))
            table[-1] = piece[-1]
            self._fill += len(piece)
            at += len(piece)

    def _halve(self) -> None:
        """Join the buckets two by two, so that each holds twice as many points."""
        old = self.table
        new = array("d")
        for at in range(0, len(old) - 4, 8):
            new.extend(
                (old[at], min(old[at + 1], old[at + 5]), max(old[at + 2], old[at + 6]), old[at + 7]),
            )
        if len(old) // 4 % 2:
            new.extend(old[-4:])
        else:
            self._fill += self._width
        self.table = new
        self._width *= 2


def _finite(value: Scalar) -> bool:
    if isinstance(value, str):
        return False
    try:
        return isfinite(value)
    except OverflowError:
        return False


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
        return sum(series.count + len(series._recent) for series in self.series.values())

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
            recent = series._recent
            recent.append((step, value))
            if plot:
                rows = series.rows
                if not rows:
                    if series.blocks:
                        _spread(series)
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
            _spread(series)

    def point(self, series: Series, value: Scalar) -> None:
        """One point at the current step, its row written already: the state after `feed` of its Metric."""
        step = self._data_step = self.step
        if step < series.last_step and self.went_back is None:
            self.went_back = (series.name, series.last_step, step)
        series.last = value
        series.last_step = step
        recent = series._recent
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


def _spread(series: Series) -> None:
    """Make the blocks of a series rows."""
    for block in series.blocks:
        assert block.steps is not None
        series.rows += zip(block.steps, repeat(None), block.texts, strict=False)
    series.blocks = []


class PlotEntry(NamedTuple):
    """How dvc.yaml describes one plot file.

    `given` holds what the program said, `defaults` what we add where neither it nor the user's dvc.yaml
    says something.
    """

    given: Mapping[str, Json]
    defaults: Mapping[str, Json]


_MAKES_FILES = frozenset((Image, Plot, SklearnPlot, Artifact))
