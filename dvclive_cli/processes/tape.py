"""Tapes: the bytes of one source, kept by the kernel between the supervisor and the recorder.

Both processes hold the same open files, so either may be killed at any moment and the other goes on from the
exact byte: the kernel moves the bytes (`splice`) and counts them (file offsets) in one step. A tape knows no
line and no metric.

A tape lives in memory (a memfd) while the recorder keeps up, and spills to an unlinked file in a temporary
folder when more than `SPILL` bytes wait. The `Order` log tells the recorder which tape grew by how many bytes
and when: its order is the order of the run.
"""

from __future__ import annotations

import errno
import os
import struct
import time

SPILL = 64 << 20
CHUNK = 1 << 20
_RESERVE = 1 << 12
_FRAME = struct.Struct("<BIQ")  # tape and file, bytes, epoch milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Reel:
    """One file of a tape: written at `fd`, relayed from `relay_fd`; each has its own offset in the kernel."""

    __slots__ = ("fd", "relay_fd")

    def __init__(self, fd: int, relay_fd: int) -> None:
        self.fd, self.relay_fd = fd, relay_fd

    @classmethod
    def on(cls, fd: int) -> Reel:
        """A reel on a file that has just been created."""
        return cls(fd, os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC))

    def written(self) -> int:
        """Bytes written so far."""
        return os.lseek(self.fd, 0, os.SEEK_CUR)

    def waiting(self) -> int:
        """Bytes that are written and not yet relayed."""
        return self.written() - os.lseek(self.relay_fd, 0, os.SEEK_CUR)


class Tape:
    """The bytes of one source: a reel in memory and, where a folder allows it, one on disk for a backlog."""

    __slots__ = ("number", "reels")

    def __init__(self, number: int, reels: list[Reel]) -> None:
        self.number, self.reels = number, reels

    @classmethod
    def create(cls, number: int, folder: str | None) -> Tape:
        """A new, empty tape that spills into `folder` (no spill without one)."""
        reels = [Reel.on(os.memfd_create(f"dvclive-{number}", os.MFD_CLOEXEC))]
        if folder is not None:
            try:
                reels.append(Reel.on(os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)))
            except OSError:  # a file system without O_TMPFILE, or a full one: memory only
                pass
        return cls(number, reels)

    def describe(self) -> tuple[int, list[tuple[int, int]]]:
        """Plain values from which another process that holds the descriptors builds the same tape."""
        return self.number, [(reel.fd, reel.relay_fd) for reel in self.reels]

    @classmethod
    def rebuilt(cls, description: tuple[int, list[tuple[int, int]]]) -> Tape:
        """The inverse of `describe`."""
        number, reels = description
        return cls(number, [Reel(fd, relay_fd) for fd, relay_fd in reels])

    def descriptors(self) -> list[int]:
        """Every descriptor the tape holds."""
        return [fd for reel in self.reels for fd in (reel.fd, reel.relay_fd)]

    def _choose(self) -> int:
        """The reel for the next bytes: memory, unless too much is waiting there."""
        if len(self.reels) > 1 and os.fstat(self.reels[0].fd).st_blocks * 512 > SPILL:
            return 1
        return 0

    def fill(self, source: int, size: int = CHUNK) -> tuple[int, int]:
        """Move up to `size` waiting bytes of the pipe `source` onto the tape.

        Returns:
            The reel they went to, and how many; 0 bytes at the end of the source.
        """
        number = self._choose()
        try:
            return number, os.splice(source, self.reels[number].fd, size)
        except OSError as error:
            if number == 0 or error.errno not in (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG):
                raise
            return 0, os.splice(source, self.reels[0].fd, size)  # a full disk never stops the program

    def write(self, data: bytes) -> tuple[int, int]:
        """Append our own bytes (control messages)."""
        return 0, os.write(self.reels[0].fd, data)


class Frame:
    """One entry of the order log."""

    __slots__ = ("now_ms", "reel", "size", "tape")

    def __init__(self, tape: int, reel: int, size: int, now_ms: int) -> None:
        self.tape, self.reel, self.size, self.now_ms = tape, reel, size, now_ms


