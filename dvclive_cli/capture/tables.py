"""Tables: a header of names, then rows of numbers.

Decides what a row's cells are and which names a header gives them. The header is looked for when a row is
seen, in the lines just before it, so that lines of text cost nothing. Keeping the header is the detector's
business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from . import names
from .numbers import NUMBER
from .plan import Kind, Plan, Value, value_at
from .steps import STEP_KEYS, StepAt

_CELL = re.compile(
    rf"(?P<value>{NUMBER})(?P<percent>\s?%)?(?P<other>/[0-9]+|[kKMG]|\s?(?:ms|us|ns|s|m|h|[kKMG]i?B)|[a-z])?\Z"
)
_BAR = re.compile(r":\s+[0-9]+%[ |]")
# No value; "*" marks a row that does not count, as gnuplot's rejected attempts.
_EMPTY = frozenset({"", "-", "--", "—", "*", "N/A", "n/a", "None", "none"})
_TIME = re.compile(r"[0-9]+(?::[0-9]+(?:\.[0-9]+)?)+\Z")
_WIDE = re.compile(r"\t+|[ ]{2,}")
_NUMBERED = re.compile(rf"{NUMBER}\Z")
_MOST_CELLS = 60
WORDS = "words end the row"
_COUNTERS = frozenset({"counter", "step", "iteration", "iter", "epoch", "round", "update"})
_FINEST = (
    "global_step", "step", "#", "iter", "iteration", "it", "nit", "niter", "update", "round", "batch",
    "epoch",
)  # fmt: skip


_BOX = re.compile(
    rf" *(?:\| +(?P<name>[^\W\d][^|]{{0,60}}?) *\| *(?P<value>{NUMBER})? *\|"
    rf"|│ +(?P<name_>[^\W\d](?:[^│ ]| (?! )){{0,60}}?)(?: *│ *|  +)(?P<value_>{NUMBER})? *│)\s*\Z"
)
# Rows of a box that are its step, the finest first.
BOX_STEPS = (
    "global_step", "total_timesteps", "timesteps_total", "num_timesteps", "total_steps", "step", "steps",
    "timestep", "timesteps", "num_updates", "training_iteration", "iteration", "iterations", "iter", "update",
    "round", "episode", "episodes", "epoch",
)  # fmt: skip


class Header(NamedTuple):
    """The columns of a table: a name each, "" for those that are no metric; `step` is the step's column, -1
    for none;
    `sep` as in Plan.sep."""

    names: tuple[str, ...]
    step: int
    sep: str


def plan(text: str, start: int) -> Plan | None:
    """The line as a row of numbers; None if it is none. A bar may go on behind the row, as Ultralytics'."""
    bar = _BAR.search(text, start)
    text = text[: bar.start()] if bar else text
    sep, spans = _cells(text, start)
    words = sep == " " and _drop_words(text, spans)
    if not 2 <= len(spans) <= _MOST_CELLS:
        return None
    cells: list[Value | None] = []
    numbers = 0
    for begin, end in spans:
        found = _CELL.match(text, begin, end)
        if found is None:
            if text[begin:end] not in _EMPTY and not _TIME.match(text, begin, end):
                return None
            cells.append(None)
            continue
        numbers += 1
        value = value_at(text, found.span("value"), (), _same)
        # "0.07s", "2.5G": a timing or a size; "1.0e+00f": a remark, as Ipopt's; "1/3" counts.
        cells.append(None if found["other"] and not found["other"].startswith("/") else value)
    if words:
        cells.append(None)
    if numbers < max(2, len(cells) // 2):
        return None
    return Plan(Kind.ROW, "table", cells=tuple(cells), sep=sep, hold=True, why=WORDS if words else "")


def _drop_words(text: str, spans: list[tuple[int, int]]) -> bool:
    """Take the words off that end a row, as an optimiser's "expand"; whether there were some."""
    numbers = len(spans)
    while numbers and text[spans[numbers - 1][0]].isalpha() and not _CELL.match(text, *spans[numbers - 1]):
        numbers -= 1
    found = 2 <= numbers < len(spans) <= numbers + 3
    if found:
        del spans[numbers:]
    return found


def _same(name: str) -> str:
    return name


def _cells(text: str, start: int) -> tuple[str, list[tuple[int, int]]]:
    """How the line is cut into cells, and where they stand, without the blanks around them."""
    body = text[start:]
    for sep in ("|", "│", "\t", ";", ","):
        if sep in body:
            return sep, _split(text, start, sep)
    return " ", [found.span() for found in re.compile(r"\S+").finditer(text, start)]


def _split(text: str, start: int, sep: str) -> list[tuple[int, int]]:
    spans = []
    at = start
    for part in text[start:].split(sep):
        left = len(part) - len(part.lstrip())
        spans.append((at + left, max(at + left, at + len(part.rstrip()))))
        at += len(part) + 1
    if sep in "|│" and len(spans) > 1:  # the frame at both ends
        if spans[0][0] == spans[0][1]:
            spans.pop(0)
        if spans and spans[-1][0] == spans[-1][1]:
            spans.pop()
    return spans


def box(text: str, start: int, tidy: Callable[[str], str]) -> Plan | None:
    """A row of a box of names and numbers, or the name of a group of rows (`| train/ |  |`); None if it is
    none. The group's name stands in the plan's `sep`."""
    found = _BOX.match(text, start)
    if found is None:
        return None
    at, number = ("name", "value") if found["name"] else ("name_", "value_")
    name = found[at]
    if not found[number]:
        return Plan(Kind.BOX, "box", sep=f"{tidy(name)}/") if name.endswith("/") else None
    if name.lower() in BOX_STEPS and found[number].isdigit():
        return Plan(Kind.BOX, "box", step=StepAt(found.span(number), word=name.lower()))
    own = names.is_metric(name)
    if not own and names.is_setting(name):
        return Plan(Kind.BOX, "box")
    own = own and not found[number].lstrip("+-").isdigit()
    value = value_at(text, found.span(number), (found.span(at),), tidy, weak=not own, own=own)
    return Plan(Kind.BOX, "box", (value,) if value else ())


def stacked(upper: str, lower: str, row: Plan, tidy: Callable[[str], str]) -> Header | None:
    """The names that two lines give together, one above the other, as Vowpal Wabbit's; None if they do not:
    each pair of words must begin or end in the same column, or stand in the same cell of a box."""
    if row.sep != " ":
        both = [[line[begin:end] for begin, end in _split(line, 0, row.sep)] for line in (upper, lower)]
        if not len(both[0]) == len(both[1]) == len(row.cells) or not any(both[1]):
            return None
        return _named([f"{up} {low}".strip() for up, low in zip(*both, strict=True)], row, tidy)
    words = [list(re.finditer(r"\S+", line.rstrip())) for line in (upper, lower)]
    if not len(words[0]) == len(words[1]) == len(row.cells):
        return None
    pairs = list(zip(*words, strict=True))
    if any(up.start() != low.start() and up.end() != low.end() for up, low in pairs):
        return None
    return _named([f"{up[0]} {low[0]}" for up, low in pairs], row, tidy)


def header(text: str, row: Plan, tidy: Callable[[str], str]) -> Header | None:
    """The names that the line `text` gives to the cells of `row`; None if it is no header of that row."""
    ways = _titles(text, row.sep)
    for titles in ways:
        if len(titles) == len(row.cells):
            return _named(titles, row, tidy)
    last = row.cells[-1]
    if row.sep == " " and last is not None:
        for titles in ways:
            # The row ends before the last column begins.
            if len(titles) == len(row.cells) + 1 and last.end <= text.rfind(titles[-1]):
                return _named(titles[:-1], row, tidy)
    return None


def _titles(text: str, sep: str) -> list[list[str]]:
    """The ways to cut a line into titles."""
    text = text.rstrip()
    if sep != " ":
        return [[text[begin:end] for begin, end in _split(text, 0, sep)]] if sep in text else []
    body = text.strip()
    ways = [_WIDE.split(body), body.split()]
    if body.startswith("#") and not body.startswith("##"):  # gnuplot: "# step energy"
        ways.append(body[1:].split())
    return ways


def _named(titles: list[str], row: Plan, tidy: Callable[[str], str]) -> Header | None:
    if any(_NUMBERED.match(title) or len(title) > 40 for title in titles):
        return None
    twice = len(set(titles)) < len(titles)
    titles = _told_apart(titles)
    low = [title.strip("\"' ").lower() for title in titles]
    low[0] = low[0].lstrip("#") or low[0]
    step = -1
    for word in _FINEST:
        if word in low and _is_whole(row.cells[low.index(word)]):
            step = low.index(word)
            break
    else:
        for index, word in enumerate(low):
            if word in STEP_KEYS and _is_whole(row.cells[index]):
                step = index
                break
    if step < 0:  # "example counter"
        for index, word in enumerate(low):
            first, _, last = word.rpartition(" ")
            if first and last in _COUNTERS and _is_whole(row.cells[index]) and not names.is_setting(word):
                step = index
                break
    if step < 0 and (row.why == WORDS or twice or not any(names.is_metric(title) for title in titles)):
        return None  # with words at their ends and no step, rows are of classes or models
    chosen = tuple(
        ""
        if index == step or cell is None or _is_bookkeeping(low[index], beside_step=step >= 0)
        else tidy(title.strip("\"'"))
        for index, (title, cell) in enumerate(zip(titles, row.cells, strict=True))
    )
    if not any(chosen):
        return None
    return Header(chosen, step, row.sep)


def _told_apart(titles: list[str]) -> list[str]:
    """Titles that stand twice, under titles of their own a line above, get a number."""
    return [
        f"{title}_{titles[:at].count(title) + 1}" if title and title in titles[:at] else title
        for at, title in enumerate(titles)
    ]


def _is_whole(cell: Value | None) -> bool:
    return cell is not None and cell.whole


def _is_bookkeeping(title: str, *, beside_step: bool) -> bool:
    """Times, counts and settings; beside a step's column "min", "max" and "target" are what is watched."""
    plain = title == "epoch" or (beside_step and title in ("min", "max", "target"))
    known = names.is_bookkeeping if beside_step else names.is_setting
    return not title or (not plain and known(title))
