"""The series of a stream: which are proven, which still wait, and each one's last point.

A series found by guessing waits until a second point differs from the first in value or step: one number in a
sentence makes no curve. Decides what is given out, in which order; must not know how a point was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import lt
from typing import NamedTuple

from ..events import Event, Metric, Points
from .model import Columns, Match
from .ranks import FIRST, MEAN, Ranks

_new = tuple.__new__  # Metric(...) costs twice as much, and there may be 10^8 of them


class Series:
    """One series. `waiting`: its first point, while it is not proven. `param`: a name of the command line,
    which only a change of value makes a metric."""

    __slots__ = ("last", "param", "step", "value", "waiting", "weak")

    def __init__(self, *, param: bool, weak: bool) -> None:
        self.last = -1
        self.step: int | None = None
        self.value: float | None = None
        self.waiting: tuple[int, str, Metric] | None = None
        self.param = param
        self.weak = weak


class Prints(NamedTuple):
    """What lines alike print, one print statement's: `line` is the number of the first one.

    `columns`: name, values and texts of each series. `steps`: printed with them, None for none; else
    `context` holds the steps of the lines before each of them, or is the one that stands before them all.
    """

    line: int
    rule: str
    columns: Sequence[tuple[str, Sequence[float], Sequence[str]]]
    steps: Sequence[int] | None
    context: Sequence[int] | int | None


class SeriesBook:
    """All series of one stream, and the points that are ready."""

    __slots__ = (
        "_from",
        "_known",
        "_last",
        "_limit",
        "_matches",
        "_names",
        "_params",
        "_ranks",
        "_turns",
        "capped",
        "points",
        "spoken",
    )

    def __init__(self, limit: int, params: frozenset[str], ranks: str = FIRST) -> None:
        self._known: dict[str, Series] = {}
        self._names: set[str] = set()  # the same without what tells ranks apart
        self._ranks = Ranks(ranks)
        self._turns: dict[str, int] = {}  # how often a rank has said a name without a step
        self._last = (0, "")  # line and rule of the last match
        self._limit = limit
        self._params = frozenset(_folded(name) for name in params)
        self._matches: list[Match | Columns] = []
        self._from = 0
        self.capped = 0
        self.points = 0
        self.spoken: set[str] = set()
        """Names that the program logs through the line protocol: guesses stand back for them."""

    def begin(self) -> None:
        """A line, or a bar's last state, begins: what it gives is put in order among itself."""
        self._from = len(self._matches)

    def add(
        self,
        line: int,
        rule: str,
        name: str,
        value: float,
        text: str | None,
        step: int | None,
        rank: int | None,
        context: int | None,
        hold: bool,
        weak: bool,
        counter: int | None = None,
        drawn: bool = False,
    ) -> None:
        """A point. `step` is the one printed with it; else `context` is, where it is a step forward; else the
        points of the name are counted: one by one, or by the `counter` of the bar that each ends.
        `drawn`: it is of a line that was drawn before."""
        plain = name
        if rank is not None:
            name = self._ranks.named(name, rank)
            if not name:
                return
        series = self._known.get(name)
        if series is None:
            if plain in self.spoken:
                return
            kept = plain if self._ranks.policy == MEAN else name
            if kept not in self._names and len(self._names) >= self._limit:
                self.capped += 1
                return
            self._names.add(kept)
            param = bool(self._params) and _folded(name) in self._params
            series = self._known[name] = Series(param=param, weak=weak)
            hold = hold or param
            fresh = True
        else:
            fresh = False
            if self.spoken and plain in self.spoken:
                return
        same = not fresh and (value == series.value or (value != value and series.value != series.value))
        if step is None:
            if counter is None:
                at = context if context is not None and context > series.last else series.last + 1
            else:
                at = counter if counter > series.last else series.last + counter
            # A bar is drawn again after a callback's words, and says of its epoch what it said before.
            again = drawn and context is not None
            if same and context == series.step and (again or series.waiting is not None):
                return
        else:
            at = step
            if same and step == series.step:
                return
        metric = _new(Metric, (name, value, at, None, True, rank, text))
        if fresh and hold:
            series.waiting = (line, rule, metric)
        elif series.waiting is not None:
            if series.param and same:
                return
            first = series.waiting
            series.waiting = None
            self._give(*first)
            self._give(line, rule, metric)
        else:
            self._give(line, rule, metric)
        series.value = value
        series.step = step if step is not None else context
        series.last = at

    def _give(self, line: int, rule: str, metric: Metric) -> None:
        self._last = (line, rule)
        if metric.rank is not None:
            for merged in self._ranks.merged(metric, metric.step or 0):
                self._put(line, rule, merged)
        else:
            self._put(line, rule, metric)

    def _put(self, line: int, rule: str, metric: Metric) -> None:
        self.points += 1
        # First points that waited go before the line that proved them, each with the others of its line. Only
        # what this line gave is reordered: the order must not depend on how the stream was cut.
        matches = self._matches
        at = len(matches)
        while at > self._from and matches[at - 1].line >= line:
            at -= 1
            match = matches[at]
            if match.line == line and match.rule == rule and type(match) is Match:
                match.events.append(metric)
                return
        matches.insert(at, Match(line, rule, [metric]))

    def knows(self, name: str | None) -> bool:
        """Whether there was a point of this name."""
        return name in self._known

    def spoke(self, name: str) -> None:
        """The program logs this name itself."""
        if len(self.spoken) < self._limit:
            self.spoken.add(name)
            series = self._known.get(name)
            if series is not None:
                series.waiting = None

    def give(self, match: Match | Columns) -> None:
        """A match that needs no proof."""
        self._matches.append(match)

    def of_ranks(self, events: Sequence[Event], line: int) -> list[Event]:
        """What is recorded of events among which are points of ranks, said through the line protocol."""
        self._last = (line, "protocol")
        given: list[Event] = []
        for event in events:
            if not isinstance(event, Metric) or event.rank is None:
                given.append(event)
                continue
            self.points -= 1
            name = self._ranks.named(event.name, event.rank)
            if name:
                at = event.step
                if at is None:
                    at = self._turns[name] = self._turns.get(name, 0) + 1
                merged = self._ranks.merged(event._replace(name=name), at)
                self.points += len(merged)
                given += merged
        return given

    def add_all(self, prints: Sequence[Prints], every: int) -> bool:
        """`add` for lines alike, `every` one of which comes from the same print statement.

        False: nothing was done, because it has to be decided point by point.
        """
        names = [name for each in prints for name, _, _ in each.columns]
        if not names or len({*names}) < len(names) or not self.spoken.isdisjoint(names):
            return False
        added: list[tuple[Series, Points, int | None]] = []
        found: list[Columns] = []
        for line, rule, columns, steps, context in prints:
            if steps is not None and not all(map(lt, steps, islice(steps, 1, None))):
                return False
            points: list[Points] = []
            for name, values, texts in columns:
                series = self._known.get(name)
                if series is None or series.waiting is not None:
                    return False
                at, last = _steps(series, len(values), steps, context)
                if at is None:
                    return False
                points.append(Points(name, at, values, texts))
                added.append((series, points[-1], last))
            if points:
                found.append(Columns(line, rule, points, every))
        for series, (_, at, values, _), last in added:
            assert at is not None
            series.value, series.step, series.last = values[-1], last, at[-1]
            self.points += len(values)
        self._matches += found
        return True

    def close(self) -> None:
        """The stream ended: what still waits is given, but for names that only their neighbourhood made
        metrics and for params, which one point does not prove."""
        self.begin()
        waiting = [s for s in self._known.values() if s.waiting is not None]
        waiting.sort(key=lambda s: s.waiting[0] if s.waiting else 0)
        for series in waiting:
            if series.waiting and not series.weak and not series.param:
                self._give(*series.waiting)
            series.waiting = None
        for metric in self._ranks.close():
            self._put(*self._last, metric)

    def take(self) -> list[Match | Columns]:
        """What is ready, once."""
        matches, self._matches = self._matches, []
        self._from = 0
        return matches


def _steps(
    series: Series, size: int, steps: Sequence[int] | None, context: Sequence[int] | int | None
) -> tuple[Sequence[int] | None, int | None]:
    """The steps of so many further points, as `SeriesBook.add` would find them, and the last one that was
    printed; no steps where it has to be asked."""
    if steps is not None:
        return (None if steps[0] == series.step else steps), steps[-1]
    if context is None or isinstance(context, int):
        first = context if context is not None and context > series.last else series.last + 1
        return range(first, first + size), context
    goes_on = context[0] > series.last and all(map(lt, context, islice(context, 1, None)))
    return (context if goes_on else None), context[-1]


def _folded(name: str) -> str:
    return name.lower().replace("-", "_").lstrip("_")
