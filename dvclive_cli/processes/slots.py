"""Two memory files by turns: the newest whole state survives whoever is killed while writing the next.

Knows bytes only. The descriptors are shared between supervisor and recorders.
"""

from __future__ import annotations

import os
import zlib

_HEAD = 16  # number and checksum, little endian


class Slots:
    """Where a recorder leaves its state for the one that may have to follow it."""

    __slots__ = ("fds", "number")

    def __init__(self, fds: list[int]) -> None:
        self.fds, self.number = fds, 0

    def write(self, body: bytes) -> None:
        """Replace the older state; the head is written last, so that half a state has a wrong checksum."""
        self.number += 1
        fd = self.fds[self.number % 2]
        os.ftruncate(fd, 0)
        os.pwrite(fd, body, _HEAD)
        os.pwrite(fd, self.number.to_bytes(8, "little") + zlib.crc32(body).to_bytes(8, "little"), 0)

    def newest(self) -> bytes | None:
        """The newest whole state, or None where there never was one; writing goes on behind it."""
        best: bytes | None = None
        for fd in self.fds:
            size = os.fstat(fd).st_size
            data = os.pread(fd, size, 0)
            number, body = int.from_bytes(data[:8], "little"), data[_HEAD:]
            whole = size >= _HEAD and zlib.crc32(body) == int.from_bytes(data[8:_HEAD], "little")
            if whole and number > self.number:
                self.number, best = number, body
        return best
