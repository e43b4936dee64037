"""One writer where the kernel has no lock to give: some NFS and Lustre mounts refuse flock(2).

A file in the directory then says who writes: host, process, and when that process began. It counts while
that process lives, or while any process here has the file open: the recorder inherits it and outlives a
supervisor. Of another host nothing can be known, so its claim counts until somebody removes it. Knows paths
and processes only.
"""

from __future__ import annotations

import errno
import os

REFUSALS = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What flock(2) says where it cannot lock at all; EBADF: NFS wants the file opened for writing."""

CLAIM_FILE = ".dvclive.claim"
_LIMIT = 4096


class ClaimedError(Exception):
    """Somebody else has the directory; the text says who."""


def claim(folder: str) -> int:
    """Claim the directory; the descriptor to hold on to.

    Raises:
        ClaimedError: it is claimed.
        OSError: the file cannot be written.
    """
    path = os.path.join(folder, CLAIM_FILE)
    mine = f"{os.uname().nodename} {os.getpid()} {_began(os.getpid())}\n".encode()
    fresh = f"{path}-{os.getpid()}"
    fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        os.write(fd, mine)
        for _ in range(8):
            try:
                os.link(fresh, path)  # whole at once, and one of many wins: link(2)
                return fd
            except FileExistsError:
                _remove_stale(path)
        raise ClaimedError("others that begin at the same moment")
    except BaseException:
        os.close(fd)
        raise
    finally:
        os.unlink(fresh)


def _remove_stale(path: str) -> None:
    """Remove a claim whose process is gone; raise ClaimedError where it counts."""
    try:
        with open(path, "rb") as file:
            text, inode = file.read(_LIMIT), os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return
    words = text.split()
    host, pid = (words[0].decode("utf-8", "replace"), words[1].decode()) if len(words) == 3 else ("?", "0")
    if host not in ("?", os.uname().nodename):
        raise ClaimedError(f"process {pid} on {host}; if that is gone, remove {path}")
    if pid != "0" and _began(int(pid)) == words[2].decode():
        raise ClaimedError(f"process {pid}")
    if _is_open(path, inode):
        raise ClaimedError(f"the recorder of process {pid}, which is gone")
    aside = f"{path}-{os.getpid()}-stale"
    try:
        os.rename(path, aside)  # of two who remove it at once, one moves it away
        if os.stat(aside).st_ino != inode:  # it was a new one already
            os.link(aside, path)
    except OSError:
        pass
    finally:
        try:
            os.unlink(aside)
        except OSError:
            pass


def release(fd: int) -> None:
    """Take a claim away, if the descriptor holds one: the directory is free. It stays open."""
    try:
        folder = os.path.dirname(os.readlink(f"/proc/self/fd/{fd}"))
        path = os.path.join(folder, CLAIM_FILE)
        if os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(fd)):
            os.unlink(path)
    except OSError:
        pass


def _began(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()


def _is_open(path: str, inode: int) -> bool:
    """Whether a process of ours here has the file open."""
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        folder = f"/proc/{pid}/fd"
        try:
            for name in os.listdir(folder):
                held = os.stat(f"{folder}/{name}")
                if held.st_ino == inode and os.readlink(f"{folder}/{name}").startswith(path):
                    return True
        except OSError:
            continue
    return False
