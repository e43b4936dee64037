"""Lines that a loop prints again and again, read many at a time: numbers where the last turn had numbers.

A template is a line's plan, or the plans of the few lines of each turn, turned into a pattern. It is wider
than a plan's mask (numbers may be longer, negative, or have an exponent), but only as far as the rules agree:
each widening is tried on made-up lines, and kept if the plan they get is the same. So what a template reads,
the rules read alike; tests hold that.
Must not know the lines before, nor what becomes of the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from .plan import DIGITS, Kind, Plan, Span
from .steps import BAR

_LONGEST = 1000  # bytes of a line; longer ones are no hot loop's
_MOST_PIECES = 80
_RUN = re.compile(r"(?P<blanks> +)(?=[-0-9])|(?P<digits>[0-9]+)")


class Form(NamedTuple):
    """A way to write a number: what it looks like, and masks of numbers at its edges."""

    source: str
    probes: tuple[str, ...]


_FLOAT = r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,20}"  # repr(1/99) has 18 decimals
_LONG = "0" * 15 + "." + "0" * 20
# The widest first. Exponents of two digits: whatever these forms match is finite.
_FLOATS = (
    Form(
        r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20}(?:[eE][-+][0-9]{2})?|[eE][-+][0-9]{2})",
        ("0.0", "-0.0", _LONG, "0.0e-00", "-0.0E+00", "0e-00"),
    ),
    Form(_FLOAT, ("0.0", "-0.0", _LONG)),
    Form(_FLOAT[2:], ("0.0", _LONG)),
)
# As str() writes them, so that the text need not be made anew.
_WHOLES = (
    Form("(?:0|-?[1-9][0-9]{0,14})", ("0", "-0", "0" * 15)),
    Form("(?:0|[1-9][0-9]{0,14})", ("0", "0" * 15)),
)
_COUNTERS = (Form("[0-9]{1,15}", ("0", "0" * 15)),)
_BLANKS = (Form(" {0,40}", ("", " ", " " * 40)), Form(" {1,40}", (" ", " " * 40)))
_DIGITS = (Form("[0-9]{1,9}", ("0", "0" * 9)),)


class Statement(NamedTuple):
    """One print statement of a loop.

    `plan`: of the line that was the sample. `values`: for each value of the plan that is a metric (of a row:
    each cell with a number), its group and whether it is whole. `groups`: the group of each other span: the
    step, the epoch.
    """

    plan: Plan
    sample: bytes
    values: list[tuple[int, bool]]
    groups: dict[Span, int]


class Template:
    """A pattern for the lines of one turn of a loop, mostly a single one, and what its groups are."""

    __slots__ = ("_pattern", "lines")

    def __init__(self, sources: Sequence[str], lines: Sequence[Statement]) -> None:
        self.lines = tuple(lines)
        # The empty group: with a single one findall gives no tuples.
        self._pattern = re.compile("(?:" + "\n".join(sources) + "|[^\n]*)\n()")

    def read(self, block: str) -> list[tuple[str, ...]]:
        """The numbers of each turn of the block, by group; a line that is no part of one has empty texts."""
        return self._pattern.findall(block)


class _Piece(NamedTuple):
    """A stretch of the sample. `span`: of a number that matters; `forms`: how it may be written else."""

    text: str
    span: Span | None = None
    forms: tuple[Form, ...] = ()


def template(lines: Sequence[tuple[Plan, bytes]], make: Callable[[bytes], Plan]) -> Template | None:
    """The template of the lines of one turn and those like them; None if there is none.

    Parameters:
        lines: each one's plan, and the line without its end. Only plans whose numbers can be read by place
            have templates.
        make: gives the plan of a mask.
    """
    sources: list[str] = []
    found: list[Statement] = []
    groups = 0
    for plan, line in lines:
        made = _statement(plan, line, make, groups)
        if made is None:
            return None
        source, statement = made
        sources.append(source)
        found.append(statement)
        groups += len(statement.groups)
    return Template(sources, found)


def turn(lines: Sequence[tuple[Plan, bytes]]) -> list[tuple[Plan, bytes]]:
    """The lines of one turn of a loop, beginning with the one that prints the step; empty where they cannot
    be read together: where others than values and steps are among them, or more than one counter."""
    kinds = {plan.kind for plan, _ in lines}
    if Kind.VALUES not in kinds or kinds - {Kind.VALUES, Kind.CONTEXT}:
        return []
    steps = [at for at, (plan, _) in enumerate(lines) if plan.step is not None]
    if len(steps) > 1:
        return []
    first = steps[0] if steps else 0
    return [*lines[first:], *lines[:first]]


def _statement(
    plan: Plan, line: bytes, make: Callable[[bytes], Plan], first: int
) -> tuple[str, Statement] | None:
    """The pattern of a line and what its groups are, the first of which is counted as `first`."""
    text = line.decode("latin-1")  # one character a byte: places stay as they are
    spots = _spots(plan)
    if spots is None or len(line) > _LONGEST:
        return None
    pieces = _pieces(text, spots, _frozen(plan))
    if pieces is None or len(pieces) > _MOST_PIECES:
        return None
    known = _meaning(plan, text, {piece.span: at for at, piece in enumerate(pieces) if piece.span})

    def agree(changed: Mapping[int, str]) -> bool:
        written, places = _written(pieces, changed)
        made = make(written.encode("latin-1").translate(DIGITS))
        return _meaning(made, written, places) == known

    chosen: list[Form | None] = []
    for at, piece in enumerate(pieces):
        fits = (
            form
            for form in piece.forms
            if re.fullmatch(form.source, piece.text) and all(agree({at: probe}) for probe in form.probes)
        )
        form = next(fits, None)
        if form is None and piece.span is not None:
            return None
        chosen.append(form)
    # All at once, at both edges.
    for edge in (0, -1):
        if not agree({at: form.probes[edge] for at, form in enumerate(chosen) if form is not None}):
            return None
    return _source(pieces, chosen), _groups(plan, line, spots, first)


def _spots(plan: Plan) -> dict[Span, tuple[Form, ...]] | None:
    """The numbers that matter, in their order, and how each may be written; None if one cannot be read by
    place."""
    spots: dict[Span, tuple[Form, ...]] = {}
    if plan.rank is not None or plan.near or (plan.step is not None and plan.step.word == BAR):
        return None
    if plan.kind == Kind.SENTINEL and plan.record is not None:
        for point in plan.record.points:
            spots[point.start, point.end] = _WHOLES[1:] if point.whole else _FLOATS
        if plan.record.step[1]:
            spots[plan.record.step] = _WHOLES[1:]
    elif plan.kind in (Kind.VALUES, Kind.ROW, Kind.CONTEXT):
        for value in plan.values or plan.cells:
            if value is not None:
                if value.scale != 1.0 or value.commas:
                    return None
                spots[value.start, value.end] = _WHOLES if value.whole else _FLOATS
        for span in plan.step[:3] if plan.step else ():
            if span is not None:
                spots.setdefault(span, _COUNTERS)
    ordered = sorted(spots)
    if any(left[1] > right[0] for left, right in pairwise(ordered)):
        return None
    return {span: spots[span] for span in ordered} or None


def _frozen(plan: Plan) -> list[Span]:
    """Where digits are a part of a name."""
    if plan.record is not None:
        return [(point.at, point.to) for point in plan.record.points]
    return [part for value in plan.values for part in value.parts]


def _pieces(text: str, spots: Mapping[Span, tuple[Form, ...]], frozen: Sequence[Span]) -> list[_Piece] | None:
    pieces: list[_Piece] = []
    at = 0

    def between(end: int) -> None:
        """Words as they are; runs of blanks before numbers, and numbers that do not matter, may vary."""
        nonlocal at
        for run in _RUN.finditer(text, at, end + 1):
            if run.end() > end or any(run.start() < last and first < run.end() for first, last in frozen):
                continue
            pieces.append(_Piece(text[at : run.start()]))
            pieces.append(_Piece(run[0], None, _BLANKS if run["blanks"] else _DIGITS))
            at = run.end()
        pieces.append(_Piece(text[at:end]))

    for span, forms in spots.items():
        between(span[0])
        pieces.append(_Piece(text[slice(*span)], span, forms))
        at = span[1]
    between(len(text))
    return [piece for piece in pieces if piece.text]


def _written(pieces: Sequence[_Piece], changed: Mapping[int, str]) -> tuple[str, dict[Span | None, int]]:
    """The line with some pieces written otherwise, and where its numbers then stand."""
    parts: list[str] = []
    places: dict[Span | None, int] = {}
    here = 0
    for at, piece in enumerate(pieces):
        part = changed.get(at, piece.text)
        if piece.span is not None:
            places[here, here + len(part)] = at
        parts.append(part)
        here += len(part)
    return "".join(parts), places


def _meaning(plan: Plan, text: str, places: Mapping[Span | None, int]) -> tuple[Any, ...]:
    """What a plan says, with pieces in the place of spans: equal for lines that are read alike."""

    def named(parts: Sequence[Span]) -> tuple[str, ...]:
        return tuple(text[begin:end] for begin, end in parts)

    def number(value: Any) -> Any:
        if value is None:
            return None
        at = places.get((value.start, value.end), -1)
        return (at, *value[3:4], *value[5:7], value.name, named(value.parts), *value[8:])

    record = plan.record and (
        places.get(plan.record.step, -1),
        [
            (places.get((point.start, point.end), -1), text[point.at : point.to], point.whole)
            for point in plan.record.points
        ],
    )
    step = plan.step and (
        [span and places.get(span, -1) for span in plan.step[:3]],
        plan.step.within,
        plan.step.word,
    )
    numbers = [[number(value) for value in values] for values in (plan.values, plan.cells)]
    return (plan.kind, plan.rule, plan.hold, plan.near, plan.rank, plan.sep, record, step, numbers)


def _source(pieces: Sequence[_Piece], chosen: Sequence[Form | None]) -> str:
    source = ""
    for piece, form in zip(pieces, chosen, strict=True):
        part = form.source if form is not None else _literal(piece)
        source += f"({part})" if piece.span is not None else part
    return source


def _groups(plan: Plan, line: bytes, spots: Mapping[Span, tuple[Form, ...]], first: int) -> Statement:
    group = {span: at for at, span in enumerate(spots, first)}
    if plan.record is not None:
        places = [((point.start, point.end), point.whole) for point in plan.record.points]
    else:
        places = [((v.start, v.end), v.whole) for v in plan.values or plan.cells if v is not None]
    return Statement(plan, line, [(group[span], whole) for span, whole in places], group)


def _literal(piece: _Piece) -> str:
    """The piece as it is; where its digits may vary but not their number, that many of them."""
    if piece.forms and piece.text[0] != " ":
        return f"[0-9]{{{len(piece.text)}}}"
    return re.escape(piece.text)
