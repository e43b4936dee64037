"""The order of recognition: user patterns, known formats, mappings, tables, pairs.

Decides what one line holds, from its text alone. Must not know the lines before it, nor how plans are kept.
"""

from __future__ import annotations

from collections.abc import Callable

from . import formats, mappings, names, pairs, patterns, prefixes, tables
from .model import RULES, CaptureOptions
from .plan import NOISE, Kind, Plan, Span, in_bytes


class Recogniser:
    """The rules, for one choice of options."""

    def __init__(self, options: CaptureOptions) -> None:
        self._rules = frozenset(RULES).intersection(options.formats or RULES)
        self._known = formats.lines_of(options.formats)
        self._users = formats.user_lines(options.user_formats, options.formats)
        self._patterns = options.patterns
        self._separators = {sep for name, sep in (("csv", ","), ("tsv", "\t")) if name in options.formats}
        self._tidy = tidier(options.names)

    def of_mask(self, text: str) -> Plan:
        """What our own rules take from a line, given its mask."""
        start, rank = prefixes.strip(text)
        known = formats.plan(text, start, self._known, self._tidy, rank)
        if known is not None:
            # A bar that says nothing may stand behind a row: YOLO's "3/99  1.2G  0.05  0.01: 100%|###|"
            row = tables.plan(text, start) if known.kind == Kind.NEUTRAL and "table" in self._rules else None
            return in_bytes(known if row is None else row, text)
        if self._separators:
            row = tables.plan(text, start)
            if row is not None and row.sep in self._separators:
                return in_bytes(row, text)
        guess = self._guess(text, start, rank)
        return in_bytes(guess, text) if guess is not None else NOISE

    def _guess(self, text: str, start: int, rank: Span | None) -> Plan | None:
        """What the rules that know no program take, those that are chosen."""
        rules = self._rules
        leads = text.startswith("{", start)
        if leads or ("{" in text and text.rstrip(" \t,;").endswith("}")):
            mapping = (mappings.plan if leads else mappings.behind_words)(text, start, self._tidy)
            if mapping is not None:
                mapping.rank = rank
                return mapping if mapping.rule in rules else None
        guess = None
        if "box" in rules and text.startswith(("|", "│"), start):
            guess = tables.box(text, start, self._tidy)
        if guess is None and "table" in rules:
            guess = tables.plan(text, start)
        if guess is None and "pairs" in rules:
            guess = pairs.plan(text, start, self._tidy, rank)
        return guess

    def of_line(self, line: bytes) -> Plan | None:
        """What users' patterns and formats take from a line; None if nothing."""
        text = line.decode("utf-8", "surrogateescape")
        if not text.isprintable():  # re2 reads UTF-8, which has no lone surrogates
            text = "".join("?" if "\ud800" <= c <= "\udfff" else c for c in text)
        for pattern in self._patterns:
            plan = patterns.plan(text, pattern)
            if plan is not None:
                return in_bytes(plan, text)
        if self._users:
            start, rank = prefixes.strip(text)
            plan = formats.plan(text, start, self._users, self._tidy, rank)
            if plan is not None:
                return in_bytes(plan, text)
        return None


def tidier(naming: str) -> Callable[[str], str]:
    """How names are made safe."""
    return names.as_is if naming == "as-is" else names.clean
