"""Named numbers in free text: `name: value`, `name = value`, `name value`.

Decides which of them are metrics: those beside a step, or those whose name says so. A bare `seed: 42` never
is. How the line is cut, `pieces` knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import names, pieces
from .grammar import HAS_SPLIT, SPLIT
from .pieces import Line, Pair
from .plan import Kind, Plan, Span, Value, value_at
from .steps import StepAt, step_of

_HEADINGS = frozenset({"epoch", "step", "global_step", "iter", "iteration", "episode"})
_MANY = 6
_LONGEST = 2000  # characters; a longer line is no print statement's
# Arguments of a call that goes over several lines: "perplexity=30.0,", "error=nan)".
_CODE = re.compile(r"=[^:]*,\Z|^[^(]*\)\Z")
# What no metric is printed by: tracebacks, warnings, access logs, compilers.
_OTHERS = re.compile(
    r"Traceback|^\s*self\.|^\s*File \"|\w+Warning\b|\[Warning\]|warnings\.warn|HTTP/\d|^\s*at \S+\("
    r"|: (?:warning|note|fatal error|error): |^\+ |^\s*[>$] (?!(?i:epoch|step|loss)\b)"
    r"|^E  +|(?:Error|Exception): (?![-+.]?\d|nan|inf)"  # pytest's, and what was raised
    # Names of tests are sentences: "\u2714 epoch 3: loss=0.5 is parsed".
    r"|^\s*[\u00d7\u2713-\u2718\u221a] .*\b(?:is|are|was|has|does|can|should|must|when|with|returns?)\b"
)


def plan(text: str, start: int, tidy: Callable[[str], str], rank: Span | None = None) -> Plan | None:
    """What to take from a line of free text; None if nothing in it looks like a metric or a step."""
    text = text.rstrip()
    if len(text) - start > _LONGEST or is_foreign(text):
        return None
    line = pieces.read(text, start)
    if not line.steps and _CODE.search(text):
        return None
    chosen = _choose(line, text)
    step = _step_at(line)
    if line.steps and line.anchor and line.anchor["step_"]:
        rank = rank or line.anchor.span("step_")  # srun -l writes "3: " in front of what task 3 prints
    if isinstance(chosen, Plan):
        return chosen
    if not chosen and step and line.leads and _is_heading(line):
        return Plan(Kind.CONTEXT, "pairs", step=step, rank=rank)
    again = () if line.steps else _values(text, _changing(line), line, tidy, weak=True)
    if not chosen:
        if not again:
            return None
        return Plan(Kind.VALUES, "pairs", (), step, hold=True, near=True, rank=rank, again=again)
    near = not step and not any(pair.strong and pair.measured for pair in chosen)
    values = _values(text, chosen, line, tidy, weak=near)
    if not values:
        return None
    return Plan(
        Kind.VALUES, "pairs", values, step, hold=True, near=near, rank=rank, again=again if near else ()
    )


def metrics_of(line: Line, text: str, tidy: Callable[[str], str]) -> tuple[Value, ...]:
    """The metrics that words beside something else name: in front of a progress bar, "Epoch 3 (loss 0.5)", or
    of a mapping. What else they say is no reason to refuse them, as it is in a line."""
    chosen = [
        pair
        for pair in line.pairs
        if not pair.unit and (pair.strong or (line.steps and pair.measured and not _is_setting(pair, line)))
    ]
    return _values(text, chosen, line, tidy, weak=False)


def is_foreign(text: str) -> bool:
    """Whether the line is of a kind that never holds a metric: a traceback, a warning, an access log."""
    return _OTHERS.search(text) is not None


def _is_heading(line: Line) -> bool:
    """Whether a line with a step and nothing else begins a block: "batch: 63" alone is a setting."""
    step = line.steps[0]
    return step["word"].lower() in _HEADINGS or not re.match(r"\s*[:=]", step.string[step.end("word") :])


def _choose(line: Line, text: str) -> list[Pair] | Plan:
    """The pairs that are metrics; or a near miss."""
    able = [
        pair
        for pair in line.pairs
        if not pair.unit
        and (pair.strong or _is_part_of_epoch(pair) or not _is_setting(pair, line))
        and len(pair.name) <= 80
    ]
    if (
        len(line.pairs) >= _MANY
        and not line.leads
        and sum(pair.strong for pair in able) * 3 < len(line.pairs)
    ):
        return []  # a configuration: "batch=8, box=7.5, iou=0.7"
    if line.steps:
        sure = any(pair.strong and pair.measured and not pair.spaced for pair in able)
        return [
            pair
            for pair in able
            if pair.strong or not line.junk or (sure and pair.measured and not pair.spaced)
        ]
    if line.anchor:
        listed = line.anchor["listed"] is not None and all(pair.measured for pair in able)
        return able if (listed or any(pair.strong for pair in able)) and not line.junk else []
    strong = [pair for pair in able if pair.strong and pair.measured]
    if any(pair.spaced for pair in able) and not (
        all((pair.strong and pair.measured) or _is_part_of_epoch(pair) for pair in able)
        and len(able) == len(line.pairs)
        and not line.labelled
    ):
        able, strong = [], []  # "name value" without a step: only when metrics are all that the line says
    if strong and not line.junk:
        return [pair for pair in able if pair.measured]
    if line.junk or line.labelled or any(pair.spaced for pair in able):
        alone = [pair for pair in strong if not pair.spaced and _is_a_cell(text, pair)]
        if alone:
            return alone
        if strong:
            return Plan(Kind.MISS, "pairs", why="no step on the line, and other words around the metric")
        return []
    return able


def _is_setting(pair: Pair, line: Line) -> bool:
    """Whether the name is no metric's: beside a step, a fraction may well be ("best = 0.5")."""
    known = names.is_bookkeeping if line.steps and pair.measured else names.is_setting
    return known(pair.name)


