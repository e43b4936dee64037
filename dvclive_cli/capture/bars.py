"""Progress bars: one line drawn again and again, of which only the last state counts.

Decides when a bar's last state has been seen. Must not know what a state holds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from . import names

_TQDM = re.compile(
    r"(?P<key>.*?)\s*(?P<percent>\d+)%\|.*?\|\s*(?P<at>[\d.]+)[kKMG]?/(?P<of>[\d.]+|\?)", re.ASCII
)
# Ignite's "Epoch [1/3]: [5/12]  42%|####"
_FIRST = re.compile(r"(?P<key>.*?)\s*\[(?P<at>\d+)/(?P<of>\d+)\]\s*\d+%\|", re.ASCII)
# "1/3  2.5G  1.154  64: 50% ━━━━──── 8/16 1.4it/s", and rich's "Epoch 3/3 ━━━━ 12/12 0:00:01"
_DRAWN = re.compile(
    r"(?P<key>.*?):?\s*(?:\d+%\s+)?[━─╸╺]+\s*(?P<at>[\d.]+)[kKMG]?/(?P<of>[\d.]+|\?)", re.ASCII
)
_COUNTER = re.compile(r"(?P<key>[^\d]*?)\s*(?P<at>\d+)\s*/\s*(?P<of>\d+)(?![\d.]*/)", re.ASCII)
_PERCENT = re.compile(r"(?P<key>.*?)(?P<at>\d+(?:\.\d+)?)\s?%", re.ASCII)
# A counter without a total is no bar's: "Step=   10, Epot= ..." is a line, only drawn over the last one.
_STEP = re.compile(
    r"\W*(?:step|iteration|iter|epoch|episode|generation)\b\W{0,4}\s*(?P<at>\d+)", re.ASCII | re.I
)
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"(?P<name>[^\W\d_][\w@./-]*)?[\s:=(]*(?P<number>[-+]?\d+(?P<part>\.\d+|[eE]-?\d+)*%?)")
_FILLING = re.compile(r"[━─╸╺█▉▊▋▌▍▎▏]+")
_HERE = "~"  # stands for a figure, in keys
_FIGURE = re.compile(r"[-+]?\d+(?:\.\d+|[eE][-+]?\d+)*")
_COUNTED = re.compile(
    r"(?:epoch|episode|step|iter(?:ation)?|generation|round|game)s?[\s:=#\[(]*\d", re.IGNORECASE
)
_MOST = 16
NOWHERE = -1.0
"""How far a state is that shows no counter: it is no bar's."""


class State(NamedTuple):
    """A bar's state: the line it stood in, its text, and the step that the lines before had given."""

    line: int
    text: bytes
    context: int | None


class Round(NamedTuple):
    """One run of a bar from its start to its end: the lengths of those before, its key, how far it is, and
    how far it will come."""

    base: float
    key: str
    at: float
    of: float


class Bars:
    """The bars of a stream that are still being drawn, at most a few."""

    __slots__ = ("_open", "waiting")

    def __init__(self) -> None:
        self.waiting = False
        """Whether a full bar's line has ended, and it may still go on."""
        self._open: dict[str, tuple[float, bool, State]] = {}

    def draw(self, state: State) -> list[State]:
        """A refresh: the last states of the bars that it ends: the same bar if it begins again, full ones
        that differ in numbers only ("Epoch 1:" ends "Epoch 0:"), the oldest if there are too many. A full bar
        beside others may go on: Lightning writes an epoch's scores behind it after the validation's bar."""
        key, at, of = position(state.text)
        ended = self._ended(key, at)
        if at == 0 < of and not (_HERE in key and _COUNTED.search(key)):
            return ended  # tqdm: the figures behind a bar's start are those of the round before
        self._open[key] = (at, 0 <= of <= at, state)
        if len(self._open) > _MOST:
            ended.append(self._open.pop(next(iter(self._open)))[2])
        return ended

    def end_of_line(self, state: State, *, wait: bool) -> tuple[list[State], bool]:
        """The line ended in this state: (the last states of the bars that it ends, whether it is itself the
        state of a bar that goes on). `wait`: also a full one may, until a line comes that is no bar's.

        Nested bars move between lines while they are drawn: one of them moves away by a newline and comes
        back.
        """
        key, at, of = position(state.text)
        full = 0 <= of <= at
        known = key in self._open or _is_bar(state.text)
        goes_on = known and (wait or not full) and at != NOWHERE
        ended = self._ended(key, at)
        if goes_on:
            self._open[key] = (at, full, state)
            self.waiting = self.waiting or full
        return ended, goes_on

    def plain(self) -> list[State]:
        """A line that is no bar's comes: the last states of the bars that are full."""
        self.waiting = False
        full = [key for key, bar in self._open.items() if bar[1]]
        return sorted((self._open.pop(key)[2] for key in full), key=lambda state: state.line)

    def _ended(self, key: str, at: float) -> list[State]:
        """Take out the bar `key`, and all that ended before it was drawn at `at`: their last states. One bar
        may count in its text: with "Episode 2:  2%|" it has come to the end of "Episode 1:  1%|"."""
        alike = _DIGITS.sub("#", key)
        counts = alike != key and _COUNTED.search(key) is not None
        over = [
            name
            for name, (reached, full, _) in self._open.items()
            if (full or (counts and reached <= at)) and name != key and _DIGITS.sub("#", name) == alike
        ]
        ended = [self._open.pop(name)[2] for name in over]
        old = self._open.pop(key, None)
        if old is not None and at < old[0]:
            ended.append(old[2])
        return ended

    def close(self) -> list[State]:
        """The last states of all bars, in the order of their lines."""
        states = [state for _, _, state in self._open.values()]
        self._open.clear()
        return sorted(states, key=lambda state: state.line)


