"""Steps: the words that announce them, and the one increasing number that a line's counters give.

Decides which integer of a line is its step. Must not know which values stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .numbers import NUMBER

COARSE = frozenset({"epoch", "ep", "fold", "episode", "trial"})
"""Counters that others may count within."""

_WORDS = (
    r"global[_ -]?step|num_updates|time_?step|epoch|step|iteration|iter|it|episode|ep|update|round|batch"
    r"|trial|generation|gen|game|fold|up(?=\.)"
)
_INNER = frozenset({"batch", "step", "iter", "iteration", "it"})
MANY = frozenset({"epochs", "iterations", "iters", "episodes", "generations", "rounds", "steps", "updates"})
"""Plurals, steps only where a line begins with one and a metric follows: "epochs 10" alone is a setting."""
# "Epoch 3/10", "epoch=3", "Epoch: [2][10/500]", "[Epoch 1/12]", "iter  7", "Step #4",
# "Epoch(train) [1][100/391]".
STEP = re.compile(
    rf"(?P<lead>(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval|outer|current|boosting)[ _-])?"
    rf"(?P<word>{_WORDS}|{'|'.join(sorted(MANY))})(?:\((?:train|val|test)\))?\.?"
    r"(?:\s*[:=]\s*|\s*\#|\s+|\s*(?=\[))"
    r"(?P<open>[\[(])?\s*(?P<step>\d+)(?![\d.]\d|\d)\s*"
    r"(?:(?:/|\bof\b)\s*(?P<total>\d+)(?![\d.]\d))?\s*(?(open)[\])])"
    r"(?:\s*\[\s*(?P<batch>\d+)\s*/\s*(?P<batches>\d+)\s*(?:\(\s*[\d.]+\s?%\)\s*)?\]"
    # "Epoch 5 100/800 loss", "Epoch 5 | 100/800 | loss=", and not "Epoch 5: 900/1000 correct"
    r"|(?:\s*[,|:]\s*|\s+)(?P<batch_>\d+)\s?/\s?(?P<batches_>\d+)(?:\s+(?:batches|steps|iters|iterations)\b"
    r"|(?=[\s,|:;-]+[^\W\d][\w ./@]*[:=]|\s+(?:train[ _]?|val[ _]?)?loss\s)))?(?![\w%/]|\.(?!\s)|-\d)",
    re.IGNORECASE | re.ASCII,
)
# "After 250 iterations", "after 3 epochs with early exaggeration".
STEPS_BEFORE = (
    r"(?P<step>\d+)\s+(?P<word>epoch|step|iteration|iter|update|round|batch|trial|generation|episode)(?:e?s)?"
    r"(?P<total>(?!))?(?P<batch>(?!))?(?P<batches>(?!))?(?P<batch_>(?!))?(?P<batches_>(?!))?"
)
# "[12]", "[1,200]", "[1/3]", "12:", "12)", "12, a=", "12 [D loss:" at the start of a line, "2000 samples:",
# or a row of numbers that goes on with names, "12 0.5 0.5 f() = 30.1".
ANCHOR = re.compile(
    r"[ \t]*(?:\[\s*(?P<step>\d+(?:,\d\d\d)*)\s*(?:/\s*\d+\s*)?\]|(?P<step_>\d+)\s*:|(?P<count>\d+)(?:\)"
    r"|,(?P<listed>)(?=[ \t]+[^\W\d]\w*=)|(?=[ \t]+\[[A-Za-z])"
    rf"|(?:[ \t]+{NUMBER}){{1,8}}(?=[ \t]+[A-Za-z])"
    rf"|[ \t]+(?:{'|'.join(sorted(MANY))}|samples|examples|batches|games|trials|evaluations)\s*:))(?=\s)",
    re.ASCII,
)

BAR = "bar"
"""The word of a step that is a progress bar's counter: it gives way to the step of lines before."""

_LONGEST = 18  # digits; a longer number is an id

STEP_KEYS = frozenset({
    "step", "global_step", "steps", "iter", "iteration", "it", "num_updates", "update", "timestep",
    "timesteps", "time_step", "round", "trial", "generation", "batch", "epoch", "episode", "_step", "#",
    "gen", "nit", "niter", "n_iter",
})  # fmt: skip
"""Keys of mappings, and names of columns, that are a step."""


