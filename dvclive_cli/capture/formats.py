"""Known trainers' lines, as data (`formats.toml`) and as users' own tables of the same schema.

Decides whether a line is one of them, whole, and where its numbers are. Patterns are compiled when a line
first has their literals. A user's patterns run on re2 and see the line; ours see its mask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import UsageError
from . import mappings, pairs, pieces
from .model import NAMES_OF_ALIASES, RULES
from .numbers import NUMBER
from .patterns import compile_re2
from .patterns import spans as spans_of
from .plan import CUT, Kind, Plan, Span, Value, value_at
from .steps import BAR, STEP, StepAt

_LONGEST = 4096  # characters; `re` may need the square of it
_PAIR = r"(?P<name>[^\s:=|,][^:=|,\t]*?)\s*[:=]\s*(?P<value>{number})(?P<unit>\s?%|[A-Za-z/]+)?"
_BETWEEN = r"\s*[,;|\t]\s*|\s+-\s+"
_COUNTERS = frozenset({"step", "epoch", "batch", "per_epoch"})
_NO_METRIC = _COUNTERS | {"pairs", "pairs_", "label", "done", "set", "rank", "cut"}
_KEYS = frozenset({
    "has", "match", "pair", "between", "names", "prefix", "drop", "context", "ignore", "skip_next",
    "mapping", "bar",
})  # fmt: skip


class Line(NamedTuple):
    """One shape of line of a format; see formats.toml for the fields."""

    format: str
    first: str
    has: tuple[str, ...]
    match: str
    pair: str
    between: str
    names: Mapping[str, str]
    prefix: str
    drop: str
    kind: int
    mapping: tuple[str, ...]
    bar: bool
    linear: bool


_known: dict[str, dict[str, Any]] = {}
_lines: list[Line] = []
_patterns: dict[tuple[str, bool], Any] = {}


_aliases: dict[str, dict[str, Any]] = {}


def known() -> dict[str, dict[str, Any]]:
    """The tables of formats.toml, read once: name -> table."""
    return _read("formats.toml", _known)


def aliases() -> dict[str, dict[str, Any]]:
    """The tables of aliases.toml: formats of other tools, tried only when they are chosen."""
    return _read("aliases.toml", _aliases)


def _read(name: str, into: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    if not into:
        import os
        import sys

        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        with open(os.path.join(os.path.dirname(__file__), name), "rb") as file:
            into.update(tomllib.load(file))
    return into


def lines_of(chosen: Sequence[str]) -> list[Line]:
    """The lines of our formats, of all or of the chosen ones."""
    if not _lines:
        _lines.extend(line for name, table in known().items() for line in _compile(name, table, linear=False))
    return [line for line in _lines if not chosen or line.format in chosen]


def user_lines(tables: Sequence[tuple[str, Mapping[str, Any]]], chosen: Sequence[str]) -> list[Line]:
    """The lines of users' formats, of all or of the chosen ones."""
    own = [(name, table) for name, table in tables if not chosen or name in chosen]
    if not NAMES_OF_ALIASES.isdisjoint(chosen):
        taken = {name for name, _ in own}
        own += [(name, aliases()[name]) for name in chosen if name in NAMES_OF_ALIASES - taken]
    return [line for name, table in own for line in _compile(name, table, linear=True)]


def _compile(name: str, table: Mapping[str, Any], *, linear: bool) -> Iterator[Line]:
    for line in table.get("lines", [table] if "match" in table or "mapping" in table else []):
        kind = Kind.VALUES
        for key, meant in (
            ("context", Kind.CONTEXT),
            ("ignore", Kind.NEUTRAL),
            ("skip_next", Kind.SKIP_NEXT),
        ):
            if line.get(key):
                kind = meant
        yield Line(
            name, *_literals(line.get("has", ())), line.get("match", ""), line.get("pair", _PAIR),
            line.get("between", _BETWEEN), line.get("names", {}), line.get("prefix", ""),
            line.get("drop", ""), kind, tuple(line.get("mapping", ())), bool(line.get("bar")), linear,
        )  # fmt: skip


