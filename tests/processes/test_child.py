"""Programs are found, started and mourned as a shell's execvp and wait would."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dvclive_cli.errors import DvcliveError
from dvclive_cli.processes import child


def run(argv: list[str], environ: dict[str, str] | None = None) -> tuple[bytes, int]:
    """Spawn with a pipe as stdout: its bytes and the exit code."""
    ours, theirs = os.pipe()
    try:
        pid = child.spawn(argv, dict(os.environ) if environ is None else environ, {1: theirs}, ())
    finally:
        os.close(theirs)
        with open(ours, "rb") as file:
            shown = file.read()
    return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def script(path: Path, text: str, mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_argv_arrives_as_given(tmp_path: Path) -> None:
    words = ["", " ", "a b", "$HOME", "*", "--", "-c", "é\udcff", "\n", '"']
    shown, code = run([sys.executable, "-c", "import os, sys; print(ascii(sys.argv[1:]))", *words])
    assert (shown, code) == (ascii(words).encode() + b"\n", 0)


def test_the_program_is_looked_for_on_the_path_given(tmp_path: Path) -> None:
    """On the child's PATH, in its order; an empty entry is the current folder."""
    script(tmp_path / "a" / "prog", "#!/bin/sh\necho a\n")
    script(tmp_path / "b" / "prog", "#!/bin/sh\necho b\n")
    assert run(["prog"], {"PATH": f"{tmp_path}/none:{tmp_path}/b:{tmp_path}/a"})[0] == b"b\n"
    os.chdir(tmp_path / "a")
    assert run(["prog"], {"PATH": "/nowhere:"})[0] == b"a\n"


def test_without_a_path_the_system_folders_are_searched() -> None:
    assert run(["true"], {}) == (b"", 0)


def test_a_file_without_x_bit_does_not_hide_a_later_one(tmp_path: Path) -> None:
    script(tmp_path / "a" / "prog", "#!/bin/sh\necho a\n", 0o644)
    script(tmp_path / "b" / "prog", "#!/bin/sh\necho b\n")
    (tmp_path / "c" / "prog").mkdir(parents=True)
    assert run(["prog"], {"PATH": f"{tmp_path}/c:{tmp_path}/a:{tmp_path}/b"})[0] == b"b\n"


@pytest.mark.parametrize("text", ["echo no shebang $1\n", "\necho no shebang $1\n"])
@pytest.mark.parametrize("by_path", [True, False])
def test_a_script_without_shebang_runs_under_sh(tmp_path: Path, text: str, by_path: bool) -> None:
    path = script(tmp_path / "bin" / "prog", text)
    environ = {"PATH": str(path.parent)}
    assert run([str(path) if by_path else "prog", "x"], environ) == (b"no shebang x\n", 0)


def make_missing(folder: Path) -> str:
    return str(folder / "missing")


def make_folder(folder: Path) -> str:
    return str(folder)


def make_plain(folder: Path) -> str:
    return str(script(folder / "plain", "#!/bin/sh\n", 0o644))


def make_orphan(folder: Path) -> str:
    return str(script(folder / "orphan", "#!/no/such/interpreter\n"))


def make_below_file(folder: Path) -> str:
    return str(script(folder / "file", "")) + "/x"


def make_loop(folder: Path) -> str:
    (folder / "loop").symlink_to("loop")
    return str(folder / "loop")


def make_unprintable_elf(folder: Path) -> str:
    return str(script(folder / "elf", "\x7fELF"))


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (make_missing, 127, "No such file"),
        (make_folder, 126, "Is a directory"),
        (make_plain, 126, "Permission denied"),
        (make_orphan, 127, "interpreter"),
        (make_below_file, 126, "Not a directory"),
        (make_loop, 126, "symbolic links"),
        (lambda folder: "no-such-program-anywhere", 127, "command not found"),
        (lambda folder: "", 127, "command not found"),
    ],
)
def test_what_cannot_run_is_told_as_a_shell_would(
    tmp_path: Path, make: Callable[[Path], str], code: int, words: str
) -> None:
    """126 and 127 as `sh -c 'exec ...'` and env(1) give them, with the reason and something to do."""
    program = make(tmp_path)
    with pytest.raises(DvcliveError) as caught:
        child.spawn([program], os.environ, {}, ())
    assert (caught.value.exit_code, words in caught.value.fact) == (code, True)
    assert caught.value.next_step
    if program:
        assert subprocess.run(["env", program], capture_output=True).returncode == code


def test_a_script_on_the_path_whose_interpreter_is_missing_is_told_so(tmp_path: Path) -> None:
    script(tmp_path / "orphan", "#!/no/such/interpreter\n")
    with pytest.raises(DvcliveError, match="interpreter") as caught:
        child.spawn(["orphan"], {"PATH": f"{tmp_path}:/usr/bin"}, {}, ())
    assert caught.value.exit_code == 127


def test_too_long_a_command_line_is_not_executable() -> None:
    with pytest.raises(DvcliveError, match="Argument list too long") as caught:
        child.spawn(["true", "x" * 3_000_000], os.environ, {}, ())
    assert caught.value.exit_code == 126


@pytest.mark.parametrize("argv", [["true", "a\0b"], ["a\0b"]])
def test_what_no_program_can_be_given(argv: list[str]) -> None:
    with pytest.raises((DvcliveError, ValueError)):
        child.spawn(argv, os.environ, {}, ())


STATE = r"""
import json, os, re, resource, signal
status = dict(re.findall(r"(SigBlk|SigIgn|Umask):\s*(\S+)", open("/proc/self/status").read()))
status["limits"] = resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE)
status["open"] = [n for n in range(40) if os.path.exists(f"/proc/self/fd/{n}")]
status["leads"] = os.getpgid(0) == os.getppid(), os.getpgid(0) == os.getsid(0)
print(json.dumps([status, os.nice(0), os.getcwd()]))
"""

