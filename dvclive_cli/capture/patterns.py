"""Users' own patterns, on an engine whose time is linear in the line: a hostile pattern cannot stall a run.

google-re2 (https://github.com/google/re2/wiki/Syntax) has no look-around and no back-references; that is said
when options are checked, before a program starts.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import UsageError
from . import numbers
from .plan import Kind, Plan, Span, Value, value_at
from .steps import StepAt

_LOOKAROUND = re.compile(r"\(\?<?[=!]")
_BACKREF = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]|\(\?P=")
_ATOMIC = re.compile(r"\(\?>|(?<!\\)[*+?}]\+")
_NUMBER = re.compile(rf"\s*({numbers.NUMBER})")

_compiled: dict[str, Any] = {}


def compile_re2(pattern: str) -> Any:
    """The compiled pattern, from a cache of the process (compiled patterns are not part of any state).

    Raises UsageError with the pattern, the place and the reason.
    """
    done = _compiled.get(pattern)
    if done is None:
        import re2

        options = re2.Options()
        options.log_errors = False  # it would write to the user's stderr
        try:
            done = _compiled[pattern] = re2.compile(pattern, options)
        except re2.error as error:
            raise _refusal(pattern, error) from None
    return done


def compile_pattern(pattern: str) -> Any:
    """A user's `--pattern`, compiled.

    Raises UsageError if it does not compile or names no metric.
    """
    compiled = compile_re2(pattern)
    if not set(compiled.groupindex) - {"step", "epoch"}:
        raise UsageError(
            "pattern-without-name",
            f"the pattern {pattern!r} has no named group, so it names no metric",
            r"Write (?P<name>…) around the number, as in --pattern 'loss is (?P<loss>\S+)'.",
        )
    return compiled


def _refusal(pattern: str, error: Exception) -> UsageError:
    reason = error.args[0] if error.args else str(error)
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    for what, advice, construct in (
        (
            "look-around",
            "Match the words around the number instead; only named groups become metrics.",
            _LOOKAROUND,
        ),
        ("a back-reference", "Write the repeated part out.", _BACKREF),
        ("an atomic group or possessive repetition", "Leave it out; the engine never backtracks.", _ATOMIC),
    ):
        found = construct.search(pattern)
        if found:
            return UsageError(
                "pattern-unsupported",
                f"the pattern {pattern!r} has {what} at character {found.start() + 1}, which the linear-time"
                " engine (re2) does not know",
                advice,
            )
    where = ""
    fragment = text.rpartition(": ")[2]
    if fragment and fragment != text and fragment in pattern:
        where = f" at character {pattern.index(fragment) + 1}"
    return UsageError(
        "pattern-invalid",
        f"the pattern {pattern!r} does not compile{where}: {text}",
        "The syntax is https://github.com/google/re2/wiki/Syntax.",
    )


def spans(pattern: Any, found: Any) -> dict[str, Span]:
    """The places of the named groups that took part in a match of `re` or re2 (which knows numbers only)."""
    places = {name: found.span(index) for name, index in pattern.groupindex.items()}
    return {name: place for name, place in places.items() if place[0] >= 0}


def plan(text: str, pattern: str) -> Plan | None:
    """What the pattern finds in the line; None if it finds nothing, or no number."""
    compiled = compile_re2(pattern)
    found = compiled.search(text)
    if found is None:
        return None
    values: list[Value] = []
    step = epoch = None
    places = spans(compiled, found)
    named = places.get("name") if "value" in places else None
    for group, (begin, end) in places.items():
        number = _NUMBER.match(text, begin, end)
        if number is None or (named and group == "name"):
            continue
        span = number.span(1)
        if group in ("step", "epoch"):
            if number[1].isdigit():
                step, epoch = (span, epoch) if group == "step" else (step, span)
            continue
        parts, prefix = ((named,), "") if named and group == "value" else ((), group)
        value = value_at(text, span, parts, str.strip, prefix=prefix)
        if value:
            values.append(value)
    if not values:
        return None
    if step is None:
        step, epoch = epoch, None
    return Plan(Kind.VALUES, "pattern", tuple(values), StepAt(step, epoch) if step else None)
