"""Why each line of a finished log was taken, or was not.

Judges a line with the same plans as `stream` does, and the matches that the whole log gave. Must not know
files, nor how the answer is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import protocol
from ..events import Metric
from . import misses, pairs, prefixes
from .lines import MAX_LINE, refreshes
from .model import CaptureOptions, Match
from .plan import DIGITS, Kind, Plan
from .plans import Plans


class Verdict(NamedTuple):
    """What became of one line. `rule`: what took it, or came nearest ("" if nothing did); `taken`: whether it
    gave anything; `said`: what it gave, or why nothing; `option`: what would take it."""

    line: int
    text: str
    rule: str
    taken: bool
    said: str
    option: str = ""


def explain(data: bytes, matches: Sequence[Match], options: CaptureOptions) -> Iterator[Verdict]:
    """A verdict for each line of a stream, given all its matches."""
    plans = Plans(options)
    by_line: dict[int, list[Match]] = {}
    for match in matches:
        by_line.setdefault(match.line, []).append(match)
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if number in by_line:
            taken = by_line[number]
            said = "; ".join(_gave(match) for match in taken)
            text = refreshes(line)[0][-1].decode("utf-8", "replace") if len(line) <= MAX_LINE else ""
            yield Verdict(number, text, taken[0].rule, True, said)
        else:
            yield _not_taken(line, number, plans)


def _gave(match: Match) -> str:
    words = []
    for event in match.events:
        if isinstance(event, Metric):
            at = "" if event.step is None else f" at step {event.step}"
            words.append(f"{event.name} = {event.text or event.value}{at}")
        else:
            words.append(protocol.verb_of(event))
    return ", ".join(words)


def _not_taken(line: bytes, number: int, plans: Plans) -> Verdict:
    if len(line) > MAX_LINE:
        return Verdict(number, "", "", False, f"longer than {MAX_LINE} bytes")
    text = line
    drawn = b"\r" in line.rstrip(b"\r")
    if drawn or b"\x1b" in line or b"\x08" in line or line.endswith(b"\r"):
        text = refreshes(line)[0][-1]
    plan = plans.of_user(text) or plans.make(text.translate(DIGITS), likely=True)
    shown = text.decode("utf-8", "replace")
    said = _why(plan, text, shown, drawn=drawn)
    if not said and protocol.SENTINEL in shown:
        said = _refused(shown)
    if said:
        return Verdict(number, shown, plan.rule, False, said)
    if pairs.is_foreign(shown):
        return Verdict(number, shown, "", False, "a traceback, a warning, a compiler's or a server's line")
    guess = misses.guess_at(shown)
    if guess is None:
        return Verdict(number, shown, "", False, _no_guess(shown))
    near = misses.near_miss(shown, number, guess, plan.rule, plan.why)
    return Verdict(number, shown, near.rule, False, near.why, near.option)


def _no_guess(text: str) -> str:
    if any(c.isdigit() for c in text) and not any(c.isalpha() for c in text):
        return "a number without a name: print both on one line, as in `loss=0.5`"
    return "no number that has a name"


def _why(plan: Plan, line: bytes, text: str, *, drawn: bool) -> str:
    """Why a line with this plan gave nothing; "" where its words have to tell."""
    kind = plan.kind
    if not line.strip():
        return "blank"
    if kind == Kind.SENTINEL:
        return _refused(text)
    if kind == Kind.CONTEXT and plan.step is not None and plan.step.step is not None:
        begin, end = plan.step.step
        return f"gives the lines that follow their step, {line[begin:end].decode()}"
    if kind == Kind.NEUTRAL:
        return "a rule or a bracket" if not plan.rule else "known, and says nothing new"
    if kind == Kind.CONTROL:
        return "control characters"
    if kind == Kind.SKIP_NEXT:
        return "known: the next line repeats an earlier one"
    if kind == Kind.VALUES and not plan.near:
        if drawn:
            return "a progress bar that was drawn again later: its last state counts"
        if plan.hold and any(not value.own for value in plan.values):
            return "seen only once, or nothing new; one number of an unknown name is no curve"
        return "repeats the point before, or another rule has this stream or this name"
    if kind == Kind.BOX:
        return "a row of a box: its step, its heading, a setting, or no metric where the box has no step"
    if kind == Kind.ROW:
        start, _ = prefixes.strip(text)
        if not any(c.isalpha() for c in text[start:]):
            return "numbers in columns, with no line of their names just before"
    return ""


def _refused(text: str) -> str:
    body = protocol.find_sentinel(text)
    if body < 0:
        return "@dvclive stands inside quotes, or after other words"
    try:
        events = protocol.parse(text[body:])
    except protocol.Refusal as refusal:
        return f"{refusal.reason}, at column {body + refusal.column}"
    verbs = ", ".join(sorted({f"`{protocol.verb_of(event)}`" for event in events}))
    return f"{verbs} is not accepted on a program's output; send it to $DVCLIVE_FIFO, or give --trust-stdout"
