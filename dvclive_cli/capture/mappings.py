"""A mapping: a JSON object, a Python dict, a JavaScript object, and the words that may stand in front of it.

Decides which of its numbers are metrics and which is the step. One reader serves the three notations, because
it only has to find where numbers stand: quoted numbers, nan, tensor(0.5) and np.float64(0.5) count as
numbers, and lists do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from . import grammar, names, pairs, pieces
from .plan import Kind, Plan, Span, Value, value_at
from .steps import COARSE, StepAt, step_of

_NUMBER = (
    r"[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?:nan|inf(?:inity)?)(?![a-z]))(?![\w.])"
)
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})"
    r"|(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<call>[A-Za-z_][\w.]*\()"
    r"|(?P<word>[A-Za-z_$][\w$./-]*)"
    r"|(?P<mark>[][{}(),:=]))",
    re.IGNORECASE,
)
_QUOTED = re.compile(rf"\s*({_NUMBER})\s*\Z", re.IGNORECASE)
_DEEP = 8
_LOG_KEYS = frozenset({"msg", "message", "event"})
_LONGEST_LEAD = 80  # characters
# What stands in front of scores that are printed once: "Results on the test set".
_WORDS = re.compile(r"[\s\[\]()|:>*=-]*(?:[^\W\d]+[\s\[\]()|:>*=-]*){1,6}\Z")
_LAST_WORD = re.compile(r"[^\W\d][\w-]*\Z")
# What follows is chosen, not measured: "best params: {...}", "config: {...}".
_CHOSEN = re.compile(
    r"\b(?:config\w*|(?:hyper)?-?param\w*|args|arguments|kwargs|settings?|options|space|defaults?|namespace)\b",
    re.IGNORECASE,
)

# The finest counter first.
_STEP_ORDER = (
    "global_step", "step", "_step", "num_updates", "timestep", "timesteps", "time_step", "iteration", "iter",
    "it", "update", "batch", "round", "generation", "trial", "episode", "epoch", "iterations",
)  # fmt: skip


class Leaf(NamedTuple):
    """One number: the keys that lead to it and where they stand, and where the number stands."""

    path: tuple[str, ...]
    keys: tuple[Span, ...]
    span: Span


class _NotAMappingError(Exception):
    pass


def leaves(text: str, start: int = 0) -> tuple[list[Leaf], set[str]] | None:
    """The numbers of the mapping that `text[start:]` consists of, and its outermost keys; None if it is no
    mapping.

    >>> [leaf.path for leaf in leaves("{'loss': '0.5', 'val': {'acc': 1}}")[0]]
    [('loss',), ('val', 'acc')]
    """
    found: list[Leaf] = []
    keys: set[str] = set()
    try:
        first = _next(text, start)
        if first["mark"] != "{":
            return None
        at = _object(text, first.end(), (), (), found, keys)
    except _NotAMappingError:
        return None
    return (found, keys) if not text[at:].strip(" \t,;") else None


def _next(text: str, at: int) -> re.Match[str]:
    found = _TOKEN.match(text, at)
    if found is None:
        raise _NotAMappingError
    return found


def _object(
    text: str, at: int, path: tuple[str, ...], spans: tuple[Span, ...], found: list[Leaf], keys: set[str]
) -> int:
    if len(path) > _DEEP:
        raise _NotAMappingError
    token = _next(text, at)
    while token["mark"] != "}":
        if token["string"]:
            key, span = token["string"][1:-1], (token.start("string") + 1, token.end("string") - 1)
        elif token["word"] or token["number"]:
            group = "word" if token["word"] else "number"
            key, span = token[group], token.span(group)
        else:
            raise _NotAMappingError
        if not path:
            keys.add(key.lower())
        if _next(text, token.end())["mark"] != ":":
            raise _NotAMappingError
        at = _value(text, _next(text, token.end()).end(), (*path, key), (*spans, span), found, keys)
        token = _next(text, at)
        if token["mark"] == ",":
            token = _next(text, token.end())
        elif token["mark"] != "}":
            raise _NotAMappingError
    return token.end()


def _value(
    text: str, at: int, path: tuple[str, ...], spans: tuple[Span, ...], found: list[Leaf], keys: set[str]
) -> int:
    token = _next(text, at)
    if token["number"]:
        found.append(Leaf(path, spans, token.span("number")))
    elif token["string"]:
        begin, end = token.span("string")
        quoted = _QUOTED.match(text, begin + 1, end - 1)
        if quoted:
            found.append(Leaf(path, spans, quoted.span(1)))
    elif token["call"]:
        return _call(text, token.end(), path, spans, found)
    elif token["mark"] == "{":
        return _object(text, token.end(), path, spans, found, keys)
    elif token["mark"] in ("[", "("):
        return _skip(text, token.end())
    elif not token["word"]:
        raise _NotAMappingError
    return token.end()


def _call(text: str, at: int, path: tuple[str, ...], spans: tuple[Span, ...], found: list[Leaf]) -> int:
    """tensor(0.5, device='cuda:0') and np.float64(0.5) are their first number."""
    token = _next(text, at)
    if token["number"]:
        found.append(Leaf(path, spans, token.span("number")))
    return _skip(text, at)


def _skip(text: str, at: int) -> int:
    """The place after the bracket that closes the one just read."""
    depth = 1
    while depth:
        token = _next(text, at)
        if token["call"] or token["mark"] in ("[", "(", "{"):
            depth += 1
        elif token["mark"] in ("]", ")", "}"):
            depth -= 1
        at = token.end()
    return at


def plan(text: str, start: int, tidy: Callable[[str], str], rule: str = "") -> Plan | None:
    """What to take from a line that is a mapping; None if it is none, or holds settings or a log record."""
    return _plan(text, start, tidy, rule, Lead())


def behind_words(text: str, start: int, tidy: Callable[[str], str]) -> Plan | None:
    """What to take from a line that ends in a mapping: `Epoch 3: {'loss': 0.5}`, `val {...}`; None if it is
    no such line. Words may say the step and which data the numbers are of."""
    begin = text.find("{", start)
    lead = _lead(text, start, begin, tidy)
    if lead is None:
        return None
    found = _plan(text, begin, tidy, "", lead)
    return found if found is not None and found.kind == Kind.VALUES else None


class Lead(NamedTuple):
    """What the words in front of a mapping say: the step, which data its numbers are of, which metric they
    are ("Losses {'ner': 15.2}"), further metrics."""

    step: StepAt | None = None
    split: Span | None = None
    metric: Span | None = None
    values: tuple[Value, ...] = ()
    words: bool = False


def _lead(text: str, start: int, end: int, tidy: Callable[[str], str]) -> Lead | None:
    """None if the words are none that stand in front of metrics."""
    words = text[:end].rstrip(" \t:=|>-")
    if not 0 < len(words) - start <= _LONGEST_LEAD or _CHOSEN.search(words, start):
        return None
    line = pieces.read(words, start)
    if not line.steps and (line.pairs or line.anchor or not _WORDS.match(words, start)):
        return None
    split = line.prefix[0] if line.prefix else pieces.split_in(words, start)
    values = pairs.metrics_of(line, words, tidy)
    last = _LAST_WORD.search(words, start)
    metric = last.span() if last and names.is_metric(last[0]) else None
    return Lead(step_of(line.steps) if line.steps else None, split, metric, values, words=True)


def _plan(text: str, start: int, tidy: Callable[[str], str], rule: str, lead: Lead) -> Plan | None:
    read = leaves(text, start)
    if read is None:
        return None
    numbers, keys = read
    own = _step(text, numbers)
    step = own or lead.step
    used = {own.step, own.epoch} if own else set()
    values = [*lead.values]
    metrics = 0
    for leaf in numbers:
        last = leaf.path[-1]
        name = "/".join(leaf.path)
        is_metric = names.is_metric(name) or names.is_metric(last)
        split = None if grammar.HAS_SPLIT.search(name) else lead.split
        metric = None if is_metric else lead.metric
        if leaf.span in used or (not is_metric and metric is None and _is_bookkeeping(last)):
            continue
        parts = [part for part in (split, metric, *leaf.keys) if part]
        value = value_at(text, leaf.span, tuple(parts), tidy)
        if value is None:
            continue
        metrics += is_metric or metric is not None
        values.append(value)
    if own and own.word == "iterations" and not metrics:  # how many there are to be
        step = None
    shape = "json" if '"' in text else "dict"
    if not values or not (metrics or (step and not keys & _LOG_KEYS)):
        return (
            None
            if not numbers
            else Plan(Kind.MISS, rule or shape, why="the mapping has neither a step nor the name of a metric")
        )
    return Plan(Kind.VALUES, rule or shape, tuple(values), step, hold=lead.words and step is None)


def _is_bookkeeping(key: str) -> bool:
    return key.lower() != "epoch" and names.is_setting(key)


def _step(text: str, numbers: list[Leaf]) -> StepAt | None:
    whole = {
        leaf.path[0].lower(): leaf.span
        for leaf in numbers
        if len(leaf.path) == 1 and leaf.path[0].lower() in _STEP_ORDER and _is_whole(text, leaf.span)
    }
    for key in _STEP_ORDER:
        if key in whole:
            epoch = whole.get("epoch") if key not in COARSE else None
            return StepAt(whole[key], epoch, within=key == "batch", word=key)
    return None


def _is_whole(text: str, span: Span) -> bool:
    return text[span[0] : span[1]].isdigit()
