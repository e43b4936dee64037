"""One writer a directory, held by a kernel lock; and who it is.

Knows directories and processes; not what is written there.
"""

from __future__ import annotations

import fcntl
import os

from dvclive_cli.disk import claims, files
from dvclive_cli.errors import DvcliveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LOCK_FILE = ".dvclive.lock"
_held: set[int] = set()


def lock_dir(path: str) -> int:
    """Take the directory for this process and return the descriptor that holds it; close it to let go.

    A kernel lock (flock(2)) on the directory itself: nothing is left behind, and a killed holder frees it at
    once. Where a directory cannot be locked (NFS wants a file opened for writing) a lock file inside serves.

    Raises DvcliveError `dir-locked`, naming the holder, and OSError.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fd = _taken(fd, path, lock_file)
    if not _held:
        os.register_at_fork(after_in_child=_forget)
    _held.add(fd)
    return fd


def lock_dir_in_turn(path: str, give_up: Callable[[], bool], every: float = 0.25) -> int:
    """`lock_dir`, behind those that hold the directory or wait for it already.

    Parameters:
        path: the directory.
        give_up: asked while waiting, every `every` seconds: True refuses as `lock_dir` does.

    Only for the main thread of a process that uses no timer of its own. Raises as `lock_dir`.
    """
    while True:
        try:
            return lock_dir(path)
        except DvcliveError:
            fd = _wait_for(path, every)
            if fd >= 0:
                _held.add(fd)
                return fd
            if give_up():
                raise


def _wait_for(path: str, seconds: float) -> int:
    """A descriptor that holds the directory, or -1 when its turn has not come in so many seconds."""
    import signal
    import time

    class Woken(Exception):  # noqa: N818 - no fault
        pass

    def wake(*_: object) -> None:
        raise Woken

    fd, mine, refused = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), False, False
    before = signal.signal(signal.SIGALRM, wake)
    try:
        # Again and again: the first may come before the call below has begun to wait.
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
        fcntl.flock(fd, fcntl.LOCK_EX)
        signal.setitimer(signal.ITIMER_REAL, 0)
        mine = True
    except Woken:
        pass
    except OSError:
        refused = True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if not mine:
            os.close(fd)
    if refused:  # no lock to wait for, only a claim to look at again
        time.sleep(seconds)
    return fd if mine else -1


def lock_file(path: str) -> int:
    """The same lock through a file inside the directory, for file systems that cannot lock directories.

    Where files cannot be locked either, a claim is left in the directory.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(os.path.join(path, LOCK_FILE), flags, 0o666)
    return _taken(fd, path, _claim)


def _taken(fd: int, path: str, otherwise: Callable[[str], int]) -> int:
    """Lock what is open as `fd`; where its file system knows no such lock, take the directory otherwise."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        error = _locked(path, fd)
        os.close(fd)
        raise error from None
    except OSError as error:
        os.close(fd)
        if error.errno not in claims.REFUSALS:
            raise
        return otherwise(path)
    return fd


def _claim(path: str) -> int:
    files.remove(os.path.join(path, LOCK_FILE))
    try:
        return claims.claim(path)
    except claims.ClaimedError as held:
        raise _refused(path, str(held)) from None


def unlock(fd: int) -> None:
    """Let go of what `lock_dir` took."""
    _held.discard(fd)
    claims.release(fd)
    os.close(fd)


def let_go(fd: int) -> None:
    """`unlock` what another process holds by the same open file: its descriptor holds nothing any more."""
    claims.release(fd)
    try:
        fcntl.flock(fd, fcntl.LOCK_UN)
    except OSError:  # a file system that knows no such lock
        pass


def _forget() -> None:
    # A forked worker (a data loader) shares the lock: it must not keep the directory after we are gone.
    for fd in _held:
        try:
            os.close(fd)
        except OSError:
            pass
    _held.clear()


def holder(path: str) -> str:
    """Who holds the directory: `process 123 (python train.py)`, "somebody" where that is not told, or "".

    Nothing is held for it, so that a run may begin at this very moment.
    """
    for name in (path, os.path.join(path, LOCK_FILE)):
        try:
            fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            who = _holder(fd)
            if who:
                return who
        finally:
            os.close(fd)
    return ""


def _locked(path: str, fd: int) -> DvcliveError:
    return _refused(path, _holder(fd))


def _refused(path: str, who: str) -> DvcliveError:
    by = f" by {who}" if who else ""
    return DvcliveError(
        "dir-locked",
        f"Another run is writing to {path!r}: it is held{by}",
        "Wait for it to end, stop it, or give this run another directory (--dir).",
    )


def _holder(fd: int) -> str:
    """`process 123 (python train.py)`, from /proc/locks (proc(5)); empty where that is not told."""
    try:
        status = os.fstat(fd)
        place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        with open("/proc/locks", encoding="ascii") as lines:
            pid = next((row.split()[4] for row in lines if place in row.split() and " -> " not in row), "")
        if not pid:
            return ""
        if int(pid) <= 0:
            return "a process in another container"
    except (OSError, ValueError, IndexError):
        return ""
    try:
        with open(f"/proc/{int(pid)}/cmdline", "rb") as file:
            words = file.read(4096).rstrip(b"\0").split(b"\0")
    except OSError:
        words = [b""]
    if words == [b""]:  # it took the lock and is gone: the recorder that it started holds it on
        return f"the recorder of process {pid}, which is gone"
    command = b" ".join(words).decode("utf-8", "replace")
    shown = "".join(char if char.isprintable() else "?" for char in command)
    return f"process {pid} ({shown[:200]})"