class StepAt(NamedTuple):
    """Where a line's counters stand: spans of digits in the line.

    `step` is the finest counter. `epoch` the one around it, and `per_epoch` the number of steps that make an
    epoch, when they are printed. `within`: the counter starts again in each epoch ("batch 3"), so an epoch in
    a line before matters.
    """

    step: tuple[int, int] | None = None
    epoch: tuple[int, int] | None = None
    per_epoch: tuple[int, int] | None = None
    within: bool = False
    word: str = ""


def step_of(found: Sequence[re.Match[str]]) -> StepAt:
    """Where the counters of one line stand, given all that STEP has found in it, at least one."""
    coarse = next((match for match in found if match["word"].lower() in COARSE), None)
    fines = [match for match in found if match["word"].lower() not in COARSE]
    fine = next(
        (match for match in fines if match["word"].lower().startswith("global")), next(iter(fines), None)
    )
    for tail in ("", "_"):
        if coarse and coarse["batch" + tail]:
            of = coarse.span("batches" + tail)
            return StepAt(coarse.span("batch" + tail), coarse.span("step"), of, word="batch")
    if fine is None:
        assert coarse is not None
        return StepAt(coarse.span("step"), word=coarse["word"].lower())
    total = fine.span("total") if fine["total"] else None
    word = fine["word"].lower()
    if coarse:
        return StepAt(fine.span("step"), coarse.span("step"), total, word=word)
    if word in _INNER:  # where it starts again in each epoch of the lines around, steps go on
        return StepAt(fine.span("step"), None, total if word == "batch" else None, within=True, word=word)
    return StepAt(fine.span("step"), None, total, word=word)


class Clock:
    """The one increasing step of a stream, from counters that may start again in each epoch."""

    __slots__ = ("_fine", "_offset", "_within", "context", "epoch")

    def __init__(self) -> None:
        self.context: int | None = None
        """The step of the nearest line before that printed one."""
        self.epoch: int | None = None
        self._within: int | None = None
        self._fine = -1
        self._offset = 0

    def counted(self, at: StepAt, line: bytes) -> int | None:
        """A bar's counter; None where lines before gave a step."""
        return None if self.context is not None else _integer(line, at.step)

    def read(self, at: StepAt, line: bytes) -> tuple[int | None, int | None]:
        """The line's step, and its epoch where that is another number; and remember both as the context."""
        epoch = _integer(line, at.epoch)
        if at.step is None:
            return None, None
        fine = _integer(line, at.step)
        if fine is None:
            return None, None
        around = epoch if epoch is not None else (self.epoch if at.within else None)
        if around is None:
            step = fine
            if at.word in COARSE:
                self.epoch = fine
        else:
            step = self._within_epoch(around, fine, _integer(line, at.per_epoch))
            self.epoch = around
        self.context = step
        return step, epoch

    def read_all(
        self, at: StepAt, columns: Mapping[tuple[int, int], Sequence[int]]
    ) -> tuple[list[int], Sequence[int] | None]:
        """`read` of lines one after another, of which `columns` has the counters by their places. Not for
        lines without a step."""
        assert at.step is not None
        fine = columns[at.step]
        around = epochs = columns[at.epoch] if at.epoch else None
        if around is None and at.within and self.epoch is not None:
            around = [self.epoch] * len(fine)
        if around is None:
            steps = list(fine)
            if at.word in COARSE:
                self.epoch = fine[-1]
        else:
            totals = columns[at.per_epoch] if at.per_epoch else [0] * len(fine)
            steps = [self._within_epoch(*counters) for counters in zip(around, fine, totals, strict=True)]
            self.epoch = around[-1]
        self.context = steps[-1]
        return steps, epochs

    def _within_epoch(self, epoch: int, fine: int, per_epoch: int | None) -> int:
        if per_epoch:
            return epoch * per_epoch + fine
        # No total is printed: where the counter starts again in a later epoch, go on from the last step.
        if self._within is not None and epoch > self._within and fine < self._fine:
            self._offset += self._fine + 1
            self._fine = -1
        self._within = epoch
        self._fine = max(self._fine, fine)
        return self._offset + fine


def _integer(line: bytes, span: tuple[int, int] | None) -> int | None:
    if span is None or span[1] - span[0] > _LONGEST:
        return None
    return int(line[span[0] : span[1]].replace(b",", b""))
