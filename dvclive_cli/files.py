"""How bytes reach the disk: whole files replaced, rows appended, one writer a directory, harmless names.

Knows paths and bytes; not what a metric is, nor when something should be written. Kept light (os, fcntl,
errno): the recorder imports it before the program has printed anything.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

from dvclive_cli import claims
from dvclive_cli.errors import DvcliveError

TYPE_CHECKING = False  # `typing` costs 10 ms on the start path
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEMP_PREFIX = ".dvclive-"
TEMP_SUFFIX = ".tmp"
LOCK_FILE = ".dvclive.lock"
OPEN_RUN = (
    ".dvclive-open.json"  # in a run directory: what a run that single commands log carries between them
)
MAX_PART = 200  # bytes; with a suffix and an escape still below NAME_MAX, 255 on every common file system
MAX_NAME = 1000  # bytes of a whole name; PATH_MAX is 4096 and the run directory needs its share

_counter = 0


# Whole files ----------------------------------------------------------------------------------------------


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
    _fsync(fd)
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


# Rows -----------------------------------------------------------------------------------------------------


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
                _fsync(fd)
            else:  # closed since: any descriptor flushes the whole file, fsync(2)
                sync_path(path)
            folders.add(os.path.dirname(path))
        self.unsynced.clear()
        for folder in folders:
            sync_path(folder)

    def close(self) -> None:
        """Close all descriptors; rows that still wait stay in `waiting`."""
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()
        self.unsynced.clear()


def _fsync(fd: int) -> None:
    try:
        os.fsync(fd)
    except OSError:  # some network file systems cannot; the write itself was reported
        pass


# One writer a directory -----------------------------------------------------------------------------------

_held: set[int] = set()


def lock_dir(path: str) -> int:
    """Take the directory for this process and return the descriptor that holds it; close it to let go.

    A kernel lock (flock(2)) on the directory itself: nothing is left behind, and a killed holder frees it at
    once. Where a directory cannot be locked (NFS wants a file opened for writing) a lock file inside serves.

    Raises DvcliveError `dir-locked`, naming the holder, and OSError.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(path, fd) from None
        except OSError as error:
            if error.errno not in claims.REFUSALS:
                raise
            lock = lock_file(path)
            os.close(fd)
            fd = lock
    except BaseException:
        os.close(fd)
        raise
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
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(path, fd) from None
        except OSError as error:
            if error.errno not in claims.REFUSALS:
                raise
            remove(os.path.join(path, LOCK_FILE))
            claimed = _claim(path)
            os.close(fd)
            fd = claimed
    except BaseException:
        os.close(fd)
        raise
    return fd


def _claim(path: str) -> int:
    try:
        return claims.claim(path)
    except claims.ClaimedError as held:
        raise _refused(path, str(held)) from None


def unlock(fd: int) -> None:
    """Let go of what `lock_dir` took."""
    _held.discard(fd)
    claims.release(fd)
    os.close(fd)


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


# Names ----------------------------------------------------------------------------------------------------

_HEX = frozenset("0123456789abcdefABCDEF")


def safe_name(name: str) -> str:
    """The name as a relative path that cannot leave its directory; itself when it is already one.

    Parts are printable, not empty, not `.` or `..`, and at most 200 bytes; what is not so is percent-encoded,
    and what is too long ends in `~` and a hash. Different names give different paths: a part that looks
    encoded (`%2F`) has its `%` encoded.

    >>> safe_name("train/loss"), safe_name("../x"), safe_name("/x"), safe_name("a%2Fb")
    ('train/loss', '%2E%2E/x', '%2Fx', 'a%252Fb')
    """
    if not name:
        return "%20"  # a real space stays a space, so nothing else becomes this
    parts: list[str] = []
    absolute = ""
    for part in name.split("/"):
        if part:
            parts.append(absolute + _safe_part(part))
            absolute = ""
        else:
            absolute += "%2F"  # the slash that an empty part leaves behind, in front of the next part
    if absolute:  # trailing slashes, or nothing but slashes
        if parts:
            parts[-1] += absolute
        else:
            parts.append(absolute)
    parts = [_short(part) if len(part) > MAX_PART // 4 else part for part in parts]
    safe = "/".join(parts)
    if len(safe) > MAX_NAME // 4 and len(safe.encode()) > MAX_NAME:
        safe = f"{_cut(safe.replace('/', '%2F'), MAX_PART - 17)}~{_digest(name)}"
    return safe


def safe_join(folder: str, name: str, suffix: str) -> str:
    """The path of the file for `name` in `folder`, with `suffix` (".tsv") added.

    A folder part that ends like a file (`a.tsv/b` beside `a`) has that dot encoded: a file and a folder of
    one name cannot both be.
    """
    safe = safe_name(name)
    if "/" in safe and suffix:
        *folders, last = safe.split("/")
        folders = [
            f"{part[: -len(suffix)]}%2E{suffix[1:]}" if part.endswith(suffix) else part for part in folders
        ]
        safe = "/".join([*folders, last])
    return os.path.join(folder, safe + suffix)


def _safe_part(part: str) -> str:
    if part.strip(".") == "" and len(part) <= 2:
        return "%2E" * len(part)
    if part.isprintable() and "%" not in part:
        return part
    out: list[str] = []
    for index, char in enumerate(part):
        looks_encoded = char == "%" and len(part) - index > 2 and set(part[index + 1 : index + 3]) <= _HEX
        if looks_encoded or not char.isprintable():
            out.extend(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        else:
            out.append(char)
    return "".join(out)


def _short(part: str) -> str:
    if len(part.encode()) <= MAX_PART:
        return part
    return f"{_cut(part, MAX_PART - 17)}~{_digest(part)}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def _digest(text: str) -> str:
    import hashlib  # only for names longer than any sensible one

    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
