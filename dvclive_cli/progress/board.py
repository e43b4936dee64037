"""Memory that the recorder and the supervisor share: what the line is to say, and how to wipe it.

The recorder writes the one, the supervisor the other; whoever is killed leaves it readable. Knows no
terminal.
"""

from __future__ import annotations

import marshal
import os
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HALF = 4096


class Board:
    """The two notes.

    Parameters:
        fd: of the memory; both processes hold it.
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def create(cls) -> Board:
        """A new, empty one."""
        fd = os.memfd_create("dvclive-board", os.MFD_CLOEXEC)
        os.ftruncate(fd, 2 * HALF)
        return cls(fd)

    def say(self, facts: dict[str, Any]) -> None:
        """Write what the line is to say; facts that have no room are not written."""
        self._write(0, marshal.dumps(facts))

    def said(self) -> dict[str, Any]:
        """What the line is to say; empty while nothing, or half of it, is written."""
        body = self._read(0)
        facts: dict[str, Any] = marshal.loads(body) if body else {}  # noqa: S302 - our own recorder's words
        return facts

    def leave(self, wipe: bytes) -> None:
        """Write how to wipe the line that is about to be drawn; empty for none."""
        self._write(HALF, wipe)

    def left(self) -> bytes:
        """How to wipe the line that whoever was killed has left."""
        return self._read(HALF)

    def _write(self, at: int, body: bytes) -> None:
        head = len(body).to_bytes(4, "little") + crc32(body).to_bytes(4, "little")
        if len(head) + len(body) <= HALF:
            os.pwrite(self.fd, head + body, at)

    def _read(self, at: int) -> bytes:
        data = os.pread(self.fd, HALF, at)
        body = data[8 : 8 + int.from_bytes(data[:4], "little")]
        return body if crc32(body) == int.from_bytes(data[4:8], "little") else b""
