"""Bytes of a program's output to events: values in, values out; no file, clock, process or network here.

`Capture` is the one thing to build: one per stream, `feed` it bytes and take the matches. It is imported when
it is first asked for: whoever only checks options before a program starts must not pay for the recognisers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import CaptureOptions, Columns, Counts, Fault, Match, NearMiss, line_by_line

if TYPE_CHECKING:
    from .stream import Capture

__all__ = [
    "Capture",
    "CaptureOptions",
    "Columns",
    "Counts",
    "Fault",
    "Match",
    "NearMiss",
    "line_by_line",
    "validate_options",
]


def __getattr__(name: str) -> Any:
    if name == "Capture":
        from .stream import Capture

        return Capture
    raise AttributeError(name)


def validate_options(options: CaptureOptions) -> None:
    """Refuse options that cannot work.

    Raises errors.UsageError for an unknown format (naming the near ones), a pattern that does not compile or
    has no named group, and a table of a user's format that makes no sense.
    """
    if options.formats or options.user_formats:
        from .formats import validate_formats

        validate_formats(options.formats, options.user_formats)
    if options.patterns:
        from .patterns import compile_pattern

        for pattern in options.patterns:
            compile_pattern(pattern)
