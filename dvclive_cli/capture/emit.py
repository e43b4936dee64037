"""What was found in a log as explicit settings: the known formats by name, everything else as line patterns.

The text is checked before it is given out: read with these settings alone, how many of the points come
again is said in it. Must not know files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..events import Metric
from . import prefixes
from .lines import MAX_LINE, refreshes
from .model import RULES, CaptureOptions, Match
from .plan import DIGITS, Kind, Plan
from .plans import Plans
from .stream import Capture

_MOST_SHAPES = 40
Tables = dict[str, list[dict[str, Any]]]
Point = tuple[str, str, int | None]


def emit(streams: Sequence[tuple[str, bytes]], options: CaptureOptions) -> str:
    """Settings (the text of a `dvclive.toml`) that name what these streams hold."""
    chosen: list[str] = []
    tables: Tables = {}
    seen: set[str] = set()
    wanted: list[Point] = []
    rules: set[str] = set()
    for stream, data in streams:
        matches = _read(stream, data, options)
        wanted += _points(matches)
        rules.update(match.rule for match in matches)
        _collect(data, matches, options, chosen, tables, seen)
    if not wanted:
        return "# No metrics were found, so there is nothing to name. `--explain` says of each line why.\n"
    own = tuple((name, {"lines": lines}) for name, lines in tables.items())
    named = options._replace(formats=(*chosen, *tables), user_formats=(*options.user_formats, *own))
    same, others = _again(streams, named, wanted)
    general = [name for name in RULES if name in rules]
    if (same < len(wanted) or others) and general:
        # Where a step stands on a later line, no pattern of one line says so: name the rule that knows.
        by_rule = options._replace(formats=(*chosen, *general))
        better = _again(streams, by_rule, wanted)
        if better[0] >= same:
            (same, others), named, tables = better, by_rule, {}
    head = f"# dvclive.toml. Read with these formats alone, the log gives {same} of its {len(wanted)} points"
    head += f", and {others} others.\n" if others else ".\n"
    names = ", ".join(_string(name) for name in named.formats)
    lines = [head, f"format = [{names}]\n"]
    if options.patterns:
        lines.append(f"pattern = [{', '.join(map(_string, options.patterns))}]\n")
    for name, shapes in tables.items():
        for shape in shapes:
            lines.append(f"\n[[formats.{name}.lines]]\n")
            lines += [f"{key} = {_toml(value)}\n" for key, value in shape.items()]
    return "".join(lines)


def _again(
    streams: Sequence[tuple[str, bytes]], options: CaptureOptions, wanted: Sequence[Point]
) -> tuple[int, int]:
    """How many of the wanted points these options give, and how many others."""
    found: Counter[Point] = Counter()
    for stream, data in streams:
        found.update(_points(_read(stream, data, options)))
    same = (found & Counter(wanted)).total()
    return same, found.total() - same


def _read(stream: str, data: bytes, options: CaptureOptions) -> list[Match]:
    capture = Capture(stream, options)
    return [*capture.feed(data), *capture.close()]


def _points(matches: Sequence[Match]) -> list[Point]:
    """Numbers as text: nan equals nan."""
    return [(e.name, repr(float(e.value)), e.step) for m in matches for e in m.events
            if isinstance(e, Metric) and m.rule != "protocol"]  # fmt: skip


def _collect(
    data: bytes,
    matches: Sequence[Match],
    options: CaptureOptions,
    chosen: list[str],
    tables: Tables,
    seen: set[str],
) -> None:
    """Add what the matches of one stream, and the lines that gave them their steps, need."""
    from .formats import known

    plans = Plans(options._replace(patterns=(), user_formats=()))
    by_line = {match.line: match for match in matches}
    for number, line in enumerate(data.split(b"\n"), 1):
        match = by_line.get(number)
        if len(line) > MAX_LINE or (match is not None and match.rule in ("protocol", "pattern")):
            continue
        text = refreshes(line)[0][-1]
        mask = text.translate(DIGITS)
        shape = re.sub(r"0+", "0", re.sub(r"\s+", " ", mask.decode("utf-8", "replace")))
        if match is None and b"0" not in mask:
            continue
        if shape in seen or len(seen) >= _MOST_SHAPES * 4:
            continue
        plan = plans.make(mask)
        if match is None and plan.kind != Kind.CONTEXT:
            continue
        seen.add(shape)
        rule = match.rule if match else plan.rule
        if rule in known() or rule in dict(options.user_formats):
            if rule not in chosen:
                chosen.append(rule)
        else:
            table = _shape(text, plan, match)
            if table is None:
                seen.discard(shape)
            shapes = tables.setdefault("mine", [])
            if table is not None and table not in shapes and len(shapes) < _MOST_SHAPES:
                shapes.append(table)


def _shape(line: bytes, plan: Plan, match: Match | None) -> dict[str, Any] | None:
    """The table of one line: its words as they are, its numbers as groups; None if a number has no place."""
    if not line.isascii():
        return None
    spots: list[tuple[int, int, str]] = []
    names: dict[str, str] = {}
    if plan.step is not None:
        around = {"epoch": plan.step.epoch, "per_epoch": plan.step.per_epoch}
        finest = "batch" if plan.step.within else "step"
        if plan.step.word == "epoch" and plan.step.epoch is None:
            finest = "epoch"
        for group, span in {**around, finest: plan.step.step}.items():
            if span is not None:
                spots.append((*span, rf"(?P<{group}>\d+)"))
    spans = plan.values
    if plan.kind == Kind.ROW and match:
        step = getattr(match.events[0], "step", None)
        cells = [cell for cell in plan.cells if cell is not None]
        counters = [c for c in cells if c.whole and line[c.start : c.end] == b"%d" % (step or 0)]
        if len(counters) > 1:  # which one is the step, a later row tells
            return None
        for cell in counters:
            spots.append((cell.start, cell.end, r"(?P<step>\d+)"))
            cells.remove(cell)
        spans = tuple(cells)
    at = 0
    for event in match.events if match else ():
        if not isinstance(event, Metric) or (event.name == "epoch" and plan.step and plan.step.epoch):
            continue
        while at < len(spans) and not _is(line, spans[at].start, spans[at].end, event.value, spans[at].scale):
            at += 1
        if at == len(spans):
            return None
        group = _group(event.name, names)
        spots.append((spans[at].start, spans[at].end, f"(?P<{group}>{{number}})"))
        at += 1
    text = line.decode()
    begin, _ = prefixes.strip(text)
    while begin < len(text) and text[begin] in " \t":
        begin += 1
    pattern, here = "", begin
    for start, end, group_text in sorted(spots):
        if start < here:
            return None
        pattern += _literal(text[here:start]) + group_text
        here = end
    pattern += _literal(text[here:].rstrip())
    table: dict[str, Any] = {"match": pattern}
    if match is None:
        table["context"] = True
    renamed = {group: name for group, name in names.items() if group != name}
    if renamed:
        table["names"] = renamed
    return table


def _is(line: bytes, begin: int, end: int, value: Any, scale: float) -> bool:
    try:
        number = float(line[begin:end].replace(b",", b"")) * scale
    except ValueError:
        return False
    return number == value or (number != number and value != value)


def _group(name: str, names: dict[str, str]) -> str:
    """A group for the metric: its name where that can be one."""
    group = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "value"
    if group[0].isdigit() or group in (
        "step",
        "epoch",
        "batch",
        "per_epoch",
        "pairs",
        "label",
        "done",
        "set",
        "rank",
    ):
        group = f"value_{group}"
    while group in names:
        group += "_"
    names[group] = name
    return group


def _literal(text: str) -> str:
    """The text as a pattern, in which other numbers and runs of blanks may differ."""
    out: list[str] = []
    for part in re.split(r"(\s+|[-+]?\d[\d.]*(?:e[-+]?\d+)?)", text):
        if part[:1].isspace():
            out.append(r"\s+" if len(part) > 1 or part == "\t" else r"\s*" if not out else " +")
        elif re.fullmatch(r"[-+]?\d.*", part):
            out.append(r"[-+\d.e]+")
        else:
            out.append(re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", part))
    return "".join(out)


def _string(text: str) -> str:
    """A TOML string: JSON's is one."""
    import json

    return json.dumps(text, ensure_ascii=False) if "'" in text else f"'{text}'"


def _toml(value: Any) -> str:
    if value is True:
        return "true"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_string(k)} = {_string(v)}" for k, v in value.items()) + " }"
    return _string(value)
