"""Lines that look like a metric and were not taken, and for each the `--pattern` that would take it.

Decides which lines are worth to be shown to somebody whose run captured nothing. While the run goes on, only
bytes are kept (the stream's beginning, its end, and lines that a rule nearly took); they are judged when
somebody asks. Must not know how a line is recognised.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..protocol import find_sentinel
from .model import NearMiss

_HEAD = 32 * 1024  # bytes
_TAIL = 16 * 1024
_MOST_KEPT = 64  # lines that a rule nearly took
_LONGEST = 400  # bytes of a line that is shown to a person
_MOST_NUMBERS = 12
_FURTHEST = 60  # characters between a name and its number

NO_STEP = "no step on the line, and the name is not a metric's"
_SETTING = "the name is a setting's or a timing's"
_APART = "other words stand around the metric, and no step is on the line"


class Guess(NamedTuple):
    """A number of a line and its likely name. `rank`: 0 for a measured metric, up to 4 for a setting."""

    rank: int
    name: str
    name_at: tuple[int, int]
    span: tuple[int, int]


class Misses:
    """The lines of one stream that may have been metrics; of bounded size."""

    __slots__ = ("_ends", "_full", "_head", "_kept", "_last", "_tail")

    def __init__(self) -> None:
        self._head = b""
        self._full = False
        self._tail = b""
        self._last = 0  # number of the line that the tail ends with
        self._ends = False  # something was captured: nobody will ask
        self._kept: dict[int, tuple[bytes, str, str]] = {}

    def block(self, block: bytes, last: int) -> None:
        """Whole lines went by, up to number `last`."""
        if self._ends:
            return
        if not self._full:
            self._full = len(self._head) + len(block) > _HEAD
            self._head += block[: _HEAD - len(self._head)]
        if self._full:
            self._tail = (self._tail + block[-_TAIL:])[-_TAIL:]
        self._last = last

    def keep(self, line: bytes, number: int, rule: str = "", why: str = "") -> None:
        """A rule nearly took this line; the oldest give way."""
        if self._ends or len(line) > _LONGEST:
            return
        self._kept[number] = (line, rule, why)
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def forget(self) -> None:
        """Something was captured."""
        self._ends = True
        self._head = self._tail = b""
        self._kept.clear()

    def nearest(self, most: int) -> list[NearMiss]:
        """At most `most` of the lines, different ones, the nearest first."""
        found: dict[str, tuple[int, bool, int, NearMiss]] = {}
        for number, line, rule, why in self._lines():
            text = _plain(line)
            guess = guess_at(text) if _is_text(text) else None
            if guess is None or find_sentinel(text) >= 0:  # a refused record: its fault says more
                continue
            key = re.sub(r"[\W\d]+", " ", text)
            old = found.get(key)
            if old is None:
                found[key] = (guess.rank, True, number, near_miss(text, number, guess, rule, why))
            elif old[1] and old[3].text != text.strip():  # printed again with another number: a curve
                found[key] = (old[0], False, *old[2:])
        return [entry[3] for entry in sorted(found.values(), key=lambda entry: entry[:3])[:most]]

    def _lines(self) -> list[tuple[int, bytes, str, str]]:
        """Number, text, rule and reason of each line that is kept, in order, each once."""
        head = self._head.split(b"\n")[:-1]
        lines = {number: (line, "", "") for number, line in enumerate(head, 1)}
        tail = self._tail.split(b"\n")[1:-1] if len(self._tail) == _TAIL else self._tail.split(b"\n")[:-1]
        lines.update((self._last - len(tail) + at, (line, "", "")) for at, line in enumerate(tail, 1))
        lines.update(self._kept)
        return [(number, *lines[number]) for number in sorted(lines) if len(lines[number][0]) <= _LONGEST]


def _plain(line: bytes) -> str:
    if b"\r" in line or b"\x1b" in line or b"\x08" in line:
        from .lines import refreshes

        line = refreshes(line)[0][-1]
    return line.decode("utf-8", "replace")


def _is_text(text: str) -> bool:
    return "\ufffd" not in text and text.replace("\t", " ").isprintable()


def guess_at(text: str) -> Guess | None:
    """The number of the line that is most likely a metric's; None if none has a name."""
    from . import pairs, prefixes

    text = text.rstrip()
    if pairs.is_foreign(text):
        return None
    start, _ = prefixes.strip(text)
    best: Guess | None = None
    for count, number in enumerate(_number().finditer(text, start)):
        if count >= _MOST_NUMBERS:
            break
        guess = _named(text, start, number.span())
        if guess is not None and (best is None or guess.rank < best.rank):
            best = guess
    return best


