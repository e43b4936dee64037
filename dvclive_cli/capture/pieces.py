"""The pieces of a line of free text: steps, named numbers, labels, and what is neither.

Decides how a line is cut. Must not know which of its numbers are metrics.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import grammar, names
from .plan import Span
from .steps import ANCHOR, COARSE, MANY, STEP


class Pair(NamedTuple):
    """A named number. `std`: its spread. `unit`: a timing or a size. `spaced`: no separator but blanks.
    `strong`: the name is a metric's. `measured`: no bare whole number. `prefix`: the label before it that
    says which data it is of."""

    name: str
    name_at: Span
    span: Span
    std: Span | None
    scale: str
    unit: bool
    spaced: bool
    strong: bool
    measured: bool
    prefix: tuple[Span, ...] = ()


class Line:
    """The pieces of one line. `leads`: it begins with a step. `prefix`: a label that says which data it is
    of; `labelled`: another label. `worded`: a name has a word for its value. `junk`: words that are no
    piece."""

    __slots__ = ("anchor", "junk", "labelled", "leads", "pairs", "prefix", "steps", "worded")

    def __init__(self) -> None:
        self.steps: list[re.Match[str]] = []
        self.anchor: re.Match[str] | None = None
        self.pairs: list[Pair] = []
        self.junk = 0
        self.labelled = False
        self.worded = False
        self.leads = False
        self.prefix: tuple[Span, ...] = ()

    def add(self, match: re.Match[str], *, spaced: bool) -> None:
        """A pair."""
        pair, words = _found(match, spaced=spaced)
        self.pairs.append(pair._replace(prefix=self.prefix))
        self.junk += words


def _after(text: str, start: int) -> Line | None:
    """A line whose step stands between name and value."""
    if " at " not in text and " after " not in text:
        return None
    tag = grammar.TAG.match(text, start)
    if tag and not grammar.HAS_SPLIT.search(tag["name"]):
        start = tag.end()
    found = grammar.AFTER.match(text, start) or grammar.AFTER_STEPS.match(text, start)
    if found is None:
        return None
    line = Line()
    line.steps.append(found)
    line.add(found, spaced=True)
    return line


def _read(text: str, start: int) -> Line:
    line = Line()
    at, end, first = start, len(text), True
    anchor = ANCHOR.match(text, at)
    tag = None if anchor else grammar.TAG.match(text, at)
    if anchor:
        line.anchor = anchor
        at = anchor.end()
    elif tag:
        at = tag.end()
        if grammar.HAS_SPLIT.search(tag["name"]):
            line.prefix = (tag.span("name"),)
    stepless = anchor is None and not _may_have_step(text, start)
    hopeless = stepless and not names.mentions_metric(text[start:])
    while True:
        gap = grammar.BETWEEN.match(text, at)
        if gap:
            at = gap.end()
        if at >= end:
            _settle(line)
            return line
        step = None if stepless else STEP.match(text, at)
        if step and not first and not _counts(step, line):
            step = None
        if step and not (line.junk and grammar.BEST.search(text, start, at)):
            line.steps.append(step)
            line.leads = line.leads or first
            at, first = step.end(), False
            if text[at : at + 1] in (":", "."):
                at += 1
            continue
        begin, at = at, _piece(text, at, line, first=first)
        first = first and grammar.OPENS.fullmatch(text, begin, at) is not None
        if hopeless and line.junk:
            return line


def _counts(step: re.Match[str], line: Line) -> bool:
    """Whether a step's word counts here. A plural may count inside an epoch: "(epoch: 3, iters: 100, ";
    "Epoch: 3, Steps: 281" says how many there are."""
    word = step["word"].lower()
    if word not in MANY:
        return True
    inside = bool(line.steps) and all(around["word"].lower() in COARSE for around in line.steps)
    return word.startswith("iter") and inside and not line.pairs


def _settle(line: Line) -> None:
    """A plural that no metric follows, "epochs=10 dropout=0.5", was a setting."""
    if (
        len(line.steps) == 1
        and line.steps[0]["word"].lower() in MANY
        and not any(pair.strong and pair.measured for pair in line.pairs)
    ):
        line.steps.clear()
        line.leads = False
        line.junk += 1


def _may_have_step(text: str, start: int) -> bool:
    low = text.lower()
    return any(word in low for word in grammar.STEP_PARTS) and STEP.search(text, start) is not None


def _piece(text: str, at: int, line: Line, *, first: bool) -> int:
    """Take one piece of the line; the place after it."""
    named = grammar.NAMED.match(text, at)
    if named and grammar.RANGE.match(text, named.end("name") - 1):
        named = None
    if named:
        end = named.end()
        after = named["after"]
        if after in grammar.TIED or after.startswith(".."):
            pair = grammar.PAIR.match(text, at)
            if pair:
                line.add(pair, spaced=False)
                return pair.end()
            cell = grammar.TEXT_CELL.match(text, end - 1)
            if cell:
                line.labelled = True
                return cell.end()
            ends = after == ":" and text[end : end + 1].isspace()
            if ends and (grammar.SPLIT if line.pairs else grammar.LABEL).match(named["name"]):
                return _label(named, line)
        lead = _lead_of_step(named, first=first)
        if lead:
            return at + lead
        called = grammar.SPACED_CALL.match(text, at) if "(" in text else None
        if called:
            line.add(called, spaced=False)
            return called.end()
        sentence = grammar.IS.match(text, at) if " is" in named["name"] or " was" in named["name"] else None
        if sentence and names.is_metric(sentence["name"]):
            line.add(sentence, spaced=False)
            return sentence.end()
        if (
            after and after not in grammar.TIED and not after.startswith("..")
        ) or grammar.NOT_A_NUMBER.search(named["name"]):
            spaced = grammar.SPACED.match(text, at)
            if spaced and grammar.PROSE.isdisjoint(spaced["name"].lower().split()):
                line.add(spaced, spaced=True)
                line.junk += (spaced["value"] or "").endswith(".")  # "Bit fail 4." is a sentence
                return spaced.end()
        phase = None if line.pairs else grammar.PHASE.match(text, at)
        if phase:
            return _label(phase, line)
    benign = grammar.BENIGN.match(text, at)
    if benign and benign.end() > at:
        line.worded = line.worded or "=" in benign[0]
        return benign.end()
    token = grammar.TOKEN.match(text, at)
    if line.steps and line.pairs and token and grammar.BARE.match(token[0]):
        # "best: 0.5 1.5": a vector, of which a metric's name means the first.
        if not line.pairs[-1].strong:
            line.pairs[-1] = line.pairs[-1]._replace(unit=True)
        return token.end()
    line.junk += 1
    return token.end() if token else len(text)


def _lead_of_step(named: re.Match[str], *, first: bool) -> int:
    """The length of the words before a step word, as in "Finished epoch 5"; 0 if it is no step. What a line
    begins with may be who counts: "differential_evolution step 1: "."""
    words = named["name"].split(" ")
    step = STEP.match(named.string, named.end("name") - len(words[-1])) if len(words) > 1 else None
    if step is None:
        return 0
    if (first and len(words) == 2 and named.string[step.end() : step.end() + 1] == ":") or all(
        word.lower() in grammar.LEADS or grammar.SPLIT.match(word) for word in words[:-1]
    ):
        return len(named["name"]) - len(words[-1])
    return 0


def _label(match: re.Match[str], line: Line) -> int:
    """A name in front of pairs: kept where it says which data they are of."""
    if grammar.HAS_SPLIT.search(match["name"]):
        line.prefix = (match.span("name"),)
    else:
        line.labelled = True
    return match.end()


def _found(match: re.Match[str], *, spaced: bool) -> tuple[Pair, int]:
    """The pair; and how many words in front of it are none of its name."""
    name, name_at = match["name"], match.span("name")
    words = name.split(" ")
    cut = 0
    if len(words) > 1 and not spaced:
        cut = _cut(words, tight=match.string[name_at[1] : name_at[1] + 1] == "=")
        skip = sum(len(word) + 1 for word in words[:cut])
        name, name_at = name[skip:], (name_at[0] + skip, name_at[1])
    groups = match.groupdict()
    place = next(group for group in ("share", "one", "value") if groups.get(group) is not None)
    span = match.span(place)
    number = match.string[span[0] : span[1]]
    std = next((group for group in ("std", "std_") if groups.get(group) is not None), None)
    return Pair(
        name,
        name_at,
        span,
        match.span(std) if std else None,
        groups.get("scale") or "",
        groups.get("unit") is not None or _is_timing(words, cut),
        spaced,
        names.is_metric(name),
        place == "share"
        or groups.get("percent") is not None
        or not number.lstrip("+-").rstrip(".").isdigit(),
    ), cut


def _is_timing(words: list[str], cut: int) -> bool:
    """ "Time cost=12.3" is no cost."""
    return cut > 0 and words[cut - 1].lower() == "time"


def _qualifies(before: str, word: str) -> bool:
    """Whether two words of a sentence are part of a name: "Std of Reward", "Test set loss"."""
    return (word == "of" and before in grammar.SPREADS) or (
        word == "set" and grammar.SPLIT.match(before) is not None
    )


def _cut(words: list[str], *, tight: bool) -> int:
    """How many of the words before a pair's separator belong to a sentence, and not to the name."""
    if names.is_metric(words[0]):
        return 0  # "Accuracy on the test set"
    sentence = (
        at + 1 for at, word in enumerate(words[:-1]) if len(word) > grammar.ABBREVIATED and word[-1] == "."
    )
    prose = (
        at + 1
        for at, word in enumerate(words)
        if word.lower() in grammar.PROSE and not _qualifies(words[at - 1].lower() if at else "", word.lower())
    )
    cut = max(prose, default=0)
    cut = max(cut, *sentence, 0)
    if tight:
        # In "saved model loss=0.5" only the last word is the name, unless the others qualify it.
        keep = len(words) - 1
        while keep > cut and (
            grammar.SPLIT.match(words[keep - 1]) or words[keep - 1].lower() in grammar.QUALIFIERS
        ):
            keep -= 1
        cut = keep
    return min(cut, len(words) - 1)


def split_in(text: str, start: int) -> Span | None:
    """Where the only word stands that says which data a line is of; None if there is none, or more."""
    found = [match.span("name") for match in grammar.SPLIT_WORD.finditer(text, start)]
    return found[0] if len(found) == 1 else None


def read(text: str, start: int) -> Line:
    """Cut a line, which has no blanks at its end, from `start` on."""
    quoted = grammar.QUOTED_LINE.match(text, start)
    if quoted:
        line = Line()
        line.add(quoted, spaced=False)
        return line
    return _after(text, start) or _read(text, start)
