"""Whole files on the disk: replaced so that a reader sees the old or the new, removed, made one's own.

Knows paths and bytes; not what they mean, nor when something should be written. Kept light: the recorder
imports it before the program has printed anything.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # `typing` costs 10 ms on the start path
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEMP_PREFIX = ".dvclive-"
TEMP_SUFFIX = ".tmp"
OPEN_RUN = ".dvclive-open.json"
"""In a run directory: what a run that single commands log carries between them."""

_counter = 0


def replace(path: str, data: bytes, durable: bool = False) -> None:
    """Put `data` at `path` so that a reader sees the old file or the new one, never a part.

    Parameters:
        path: file to write; its folder must exist. An existing file keeps its mode.
        data: the whole content.
        durable: also survive a power cut: file and folder are flushed before and after the rename.

    Raises OSError; the old file is then untouched and no temporary file is left.
    """
    temp, _ = _written_beside(path, data, durable)
    try:
        os.rename(temp, path)
    except BaseException:
        _discard(temp)
        raise
    if durable:
        sync_path(os.path.dirname(path) or ".")


def swap(path: str, data: bytes) -> None:
    """`replace` for a file that changes many times a second and can be made again.

    A rename onto a file makes ext4 write out the new one's data first (mount(8), auto_da_alloc), some 200 us;
    exchanging the two names (renameat2(2), RENAME_EXCHANGE) does not, so that a power cut, and nothing else,
    may leave the file empty. Where the file system cannot exchange, it is renamed.
    """
    temp, regular = _written_beside(path, data, durable=False)
    try:
        if regular and _exchange(temp, path):
            os.unlink(temp)  # the old content
        else:
            os.rename(temp, path)
    except BaseException:
        _discard(temp)
        raise


def _written_beside(path: str, data: bytes, durable: bool) -> tuple[str, bool]:
    """A temporary file with `data` in the folder of `path`, and whether `path` is a regular file now."""
    global _counter
    _counter += 1
    folder = os.path.dirname(path) or "."
    temp = os.path.join(folder, f"{TEMP_PREFIX}{os.getpid()}-{_counter}{TEMP_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    regular = False
    try:
        fd = os.open(temp, flags, 0o666)
    except FileExistsError:  # left by a killed process with our number (they repeat in containers)
        os.unlink(temp)
        fd = os.open(temp, flags, 0o666)
    try:
        try:
            try:
                mode = os.stat(path).st_mode
                regular = mode & 0o170000 == 0o100000  # S_ISREG; `stat` is an import on the start path
                os.fchmod(fd, mode & 0o7777)
            except FileNotFoundError:
                pass
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
    except BaseException:
        _discard(temp)
        raise
    return temp, regular


def _discard(temp: str) -> None:
    try:
        os.unlink(temp)
    except OSError:
        pass


_renameat2: Callable[..., int]
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # fcntl.h, linux/fs.h


def _exchange(one: str, other: str) -> bool:
    """Exchange two files' names at once; False where the C library, kernel or file system cannot."""
    global _renameat2
    try:
        call = _renameat2
    except NameError:
        import ctypes

        call = _renameat2 = getattr(ctypes.CDLL(None), "renameat2", lambda *names: -1)
    return call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0


def remove(path: str) -> None:
    """Remove a file that need not be there. Raises OSError."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def own(path: str) -> None:
    """Make a file that shares its bytes with another (DVC's cache links so) a file of its own, writable.

    Appending would change the other too, under whose hash it is kept. Raises OSError.
    """
    if not os.path.islink(path) and os.stat(path).st_nlink == 1:
        return
    with open(path, "rb") as file:
        replace(path, file.read())
    os.chmod(path, os.stat(path).st_mode | 0o200)


def sync_path(path: str) -> None:
    """Flush a file, or a folder's entries, so that what was written or renamed survives a power cut."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    flush(fd)
    os.close(fd)


def remove_stale_temps(folder: str) -> None:
    """Delete temporary files in `folder` whose process was killed before it could rename them."""
    for name in stale_temps(folder):
        remove(os.path.join(folder, name))


def stale_temps(folder: str) -> Iterator[str]:
    """Names of temporary files in `folder` whose process is gone."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if not (name.startswith(TEMP_PREFIX) and name.endswith(TEMP_SUFFIX)):
            continue
        pid = name[len(TEMP_PREFIX) :].split("-", 1)[0]
        if not pid.isdecimal() or int(pid) == os.getpid():
            continue
        path = os.path.join(folder, name)
        try:
            if not was_alive(int(pid), os.stat(path).st_mtime):
                yield name
        except OSError:
            pass


def was_alive(pid: int, when: float) -> bool:
    """Whether process `pid` lives and did so at `when` (epoch seconds): numbers are given out again.

    A dead process that nobody has collected yet does not live: proc(5), state Z.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    return fields[0] not in (b"Z", b"X") and age >= time.time() - when - 1


def flush(fd: int) -> None:
    """Have what was written reach the device, where it has one."""
    try:
        os.fsync(fd)
    except OSError:  # some network file systems cannot; the write itself was reported
        pass
