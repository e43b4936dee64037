"""What tests of capture share: run a stream through it, and judge points against a corpus case.

The rules of judging are those of the corpus's own scorer: names are compared in lower case with `_` for
everything else; a longer name passes if the words in front say nothing about the data; values within a
twentieth of the last digit.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from dvclive_cli.capture import Capture, CaptureOptions
from dvclive_cli.events import Metric

CORPUS = Path(__file__).parent.parent / "data" / "capture" / "corpus"
LOGS = Path(__file__).parent.parent / "data" / "logs"
FOLDERS = {path.parent.name: path.parent for top in (CORPUS, LOGS) for path in top.glob("*/case.json")}
CASES = sorted(FOLDERS)
SPLITS = {
    "train", "training", "learn", "val", "valid", "validation", "test", "testing", "eval", "evaluation",
    "dev", "holdout", "best", "final", "initial", "last", "min", "max", "avg", "mean", "average", "std",
}  # fmt: skip
DEFAULTS = CaptureOptions()


def capture(data, cuts=(), stream="stdout", options=DEFAULTS, pickled=None):
    """The Capture after `data` cut at `cuts`, and its matches. `pickled`: called on it between chunks."""
    taken, at, found = Capture(stream, options), 0, []
    for cut in [*cuts, len(data)]:
        found += taken.feed(data[at:cut])
        at = cut
        if pickled is not None:
            taken = pickled(taken)
    found += taken.close()
    return taken, found


def events(matches):
    """Line, rule, type and content of each event: repr, so that nan equals nan."""
    return [(m.line, m.rule, type(e).__name__, repr(tuple(e))) for m in matches for e in m.events]


def points(text, **options):
    """(name, value, step) of each metric in a text."""
    _, found = capture(text.encode(), options=CaptureOptions(**options))
    return [(e.name, e.value, e.step) for m in found for e in m.events if isinstance(e, Metric)]


def norm(name):
    return re.sub(r"[\W_]+", "_", str(name).lower()).strip("_")


class Slot:
    def __init__(self, raw):
        step, value = raw
        self.steps = None if step is None else set(step if isinstance(step, list) else [step])
        self.values = [str(v) for v in (value if isinstance(value, list) else [value])]
        self.taken = False

    def has(self, value):
        return any(_same(text, value) for text in self.values)


def _same(text, value):
    want = float(text)
    if math.isnan(want) or math.isinf(want):
        return str(want) == str(value)
    decimals = len(re.sub(r"[eE].*", "", text).partition(".")[2])
    exponent = int(re.search(r"[eE](.*)", text)[1]) if "e" in text.lower() else 0
    digit = 10.0 ** (exponent - decimals) if decimals else 0
    return abs(want - value) <= max(1e-6 * max(abs(want), abs(value)), 0.05 * digit)


def judge(case):
    """(wanted points not found, points that nobody wants, points that share a step) of a corpus case."""
    raw = json.loads((FOLDERS[case] / "case.json").read_text(), parse_float=str)
    series = [(s, [Slot(p) for p in s["points"]]) for s in raw["series"]]
    got = []
    for stream in ("stdout", "stderr"):
        taken, found = capture((FOLDERS[case] / f"{stream}.log").read_bytes(), stream=stream)
        assert taken.counts.errors == 0
        got += [e for m in found for e in m.events if isinstance(e, Metric)]
    left = []
    for exact in (True, False):
        for event in got if exact else list(left):
            slot = next(
                (
                    slot
                    for s, slots in series
                    if s["required"] and _named(s, series, norm(event.name))
                    for slot in slots
                    if not slot.taken and (slot.steps is not None) == exact
                    if (slot.steps is None or event.step in slot.steps) and slot.has(event.value)
                ),
                None,
            )
            if slot:
                slot.taken = True
                if not exact:
                    left.remove(event)
            elif exact:
                left.append(event)
    wrong = [e for e in left if not _allowed(e, raw, series)]
    missed = [
        (s["aliases"][0], slot.steps, slot.values) for s, slots in series if s["required"] for slot in slots
    ]
    taken_slots = [slot.taken for s, slots in series if s["required"] for slot in slots]
    return [m for m, done in zip(missed, taken_slots, strict=True) if not done], wrong


def _named(s, series, key):
    exact = [t for t, _ in series if _is(t, key)]
    if exact:
        return s in exact
    return any(
        key.endswith("_" + norm(a)) and SPLITS.isdisjoint(key[: -len(norm(a)) - 1].split("_"))
        for a in s["aliases"]
    )


def _is(s, key):
    return key in {norm(a) for a in s["aliases"]} or any(re.search(r, key) for r in s.get("alias_regex", []))


def _allowed(event, raw, series):
    key = norm(event.name)
    return any(re.search(r, key) for r in raw.get("allowed", [])) or any(
        s.get("allowed_points") or (not s["required"] and any(slot.has(event.value) for slot in slots))
        for s, slots in series
        if _named(s, series, key)
    )