def _number() -> re.Pattern[str]:
    """A number that stands alone: no part of a date, a version, a path or a word. Cached by `re`."""
    from .numbers import NUMBER

    return re.compile(rf"(?<![\w.:/\\#@-]){NUMBER}(?![\w/\\:@-]|\.\w)")


def _named(text: str, start: int, span: tuple[int, int]) -> Guess | None:
    """The number at `span` with the word that names it: a metric's before or after it, else the last before
    it that is no word of a sentence."""
    from . import names
    from .grammar import PROSE

    begin, end = span
    measured = not text[begin:end].lstrip("+-").isdigit() or text[end:].lstrip()[:1] == "%"
    near = max(start, begin - _FURTHEST)
    words = [
        (word[0].strip("./%+-'"), word.span())
        for word in re.finditer(r"[^\W\d][\w@./%'^+-]*", text[:begin])
        if word.start() >= near
    ]
    # "reward over 10 episodes was 5.5": a count may stand before a measured number.
    between = r"[;|\t]|[.,] |\d[^\w ]" if measured else r"[;|\t]|[.,] |\d[^\w]"
    for word, at in reversed(words):
        if names.is_metric(word) and not re.search(between, text[at[1] : begin]):
            return Guess(0 if measured else 1, word, at, span)
    after = re.match(r"\s?%?\s?([^\W\d]\w*)", text[end:])
    if after and names.is_metric(after[1]):
        return Guess(0 if measured else 1, after[1], (end + after.start(1), end + after.end(1)), span)
    for word, at in reversed(words):
        if word.lower() not in PROSE and not re.search(r"\d", text[at[1] : begin]):
            if names.is_setting(word):
                return Guess(4, word, at, span)
            return Guess(2 if measured else 3, word, at, span)
    return None


def near_miss(text: str, number: int, guess: Guess, rule: str = "", why: str = "") -> NearMiss:
    """What to say of a line that was not taken."""
    if not why or why == NO_STEP:
        why = _APART if guess.rank < 2 else _SETTING if guess.rank == 4 else NO_STEP
    pattern = pattern_for(text, guess)
    option = "print a step on the same line, as in `step=3 loss=0.5`"
    if pattern:
        import shlex

        option = f"--pattern {shlex.quote(pattern)}"
    return NearMiss(number, text.strip(), rule or "pairs", why, option, guess.rank)


def pattern_for(text: str, guess: Guess) -> str:
    r"""A pattern that takes the number from this line and from lines like it; "" if there is none.

    >>> text = "Loss is 0.3 now"
    >>> pattern_for(text, guess_at(text))
    '\\bLoss is (?P<Loss>\\S+)'
    """
    from .patterns import plan
    from .steps import STEP

    (name_begin, name_end), (begin, end) = guess.name_at, guess.span
    group = re.sub(r"\W+", "_", guess.name, flags=re.ASCII).strip("_")
    if not group or group[0].isdigit() or group.lower() in ("step", "epoch", "name", "value"):
        group = "value"
    number = rf"(?P<{group}>\S+)"
    if name_end <= begin:
        pattern = rf"\b{_escape(text[name_begin:name_end])}{_literal(text[name_end:begin])}{number}"
    else:
        pattern = rf"(?P<{group}>[-+.\deE]+){_literal(text[end:name_end])}\b"
    step = STEP.search(text, 0, name_begin)
    if step is not None and step.end() <= begin:
        word = _literal(text[step.start("word") : step.start("step")])
        pattern = rf"\b{word}(?P<step>\d+).*{pattern}"
    from .plan import in_bytes

    taken = plan(text, pattern)
    if taken is None:
        return ""
    at = len(text[:begin].encode())
    return pattern if any(value.start == at for value in in_bytes(taken, text).values) else ""


def _literal(text: str) -> str:
    """The text as a pattern; other numbers and runs of blanks may differ."""
    parts = re.split(r"(\d+|\s\s+|\t)", text)
    return "".join(
        r"\d+" if part.isdigit() else r"\s+" if part.isspace() and part != " " else _escape(part)
        for part in parts
    )


def _escape(text: str) -> str:
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text)
