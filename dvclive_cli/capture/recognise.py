"""The order of recognition: user patterns, known formats, mappings, tables, pairs.

Decides what one line holds, from its text alone. Must not know the lines before it, nor how plans are kept.
"""

from __future__ import annotations

from collections.abc import Callable

from . import formats, mappings, names, pairs, patterns, prefixes, tables
from .model import CaptureOptions
from .plan import NOISE, Plan, in_bytes


class Recogniser:
    """The rules, for one choice of options."""

    def __init__(self, options: CaptureOptions) -> None:
        self._only = bool(options.formats)
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
            return in_bytes(known, text)
        if self._only:
            row = tables.plan(text, start) if self._separators else None
            return in_bytes(row, text) if row and row.sep in self._separators else NOISE
        if text.startswith("{", start):
            mapping = mappings.plan(text, start, self._tidy)
            if mapping is not None:
                mapping.rank = rank
                return in_bytes(mapping, text)
        guess = tables.box(text, start, self._tidy) if text.startswith(("|", "│"), start) else None
        guess = guess or tables.plan(text, start) or pairs.plan(text, start, self._tidy, rank)
        return in_bytes(guess, text) if guess is not None else NOISE

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
