"""Running a command bare and under `dvclive run`, and looking at what is left behind.

The oracle of most process tests is the same command run bare: same bytes, same order, same exit.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import dvclive_cli

PYTHON = sys.executable
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(dvclive_cli.__file__)))
DVCLIVE = [PYTHON, "-m", "dvclive_cli"]
PATIENCE = 60.0  # seconds; nothing here takes that long, a loaded machine may
MARK = "PROCESS_TEST_MARK"


class Ended(NamedTuple):
    """What a caller sees of a command: its two streams and its return code (negative: died of a signal)."""

    out: bytes
    err: bytes
    code: int


def until(met: Callable[[], Any], what: str = "") -> Any:
    """Poll until `met()` is true, and return its value."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = met()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"never came: {what or met}")


def python(program: str, *arguments: str) -> list[str]:
    """A quickly started Python child that runs the text `program`."""
    return [PYTHON, "-I", "-S", "-c", program, *arguments]


def read_file(path: str) -> str:
    """The file's text; empty while there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


_others: dict[str, float] = {}  # processes of nobody here, and until when that is sure: numbers come again


def marked(mark: str) -> dict[int, str]:
    """Living processes that carry `mark` in their environment: pid -> command line."""
    found = {}
    now = time.monotonic()
    for name in os.listdir("/proc"):
        if not name.isdecimal() or _others.get(name, 0.0) > now:
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environ = file.read()
            if f"{MARK}=".encode() not in environ:
                if environ:  # none: it is being born, or a kernel's
                    _others[name] = now + 1
                continue
            if f"{MARK}={mark}\0".encode() not in environ:
                continue
            with open(f"/proc/{name}/cmdline", "rb") as file:
                found[int(name)] = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
    return found


def kill(pid: int) -> bool:
    """SIGKILL to a process; whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Place:
    """A folder, an environment and a mark: everything that is started here can be found again."""

    def __init__(self, folder: str) -> None:
        self.cwd = os.path.join(folder, "work")
        self.tmp = os.path.join(folder, "tmp")
        self.dir = os.path.join(self.cwd, "run")
        self.mark = f"{os.getpid()}-{os.urandom(8).hex()}"
        os.makedirs(self.cwd)
        os.makedirs(self.tmp)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DVC", "PYTEST", "PYTHON"))}
        self.env |= {"TMPDIR": self.tmp, "PYTHONPATH": ROOT, MARK: self.mark}
        self.env["HOME"] = folder  # no settings of the person who runs the tests
        self.started: list[subprocess.Popen[bytes]] = []

    def path(self, name: str) -> str:
        return os.path.join(self.cwd, name)

    def command(self, command: Sequence[str], *options: str) -> list[str]:
        """The command line that runs `command` under us, quietly and without DVC."""
        return [*DVCLIVE, "run", "--dir", self.dir, "--quiet", "--no-save-dvc-exp", *options, "--", *command]

    def popen(self, argv: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
        """Start `argv` in a session of its own, so that signals to its group reach nobody else."""
        how = {
            "cwd": self.cwd,
            "env": self.env,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "start_new_session": True,
            "bufsize": 0,  # a line read here leaves the rest to `communicate`
            **how,
        }
        process: subprocess.Popen[bytes] = subprocess.Popen(list(argv), **how)
        self.started.append(process)
        return process

    def bare(self, command: Sequence[str], **how: Any) -> Ended:
        """Run the command as it is."""
        return finish(self.popen(command, **how))

    def under(self, command: Sequence[str], *options: str, **how: Any) -> Ended:
        """Run the command under `dvclive run`."""
        return finish(self.popen(self.command(command, *options), **how))

    def start(self, command: Sequence[str], *options: str, **how: Any) -> subprocess.Popen[bytes]:
        """Start the command under `dvclive run`."""
        return self.popen(self.command(command, *options), **how)

    def recorders(self) -> list[int]:
        """The recorders that run here."""
        return [pid for pid, line in marked(self.mark).items() if " recorder of " in line]

    def kill_recorders(self) -> int:
        """SIGKILL to the recorders; how many there were."""
        return sum(map(kill, self.recorders()))

    def kill_everything(self) -> None:
        """SIGKILL to every process that was started here, as a machine that goes down would."""
        while found := marked(self.mark):
            for pid in found:
                kill(pid)

    def left(self) -> list[str]:
        """Temporary files and processes that are still there."""
        files = [os.path.join(base, name) for base, _, names in os.walk(self.tmp) for name in names]
        folders = [os.path.join(self.tmp, name) for name in os.listdir(self.tmp)]
        temps = [
            os.path.join(base, name)
            for base, _, names in os.walk(self.cwd)
            for name in names
            if name.endswith(".tmp")
        ]
        processes = [f"{pid}: {line}" for pid, line in marked(self.mark).items()]
        return sorted({*files, *folders, *temps, *processes})

    def end(self) -> list[str]:
        """Wait for everything to be gone; what does not go is killed and returned."""
        for process in self.started:
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        deadline = time.monotonic() + 15
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.01)
        left = self.left()
        for pid in marked(self.mark):
            kill(pid)
        for process in self.started:
            process.wait()
        return left


def finish(process: subprocess.Popen[bytes]) -> Ended:
    """Read both streams to their ends and wait."""
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(out, err, process.returncode)


def read_until(fd: int, wanted: bytes) -> bytes:
    """Read from a descriptor until `wanted` has come."""
    data = b""
    deadline = time.monotonic() + PATIENCE
    while wanted not in data:
        if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"{wanted!r} never came, only {data!r}")
        try:
            more = os.read(fd, 65536)
        except OSError:  # EIO: the terminal's other end is closed
            more = b""
        if not more:
            raise AssertionError(f"the stream ended before {wanted!r}: {data!r}")
        data += more
    return data


class Terminal:
    """A terminal with a session of its own, as a person at a keyboard has it."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.keyboard, self.screen = os.openpty()
        self.resize(rows, columns)
        self.shown = b""

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size; the kernel tells its foreground group (SIGWINCH)."""
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def start(self, place: Place, argv: Sequence[str], **how: Any) -> subprocess.Popen[bytes]:
        """Start `argv` with this terminal controlling it, on all three streams if not said otherwise."""
        streams = {"stdin": self.screen, "stdout": self.screen, "stderr": self.screen}
        controlling = self.screen

        def take_terminal() -> None:
            fcntl.ioctl(controlling, termios.TIOCSCTTY, 0)

        return place.popen(argv, **{**streams, "preexec_fn": take_terminal, **how})

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.keyboard, keys)

    def see(self, wanted: bytes) -> None:
        """Wait until `wanted` is on the screen."""
        while wanted not in self.shown:
            if not select.select([self.keyboard], [], [], PATIENCE)[0]:
                raise AssertionError(f"{wanted!r} is not shown, only {self.shown!r}")
            self.shown += os.read(self.keyboard, 65536)

    def rest(self, process: subprocess.Popen[bytes]) -> bytes:
        """Everything shown until the process has ended."""
        while process.poll() is None or select.select([self.keyboard], [], [], 0)[0]:
            if select.select([self.keyboard], [], [], 0.01)[0]:
                self.shown += os.read(self.keyboard, 65536)
        return self.shown

    def close(self) -> None:
        for fd in (self.keyboard, self.screen):
            try:
                os.close(fd)
            except OSError:
                pass
