"""How far a program says it is: counters and bars in the last of its output. Values only.

Decides what is a counter (`Epoch 3/10`, `[640/60000]`, tqdm's and rich's bars) and which of several is around
the others: an epoch counter with a bar of batches in it. Must not know where the bytes come from.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dvclive_cli.capture.lines import refreshes

from .pace import Pace

LOOKED_AT = 4096  # bytes at the end of each piece of output
MOST_LINES = 12
MOST_COUNTERS = 8
FADES_AFTER = 60_000  # milliseconds that a counter outlives the movement of others
LABEL = 12

_LINE = r"━─╸╺=>\u2580-\u259f"  # what bars are drawn with
_NAMED = re.compile(
    r"\b(?P<word>epoch|step|iter(?:ation)?|batch|episode|round|generation|gen|trial|fold|task|run|job|file|image"
    r"|sample|chunk|stage|part|phase)(?:e?s)?\b[\s:=#\[(]{0,4}(?P<at>\d+)\s*(?:/|of|out of)\s*(?P<of>\d+)\b",
    re.I | re.ASCII,
)
_TQDM = re.compile(
    r"(?P<word>[^|\r]{0,60}?)\s*\d+%\|[^|]*\|\s*(?P<at>[\d.]+)(?P<k>[kKMGT]?)/(?P<of>[\d.]+)[kKMGT]?(?=[\s\[]|$)",
    re.ASCII,
)
_DRAWN = re.compile(
    rf"(?P<at>\d+)/(?P<of>\d+)\s*\[?[{_LINE}]{{5,}}|[{_LINE}]{{5,}}\]?\s*(?:\d+%\s*)?(?P<at2>\d+)/(?P<of2>\d+)"
)
_PERCENT = re.compile(rf"[{_LINE}]{{5,}}\s*(?P<at>\d+(?:\.\d+)?)%")
_BRACKET = re.compile(r"\[\s*(?P<at>\d+)\s*/\s*(?P<of>\d+)\s*[\](]")
_DIGITS = re.compile(r"\d+")
_FIGURE = re.compile(r"\d")


class Sight(NamedTuple):
    """A counter as a line shows it: what tells it apart, its name for people, how far it is, of how much, and
    how much of that is done."""

    key: str
    label: str
    at: float
    of: float
    done: float


class Counter:
    """A counter that is followed.

    Attributes:
        seen: as it was last. changes, restarts: how often it moved on, and how often it began again.
        moved_ms: when it last moved (epoch milliseconds).
        pace: of what it has counted, all rounds together.
    """

    __slots__ = ("base", "changes", "moved_ms", "pace", "restarts", "seen")

    def __init__(self, seen: Sight, now_ms: int) -> None:
        self.seen, self.moved_ms = seen, now_ms
        self.changes = self.restarts = 0
        self.base = 0.0
        self.pace = Pace()
        self.pace.reached(seen.done, now_ms)

    def move(self, seen: Sight, now_ms: int) -> None:
        """It was seen again."""
        if seen.done < self.seen.done or seen.of != self.seen.of:
            self.restarts += 1
            self.base += self.seen.done
        elif seen.done > self.seen.done:
            self.changes += 1
        else:
            return
        self.seen, self.moved_ms = seen, now_ms
        self.pace.reached(self.base + seen.done, now_ms)


class Counters:
    """The counters of one program."""

    def __init__(self) -> None:
        self._known: dict[str, Counter] = {}

    def hear(self, output: bytes, now_ms: int) -> None:
        """Look at the end of a piece of output; what stands before that has passed by."""
        if b"/" not in output and b"%" not in output and b"of" not in output:
            return
        pieces = [piece for piece in re.split(rb"[\r\n]+", output[-LOOKED_AT:]) if piece.strip()]
        for piece in pieces[-MOST_LINES:]:
            for state in refreshes(piece)[0]:
                for seen in sights(state.decode("utf-8", "replace")[:400]):
                    self._saw(seen, now_ms)

    def _saw(self, seen: Sight, now_ms: int) -> None:
        known = self._known.get(seen.key)
        if known is not None:
            known.move(seen, now_ms)
            return
        if len(self._known) >= MOST_COUNTERS:
            del self._known[min(self._known, key=lambda key: self._known[key].moved_ms)]
        self._known[seen.key] = Counter(seen, now_ms)

    def nested(self) -> list[Counter]:
        """Those that count now, the outermost first.

        Further out is what moves less often. A counter that is through, or has stood still while others moved
        for a minute, counts no longer.
        """
        if not self._known:
            return []
        latest = max(counter.moved_ms for counter in self._known.values())
        alive = [
            counter
            for counter in self._known.values()
            if counter.moved_ms == latest
            or (counter.seen.done < counter.seen.of and self._is_awaited(counter, latest))
        ]
        return sorted(alive, key=lambda one: (one.restarts > 0, one.pace.rate or 0.0, one.restarts))

    @staticmethod
    def _is_awaited(counter: Counter, now_ms: int) -> bool:
        rate = counter.pace.rate
        return now_ms - counter.moved_ms < max(FADES_AFTER, 5000 / rate if rate else 0.0) or not rate


def sights(text: str) -> list[Sight]:
    """The counters that a line shows.

    >>> [(seen.label, seen.at, seen.of, seen.done) for seen in sights("Epoch [3/10], Step [100/600] loss 1")]
    [('epoch', 3.0, 10.0, 2.0), ('step', 100.0, 600.0, 100.0)]
    >>> [(seen.label, seen.at, seen.of) for seen in sights("train:  45%|####5     | 45/100 [00:01<00:02]")]
    [('train', 45.0, 100.0)]
    >>> sights("epoch 3: loss=0.5")
    []
    """
    bar = _TQDM.search(text)
    if bar:
        at, of = float(bar["at"]), float(bar["of"])
        label = bar["word"].strip().rstrip(":").strip()
        return _sight("bar", label, at, of, at)
    drawn = _DRAWN.search(text)
    if drawn:
        at, of = float(drawn["at"] or drawn["at2"]), float(drawn["of"] or drawn["of2"])
        return _sight("drawn", "", at, of, at)
    percent = _PERCENT.search(text)
    if percent:
        at = float(percent["at"])
        return _sight("percent", text[: percent.start()].strip(), at, 100.0, at)
    found: list[Sight] = []
    named = list(_NAMED.finditer(text))
    for index, one in enumerate(named):
        at, of = float(one["at"]), float(one["of"])
        # In front of others, or of nothing: it tells what begins. Beside figures: what is done.
        begins = index + 1 < len(named) or not _FIGURE.search(text, one.end())
        found += _sight("named", one["word"].lower(), at, of, at - 1 if begins and at else at)
    if not found:
        for one in _BRACKET.finditer(text):
            found += _sight("bracket", "", float(one["at"]), float(one["of"]), float(one["at"]))
    return found


def _sight(kind: str, label: str, at: float, of: float, done: float) -> list[Sight]:
    if not 0 <= at <= of or of < 2:
        return []
    key = f"{kind} {_DIGITS.sub('#', label)[-LABEL:]}"
    return [Sight(key, label if len(label) <= LABEL else "", at, of, done)]
