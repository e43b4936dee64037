"""Which lines of a block are alike, so that they can be read at once; and when it is worth to look.

Decides how a block is cut into lines to be looked at one by one and lines to be read by a template. Reading
line by line gives the same, so nothing here changes what is found. Must not know what a line means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .templates import Template

WORTH = 4096  # bytes of a block in which it is worth to look for lines alike
_HEAD = 2048  # bytes to learn from
_MANY = 16
_FEW = 8  # lines alike that are as quick one by one
_LONGEST_WAIT = 64


class Piece(NamedTuple):
    """Lines one by one, and the lines alike that follow: their bytes and what the template read."""

    before: bytes
    alike: bytes
    rows: list[tuple[str, ...]]


class Patience:
    """How many blocks to let pass before a template is tried again: more after each failure."""

    __slots__ = ("_next", "_wait")

    def __init__(self) -> None:
        self._wait, self._next = 0, 1

    def over(self) -> bool:
        """Whether to try now."""
        if self._wait:
            self._wait -= 1
            return False
        return True

    def failed(self) -> None:
        """It was in vain."""
        self._wait, self._next = self._next, min(2 * self._next, _LONGEST_WAIT)

    def worked(self) -> None:
        """It was worth it."""
        self._wait, self._next = 0, 1


def head(block: bytes) -> int:
    """Where the lines end from which a template is learned."""
    return block.find(b"\n", _HEAD) + 1 or len(block)


def cut(block: bytes, template: Template) -> tuple[list[Piece], bytes]:
    """The block's beginning in pieces, and its rest; no pieces if too few of its lines are alike."""
    rows = template.read(block.decode("latin-1"))
    others = [at for at, row in enumerate(rows) if not any(row)]
    # Many others in a row: another statement prints now.
    end = next((at for at, last in zip(others, others[_MANY:], strict=False) if last - at == _MANY), None)
    others = others if end is None else [at for at in others if at < end]
    if len(others) * 2 * _FEW > len(rows[:end]) or end == 0:
        return [], block
    lines = block.split(b"\n")
    rest = b"" if end is None else b"\n".join(lines[end:])
    return list(_pieces(lines, rows[:end], others)), rest


def _pieces(lines: list[bytes], rows: list[tuple[str, ...]], others: list[int]) -> Iterator[Piece]:
    """A line alike goes in front of each stretch of them as one of the lines before: whatever the first one
    changes is changed when the others come."""
    here = start = 0
    for other in [*others, len(rows)]:
        if other - start > _FEW or other == len(rows):
            first = min(start + 1, other)
            yield Piece(_joined(lines[here:first]), _joined(lines[first:other]), rows[first:other])
            here = other
        start = other + 1


def _joined(lines: list[bytes]) -> bytes:
    return b"\n".join([*lines, b""]) if lines else b""
