"""What the line says: facts and the time of day in, one line of text out. Values only.

What does not fit is left out, the least important first: metrics from the last one on, then the speed.
"""

from __future__ import annotations

from .cursor import cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

BAR = 12  # columns
_DIM, _BOLD, _GREEN, _PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[22;39m"


def words(facts: Mapping[str, Any], seconds: float, now_ms: int, columns: int, *, looks: Looks) -> str:
    """The line's text, `columns` wide at most.

    Parameters:
        facts: from `gauge.py`; empty before the first are known.
        seconds: that the program has been running.
        now_ms: epoch milliseconds.
    """
    fraction, end_ms, rate = facts.get("fraction"), facts.get("end_ms"), facts.get("rate")
    parts = [_Part(text) for text in facts.get("counters") or ()]
    if rate:
        parts.append(_Part(_speed(rate, facts.get("unit") or "it"), rank=2))
    parts.append(_Part(clock(seconds)))
    if end_ms is not None and end_ms > now_ms:
        parts[-1].text += f" < {clock((end_ms - now_ms) / 1000 + 0.5)} left"
    if facts.get("message"):
        parts.append(_Part(facts["message"], rank=1))
    for index, (name, value) in enumerate(facts.get("metrics") or ()):
        parts.append(_Part(f"{name} ", bold=value, rank=3 + index))
    room = columns
    bar = ""
    if fraction is not None and columns >= 4 * BAR:
        bar = looks.bar(fraction)
        room -= BAR + 6
    while len(parts) > 1 and _width(parts) > room:
        parts.remove(max(parts, key=lambda part: part.rank))
    parts[0].text = _cut(parts[0].text, room)
    return bar + looks.joint.join(part.shown(looks) for part in parts)


class Looks:
    """How a terminal shows the line.

    Parameters:
        colours: it may be coloured (no-color.org). unicode: it shows more than ASCII.
    """

    __slots__ = ("colours", "full", "half", "joint", "rest")

    def __init__(self, *, colours: bool, unicode: bool) -> None:
        self.colours = colours
        self.full, self.half, self.rest = ("━", "╸", "─") if unicode else ("#", "#", "-")
        self.joint = self.dim(" · " if unicode else " | ")

    def dim(self, text: str) -> str:
        """In the background."""
        return f"{_DIM}{text}{_PLAIN}" if self.colours else text

    def bold(self, text: str) -> str:
        """In the foreground."""
        return f"{_BOLD}{text}{_PLAIN}" if self.colours else text

    def bar(self, fraction: float) -> str:
        """A bar and its percents, 6 columns more than BAR wide."""
        halves = min(2 * BAR, max(0, int(fraction * 2 * BAR)))
        done = self.full * (halves // 2) + self.half * (halves % 2)
        rest = self.rest * (BAR - len(done))
        shown = f"{_GREEN}{done}{_PLAIN}{self.dim(rest)}" if self.colours else done + rest
        return f"{shown} {min(100, int(fraction * 100)):3d}% "


class _Part:
    """A piece of the line; pieces of a high rank are left out first, those of rank 0 last."""

    __slots__ = ("bold", "rank", "text")

    def __init__(self, text: str, *, bold: str = "", rank: int = 0) -> None:
        self.text, self.bold, self.rank = text, bold, rank

    def shown(self, looks: Looks) -> str:
        return self.text + (looks.bold(self.bold) if self.bold else "")


def _width(parts: list[_Part]) -> int:
    return sum(cells(part.text + part.bold)[1] + 3 for part in parts) - 3


def _cut(text: str, columns: int) -> str:
    while text and cells(text)[1] > columns:
        text = text[:-1]
    return text


def _speed(rate: float, unit: str) -> str:
    """Steps a second, or seconds a step where that is more than one."""
    if rate >= 1:
        return f"{_short(rate)} {unit}/s"
    return f"{_short(1 / rate)} s/{unit}" if 1 / rate < 600 else f"{_short(1 / rate / 60)} min/{unit}"


def _short(number: float) -> str:
    if number < 10:
        return f"{number:.2f}"
    return f"{number:.1f}" if number < 100 else f"{number:.0f}"


def clock(seconds: float) -> str:
    """A time as clocks show it.

    >>> clock(7), clock(83), clock(3723), clock(90061)
    ('0:07', '1:23', '1:02:03', '1 d 01:01')
    """
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24:02d}:{minutes:02d}"
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