class LiveBars:
    """States that count while a bar is still drawn: one every so often, at a step that the bar itself counts.

    The step goes on over the rounds of a bar (its epochs): the lengths of the rounds before and its counter.
    """

    __slots__ = ("_due", "_given", "_interval", "_rounds")

    def __init__(self, seconds: float) -> None:
        self._interval = seconds * 1000
        self._due: dict[str, float] = {}
        self._rounds: dict[str, Round] = {}
        self._given: dict[str, State] = {}

    def is_due(self, state: State, now_ms: float) -> bool:
        """Whether this refresh counts, drawn at this time."""
        name = _DIGITS.sub("#", position(state.text)[0])
        due = self._due.get(name)
        if due is None or now_ms >= due:
            if due is None and len(self._due) >= _MOST:
                self._due.clear()
            self._due[name] = now_ms + self._interval
        return due is not None and now_ms >= due

    def step(self, state: State) -> int | None:
        """The step of a state that counts; None where it is no bar's, -1 where it was given already."""
        key, at, of = position(state.text)
        if of <= 0 or _STEP.fullmatch(key):
            return None
        name = _DIGITS.sub("#", key)
        if self._given.get(name) == state:
            return -1
        base = 0.0
        if name in self._rounds:
            old, line = self._rounds[name], self._given[name].line
            again = key != old.key or at < old.at or (at == old.at and line != state.line)
            base = old.base + old.of if again else old.base
        elif len(self._rounds) >= _MOST:
            self._rounds.clear()
            self._given.clear()
        self._rounds[name] = Round(base, key, at, of)
        self._given[name] = state
        return int(base + at)


def position(text: bytes) -> tuple[str, float, float]:
    """Which bar a state is of, how far it is, and how far it will come (-1 where that is not known).

    >>> position(b"Epoch 1/5:  40%|####      | 2/5 [00:01<00:02]")
    ('Epoch 1/5:', 2.0, 5.0)
    >>> position(b"26/48 - loss: 0.5")
    ('', 26.0, 48.0)
    >>> position(b"Step=   10, Epot= -2.5e+03")
    ('Step=   10', 10.0, 10.0)
    """
    shown = text.decode("utf-8", "replace")[:400]
    for pattern in (_TQDM, _FIRST, _DRAWN, _COUNTER, _PERCENT):
        found = pattern.match(shown)
        if found:
            groups = found.groupdict()
            at = _number(groups["at"])
            total = 100.0 if pattern is _PERCENT else _number(groups["of"])
            return _key(groups["key"].strip()), at, total
    step = _STEP.match(shown)
    if step:
        return step[0], _number(step["at"]), _number(step["at"])
    return "", NOWHERE, -1.0


def _is_bar(text: bytes) -> bool:
    """Whether there is more than a counter in the state: rich writes some bars over two lines."""
    shown = text.decode("utf-8", "replace")[:400]
    return _TQDM.match(shown) is not None or _DRAWN.match(shown) is not None


@lru_cache(maxsize=256)
def _key(text: str) -> str:
    """What tells bars apart: the text in front of the bar without what changes while it is drawn: its
    filling, and what is measured. A number with a fraction is measured, one with a metric's name, and
    all that come behind these.

    >>> _key("Epoch 3/10, loss: 0.51 best 2 ━━━╸──")
    'Epoch 3/10, loss: ~ best ~'
    """
    text = _FILLING.sub("", text).rstrip()
    for found in _NUMBER.finditer(text):
        if found["part"] or names.is_metric(found["name"] or ""):
            return text[: found.start("number")] + _FIGURE.sub(_HERE, text[found.start("number") :])
    return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