CALLER = r"""
import os, resource, signal, subprocess, sys
from dvclive_cli.processes import child
state, how = sys.argv[1:]
os.umask(0o027)
os.nice(3)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGUSR1, lambda *_: None)
mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM]) | {signal.SIGALRM}
os.dup2(1, 9)
argv = [sys.executable, "-I", "-S", "-c", state]
if how == "bare":
    sys.exit(subprocess.call(argv, close_fds=False))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
pid = child.spawn(argv, os.environ, {}, mask)
os.waitpid(pid, 0)
"""


def test_the_child_has_what_any_child_would_have(tmp_path: Path) -> None:
    """Signal mask, ignored signals, umask, limits, nice, folder, group, session and descriptors: as bare."""
    shown = []
    for how in ("bare", "ours"):
        argv = [sys.executable, "-c", CALLER, STATE, how]
        shown.append(subprocess.check_output(argv, cwd=tmp_path, start_new_session=True))
    bare, ours = map(json.loads, shown)
    assert ours == bare
    assert int(ours[0]["SigIgn"], 16) & 1 << (signal.SIGHUP - 1)
    assert int(ours[0]["SigBlk"], 16) == 1 << (signal.SIGALRM - 1)
    assert 9 in ours[0]["open"]


def test_signals_that_python_ignores_are_not_ignored_in_the_child() -> None:
    shown, code = run(["sh", "-c", "kill -PIPE $$; echo survived"])
    assert (shown, code) == (b"", -signal.SIGPIPE)


# --- dying alike ------------------------------------------------------------------------------------------


def die(status: int) -> int:
    """What a caller of a process that ends with `die_like(status)` sees, as a wait status."""
    pid = os.fork()
    if not pid:
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os._exit(child.die_like(status))
        finally:
            os._exit(99)
    return os.waitpid(pid, 0)[1]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 125, 126, 127, 128, 130, 255])
def test_exit_codes_are_repeated(code: int) -> None:
    assert die(code << 8) == code << 8


NOT_DEADLY = {17, 18, 19, 20, 21, 22, 23, 28}  # ignored, stopping or continuing by default: signal(7)


@pytest.mark.parametrize("number", sorted({*range(1, 65)} - NOT_DEADLY))
def test_every_deadly_signal_is_repeated(number: int) -> None:
    """The C library may keep 32 and 33 for itself: where it does, the exit status tells."""
    assert die(number) == number or (number in (32, 33) and die(number) == (128 + number) << 8)


def test_a_blocked_or_ignored_signal_is_died_of_all_the_same() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    old = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert die(signal.SIGTERM) == signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, old)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def test_no_second_core_is_dumped() -> None:
    """The child's own core is enough: we die of its signal with core dumps off."""
    pid = os.fork()
    if not pid:
        resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
        child.die_like(signal.SIGABRT | 0x80)
        os._exit(99)
    assert os.waitpid(pid, 0)[1] == signal.SIGABRT  # without the core flag 0x80


# --- the same open file -----------------------------------------------------------------------------------


def opened(path: Path, *flags: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | sum(flags), 0o600)


def test_duplicates_are_the_same_open_file(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    one, _other = socket.socketpair()
    pipe = os.pipe()
    plain = opened(tmp_path / "plain")
    null = os.open("/dev/null", os.O_WRONLY)
    for fd in (ours, theirs, one.fileno(), pipe[1], plain, null):
        assert child.same_open_file(fd, os.dup(fd))
    assert not child.same_open_file(ours, theirs)
    assert not child.same_open_file(plain, null)
    assert not child.same_open_file(pipe[1], os.pipe()[1])
    assert not child.same_open_file(theirs, pty.openpty()[1])


def test_a_terminal_or_pipe_opened_twice_keeps_one_order() -> None:
    """`>/dev/pts/3 2>/dev/pts/3` and a FIFO opened twice: one stream at the other side."""
    theirs = os.openpty()[1]
    assert child.same_open_file(theirs, os.open(os.ttyname(theirs), os.O_WRONLY | os.O_NOCTTY))
    pipe = os.pipe()[1]
    assert child.same_open_file(pipe, os.open(f"/proc/self/fd/{pipe}", os.O_WRONLY))


def test_a_file_opened_twice_is_two_files(tmp_path: Path) -> None:
    """`>log 2>log` overwrites itself, bare and under us."""
    assert not child.same_open_file(opened(tmp_path / "log"), opened(tmp_path / "log"))


def test_a_file_opened_twice_for_appending_keeps_one_order(tmp_path: Path) -> None:
    """`>>log 2>>log`: every write goes to the end, so the order of the writes is the order of the file."""
    append = [opened(tmp_path / "log", os.O_APPEND) for _ in range(2)]
    assert child.same_open_file(*append)
    assert not child.same_open_file(append[0], opened(tmp_path / "log"))
    assert not child.same_open_file(append[0], opened(tmp_path / "other", os.O_APPEND))


def test_without_kcmp_offsets_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a container forbids kcmp(2): an offset that moves with the other is the same open file."""
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "h", "1", "1", "none")))
    one = opened(tmp_path / "log")
    again = opened(tmp_path / "log")
    assert child.same_open_file(one, os.dup(one))
    assert not child.same_open_file(one, again)
    os.lseek(one, 10, os.SEEK_SET)
    assert not child.same_open_file(one, again)
    assert child.same_open_file(one, os.dup(one))
    assert os.lseek(one, 0, os.SEEK_CUR) == 10
    assert fcntl.fcntl(one, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
