"""Progress bars: one line drawn again and again, of which only the last state counts.

Decides when a bar's last state has been seen. Must not know what a state holds.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TQDM = re.compile(
    r"(?P<key>.*?)\s*(?P<percent>\d+)%\|.*?\|\s*(?P<at>[\d.]+)[kKMG]?/(?P<of>[\d.]+|\?)", re.ASCII
)
_COUNTER = re.compile(r"(?P<key>[^\d]*?)\s*(?P<at>\d+)\s*/\s*(?P<of>\d+)(?![\d.]*/)", re.ASCII)
_PERCENT = re.compile(r"(?P<key>.*?)(?P<at>\d+(?:\.\d+)?)\s?%", re.ASCII)
_MOST = 16


class State(NamedTuple):
    """A bar's state: the line it stood in, its text, and the step that the lines before had given."""

    line: int
    text: bytes
    context: int | None


class Bars:
    """The bars of a stream that are still being drawn, at most a few."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, tuple[float, State]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def draw(self, state: State) -> State | None:
        """A refresh: the last state of the bar that it ends, if it begins a new one."""
        key, at, _ = position(state.text)
        old = self._open.pop(key, None)
        self._open[key] = (at, state)
        if old is not None and at < old[0]:
            return old[1]
        if len(self._open) > _MOST:
            return self._open.pop(next(iter(self._open)))[1]
        return None

    def end_of_line(self, state: State) -> tuple[list[State], bool]:
        """The line ended in this state: (the bars' last states, in order; whether the state is one of a bar
        that goes on)."""
        key, at, done = position(state.text)
        old = self._open.pop(key, None)
        ended = [old[1]] if old is not None and at < old[0] else []
        if old is not None and not done:
            # Nested bars move between lines while they are drawn: this one may go on.
            self._open[key] = (at, state)
            return ended, True
        return ended, False

    def close(self) -> list[State]:
        """The last states of all bars, in the order of their lines."""
        states = [state for _, state in self._open.values()]
        self._open.clear()
        return sorted(states, key=lambda state: state.line)


def position(text: bytes) -> tuple[str, float, bool]:
    """Which bar a state is of, how far it is, and whether that is its end.

    >>> position(b"Epoch 1/5:  40%|####      | 2/5 [00:01<00:02]")
    ('Epoch 1/5:', 2.0, False)
    >>> position(b"26/48 - loss: 0.5")
    ('', 26.0, False)
    """
    shown = text.decode("utf-8", "replace")[:400]
    for pattern in (_TQDM, _COUNTER, _PERCENT):
        found = pattern.match(shown)
        if found:
            groups = found.groupdict()
            at = _number(groups["at"])
            total = 100.0 if pattern is _PERCENT else _number(groups["of"])
            return groups["key"].strip(), at, total >= 0 and at >= total
    return "", 0.0, False


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
