"""Where `@dvclive` may stand in a line of output. Knows nothing of what follows it.

A program may print a record behind a log prefix, or after a print that ended no line. But a line that only
shows a record (a shell's trace, a quotation, the source of a script) is none.
"""

from __future__ import annotations

import re

SENTINEL = "@dvclive"
"""Marks a record on stdout and stderr; optional on the FIFO."""

# A log prefix that leaves no space: "INFO:root:", "[1,0]<stdout>:", "svc|".
_PREFIX_END = re.compile(r"""(?:^|\s)[^\s"'`]*[:|\]>)]\Z""")
# sh -x ("+ cmd", "++ cmd", PS4 "+ train.sh:3: cmd"), zsh ("+train.sh:3> cmd"); log prefixes may come first.
_TRACE = re.compile(r"(?:.*[:|\]>)]\s)?\s*\+{1,9}(?:\s|[^\s+]\S*[:>]\s)")
# sh -v, make and CI systems show the command before they run it: "echo @dvclive …".
_COMMAND = re.compile(r"(?:^|[\s;&|(@])(?:echo|printf|print|puts|cat)(?:\s+-\S+)*\s+\Z")

# A line of 64 KiB full of sentinels must not cost its square.
_CANDIDATES = 8
_BEFORE = 2048


def find_sentinel(line: str) -> int:
    """Where the body of a record starts: after `@dvclive` and one space, where the sentinel may stand.

    It may follow the line's start, white space or a log prefix; not a shell trace, a shown command or an
    opened quote.

    Returns:
        The index of the body, or -1 when the line holds no record.
    """
    end = 0
    for _ in range(_CANDIDATES):
        start = line.find(SENTINEL, end)
        if start < 0:
            break
        end = start + len(SENTINEL)
        if line[end : end + 1] in (" ", "\t") and (
            start == 0 or _may_follow(line[max(0, start - _BEFORE) : start])
        ):
            return end + 1
    return -1


def _may_follow(before: str) -> bool:
    if not (before[-1].isspace() or _PREFIX_END.search(before)):
        return False
    return not (_TRACE.match(before) or _COMMAND.search(before) or _quote_is_open(before))


def _quote_is_open(before: str) -> bool:
    if not ('"' in before or "'" in before or "`" in before):
        return False
    quote, previous = "", " "
    for char in before:
        if quote:
            if char == quote and previous != "\\":
                quote = ""
        elif char in "\"'`" and (previous.isspace() or previous in "([{=,:<>+"):
            quote = char  # an apostrophe after a letter ("don't") opens nothing
        previous = char
    return bool(quote)
