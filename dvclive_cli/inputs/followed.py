"""One metric file that a program writes: which of its bytes are new.

What stood in it before the program started does not count, and what a program writes anew as a whole counts
once. Whether a file was emptied or replaced shows in its size, its inode and the bytes just before the place
where reading stands.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False  # the supervisor takes the snapshot: nothing is imported that it does not have already
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..events import Event
    from ..metricfiles import Reader

CHUNK = 1 << 20
MARK = 64  # bytes before a place that tell whether the file is still the same

Seen = tuple[int, int, int, int, bytes]
"""A file at one moment: device, inode, time of its last change (ns), size, and the bytes just before that
size."""


def look(path: str) -> Seen | None:
    """The file as it is now; None if there is none that can be read."""
    try:
        fd = _open(path)
    except OSError:
        return None
    try:
        now = os.fstat(fd)
        return now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size, _before(fd, now.st_size)
    except OSError:
        return None
    finally:
        os.close(fd)


def _head(data: bytes) -> bytes:
    """The first line, with the comments and blank lines before it."""
    size = 0
    for line in data.splitlines(keepends=True):
        size += len(line)
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return data[:size]


def _open(path: str) -> int:
    """Open a plain file for reading; a FIFO or a device raises OSError, at once."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise OSError("not a plain file")


def _marked(path: str, size: int, mark: bytes) -> bool:
    """Whether these bytes stand before that place."""
    try:
        fd = _open(path)
    except OSError:
        return False
    try:
        return _before(fd, size).endswith(mark)
    finally:
        os.close(fd)


def _before(fd: int, place: int) -> bytes:
    """The bytes just before a place in a file."""
    size = min(MARK, place)
    return os.pread(fd, size, place - size)


class Followed:
    """One file, and how far it has been read. Picklable; the descriptor is opened anew by whoever reads next.

    Parameters:
        path: of the file. `below`: its path below what the user named.
        reader: gives a new reader for it.
        old: the file before the program started, if it was there.
    """

    def __init__(self, path: str, below: str, reader: Callable[[], Reader], old: Seen | None) -> None:
        self.path, self.below = path, below
        from ..metricfiles.ledger import Ledger

        self._new_reader, self._reader = reader, reader()
        self._old = old
        self._identity: tuple[int, int] | None = None
        self._offset = 0
        self._mark = b""
        self._changed = 0  # time of the last change that was seen, ns
        self._past: dict[tuple[int, int], tuple[int, bytes]] = {}  # how far replaced files were read
        self._ledger = Ledger()
        self._ends: int | None = None  # once the program has ended: the size beyond which nothing is its own
        self._fd = -1

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_fd": -1}

    def poll(self) -> list[Event]:
        """What is new, of at most one chunk; `behind` tells whether there is more."""
        events: list[Event] = []
        if self._fd < 0 or self._replaced():
            events = self._rest()
            if not self._take_up():
                return events
        now = os.fstat(self._fd)
        same = _before(self._fd, self._offset).endswith(self._mark)
        touched = self._reader.whole and now.st_mtime_ns != self._changed
        if now.st_size < self._offset or not same or touched:
            self._begin_again()
        self._changed = now.st_mtime_ns
        data = os.pread(self._fd, min(CHUNK, self._size() - self._offset), self._offset)
        if data:
            events += self._feed(data)
        return events

    def has_read(self, path: str, seen: Seen) -> bool:
        """Whether another path leads to what was read here: a link, or the file's new name after rotation."""
        if seen[:2] == self._identity and self._fd >= 0:
            return True
        if seen[:2] == self._identity:  # a recorder before us had it open
            size, mark = self._offset, self._mark
        else:
            size, mark = self._past.get(seen[:2], (-1, b""))
        return 0 <= size <= seen[3] and _marked(path, size, mark)

    @property
    def behind(self) -> bool:
        """Whether there is more to read at once."""
        try:
            return self._fd >= 0 and self._size() > self._offset
        except OSError:
            return False

    def _size(self) -> int:
        size = os.fstat(self._fd).st_size
        return size if self._ends is None else max(self._offset, min(size, self._ends))

    def program_ended(self) -> None:
        """What is written from now on is somebody else's: there may be no end to it."""
        try:
            self._ends = os.stat(self.path).st_size
        except OSError:
            self._ends = None

    def end(self) -> list[Event]:
        """Everything has been read: what waited for more is decided; a last line counts without its end."""
        events = self._ledger.new(self._reader.close())
        self.close()
        return events

    def faults(self) -> Mapping[str, int]:
        """What could not be read."""
        return self._reader.faults()

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _replaced(self) -> bool:
        """Whether another file stands at the path; one that was only removed is read on."""
        try:
            now = os.stat(self.path)
        except OSError:
            return False
        return (now.st_dev, now.st_ino) != self._identity

    def _rest(self) -> list[Event]:
        """What is left of a file that was renamed or removed, and let go of it."""
        events: list[Event] = []
        while self._fd >= 0 and (data := os.pread(self._fd, CHUNK, self._offset)):
            events += self._feed(data)
        if self._fd >= 0:
            events += self._ledger.new(self._reader.close())
        self.close()
        return events

    def _take_up(self) -> bool:
        """Open what stands at the path; go on where reading stood, if it is the same file."""
        try:
            self._fd = _open(self.path)
        except OSError:
            return False
        now = os.fstat(self._fd)
        before, self._identity = self._identity, (now.st_dev, now.st_ino)
        if before is not None and before != self._identity:
            self._past[before] = (self._offset, self._mark)
            self._begin_again()
        old, self._old = self._old, None
        if old is not None and self._identity == old[:2]:
            _, _, _, size, mark = old
            # A program that changed the file and left it as long as it was wrote the same again.
            if now.st_size > size > 0 and _before(self._fd, size) == mark:
                self._pass_over(size)
        return True

    def _pass_over(self, size: int) -> None:
        """Begin behind the old content; a line that the program completes counts as new."""
        from ..metricfiles import ALL, HEAD

        if self._reader.before == ALL:
            while data := os.pread(self._fd, min(CHUNK, size - self._offset), self._offset):
                self._feed(data)
            self._ledger.forget()
            return
        tail = os.pread(self._fd, min(CHUNK, size), size - min(CHUNK, size))
        start = size - len(tail) + tail.rfind(b"\n") + 1
        if self._reader.before == HEAD and start:
            self._reader.feed(_head(os.pread(self._fd, min(CHUNK, start), 0)))
        self._offset, self._mark = start, _before(self._fd, start)

    def _begin_again(self) -> None:
        self._offset, self._mark = 0, b""
        if self._reader.whole:
            self._reader.again()
            return
        self._reader = self._new_reader()
        self._ledger.begin_again()

    def _feed(self, data: bytes) -> list[Event]:
        self._offset += len(data)
        self._mark = (self._mark + data)[-MARK:]
        return self._ledger.new(self._reader.feed(data))
