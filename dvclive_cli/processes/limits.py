"""The caller's limits on open files and file sizes: the program's as they are, wider for ourselves.

A tape in memory counts as a file for `ulimit -f`, and a tap takes descriptors that the program knows nothing
of. Between `widened` and `restore` the limits are ours; the program is started after `restore`. Standard
library only.
"""

from __future__ import annotations

import os
import resource

from ..errors import DvcliveError

DESCRIPTORS = 64
"""What we need: some forty, and a few for the files that are being written."""
FILE_SIZE = 1 << 20
"""Bytes below which not even what the recorder has to be told fits."""

_WANTED = ((resource.RLIMIT_NOFILE, DESCRIPTORS), (resource.RLIMIT_FSIZE, resource.RLIM_INFINITY))


class Limits:
    """The caller's limits, and those that we could get."""

    def __init__(self) -> None:
        self.callers = {kind: resource.getrlimit(kind) for kind, _ in _WANTED}
        self._low: list[int] = []  # descriptors below the caller's limit, kept for `lowered`
        if not _covers(self.callers[resource.RLIMIT_NOFILE][0], DESCRIPTORS):
            self._low = [os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC) for _ in range(2)]

    def widen(self) -> None:
        """Take what we need, up to the hard limit; beyond it where we are privileged.

        Raises:
            DvcliveError: not even the least is allowed. The caller's limits are in force again then.
        """
        for kind, wanted in _WANTED:
            if not _covers(self.callers[kind][0], wanted):
                _widen(kind, wanted)
        room = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        size = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        if not _covers(room, DESCRIPTORS):
            self.restore()
            raise DvcliveError(
                "limit-open-files",
                f"No more than {room} files may be open here (ulimit -n); recording needs {DESCRIPTORS}",
                "Raise the limit. Nothing was started.",
            )
        if not _covers(size, FILE_SIZE):
            self.restore()
            raise DvcliveError(
                "limit-file-size",
                f"No file may be larger than {size} bytes here (ulimit -f); recording needs {FILE_SIZE}",
                "Raise the limit. Nothing was started.",
            )

    def lowered(self, streams: dict[int, int]) -> None:
        """Move the descriptors that a program is to be given below the limit that it will have.

        glibc refuses others: posix_spawn_file_actions_adddup2(3). Changes the values of `streams`.
        """
        moved: dict[int, int] = {}
        for stream, fd in streams.items():
            if fd not in moved and self._low:
                moved[fd] = os.dup2(fd, self._low.pop(), inheritable=False)
                os.close(fd)
            streams[stream] = moved.get(fd, fd)

    @staticmethod
    def file_size() -> int | None:
        """Bytes that a file of ours may have; None where there is no limit."""
        size = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        return None if size == resource.RLIM_INFINITY else size

    def restore(self) -> None:
        """Put the caller's limits back."""
        for kind, limits in self.callers.items():
            if resource.getrlimit(kind) != limits:
                resource.setrlimit(kind, limits)


def _covers(limit: int, wanted: int) -> bool:
    return limit == resource.RLIM_INFINITY or (wanted != resource.RLIM_INFINITY and limit >= wanted)


def _widen(kind: int, wanted: int) -> None:
    hard = resource.getrlimit(kind)[1]
    try:
        if _covers(hard, wanted):
            resource.setrlimit(kind, (wanted, hard))
        else:
            resource.setrlimit(kind, (wanted, wanted))
    except (OSError, ValueError):  # the hard limit may be raised by root only: getrlimit(2)
        resource.setrlimit(kind, (hard, hard))
