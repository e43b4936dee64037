"""What every reader of a metric file is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..events import Event

NOTHING, HEAD, ALL = "nothing", "head", "all"
"""What a reader has to see of old content before it can read what comes behind it; HEAD is the first line,
with the comments before it."""


class Reader(Protocol):
    """Takes one file apart. Picklable at any moment; its size does not grow with the file.

    `before`: NOTHING, HEAD or ALL, to be fed and its events thrown away where only what
    comes behind old content counts.
    """

    before: str = NOTHING
    whole: bool = False
    """Whether the file holds one record, which the program writes anew to tell the next one."""

    def again(self) -> None:
        """The file is written anew, and `whole`: go on with its new content."""
        return

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; give the events of the records that they finish."""

    def close(self) -> list[Event]:
        """The file is at its end: a last line counts even without a newline."""

    def faults(self) -> Mapping[str, int]:
        """What could not be read, with where it was first seen, and how often."""