def _changing(line: Line) -> list[Pair]:
    """The pairs of a line that is nothing but pairs: metrics, if they come again with other numbers."""
    if line.junk or line.labelled or line.worded or any(pair.spaced for pair in line.pairs):
        return []
    able = [
        pair
        for pair in line.pairs
        if not pair.unit
        and (len(pair.name) == 1 or not names.is_bookkeeping(pair.name) or _is_fraction_of_size(pair))
        and len(pair.name) <= 40
    ]
    return able if any(pair.measured for pair in able) else []


def _is_a_cell(text: str, pair: Pair) -> bool:
    """Whether the pair is all that stands between two bars: "0s | lnL= -148.5 | depth= 0/ 40 |"."""
    before, after = text[: pair.name_at[0]].rstrip(), text[pair.span[1] :].lstrip()
    return before.endswith("|") and after.startswith("|")


def _is_fraction_of_size(pair: Pair) -> bool:
    """A size that is no number of bytes or rows, as a simplex's."""
    return pair.measured and pair.name.lower().endswith("size")


def _is_part_of_epoch(pair: Pair) -> bool:
    """A fractional epoch: no step, but a number worth to keep."""
    return pair.measured and pair.name.lower() == "epoch"


def _values(
    text: str, chosen: list[Pair], line: Line, tidy: Callable[[str], str], *, weak: bool
) -> tuple[Value, ...]:
    values: list[Value] = []
    seen: set[str] = set()
    phase = ""
    for pair in chosen:
        first, _, rest = pair.name.partition(" ")
        if rest and SPLIT.match(first):
            phase = first
        lead = ""
        if (
            tidy is names.clean
            and not pair.prefix
            and phase
            and pair.strong
            and not HAS_SPLIT.search(pair.name)
        ):
            lead = f"{tidy(phase)}_"
        parts = (*pair.prefix, pair.name_at)
        value = value_at(
            text, pair.span, parts, tidy, scale=pair.scale, prefix=lead, weak=weak, own=pair.strong
        )
        if value is None:
            continue
        if value.name is not None:
            if value.name in seen:
                continue
            seen.add(value.name)
        values.append(value)
        if pair.std:
            spread = value_at(text, pair.std, parts, tidy, prefix=lead, suffix="/std", weak=weak)
            values += [spread] if spread else []
    return tuple(values)


def _step_at(line: Line) -> StepAt | None:
    if line.steps:
        return step_of(line.steps)
    if line.anchor is None:
        return None
    group = next(name for name in ("step", "step_", "count") if line.anchor[name] is not None)
    return StepAt(line.anchor.span(group), word="anchor")
