"""What to do with a line, decided from its mask alone, so that it is decided once for all lines alike.

A mask is a line with every digit written as 0: lines of one print statement share a few masks, and the places
of numbers in them. A plan says where the numbers are. Whatever depends on digits' values or on earlier lines
is left to whoever carries the plan out (`detector`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import numbers
from .records import Record
from .steps import StepAt

Span = tuple[int, int]

DIGITS = bytes(48 if 48 <= c <= 57 else c for c in range(256))
"""bytes.translate table of the mask."""
_TEN = frozenset("0123456789")
_DIGITS_TEXT = {ord(c): "0" for c in "123456789"}


CUT = "cut"
"""Why a line does not hold all that its program has said: the terminal was too narrow."""


class Kind:
    """What a plan asks for."""

    NOISE = 0  # nothing; ends what needs neighbouring lines
    NEUTRAL = 1  # blank lines, rules, lone brackets: nothing, and ends nothing
    CONTROL = 2  # refreshes, backspaces, colours: make plain text first
    SENTINEL = 3  # a record of the line protocol
    VALUES = 4  # named numbers
    CONTEXT = 5  # a step for the lines that follow
    ROW = 6  # a table's row, if there is a table
    MISS = 7  # nearly a metric
    SKIP_NEXT = 8  # the next line of this format says nothing new
    BOX = 9  # a row of a box, `| name | number |`: its step may stand in a later row


class Value(NamedTuple):
    """One number of a line: `start` and `end` are its place in the line's bytes.

    `name` is None where the name holds digits: then its parts stand at `parts` of the line, and go between
    `prefix` and `suffix`. `plain`: a short decimal (see numbers.is_plain). `weak`: only a metric where the
    neighbourhood says so. `own`: the name says by itself that it is a metric.
    """

    name: str | None
    start: int
    end: int
    whole: bool = False
    plain: bool = False
    scale: float = 1.0
    commas: bool = False
    parts: tuple[Span, ...] = ()
    prefix: str = ""
    suffix: str = ""
    weak: bool = False
    own: bool = False


class Plan:
    """What a line of this mask holds. `hold`: a new series waits until it proves to be one. `near`: only
    where a line just before gave a step. `again`: what to take where lines of these names come again and
    again. `body` and `record`: where a record of the line protocol starts, and its numbers if it is plain.
    `why` says of a near miss why not, and CUT of a line whose end was not printed."""

    __slots__ = (
        "again",
        "body",
        "cells",
        "drop_repeats",
        "hold",
        "kind",
        "near",
        "rank",
        "record",
        "rule",
        "sep",
        "step",
        "values",
        "why",
    )

    def __init__(
        self,
        kind: int,
        rule: str = "",
        values: tuple[Value, ...] = (),
        step: StepAt | None = None,
        *,
        hold: bool = False,
        near: bool = False,
        rank: tuple[int, int] | None = None,
        body: int = -1,
        cells: tuple[Value | None, ...] = (),
        sep: str = "",
        why: str = "",
        drop_repeats: bool = False,
        again: tuple[Value, ...] = (),
    ) -> None:
        self.kind = kind
        self.rule = rule
        self.values = values
        self.step = step
        self.hold = hold
        self.near = near
        self.rank = rank
        self.body = body
        self.record: Record | None = None
        self.cells = cells
        self.sep = sep
        self.why = why
        self.drop_repeats = drop_repeats
        self.again = again


NOISE = Plan(Kind.NOISE)
NEUTRAL = Plan(Kind.NEUTRAL)
CONTROL = Plan(Kind.CONTROL)


def mask_of(text: str) -> str:
    """The text with every ASCII digit written as 0."""
    return text.translate(_DIGITS_TEXT)


def value_at(
    text: str,
    span: Span,
    parts: tuple[Span, ...],
    tidy: Callable[[str], str],
    *,
    scale: str = "",
    prefix: str = "",
    suffix: str = "",
    weak: bool = False,
    own: bool = False,
) -> Value | None:
    """The number at `span` of the text, named by the text's `parts` joined with "/"; None if they leave no
    name.

    Without parts the name is `prefix` and `suffix` alone.
    """
    number = text[span[0] : span[1]]
    named = [tidy(text[begin:end]) for begin, end in parts]
    if parts and not named[-1]:
        return None
    in_line = any(c in _TEN for begin, end in parts for c in text[begin:end])
    factor = numbers.SCALES.get(scale, 1.0)
    commas = "," in number
    return Value(
        None if in_line else prefix + "/".join(filter(None, named)) + suffix,
        span[0],
        span[1],
        whole=factor == 1.0 and numbers.is_int(number.replace(",", "")),
        plain=factor == 1.0 and not commas and numbers.is_plain(number),
        scale=factor,
        commas=commas,
        parts=parts if in_line else (),
        prefix=prefix,
        suffix=suffix,
        weak=weak,
        own=own,
    )


def in_bytes(plan: Plan, text: str) -> Plan:
    """The plan with places in the text turned into places in its UTF-8 bytes. `text` was decoded with
    surrogateescape, so that each byte has its place."""
    if text.isascii():
        return plan

    def at(index: int) -> int:
        return len(text[:index].encode("utf-8", "surrogateescape"))

    def span(pair: tuple[int, int] | None) -> tuple[int, int] | None:
        return (at(pair[0]), at(pair[1])) if pair else None

    def moved(value: Value) -> Value:
        return value._replace(
            start=at(value.start),
            end=at(value.end),
            parts=tuple((at(begin), at(end)) for begin, end in value.parts),
        )

    if plan.step:
        plan.step = plan.step._replace(
            step=span(plan.step.step), epoch=span(plan.step.epoch), per_epoch=span(plan.step.per_epoch)
        )
    plan.values = tuple(moved(value) for value in plan.values)
    plan.again = tuple(moved(value) for value in plan.again)
    plan.cells = tuple(moved(cell) if cell else None for cell in plan.cells)
    plan.rank = span(plan.rank)
    return plan
