"""Records of names and numbers to points: which number is the step, and what the others are called.

Shared by all files whose records name their values. A step is an integer under a name that says so; the
finest counter wins, and one that starts again in each epoch is made to go on. Without one, the points of each
name are counted. A program writes a metric file on purpose, so every number in it is a metric, but for the
time of day.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..capture import names
from ..capture.numbers import is_int
from ..events import Event, Metric

Number = int | float

# Names of steps, the finest counter first.
STEPS = (
    *("global_step", "_step", "total_timesteps", "num_timesteps", "timesteps_total", "total_steps"),
    *("num_updates", "step", "steps", "timestep", "timesteps", "time_step", "env_step", "env_steps"),
    *("training_iteration", "#", "iteration", "iterations", "iter", "iters", "it", "update", "updates"),
    *("n_updates", "batch", "batch_idx", "round", "rounds", "generation", "gen", "trial"),
    *("episode", "episodes", "epoch", "epochs", "ep"),
)
_ORDER = {name: place for place, name in enumerate(STEPS)}
_COARSE = _ORDER["epoch"]  # from here on: counters that others count within
_CLOCKS = frozenset({"timestamp", "_timestamp", "wall_time", "walltime", "time", "ts", "date", "datetime"})
_EPOCH_SECONDS = 1e9  # a "time" above this is a moment since 1970, not a duration
_MOST_STEPS = 1e15
_SERIES_KEYS, _VALUE_KEYS = ("name", "metric", "key", "tag"), ("value",)
MOST_SERIES = 500


class Cell:
    """A number under a name: its value, and its text where `str(value)` would not give it back."""

    __slots__ = ("name", "text", "value")

    def __init__(self, name: str, value: Number, text: str | None = None) -> None:
        self.name, self.value, self.text = name, value, text


def number(text: str) -> tuple[Number, str | None] | None:
    """A text as a number, and the text itself where `str` of the number would differ; None if it is none.

    >>> number("0.50"), number("3"), number("98 %"), number("n/a")
    ((0.5, '0.50'), (3, None), (98, None), None)
    """
    text = text.strip().removesuffix("%").rstrip()
    if is_int(text):
        value = int(text)
        return value, None if str(value) == text else text
    if not text or "_" in text:  # float() takes 1_000, which no program prints
        return None
    try:
        worth = float(text)
    except ValueError:
        return None
    return worth, None if repr(worth) == text else text


class Name:
    """What a name of a file means: the series' name, its place among the counters (None: it counts nothing),
    and whether it is a time of day's. `fractional`: a counter that turned out not to count."""

    __slots__ = ("clock", "fractional", "place", "series")

    def __init__(self, raw: str, naming: str) -> None:
        self.series = names.as_is(raw) if naming == "as-is" else names.clean(raw)
        low = raw.strip().lower().replace(" ", "_").replace("-", "_")
        place = _ORDER.get(low)
        self.place = _ORDER.get(low.rpartition("/")[2]) if place is None else place  # time/total_timesteps
        self.clock = low in _CLOCKS
        self.fractional = False


class Points:
    """Turns records into points; keeps what the records before have established.

    Parameters:
        naming: "clean" makes names safe, "as-is" keeps them as written.
    """

    def __init__(self, naming: str) -> None:
        self._naming = naming
        self._names: dict[str, Name] = {}
        self._last: dict[str, tuple[int, str]] = {}  # step and value of each series' last point
        self._epoch: Number | None = None
        self._fine = -1
        self._offset = 0
        self.capped = 0
        """Points left out because the file opened more series than allowed."""

    def take(self, cells: Sequence[Cell], label: str | None = None) -> list[Event]:
        """The points of one record. `label`: the record itself names the series of its one value."""
        known = [self._name(cell.name) for cell in cells]
        step_cell, step = self._step(cells, known)
        events: list[Event] = []
        for cell, name in zip(cells, known, strict=True):
            if cell is step_cell or (name.clock and cell.value >= _EPOCH_SECONDS):
                continue
            series = name.series
            if label is not None and cell.name.lower() in _VALUE_KEYS:
                series = self._name(label).series
            if not series:
                continue
            last = self._last.get(series)
            if last is None and len(self._last) >= MOST_SERIES:
                self.capped += 1
                continue
            at = step if step is not None else last[0] + 1 if last else 0
            point = (at, cell.text or str(cell.value))
            if point == last:  # the epoch, beside each of the values of a step
                continue
            self._last[series] = point
            events.append(Metric(series, cell.value, at, text=cell.text))
        return events

    def _name(self, raw: str) -> Name:
        name = self._names.get(raw)
        if name is None:
            if len(self._names) > 4 * MOST_SERIES:  # a program that puts ids into names must not grow us
                self._names.clear()
            name = self._names[raw] = Name(raw, self._naming)
        return name

    def _step(self, cells: Sequence[Cell], known: Sequence[Name]) -> tuple[Cell | None, int | None]:
        """The cell that is the record's step, and the step."""
        best: Cell | None = None
        rank = len(STEPS)
        epoch: Cell | None = None
        for cell, name in zip(cells, known, strict=True):
            place = name.place
            if place is None:
                continue
            if isinstance(cell.value, float):
                if not abs(cell.value) < _MOST_STEPS:  # nan, too
                    continue
                name.fractional = name.fractional or not cell.value.is_integer()
            if name.fractional:
                continue
            if place >= _COARSE:
                epoch = cell
            if place < rank:
                best, rank = cell, place
        if best is None:
            return None, None
        step = int(best.value)
        if epoch is not None and best is not epoch:
            step = self._within(epoch.value, step)
        return best, step

    def _within(self, epoch: Number, fine: int) -> int:
        """A counter that starts again in a later epoch goes on from its last step."""
        if self._epoch is not None and epoch != self._epoch and fine < self._fine:
            if epoch > self._epoch:
                self._offset += self._fine + 1
            self._fine = -1  # an earlier epoch again: the program went back to a checkpoint
        self._epoch = epoch
        self._fine = max(self._fine, fine)
        return self._offset + fine


def label_of(texts: Sequence[tuple[str, str]], cells: Sequence[Cell]) -> str | None:
    """The series that a record names in words, `{"metric": "loss", "value": 0.5}`; None if it does not."""
    if not any(cell.name.lower() in _VALUE_KEYS for cell in cells):
        return None
    named = {key.lower(): text for key, text in texts}
    return next((named[key] for key in _SERIES_KEYS if named.get(key)), None)
