"""Reading the tapes in the order of the run, and giving back what nobody needs any more.

Knows where reading stands, where it stood at the last checkpoint, and how to go on from there; not what the
bytes mean.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .tape import Order, Tape, pieces, release

BATCH_BYTES = 1 << 20
SETTLE = 0.05  # seconds
CONTROL = 0
"""The tape on which the supervisor speaks: each of its frames is one message."""

_RELEASE_BYTES = 1 << 20
_ORDER = (-1, 0)  # the order log among the tapes that are given back


class Position(NamedTuple):
    """How far the tapes have been read: in the order log, and by (tape, reel), in bytes."""

    order: int
    tapes: dict[tuple[int, int], int]


class Stretch(NamedTuple):
    """Bytes of one tape that stand together in the order of the run, and when they came (epoch ms)."""

    tape: int
    data: bytes
    now_ms: int


class TapeReader:
    """Where reading stands.

    Parameters:
        order: the log to follow.
        tapes: the tapes by number.
        relayed: numbers of the tapes whose bytes are also passed on: they are needed until then.

    Attributes:
        position: what has been given out. `kept`: what the last checkpoint holds.
        unkept_bytes: bytes given out since.
    """

    def __init__(self, order: Order, tapes: Mapping[int, Tape], relayed: Iterable[int]) -> None:
        self.order, self.tapes, self.relayed = order, tapes, set(relayed)
        self.position = Position(0, {})
        self.kept = Position(0, {})
        self.unkept_bytes = 0
        self._released: dict[tuple[int, int], int] = {}

    @property
    def moved(self) -> bool:
        """Whether anything was read since the last checkpoint."""
        return self.position.order != self.kept.order

    def go_on_from(self, position: Position) -> None:
        """Take up reading where an earlier reader's checkpoint stands."""
        self.position = position
        self.kept = Position(position.order, dict(position.tapes))

    def stretches(self) -> Iterator[Stretch]:
        """What the order log tells of now; `position` is behind a stretch when it is given out."""
        frames, _ = self.order.read(self.position.order)
        index = taken = 0
        offsets = self.position.tapes
        while index < len(frames):
            first = frames[index]
            size, key = first.size, (first.tape, first.reel)
            index += 1
            while index < len(frames) and size < BATCH_BYTES and first.tape != CONTROL:
                after = frames[index]
                if (after.tape, after.reel) != key:
                    break
                size += after.size
                index += 1
            start = offsets.get(key, 0)
            data = b"".join(pieces(self.tapes[first.tape], first.reel, start, size))
            offsets[key] = start + size
            self.position = Position(self.position.order + self.order.size_of(index - taken), offsets)
            taken = index
            self.unkept_bytes += size
            yield Stretch(first.tape, data, first.now_ms)

    def ahead(self, tape: int, start: int, most: int) -> tuple[int, bytes]:
        """Bytes in the memory of a tape that are still to be given out, from `start` on or behind it: where
        they begin, and at most `most` of them."""
        start = max(start, self.position.tapes.get((tape, 0), 0))
        return start, os.pread(self.tapes[tape].reels[0].fd, most, start)

    def settle(self, tape: int, pipe: int, within: float = SETTLE) -> None:
        """Wait until what stands in a pipe by now is on its tape.

        Each pipe is emptied for itself, so that a program's print may be here before the record that it sent
        first.

        Parameters:
            tape: its number.
            pipe: the descriptor that the tape is filled from.
            within: seconds, at most: who does not fill it is stopped, or gone.
        """
        waiting = _waiting(pipe)
        if not waiting:
            return
        until = time.monotonic() + within
        reels = [reel.fd for reel in self.tapes[tape].reels]
        end = sum(os.fstat(fd).st_size for fd in reels) + waiting
        while _waiting(pipe) and time.monotonic() < until:
            if sum(os.fstat(fd).st_size for fd in reels) >= end:
                break  # what stands in the pipe now came later
            time.sleep(0.0005)

    def keep(self) -> None:
        """A checkpoint holds everything read so far: give the memory of it back, once it is passed on too."""
        self.go_on_from(self.position)
        self.unkept_bytes = 0
        for (tape, reel), end in self.kept.tapes.items():
            files = self.tapes[tape].reels[reel]
            if tape in self.relayed:
                end = min(end, os.lseek(files.relay_fd, 0, os.SEEK_CUR))
            self._release((tape, reel), files.fd, end)
        self._release(_ORDER, self.order.fd, self.kept.order)

    def _release(self, key: tuple[int, int], fd: int, end: int) -> None:
        start = self._released.get(key, 0)
        if end - start >= _RELEASE_BYTES:
            self._released[key] = release(fd, start, end)

    def mend(self) -> None:
        """Have the order log tell of bytes whose frame a killed supervisor did not get to write."""
        # from where we have read: what lies before it may have been given back to the kernel
        counted, at = dict(self.position.tapes), self.position.order
        while True:
            frames, behind = self.order.read(at)
            if not frames:
                break
            at = behind
            for frame in frames:
                key = (frame.tape, frame.reel)
                counted[key] = counted.get(key, 0) + frame.size
        self.order.mend(dict(self.tapes), counted)


def _waiting(pipe: int) -> int:
    """How many bytes stand in a pipe."""
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return int(count)
