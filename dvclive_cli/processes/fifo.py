"""The channel: a private folder with a FIFO in it, through which programs send protocol lines.

Both ends. Standard library only, so that the supervisor and one-shot commands may use it. Knows bytes and
paths; `protocol.py` knows what the lines mean.
"""

from __future__ import annotations

import errno
import os
import stat

from ..errors import DvcliveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD_LIMIT = 4096
"""Bytes of a record that stays whole among many writers: PIPE_BUF on Linux, pipe(7)."""


class Channel:
    """An open channel: its folder, the FIFO's path and a descriptor that keeps it open both ways."""

    __slots__ = ("fd", "folder", "path")

    def __init__(self, folder: str, path: str, fd: int) -> None:
        self.folder, self.path, self.fd = folder, path, fd

    def close(self) -> None:
        """Take the folder and everything in it away."""
        remove(self.folder)


def bases(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Where the folder may be, in the order of preference."""
    return environ.get("TMPDIR") or "/tmp", "/tmp", "/var/tmp", "/dev/shm"  # noqa: S108


def create(environ: Mapping[str, str]) -> Channel:
    """Make the folder (0700) and the FIFO (0600), opened for reading and writing.

    Read-write, because then a writer neither blocks nor ends the stream for others: fifo(7).

    Raises:
        DvcliveError: no temporary folder can be written to.
    """
    refusals = []
    for base in dict.fromkeys(bases(environ)):
        folder = os.path.join(os.path.abspath(base), f"dvclive-{os.getpid()}-{os.urandom(6).hex()}")
        path = os.path.join(folder, "fifo")
        try:
            os.mkdir(folder, 0o700)
            os.chmod(folder, 0o700)  # whatever the umask took away
            os.mkfifo(path, 0o600)
            os.chmod(path, 0o600)
            fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            remove(folder)
            refusals.append(f"{base}: {os.strerror(error.errno or 0)}")
            continue
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            return Channel(folder, path, fd)
        os.close(fd)
        remove(folder)
        refusals.append(f"{base}: somebody else's file")
    raise DvcliveError(
        "no-channel",
        f"no FIFO can be made in any temporary folder ({'; '.join(refusals)})",
        "Set TMPDIR to a folder you can write to.",
    )


def remove(folder: str) -> None:
    """Remove a channel's folder, which holds plain files and FIFOs only; what is gone already is fine."""
    try:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:
        pass


def abandoned(environ: Mapping[str, str]) -> list[str]:
    """Folders of channels whose supervisor is gone, where ours would be made."""
    found = []
    for base in dict.fromkeys(bases(environ)):
        try:
            names = os.listdir(base)
        except OSError:
            continue
        for name in names:
            words = name.split("-")
            if len(words) != 3 or words[0] != "dvclive" or not words[1].isdecimal():
                continue
            folder = os.path.join(os.path.abspath(base), name)
            try:
                status = os.lstat(folder)
                os.kill(int(words[1]), 0)
            except ProcessLookupError:
                if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid():
                    found.append(folder)
            except OSError:
                continue
    return found


def acknowledge(folder: str, path: str, answer: bytes = b"ok\n") -> bool:
    """Write the answer to a FIFO inside the channel's folder; whether somebody was there to read it.

    An answer that would not go through in one piece becomes a file beside it, `<path>.answer`, and the FIFO
    says `@`. The reader removes it, else the folder's end does.

    The path comes from outside: anything but a FIFO directly in the folder is refused.
    """
    if os.path.dirname(os.path.abspath(path)) != os.path.abspath(folder):
        return False
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (
        OSError,
        ValueError,
    ):  # ENXIO: the sender has given up waiting; ValueError: no path has such characters
        return False
    try:
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            return False
        if len(answer) > RECORD_LIMIT:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(f"{path}.answer", flags, 0o600), "wb") as file:
                file.write(answer)
            answer = b"@\n"
        return os.write(fd, answer) == len(answer)
    except OSError:
        return False
    finally:
        os.close(fd)


def read_spilled(folder: str, name: str, limit: int = 1 << 30) -> bytes:
    """The content of a file that a sender put into the channel's folder because its record was too long.

    Raises:
        DvcliveError: the name has path parts, or there is no such plain file.
    """
    if "/" in name or name in ("", ".", "..", "fifo"):
        raise DvcliveError("file-reference", f"@file {name!r} is not a name in the channel's folder")
    try:
        fd = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = os.strerror(error.errno or errno.ENOENT)
        raise DvcliveError("file-reference", f"@file {name!r}: {reason}") from None
    except ValueError:
        raise DvcliveError("file-reference", f"@file {name!r}: no file can be called so") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise DvcliveError("file-reference", f"@file {name!r} is not a plain file")
    with open(fd, "rb") as file:
        return file.read(limit)
