"""Rows that are appended to many files: whole, in order, kept in memory while the disk refuses them.

Knows paths and bytes; not what a row means.
"""

from __future__ import annotations

import errno
import os

from dvclive_cli.disk import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Appender:
    """Appends whole rows to many files through few descriptors.

    What the disk refuses (full, file-size limit, read-only) waits in memory, in order and at most
    `max_waiting` bytes in all, and is tried again by `retry`. A write that was cut short by a full disk is
    completed first, so a row is never split.

    Parameters:
        head: gives the first bytes of a file that is new (or was removed and begun again).
        max_open: descriptors kept open.
        max_waiting: bytes kept for later when the disk refuses them.

    Attributes:
        unsynced: files appended to since the last `sync`.
    """

    __slots__ = (
        "_head",
        "_max_open",
        "_max_waiting",
        "_open",
        "error",
        "unsynced",
        "waiting",
        "waiting_bytes",
    )

    def __init__(
        self, head: Callable[[str], bytes] = lambda path: b"", max_open: int = 128, max_waiting: int = 8 << 20
    ) -> None:
        self._head = head
        self._max_open = max_open
        self._max_waiting = max_waiting
        self._open: dict[str, int] = {}
        self.unsynced: set[str] = set()
        self.waiting: dict[str, bytes] = {}
        self.waiting_bytes = 0
        self.error: OSError | None = None

    def append(self, path: str, data: bytes) -> bool:
        """Append `data` (whole rows); False when there was no room even to keep it for later: it is lost."""
        if path in self.waiting:  # keep the order of the rows
            return self._keep(path, data)
        done = self._write(path, data)
        return done == len(data) or self._keep(path, data[done:], torn=done > 0)

    def append_open(self, path: str, data: bytes) -> bool:
        """`append` for a file that is open while nothing waits; False, with nothing done, for any other."""
        fd = self._open.get(path)
        if fd is None or self.waiting:
            return False
        self.unsynced.add(path)
        try:
            done = os.write(fd, data)
        except OSError:  # `append` meets it again, and knows what to do
            return False
        return done == len(data) or self._keep(path, data[done:], torn=True)

    def _keep(self, path: str, rest: bytes, torn: bool = False) -> bool:
        if not torn and self.waiting_bytes + len(rest) > self._max_waiting:
            return False
        self.waiting[path] = self.waiting.get(path, b"") + rest
        self.waiting_bytes += len(rest)
        return True

    def _write(self, path: str, data: bytes) -> int:
        """Bytes that reached the file: all of them, unless `error` says why not."""
        done = 0
        try:
            fd = self._open.get(path)
            if fd is None:
                fd = self._open_file(path)
            done = os.write(fd, data)
            while done < len(data):
                done += os.write(fd, data[done:])
        except OSError as error:
            self.error = error
        if done:
            self.unsynced.add(path)
        return done

    def _open_file(self, path: str) -> int:
        while len(self._open) >= self._max_open:
            self._close_one()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        while True:
            try:
                fd = os.open(path, flags, 0o666)
                break
            except FileNotFoundError:
                os.makedirs(os.path.dirname(path), exist_ok=True)
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE) or not self._open:
                    raise
                self._max_open = len(self._open)  # a small `ulimit -n`: live within it
                self._close_one()
        try:
            self._write_head(path, fd)
        except BaseException:
            os.close(fd)
            raise
        self._open[path] = fd
        return fd

    def _write_head(self, path: str, fd: int) -> None:
        """Begin an empty file; it stays empty unless its head fits whole."""
        head = self._head(path)
        if head and os.fstat(fd).st_size == 0 and os.write(fd, head) != len(head):
            os.ftruncate(fd, 0)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    def _close_one(self) -> None:
        # From the middle: series come round in turn, and of a plain queue the oldest would be the next one
        # needed. So the older half stays open for good and the newer half is a queue.
        path = list(self._open)[len(self._open) // 2]
        os.close(self._open.pop(path))

    def retry(self) -> bool:
        """Try again what was refused; True when nothing waits any more."""
        for path, data in list(self.waiting.items()):
            done = self._write(path, data)
            self.waiting_bytes -= done
            if done == len(data):
                del self.waiting[path]
            else:
                self.waiting[path] = data[done:]
                break
        return not self.waiting

    def deleted(self) -> list[str]:
        """Files that somebody removed under us, closed here: the next `append` makes them anew."""
        gone = []
        for path, fd in list(self._open.items()):
            if os.fstat(fd).st_nlink == 0:
                os.close(fd)
                del self._open[path]
                self.unsynced.discard(path)
                gone.append(path)
        return gone

    def sync(self) -> None:
        """Flush to the device what was appended since the last call."""
        folders = set()
        for path in self.unsynced:
            fd = self._open.get(path)
            if fd is not None:
                files.flush(fd)
            else:  # closed since: any descriptor flushes the whole file, fsync(2)
                files.sync_path(path)
            folders.add(os.path.dirname(path))
        self.unsynced.clear()
        for folder in folders:
            files.sync_path(folder)

    def close(self) -> None:
        """Close all descriptors; rows that still wait stay in `waiting`."""
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()
        self.unsynced.clear()
