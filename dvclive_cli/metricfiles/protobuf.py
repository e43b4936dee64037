"""The wire format of protocol buffers, as far as event files need it: fields of a message, numbers of a list.

https://protobuf.dev/programming-guides/encoding. Lengths are checked before anything is cut out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_WIDTH = {FIXED64: 8, FIXED32: 4}
_FORMAT = {"d": (struct.Struct("<d"), 8), "f": (struct.Struct("<f"), 4)}


class WireError(ValueError):
    """The bytes are no such message."""


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """The fields of a message in order: number, wire type, and an int (varint) or the bytes."""
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = varint(data, at)
            yield key >> 3, kind, value
            continue
        if kind == BYTES:
            size, at = varint(data, at)
        elif kind in _WIDTH:
            size = _WIDTH[kind]
        else:
            raise WireError(f"wire type {kind}")
        if at + size > end:
            raise WireError("a field is longer than its message")
        yield key >> 3, kind, data[at : at + size]
        at += size


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at `at`, and the place behind it."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise WireError("a number has no end")


def signed(value: int) -> int:
    """A varint as the int64 that it stands for.

    >>> signed(2**64 - 1)
    -1
    """
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def real(data: bytes, kind: str) -> float:
    """The one float ("f") or double ("d") that the bytes are."""
    form, width = _FORMAT[kind]
    if len(data) != width:
        raise WireError(f"{len(data)} bytes where a number of {width} stands")
    value: float = form.unpack(data)[0]
    return value
