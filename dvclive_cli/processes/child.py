"""The child process: found, spawned as the caller would have spawned it, and its end told truthfully.

Standard library only. Knows descriptors, signals and exit statuses; no line, no metric, no recorder.
"""

from __future__ import annotations

import errno
import os
import signal

from ..errors import EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, DvcliveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import NoReturn

# CPython ignores these two at its start; a child of the caller's shell would not.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
# Programs that ignore neither by themselves, and start others with what they were given or told to ignore.
# systemd does ignore SIGPIPE, for its services too (IgnoreSIGPIPE=, systemd.exec(5)).
_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox")
_STARTERS = ("xargs", "find", "timeout", "time", "flock", "setsid", "strace", "unshare", "nsenter", "tini")
_FAITHFUL = (*_SHELLS, *_STARTERS, "perl", "make", "gmake", "ninja", "systemd")

NO_PROCESS = "no-process"


def spawn(
    argv: list[str], environ: Mapping[str, str], streams: Mapping[int, int], mask: Iterable[int]
) -> int:
    """Start `argv` as execvp would and return its process id.

    Process group, session, directory, umask, limits, ignored signals and inherited descriptors stay the
    caller's. A script without a shebang runs under /bin/sh, as POSIX has it for execvp.

    Parameters:
        argv: the program and its arguments, as given.
        environ: the child's whole environment.
        streams: descriptor of ours by the child's descriptor number (1, 2).
        mask: signals the child starts with blocked.

    Raises:
        DvcliveError: exit code 127 not found, 126 found and not executable.
    """
    default = _to_reset()
    actions = [(os.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in streams.items()]
    return _first_that_starts(
        argv,
        environ,
        lambda path, words: os.posix_spawn(
            path, words, environ, file_actions=actions, setsigmask=mask, setsigdef=default
        ),
    )


def become(argv: list[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by `argv`, found as `spawn` finds it; raises what `spawn` raises."""
    for number in _to_reset():
        signal.signal(number, signal.SIG_DFL)
    _first_that_starts(argv, environ, lambda path, words: os.execve(path, words, environ))  # noqa: S606
    raise AssertionError("execve came back")


def _to_reset() -> list[int]:
    """Which of the signals that Python ignores the caller had not ignored.

    Python overwrites what it has inherited before anybody could look. A faithful parent's own state tells
    (`trap '' PIPE` in a shell). Of others nothing can be known: Python and Rust ignore SIGPIPE themselves,
    and have their children not do so.
    """
    try:
        with open(f"/proc/{os.getppid()}/comm", encoding="utf-8", errors="replace") as file:
            if file.read().strip() not in _FAITHFUL:
                return [*_IGNORED_BY_PYTHON]
        with open(f"/proc/{os.getppid()}/status", "rb") as status:
            text = status.read()
        ignored = int(text[text.index(b"\nSigIgn:") + 8 :].split(None, 1)[0], 16)
    except (OSError, ValueError):
        return [*_IGNORED_BY_PYTHON]
    return [number for number in _IGNORED_BY_PYTHON if not ignored >> (number - 1) & 1]


def _first_that_starts(
    argv: list[str], environ: Mapping[str, str], start: Callable[[str, list[str]], int]
) -> int:
    """Try the candidates as execvp does: missing ones are passed over, unfit ones remembered."""
    refused: tuple[str, OSError] | None = None
    for path in _candidates(argv[0], environ):
        try:
            os.stat(path)  # far cheaper than a process that finds nothing to execute
            return _start_or_sh(path, argv, start)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                raise cannot_run(path, error) from None
            if error.errno == errno.EACCES or (refused is None and ("/" in argv[0] or os.path.exists(path))):
                refused = path, error
    if refused is None:
        raise DvcliveError(
            "command-not-found",
            f"{argv[0]}: command not found",
            "Check the name, or give the path of the program.",
            EXIT_NOT_FOUND,
        )
    raise cannot_run(*refused)


def _start_or_sh(path: str, argv: list[str], start: Callable[[str, list[str]], int]) -> int:
    """A script without a shebang (ENOEXEC) runs under /bin/sh, as POSIX has it for execvp."""
    try:
        return start(path, argv)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        return start("/bin/sh", ["/bin/sh", path, *argv[1:]])


def _candidates(program: str, environ: Mapping[str, str]) -> list[str]:
    """The paths execvp tries, in order."""
    if "/" in program:
        return [program]
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return [os.path.join(folder or ".", program) for folder in folders] if program else []


def cannot_run(program: str, error: OSError) -> DvcliveError:
    """The error for a program that exec refuses: 127 where it is not there, else 126."""
    if error.errno == errno.EAGAIN:
        return DvcliveError(
            NO_PROCESS,
            f"{program}: there is no room for another process",
            "Raise the limit: ulimit -u, or that of the container (pids.max).",
            EXIT_NOT_EXECUTABLE,
        )
    missing = error.errno == errno.ENOENT
    reason = os.strerror(error.errno or 0)
    if error.errno == errno.EACCES and os.path.isdir(program):
        reason = os.strerror(errno.EISDIR)
    if error.errno == errno.ENOENT and os.path.exists(program):
        reason = "its interpreter (first line) does not exist"
    return DvcliveError(
        "command-not-found" if missing else "command-not-executable",
        f"{program}: {reason}",
        "Check the path." if missing else "Check its permission bits (chmod +x) and its first line.",
        EXIT_NOT_FOUND if missing else EXIT_NOT_EXECUTABLE,
    )


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal (proc(5), `stat`)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] in (b"T", b"t")
    except OSError:
        return False


def die_like(status: int) -> int:
    """The exit status that repeats a wait status; where a signal ended the child, die of it too.

    Core dumps are switched off first: one crash, one core. As process 1 the kernel shields us from our own
    signals, so 128 + n is returned there (also where the signal is one we cannot die of).
    """
    if not os.WIFSIGNALED(status):
        return os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if os.getpid() != 1:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        try:
            signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        except (OSError, ValueError):  # SIGKILL, and the two that the C library keeps to itself: signal(7)
            pass
        os.kill(os.getpid(), number)
    return 128 + number


def same_open_file(one: int, other: int) -> bool:
    """Whether two descriptors are the same open file, so that their order can be kept.

    Terminals, pipes and sockets: the same device and inode. Regular files: the same open file description
    too (kcmp(2)), because `>log 2>log` opens twice and overwrites, bare as well as under us; two that append
    to the same file keep one order.
    """
    import fcntl
    import stat

    a, b = os.fstat(one), os.fstat(other)
    if (a.st_dev, a.st_ino, a.st_rdev) != (b.st_dev, b.st_ino, b.st_rdev):
        return False
    if not stat.S_ISREG(a.st_mode) or _kcmp_file(one, other):
        return True
    return all(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND for fd in (one, other))


def _kcmp_file(one: int, other: int) -> bool:
    """kcmp(2) with KCMP_FILE; where it is missing or forbidden, whether both offsets move as one."""
    import ctypes

    numbers = {"x86_64": 312, "aarch64": 272, "riscv64": 272}  # <asm/unistd.h>
    number = numbers.get(os.uname().machine)
    if number is not None:
        pid = os.getpid()
        answer = ctypes.CDLL(None, use_errno=True).syscall(number, pid, pid, 0, one, other)
        if answer >= 0:
            return bool(answer == 0)
    at = os.lseek(one, 0, os.SEEK_CUR)
    if at != os.lseek(other, 0, os.SEEK_CUR):
        return False
    os.lseek(one, at + 1, os.SEEK_SET)
    moved = os.lseek(other, 0, os.SEEK_CUR) != at
    os.lseek(one, at, os.SEEK_SET)
    return moved
