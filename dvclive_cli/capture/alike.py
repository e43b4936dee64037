"""Which lines of a block are alike, so that they can be read at once; and when it is worth to look.

Decides how a block is cut into lines to be looked at one by one and lines to be read by a template. Reading
line by line gives the same, so nothing here changes what is found. Must not know what a line means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .templates import Template

WORTH = 4096  # bytes of a block in which it is worth to look for lines alike, or for those that say nothing
_HEAD = 2048  # bytes to learn from
_MANY = 16
_FEW = 8  # lines alike that are as quick one by one
_LONGEST_WAIT = 64
_LONGEST_TURN = 6  # lines
_NUMBER = re.compile(rb"-?0[0.]*(?:[eE][-+]0+)?")


class Piece(NamedTuple):
    """Lines one by one, and the turns alike that follow: their bytes and what the template read."""

    before: bytes
    alike: bytes
    rows: list[tuple[str, ...]]


class Patience:
    """How many blocks to let pass before something is tried again: more after each failure."""

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


def period(masks: Sequence[bytes]) -> int:
    """How many lines a loop prints in each turn, as far as these masks show it: 1 where they show nothing.

    >>> period([b"Epoch 0/00", b"loss: 0.00", b"Epoch 00/00", b"loss: 0.00"])
    2
    """
    shapes = [_NUMBER.sub(b"0", mask) for mask in masks]
    for size in range(1, min(_LONGEST_TURN, len(shapes) // 2) + 1):
        same = sum(map(bytes.__eq__, shapes, shapes[size:]))
        if same * 4 >= (len(shapes) - size) * 3:
            return size
    return 1


def cut(block: bytes, template: Template) -> tuple[list[Piece], bytes]:
    """The block's beginning in pieces, and its rest; no pieces if too few of its lines are alike."""
    rows = template.read(block.decode("latin-1"))
    size = len(template.lines)
    others = [at for at, row in enumerate(rows) if not any(row)]
    # Many others in a row: another statement prints now.
    end = next((at for at, last in zip(others, others[_MANY:], strict=False) if last - at == _MANY), None)
    others = others if end is None else [at for at in others if at < end]
    if len(others) * 2 * _FEW > len(rows[:end]) * size or end == 0:
        return [], block
    lines = block.split(b"\n")
    rest = b"" if end is None else b"\n".join(lines[end + (end - len(others)) * (size - 1) :])
    return list(_pieces(lines, rows[:end], others, size)), rest


def _pieces(lines: list[bytes], rows: list[tuple[str, ...]], others: list[int], size: int) -> Iterator[Piece]:
    """A turn alike goes in front of each stretch of them as lines one by one: whatever the first one changes
    is changed when the others come."""
    here = begin = 0  # lines
    start = 0  # rows
    for other in [*others, len(rows)]:
        end = begin + (other - start) * size
        if end - begin > _FEW or other == len(rows):
            first = min(begin + size, end)
            yield Piece(_joined(lines[here:first]), _joined(lines[first:end]), rows[start + 1 : other])
            here = end
        start, begin = other + 1, end + 1


def _joined(lines: list[bytes]) -> bytes:
    return b"\n".join([*lines, b""]) if lines else b""