class Order:
    """The log that says which tape grew, by how much, and when; and the bell that wakes the recorder."""

    __slots__ = ("bell_r", "bell_w", "fd", "room")

    def __init__(self, fd: int, bell_r: int, bell_w: int) -> None:
        self.fd, self.bell_r, self.bell_w = fd, bell_r, bell_w
        self.room: int | None = None  # bytes that it may have, where files are limited (ulimit -f)

    @classmethod
    def create(cls) -> Order:
        """A new, empty log."""
        bell_r, bell_w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        memory = os.memfd_create("dvclive-order", os.MFD_CLOEXEC)
        # Pumps and the recorder write at the same time. The kernel does not lock the offset of a memfd as it
        # came (no FMODE_ATOMIC_POS: frames overwrote each other); appending is one step for everybody.
        fd = os.open(f"/proc/self/fd/{memory}", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        os.close(memory)
        return cls(fd, bell_r, bell_w)

    def describe(self) -> tuple[int, int, int]:
        """Plain values for `Order(*values)` in another process that holds the descriptors."""
        return self.fd, self.bell_r, self.bell_w

    def add(self, tape: int, reel: int, size: int) -> None:
        """Append one frame (a single write: whole or absent) and ring.

        Raises OSError where the log is full; the last of its room is for the supervisor's own words.
        """
        if self.room is not None and tape and os.lseek(self.fd, 0, os.SEEK_END) > self.room - _RESERVE:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        os.write(self.fd, _FRAME.pack(tape << 1 | reel, size, int(time.time() * 1000)))
        self.ring()

    @staticmethod
    def size_of(frames: int) -> int:
        """Bytes that so many frames take in the log."""
        return frames * _FRAME.size

    def ring(self) -> None:
        """Wake the recorder; a bell that is full of rings has been heard."""
        try:
            os.write(self.bell_w, b".")
        except BlockingIOError:
            pass

    def hush(self) -> None:
        """Take the rings out of the bell."""
        try:
            while os.read(self.bell_r, 65536):
                pass
        except BlockingIOError:
            pass

    def read(self, position: int, limit: int = 4096) -> tuple[list[Frame], int]:
        """The frames from byte `position` on (at most `limit`), and the position behind them."""
        data = os.pread(self.fd, limit * _FRAME.size, position)
        whole = len(data) - len(data) % _FRAME.size
        frames = [Frame(key >> 1, key & 1, size, ms) for key, size, ms in _FRAME.iter_unpack(data[:whole])]
        return frames, position + whole

    def mend(self, tapes: dict[int, Tape], counted: dict[tuple[int, int], int]) -> None:
        """Add frames for bytes that reached a tape while their frame did not: the writer was killed between.

        Only for a recorder whose supervisor is gone. `counted`: bytes that frames tell of, by (tape, reel).
        """
        for tape in tapes.values():
            for number, reel in enumerate(tape.reels):
                missing = reel.written() - counted.get((tape.number, number), 0)
                if missing > 0:
                    self.add(tape.number, number, missing)


def pieces(tape: Tape, reel: int, start: int, size: int) -> Iterator[bytes]:
    """The bytes of one frame, in pieces of at most `CHUNK`."""
    fd = tape.reels[reel].fd
    while size > 0:
        data = os.pread(fd, min(size, CHUNK), start)
        if not data:
            return
        yield data
        start += len(data)
        size -= len(data)


def release(fd: int, start: int, end: int) -> int:
    """Give the kernel back the pages of a tape in [start, end); returns the new start.

    A hole is punched through a shared mapping (madvise(2), MADV_REMOVE): offsets stay, memory does not.
    A file system that cannot do it keeps the bytes until the run ends.
    """
    import mmap

    page = mmap.ALLOCATIONGRANULARITY
    start, end = -(-start // page) * page, end // page * page
    while start < end:
        size = min(end - start, 64 << 20)
        try:
            with mmap.mmap(
                fd, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=start
            ) as window:
                window.madvise(mmap.MADV_REMOVE)
        except (OSError, ValueError):
            return end
        start += size
    return end