def _literals(has: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The literal to look for first, and the others."""
    longest = max(has, key=len, default="")
    return longest, tuple(literal for literal in has if literal != longest)


def _pattern(source: str, line: Line) -> Any:
    key = (source, line.linear)
    done = _patterns.get(key)
    if done is None:
        # Not str.format: braces are repetition counts too.
        text = source.replace("{number}", NUMBER)
        done = _patterns[key] = compile_re2(_linear(text)) if line.linear else re.compile(text, re.ASCII)
    return done


def _linear(text: str) -> str:
    """The text without the look-aheads of NUMBER, which re2 does not know."""
    return re.sub(r"\(\?!\[[^\]]*\]\)", "", text)


def plan(
    text: str, start: int, lines: Sequence[Line], tidy: Callable[[str], str], rank: Span | None = None
) -> Plan | None:
    """What the first format that knows the line takes from it; None if none does."""
    for line in lines:
        if len(text) - start > _LONGEST and not line.linear:
            continue
        if line.first in text and all(literal in text for literal in line.has):
            found = (
                _mapping(text, start, line, tidy) if line.mapping else _whole(text, start, line, tidy, rank)
            )
            if found is not None:
                return found
    return None


def _mapping(text: str, start: int, line: Line, tidy: Callable[[str], str]) -> Plan | None:
    read = mappings.leaves(text, start)
    if read is None:
        return None
    keys = read[1]
    for wanted in line.mapping:
        pattern = _pattern(wanted, line)
        if not any(pattern.fullmatch(key) for key in keys):
            return None
    return mappings.plan(text, start, tidy, line.format)


def _whole(text: str, start: int, line: Line, tidy: Callable[[str], str], rank: Span | None) -> Plan | None:
    end = len(text.rstrip())
    while start < end and text[start] in " \t":
        start += 1
    pattern = _pattern(line.match, line)
    found = pattern.fullmatch(text, start, end)
    if found is None:
        return None
    spans = spans_of(pattern, found)
    step = _step(spans)
    if line.kind != Kind.VALUES:
        return Plan(line.kind, line.format, step=step, rank=rank)
    prefix = line.prefix
    parts = (spans["set"],) if "set" in spans else ()
    values: list[Value] = []
    for group, span in spans.items():
        if group not in _NO_METRIC:
            name = line.names.get(group, group)
            lead, tail = (prefix, f"/{name}") if parts else (prefix + name, "")
            value = value_at(text, span, parts, tidy, prefix=lead, suffix=tail)
            values += [value] if value else []
    for group in ("pairs", "pairs_"):
        if group in spans and not _pairs(text, spans[group], line, tidy, parts, values):
            return None
    if "label" in spans:
        begin, stop = spans["label"]
        label = STEP.search(text, begin, stop) if step is None else None
        if label:
            step = StepAt(label.span("step"), word=label["word"].lower())
        if "0" in text[begin:stop]:
            known = {value.name for value in values}
            said = pairs.metrics_of(pieces.read(text[:stop], begin), text, tidy)
            values += [value for value in said if value.name is None or value.name not in known]
    if step is None and "done" in spans and text[slice(*spans["done"])].isdigit():
        step = StepAt(spans["done"], word=BAR)
    if not values and not line.bar:
        return None
    cut = CUT if "cut" in spans and any(c.isalpha() for c in text[slice(*spans["cut"])]) else ""
    kind = Kind.VALUES if values else Kind.NEUTRAL
    return Plan(kind, line.format, tuple(values), step, rank=rank, why=cut)


def _step(spans: Mapping[str, Span]) -> StepAt | None:
    if "batch" in spans:
        return StepAt(spans["batch"], spans.get("epoch"), spans.get("per_epoch"), within=True, word="batch")
    if "step" in spans:
        return StepAt(spans["step"], spans.get("epoch"), spans.get("per_epoch"))
    if "epoch" in spans:
        return StepAt(spans["epoch"], word="epoch")
    return None


def _pairs(
    text: str,
    span: Span,
    line: Line,
    tidy: Callable[[str], str],
    parts: tuple[Span, ...],
    values: list[Value],
) -> bool:
    """Add the pairs that `span` consists of; False if it consists of something else. A set without a name is
    that of the pairs that follow."""
    pair, between = _pattern(line.pair, line), _pattern(line.between, line)
    drop = _pattern(f"(?i:{line.drop})", line) if line.drop else None
    at, end = span
    while True:
        found = pair.match(text, at, end)
        if found is None or found.end() == at:
            return False
        at = found.end()
        spans = spans_of(pair, found)
        if "set" in spans and "name" not in spans:
            parts = (spans["set"],)
        unit = text[slice(*spans["unit"])] if "unit" in spans else ""
        if "value" in spans and not unit.strip(" %"):
            named = (*parts, spans["set"], spans["name"]) if "set" in spans else (*parts, spans["name"])
            if not (drop and drop.fullmatch(text[slice(*spans["name"])].strip())):
                if "value_" in spans:
                    second = (*named, spans["sub_"])
                    value = value_at(text, spans["value_"], second, tidy, prefix=line.prefix)
                    values += [value] if value else []
                named = (*named, spans["sub"]) if "sub" in spans else named
                scale = text[slice(*spans["scale"])] if "scale" in spans else ""
                value = value_at(text, spans["value"], named, tidy, scale=scale, prefix=line.prefix)
                values += [value] if value else []
                if value and "std" in spans:
                    spread = value_at(text, spans["std"], named, tidy, prefix=line.prefix, suffix="/std")
                    values += [spread] if spread else []
        if at >= end:
            return True
        gap = between.match(text, at, end)
        if gap is None or gap.end() == at:
            return not text[at:end].strip()
        at = gap.end()
        if at >= end:
            return True


def validate_formats(chosen: Sequence[str], tables: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Raises UsageError for an unknown name among `chosen`, or a user's table that makes no sense."""
    for name, table in tables:
        _validate_table(name, table)
    available = [*known(), *RULES, *sorted(NAMES_OF_ALIASES), *(name for name, _ in tables)]
    for name in chosen:
        if name not in available:
            import difflib

            near = difflib.get_close_matches(name.lower(), available, n=3, cutoff=0.5)
            raise UsageError(
                "format-unknown",
                f"there is no format named {name!r}",
                f"Did you mean {' or '.join(near)}?" if near else "`dvclive formats` lists the known ones.",
            )


def _validate_table(name: str, table: Mapping[str, Any]) -> None:
    where = f"[tool.dvclive.formats.{name}]"
    lines = table.get("lines", [table])
    if not isinstance(lines, list) or not lines or not all(isinstance(line, Mapping) for line in lines):
        raise UsageError(
            "format-invalid", f"{where} has no lines", "Give it a `match`, or [[…lines]] tables with one."
        )
    for line in lines:
        if not isinstance(line.get("match", ""), str) or not (line.get("match") or line.get("mapping")):
            raise UsageError(
                "format-invalid", f"{where} has a line without `match`", "Write the whole line's pattern."
            )
        unknown = set(line) - _KEYS - {"about", "examples", "lines"}
        if unknown:
            raise UsageError(
                "format-invalid",
                f"{where} has the unknown key {min(unknown)!r}",
                f"Known keys: {', '.join(sorted(_KEYS))}.",
            )
    for line in _compile(name, table, linear=True):
        for source in (line.match, line.pair, line.between, *line.mapping):
            if source:
                _pattern(source, line)
