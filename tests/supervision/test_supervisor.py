"""`dvclive run -- CMD` is transparent: every case is the same command bare and under us."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from typing import Any

import pytest
from processes import (
    PYTHON,
    ROOT,
    Ended,
    Place,
    Terminal,
    finish,
    python,
    read_file,
    until,
)

SH = ["sh", "-c"]


def same(place: Place, command: list[str], *options: str, **how: Any) -> Ended:
    """Run the command bare and under us; both give the same bytes and the same end, which is returned."""
    bare = place.bare(command, **how)
    under = place.under(command, *options, **how)
    assert under == bare
    return under


# --- exit statuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 2, 3, 77, 125, 126, 127, 128, 130, 255])
def test_the_exit_code_is_the_commands(place: Place, code: int) -> None:
    assert same(place, [*SH, f"echo out; echo err >&2; exit {code}"]).code == code


@pytest.mark.parametrize("number", [1, 2, 3, 6, 9, 11, 13, 14, 15, 10, 31, 34, 64])
def test_a_command_killed_by_a_signal_has_us_die_of_it(place: Place, number: int) -> None:
    assert same(place, [*SH, f"echo out; kill -{number} $$; sleep 9"]).code == -number


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["no-such-program-anywhere"], 127, b"command not found"),
        (["./no-such-file"], 127, b"No such file"),
        (["."], 126, b""),
        (["./folder"], 126, b"Is a directory"),
        (["./plain"], 126, b"Permission denied"),
        (["./orphan"], 127, b"interpreter"),
        ([""], 127, b"command not found"),
    ],
)
@pytest.mark.parametrize("inner", ["", "a/b/c"])
def test_a_command_that_cannot_run_leaves_nothing(
    place: Place, command: list[str], code: int, words: bytes, inner: str
) -> None:
    """126 and 127 as env(1) has them, one line that says why, and no directory."""
    os.mkdir(place.path("folder"))
    for name, text, mode in (("plain", "#!/bin/sh\n", 0o644), ("orphan", "#!/no/such/interpreter\n", 0o755)):
        with open(place.path(name), "w") as file:
            file.write(text)
        os.chmod(place.path(name), mode)
    before = sorted(os.listdir(place.cwd))
    place.dir = os.path.join(place.cwd, "run", inner)
    ended = place.under(command)
    assert ended.code == code
    assert (ended.out, ended.err.count(b"\n")) == (b"", 1)
    assert ended.err.startswith(b"dvclive: ")
    assert words in ended.err
    assert sorted(os.listdir(place.cwd)) == before
    if command != [""]:
        assert place.bare(["env", *command]).code == code


def test_a_script_without_shebang_runs_as_from_a_shell(place: Place) -> None:
    with open(place.path("script"), "w") as file:
        file.write("echo hello $1; exit 4\n")
    os.chmod(place.path("script"), 0o755)
    assert same(place, ["env", "./script", "x"]) == Ended(b"hello x\n", b"", 4)
    assert place.under(["./script", "x"]) == Ended(b"hello x\n", b"", 4)


# --- what the child finds ---------------------------------------------------------------------------------

STATE = r"""
import json, os, re, resource, sys
text = open("/proc/self/status").read()
status = dict(re.findall(r"(SigBlk|SigIgn|SigCgt|Umask|NoNewPrivs):\s*(\S+)", text))
status["open"] = sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}"))
status["limits"] = [resource.getrlimit(n) for n in range(16)]
status["nice"], status["cwd"], status["argv"] = os.nice(0), os.getcwd(), sys.argv[1:]
status["leader"] = os.getpgid(0) == os.getsid(0)
status["stdin"] = os.read(0, 100).decode() if 0 in status["open"] else None
status["env"] = {k: v for k, v in os.environ.items() if not k.startswith(("DVCLIVE_", "PYTHONUNBUFFERED"))}
open("state.json", "w").write(json.dumps(status))
"""


def state_of(place: Place, under: bool, prelude: str = "", **how: Any) -> dict[str, Any]:
    """What a Python child finds, behind a shell that sets the scene."""
    command = python(STATE, "a b", "", "$x")
    run = place.command(command, "--shims", "none") if under else command
    ended = finish(place.popen(["bash", "-c", f'{prelude}\nexec "$@"', "bash", *run], **how))
    assert ended.code == 0, ended
    state: dict[str, Any] = json.loads(read_file(place.path("state.json")))
    # posix_spawn(3) of glibc ignores the two signals that it keeps to itself, 32 and 33
    state["SigIgn"] = int(state["SigIgn"], 16) & ~(0b11 << 31)
    state["env"]["PYTHONPATH"] = without_shims(state["env"]["PYTHONPATH"])
    return state


def without_shims(path: str) -> str:
    """A PYTHONPATH without the folder that shims put in front of it."""
    first, _, rest = path.partition(os.pathsep)
    return rest if first == os.path.join(ROOT, "adapters", "python", "boot") else path


@pytest.mark.parametrize(
    "prelude",
    [
        "",
        "umask 027; ulimit -n 100; ulimit -c 0; cd .",
        "trap '' HUP INT TERM USR1 QUIT; exec 9>&1 8</dev/null",
        "exec 0<&-",
        "exec 1>&-",
        "exec 2>&-",
        "exec 0<&- 1>&- 2>&-",
        "exec 1>&- 2>&-",
        "exec 2>&1",
        "exec > log 2>&1",
        "exec nice -n 5 \"$@\"",
    ],
)  # fmt: skip
def test_the_child_finds_what_it_would_find(place: Place, prelude: str) -> None:
    """Mask, ignored signals, umask, limits, nice, folder, descriptors, arguments, environment: as bare."""
    assert state_of(place, True, prelude) == state_of(place, False, prelude)


def test_a_blocked_signal_stays_blocked(place: Place) -> None:
    def block() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])

    bare = state_of(place, False, preexec_fn=block)
    assert int(bare["SigBlk"], 16) == 1 << (signal.SIGUSR1 - 1) | 1 << (signal.SIGTERM - 1)
    assert state_of(place, True, preexec_fn=block) == bare


def test_our_variables_are_the_only_new_ones(place: Place) -> None:
    command = python("import os; print(sorted(os.environ.items()))")
    bare = dict(eval(place.bare(command).out))
    under = dict(eval(place.under(command).out))
    added = {key: value for key, value in under.items() if bare.get(key) != value}
    own = ["DVCLIVE_DIR", "DVCLIVE_FIFO", "DVCLIVE_SHIM"]
    assert sorted(added) == [*own, "PYTHONPATH", "PYTHONUNBUFFERED"]
    assert added["DVCLIVE_DIR"] == place.dir
    assert without_shims(added["PYTHONPATH"]) == bare["PYTHONPATH"]
    assert bare.keys() <= under.keys()


def test_unbuffered_stays_as_the_caller_set_it(place: Place) -> None:
    place.env["PYTHONUNBUFFERED"] = ""  # switched off, for Python
    assert place.under([*SH, 'echo "[$PYTHONUNBUFFERED]"']).out == b"[]\n"


def test_stdin_is_the_callers(place: Place) -> None:
    """Bytes, end, and the moment of its end are the child's own business."""
    for run in (["cat"], place.command(["cat"])):
        process = place.popen(run, stdin=subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"one\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"one\n"
        process.stdin.write(b"\xff\x00two")
        process.stdin.close()
        assert (process.stdout.read(), process.wait(60)) == (b"\xff\x00two", 0)


def test_a_child_that_closes_its_stdin_is_noticed_by_the_sender(place: Place) -> None:
    """`producer | dvclive run -- head`: nobody else holds the pipe, so the producer gets its SIGPIPE."""
    process = place.start([*SH, "exec <&-; echo closed; exec sleep 60"], stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline() == b"closed\n"
    poller = select.poll()
    poller.register(process.stdin, 0)
    assert poller.poll(30_000)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == -signal.SIGTERM


# --- streams ----------------------------------------------------------------------------------------------


NOISE = """
import random, sys
chance = random.Random(sys.argv[1])
for _ in range(64):
    getattr(sys, sys.argv[1]).buffer.write(chance.randbytes(65536))
"""


def test_random_bytes_on_both_streams(place: Place) -> None:
    """4 MiB each, invalid UTF-8, no newline at the end: nothing is changed, lost or mixed."""
    command = [*SH, '"$0" -c "$1" stdout & "$0" -c "$1" stderr; wait', PYTHON, NOISE]
    ended = same(place, command)
    assert len(ended.out) == len(ended.err) == 4 << 20


@pytest.mark.parametrize("merged", [True, False])
def test_the_order_of_two_streams_in_one(place: Place, merged: bool) -> None:
    """Where both are the same open file, what was written first comes first."""
    program = "import os\nfor n in range(3000): os.write(1 + n % 2, b'%d ' % n)"
    stderr = subprocess.STDOUT if merged else subprocess.PIPE
    ended = same(place, python(program), stderr=stderr)
    numbers = [int(word) for word in ended.out.split()]
    assert numbers == list(range(0, 3000, 1 if merged else 2))


@pytest.mark.parametrize("redirect", ["> log", "> log 2>&1", ">> log 2>&1", ">> log 2>> log", "> log 2> log"])
def test_files_hold_what_they_would_hold(place: Place, redirect: str) -> None:
    """Also `>> log 2>> log`, two open files that both append, and `> log 2> log`, which overwrites itself."""
    program = python("import os\nfor n in range(500): os.write(1 + n % 2, b'%d\\n' % n)")
    held = []
    for run in (program, place.command(program)):
        with open(place.path("log"), "w") as file:
            file.write("before\n")
        ended = finish(place.popen(["bash", "-c", f'"$@" {redirect}', "bash", *run]))
        assert ended.code == 0
        held.append((read_file(place.path("log")), ended.out, ended.err))
    if redirect == "> log 2> log":  # who overwrites whom depends on the moment, bare too: the length does not
        held = [(len(text), out, err) for text, out, err in held]  # type: ignore[misc]
    assert held[0] == held[1]


@pytest.mark.parametrize(
    "text", ["no newline at the end", "a\rb\rc", "\r" * 100_000, "x" * 3_000_000, "", "\0\n"]
)
def test_odd_texts(place: Place, text: str) -> None:
    command = python("import sys; sys.stdout.write(eval(sys.argv[1]))", f"{text[:1]!r} * {len(text)}")
    if len(text) < 100 and len(set(text)) > 1:
        command = python("import sys; sys.stdout.write(sys.argv[1])", text.replace("\0", "0"))
    assert same(place, command).code == 0


def test_each_line_comes_as_soon_as_it_is_written(place: Place) -> None:
    """The child waits for an answer to each line: nothing is held back."""
    process = place.start([*SH, "for i in 1 2 3; do echo $i; read x; done"], stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    for number in (b"1\n", b"2\n", b"3\n"):
        assert process.stdout.readline() == number
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert process.wait(60) == 0


def test_a_caller_that_waits_before_it_reads(place: Place) -> None:
    """`p.wait(); p.stdout.read()`: the pipe holds as much as bare, however short and many the writes."""
    program = (
        "import os, time\nfor n in range(300): os.write(1, b'loss=%d step=%d\\n' % (n, n)); time.sleep(0.001)"
    )
    shown = []
    for run in (python(program), place.command(python(program))):
        process = place.popen(run)
        assert process.wait(60) == 0
        shown.append(finish(process))
    assert shown[0] == shown[1]
    assert shown[0].out.count(b"\n") == 300


PIPELINE = 'set -o pipefail; "$@" | {} ; echo "${{PIPESTATUS[*]}}"'


@pytest.mark.parametrize(
    ("command", "reader"),
    [
        (["yes"], "head -1"),
        (["yes"], ":"),
        (["sh", "-c", "sleep 0.3; yes"], ":"),
        (["cat", "/dev/zero"], "head -c 300000 | wc -c"),
    ],
)
def test_a_reader_that_goes_early(place: Place, command: list[str], reader: str) -> None:
    """The child gets its SIGPIPE and the pipeline its status: 141."""
    script = ["bash", "-c", PIPELINE.format(reader), "bash"]
    bare = finish(place.popen([*script, *command]))
    assert bare.out.splitlines()[-1].startswith(b"141")
    assert finish(place.popen([*script, *place.command(command)])) == bare


def test_a_silent_child_whose_reader_has_gone_goes_on(place: Place) -> None:
    """It notices nothing until it writes, as bare."""
    script = ["bash", "-c", PIPELINE.format(":"), "bash"]
    command = ["sh", "-c", "sleep 0.5; echo alive > alive; exit 5"]
    for run in (command, place.command(command)):
        ended = finish(place.popen([*script, *run]))
        assert ended.out == b"5 0\n"
        assert read_file(place.path("alive")) == "alive\n"
        os.unlink(place.path("alive"))


def test_keep_going_lets_the_child_end_well(place: Place) -> None:
    script = ["bash", "-c", PIPELINE.format("head -1"), "bash"]
    command = place.command(
        [*SH, "for i in $(seq 3000); do echo loss=$i step=$i; done; echo done >&2"], "--keep-going"
    )
    ended = finish(place.popen([*script, *command]))
    assert (ended.out, ended.err) == (b"loss=1 step=1\n0 0\n", b"done\n")
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv").count("\n") == 3001


def test_stderr_goes_on_when_stdout_is_closed(place: Place) -> None:
    program = "trap '' PIPE; sleep 0.2; echo lost; echo kept >&2; exit 3"
    script = ["bash", "-c", PIPELINE.format(":"), "bash"]
    bare = finish(place.popen([*script, *SH, program]))
    under = finish(place.popen([*script, *place.command([*SH, program])]))
    assert under.out == bare.out
    assert b"kept\n" in under.err


@pytest.mark.parametrize(("code", "expected"), [(0, 125), (3, 3)])
def test_a_full_disk_behind_stdout(place: Place, code: int, expected: int) -> None:
    """Said once; the program goes on and is recorded; 125 if it succeeded, because its output is lost."""
    program = f"for i in 1 2 3; do echo loss=$i step=$i; done; exit {code}"
    with open("/dev/full", "w") as full:
        ended = finish(place.popen(place.command([*SH, program]), stdout=full))
    assert ended.code == expected
    assert ended.err.count(b"No space left") == 1
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == "step\tloss\n1\t1\n2\t2\n3\t3\n"


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_are_recorded_from_the_others(place: Place, closed: str) -> None:
    """And nothing of ours is ever written into a file that got a standard number."""
    program = "for i in 1 2; do echo loss=$i step=$i; echo acc=$i step=$i >&2; done 2>/dev/null >/dev/null; :"
    command = place.command([*SH, f"{{ echo loss=1 step=1; echo acc=2 step=1 >&2; }} 2>/dev/null; {program}"])
    command.remove("--quiet")
    ended = finish(place.popen(["bash", "-c", f'"$@" {closed}', "bash", *command]))
    assert ended.code == 0
    for name in os.listdir(f"{place.dir}/plots/metrics") if os.path.exists(f"{place.dir}/plots") else []:
        rows = read_file(f"{place.dir}/plots/metrics/{name}").splitlines()
        assert [row.count("\t") for row in rows] == [1] * len(rows), rows
    json.loads(read_file(f"{place.dir}/run.json"))


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-"])
def test_no_file_of_the_recorder_gets_a_standard_number(place: Place, closed: str) -> None:
    """Where the caller closed a stream, a message to it must not land in a TSV opened in its place."""
    os.mkfifo(place.path("gate"))
    program = 'echo loss=1 step=1 > "$DVCLIVE_FIFO"; read x < gate'
    command = place.command([*SH, program])
    process = place.popen(["bash", "-c", f'"$@" {closed}', "bash", *command])
    until(lambda: os.path.exists(f"{place.dir}/plots/metrics/loss.tsv"), "the first row")
    recorder = place.recorders()[0]
    targets = [os.readlink(f"/proc/{recorder}/fd/{number}") for number in (0, 1, 2)]
    with open(place.path("gate"), "w") as gate:
        gate.write("go\n")
    assert finish(process).code == 0
    assert [target for target in targets if target != "/dev/null" and not target.startswith("pipe:")] == []


def test_a_grandchild_that_holds_the_pipe_is_waited_for_and_left_alive(place: Place) -> None:
    """Output that comes within the drain is passed on; then we go, and kill nobody."""
    program = "(echo $$ >&2; sleep 0.2; echo late; sleep 30; echo never) & echo $! > grandchild; echo first"
    started = time.monotonic()
    ended = place.under([*SH, program], "--drain", "1")
    assert (ended.out, ended.code) == (b"first\nlate\n", 0)
    assert time.monotonic() - started < 20
    grandchild = int(read_file(place.path("grandchild")))
    os.kill(grandchild, 0)
    os.killpg(place.started[-1].pid, signal.SIGKILL)


def test_a_daemon_that_let_go_of_the_streams_is_not_waited_for(place: Place) -> None:
    started = time.monotonic()
    ended = place.under(
        [*SH, "setsid sleep 60 </dev/null >/dev/null 2>&1 & echo $! > daemon; echo out"], "--drain", "50"
    )
    assert ended == Ended(b"out\n", b"", 0)
    assert time.monotonic() - started < 45
    os.kill(int(read_file(place.path("daemon"))), signal.SIGKILL)


# --- signals ----------------------------------------------------------------------------------------------

COUNT = r"""
import os, signal, sys
numbers = [int(word) for word in sys.argv[1:]]
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
os.write(1, b"ready\n")
while True:
    info = signal.sigwaitinfo(numbers)
    os.write(1, b"got %d\n" % info.si_signo)
"""
FORWARDED = [
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGINT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGALRM,
]


def counter() -> list[str]:
    """A child that reports every signal it gets, and ends by SIGKILL only."""
    return python(COUNT, *(str(int(number)) for number in [*FORWARDED, signal.SIGWINCH]))


def child_of(process: subprocess.Popen[bytes]) -> int:
    """The supervised program, waited for; the other children are the witness and the recorder."""
    children = f"/proc/{process.pid}/task/{process.pid}/children"

    def found() -> list[str]:
        lines = {pid: read_file(f"/proc/{pid}/cmdline") for pid in read_file(children).split()}
        others = ("", "cat\0", read_file(f"/proc/{process.pid}/cmdline"))  # the last: not yet what it will be
        return [pid for pid, line in lines.items() if line not in others and " recorder of " not in line]

    return int(until(found, "the child")[0])


def test_each_forwarded_signal_arrives_exactly_once(place: Place) -> None:
    process = place.start(counter())
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    for number in [*FORWARDED, signal.SIGWINCH, signal.SIGUSR1]:
        process.send_signal(number)
        assert process.stdout.readline() == b"got %d\n" % number
    os.kill(child_of(process), signal.SIGKILL)
    assert process.stdout.read() == b""
    assert process.wait(60) == -signal.SIGKILL


def test_signals_go_to_the_child_alone(place: Place) -> None:
    """Not to its own children: those are its business."""
    inner = "trap 'echo grandchild' USR1; echo ready; while :; do sleep 0.1; done"
    program = f"trap 'echo parent' USR1; sh -c \"{inner}\" & while :; do wait; done"
    process = place.start([*SH, program])
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == b"parent\n"
    os.killpg(process.pid, signal.SIGKILL)
    assert b"grandchild" not in process.stdout.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_request_ends_the_child_and_us_alike(place: Place, number: signal.Signals) -> None:
    process = place.start([*SH, "echo ready; exec sleep 60"])
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert finish(process) == Ended(b"", b"", -number)
    run_json = json.loads(read_file(f"{place.dir}/run.json"))
    assert (run_json["status"], run_json["signal"]) == ("interrupted", number.name)


def test_a_child_that_handles_the_request_decides_the_status(place: Place) -> None:
    process = place.start([*SH, "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"])
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    assert (process.stdout.read(), process.wait(60)) == (b"bye\n", 7)


def test_a_signal_that_the_child_sends_to_its_group_does_not_loop(place: Place) -> None:
    program = r"""
import os, signal, sys, time
got = []
signal.signal(signal.SIGTERM, lambda number, frame: got.append(number))
os.kill(0, signal.SIGTERM)
time.sleep(0.5)
print(len(got))
"""
    assert same(place, python(program)).out == b"1\n"


@pytest.mark.parametrize("prelude", ["trap '' HUP", "trap '' INT QUIT", "trap '' TERM USR1"])
def test_ignored_signals_stay_ignored_by_us_and_the_child(place: Place, prelude: str) -> None:
    """nohup, and `sh -c 'command &'`."""
    numbers = [getattr(signal, f"SIG{name}") for name in prelude.split()[2:]]
    program = "echo ready; read x; echo survived"
    run = place.command([*SH, program])
    process = place.popen(["bash", "-c", f'{prelude}; exec "$@"', "bash", *run], stdin=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    for number in numbers:
        process.send_signal(number)
        os.killpg(process.pid, number)
    assert finish_with(process, b"go\n") == Ended(b"survived\n", b"", 0)


def finish_with(process: subprocess.Popen[bytes], text: bytes) -> Ended:
    out, err = process.communicate(text, timeout=60)
    return Ended(out, err, process.returncode)


def test_an_alarm_that_the_caller_set_reaches_the_child(place: Place) -> None:
    """`perl -e 'alarm 1; exec @ARGV' command`: the alarm of a process outlives exec, and is ours now."""
    set_alarm = python(
        "import os, signal, sys\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.5)\n"
        "os.execvp(sys.argv[1], sys.argv[1:])"
    )
    bare = finish(place.popen([*set_alarm, "sleep", "60"]))
    assert bare.code == -signal.SIGALRM
    assert finish(place.popen([*set_alarm, *place.command(["sleep", "60"])])) == bare


def test_gnu_timeout_counts_as_one_request(place: Place) -> None:
    """timeout(1) signals its child and then its whole group: one request, an orderly end."""
    program = "trap 'echo loss=2 step=2; exit 7' TERM; echo loss=1 step=1; while :; do sleep 0.05; done"
    ended = finish(place.popen(["timeout", "1.5", *place.command([*SH, program])]))
    assert ended.code == 124
    run_json = json.loads(read_file(f"{place.dir}/run.json"))
    assert (run_json["status"], run_json["exit_code"]) == ("interrupted", 7)
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == "step\tloss\n1\t1\n2\t2\n"


def test_an_ignored_sigchld_hides_nothing(place: Place) -> None:
    """Some daemons start programs with it: the kernel would reap our child before we see how it ended."""

    def ignore() -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    for _ in range(3):
        assert place.under([*SH, "exit 3"], preexec_fn=ignore).code == 3


def test_kill_after_is_the_users_choice(place: Place) -> None:
    process = place.start(
        [*SH, "trap '' TERM; echo ready; while :; do sleep 0.05; done"], "--kill-after", "0.3"
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    ended = finish(process)
    assert ended.code == -signal.SIGKILL
    assert b"--kill-after" in ended.err


def test_a_stop_request_ends_us_although_nobody_reads_our_output(place: Place) -> None:
    """A paused reader (`| less`) must not keep a stopped run: a second request ends it within seconds."""
    process = place.start(["yes"])
    child = child_of(process)
    until(lambda: "pipe_write" in read_file(f"/proc/{child}/wchan"), "a full pipe")
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
    assert process.wait(30) == -signal.SIGTERM


# --- terminals --------------------------------------------------------------------------------------------

LOOK = r"""
import os, sys, termios
size = [os.get_terminal_size(n) if os.isatty(n) else None for n in (0, 1, 2)]
print([os.isatty(n) for n in (0, 1, 2)], size, flush=True)
"""


@pytest.mark.parametrize("piped", [(), (1,), (2,), (0,), (1, 2)])
def test_terminals_stay_terminals_and_pipes_stay_pipes(
    place: Place, terminal: Terminal, piped: tuple[int, ...]
) -> None:
    """Whichever streams are redirected: isatty() and the size are as bare."""
    shown = []
    names = {0: "stdin", 1: "stdout", 2: "stderr"}
    for run in (python(LOOK), place.command(python(LOOK))):
        streams = {names[n]: subprocess.DEVNULL if n == 0 else subprocess.PIPE for n in piped}
        terminal.shown = b""
        process = terminal.start(place, run, **streams)
        shown.append(
            ((process.stdout.read() if process.stdout else b""), terminal.rest(process), process.returncode)
        )
    assert shown[0] == shown[1]
    assert b"(columns=80, lines=24)" in b"".join(shown[0][:2]) or piped == (1, 2) or 0 in piped


def test_what_is_shown_is_the_same_to_the_byte(place: Place, terminal: Terminal) -> None:
    """Newlines, carriage returns, colours and tabs reach the caller's terminal, which treats them as ever."""
    command = ["printf", r"a\nb\r\033[31mred\033[0m\tx\n\351\n"]
    shown = []
    for run in (command, place.command(command)):
        terminal.shown = b""
        shown.append(terminal.rest(terminal.start(place, run)))
    assert shown[0] == shown[1]
    assert b"a\r\nb\r" in shown[0]


def test_the_callers_terminal_keeps_its_settings(place: Place, terminal: Terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal.screen)
    terminal.rest(terminal.start(place, place.command(["true"])))
    assert termios.tcgetattr(terminal.screen) == before


def test_a_new_size_reaches_the_child(place: Place, terminal: Terminal) -> None:
    program = r"""
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
print("ready", flush=True)
while True:
    signal.sigwaitinfo([signal.SIGWINCH])
    size = os.get_terminal_size(1)
    print(size, flush=True)
    if size[0] == 99:
        break
"""
    process = terminal.start(place, place.command(python(program)))
    terminal.see(b"ready")
    terminal.resize(40, 99)
    terminal.see(b"columns=99, lines=40")
    terminal.rest(process)
    assert process.returncode == 0


@pytest.mark.parametrize("key", [b"\x03", b"\x1c"])
def test_a_key_reaches_the_child_once(place: Place, terminal: Terminal, key: bytes) -> None:
    """The keyboard signals the whole foreground group; nothing is forwarded on top of it."""
    process = terminal.start(place, place.command(counter()))
    terminal.see(b"ready")
    number = signal.SIGINT if key == b"\x03" else signal.SIGQUIT
    for count in (1, 2):
        terminal.type(key)
        until(lambda count=count: seen(terminal).count(b"got %d\r" % number) >= count)
    process.send_signal(signal.SIGUSR1)
    terminal.see(b"got %d\r" % signal.SIGUSR1)
    os.kill(child_of(process), signal.SIGKILL)
    assert terminal.rest(process).count(b"got %d\r" % number) == 2
    assert process.returncode == -signal.SIGKILL


def seen(terminal: Terminal) -> bytes:
    """What is on the screen so far."""
    while select.select([terminal.keyboard], [], [], 0)[0]:
        terminal.shown += os.read(terminal.keyboard, 65536)
    return terminal.shown


def test_ctrl_c_stops_a_plain_program_and_the_status_is_sigint(place: Place, terminal: Terminal) -> None:
    process = terminal.start(place, place.command([*SH, "echo ready; exec sleep 60"]))
    terminal.see(b"ready")
    terminal.type(b"\x03")
    terminal.rest(process)
    assert process.returncode == -signal.SIGINT
    assert json.loads(read_file(f"{place.dir}/run.json"))["status"] == "interrupted"


def test_suspend_and_resume_in_a_real_shell(place: Place, terminal: Terminal) -> None:
    """^Z stops the whole job, `fg` resumes it."""
    shell = terminal.start(place, ["bash", "--norc", "--noprofile", "-i"], env={**place.env, "PS1": "$ "})
    terminal.see(b"$ ")
    program = (
        r"i=0; while [ $i -lt 400 ]; do i=$((i+1)); [ -e go ] && { echo finished; exit 5; }; sleep 0.05; done"
    )
    with open(place.path("program"), "w") as file:
        file.write(f"#!/bin/sh\necho started\n{program}\n")
    os.chmod(place.path("program"), 0o755)
    words = " ".join(f"'{word}'" for word in place.command(["./program"]))
    terminal.type(words.encode() + b"\n")
    terminal.see(b"started\r\n")
    terminal.type(b"\x1a")
    terminal.see(b"Stopped")
    terminal.type(b"touch go; sleep 0.3; echo wait''ed; fg\n")
    terminal.see(b"waited")
    terminal.see(b"finished")
    terminal.type(b"echo code=$?; exit\n")
    terminal.see(b"code=5")
    terminal.rest(shell)


TIDIES_UP = """
import os, signal, time
def stop(number, frame):
    os.write(1, b"tidied ")
    time.sleep(0.05)
    os.write(1, b"up|")
    os.kill(os.getpid(), signal.SIGSTOP)
    os.write(1, b"back|")
    raise SystemExit(5)
signal.signal(signal.SIGTSTP, stop)
os.write(1, b"started|")
while True:
    time.sleep(60)
"""


def test_what_a_program_writes_before_it_stops_is_shown_before_the_shell_writes(
    place: Place, terminal: Terminal
) -> None:
    """vim goes back to the other screen on ^Z; the shell's prompt must not come before that."""
    shell = terminal.start(place, ["bash", "--norc", "--noprofile", "-i"], env={**place.env, "PS1": "$ "})
    terminal.see(b"$ ")
    words = " ".join(f"'{word}'" for word in place.command([PYTHON, "-I", "-S", "program.py"]))
    with open(place.path("program.py"), "w") as file:
        file.write(TIDIES_UP)
    terminal.type(words.encode() + b"\n")
    terminal.see(b"started|")
    terminal.type(b"\x1a")
    terminal.see(b"Stopped")
    assert b"tidied up|" in terminal.shown.partition(b"Stopped")[0]
    terminal.type(b"fg\n")
    terminal.see(b"back|")
    terminal.type(b"echo code=$?; exit\n")
    terminal.see(b"code=5")
    terminal.rest(shell)


def test_a_program_that_does_not_stop_keeps_the_terminal(place: Place, terminal: Terminal) -> None:
    """As bare: a shell gets its terminal back when the program stops, and not when the key is pressed."""
    shell = terminal.start(place, ["bash", "--norc", "--noprofile", "-i"], env={**place.env, "PS1": "$ "})
    terminal.see(b"$ ")
    program = "trap '' TSTP; echo started; sleep 1.5; echo done; exit 5"
    words = " ".join(f"'{word}'" for word in place.command(["./program"]))
    with open(place.path("program"), "w") as file:
        file.write(f"#!/bin/sh\n{program}\n")
    os.chmod(place.path("program"), 0o755)
    terminal.type(words.encode() + b"\n")
    terminal.see(b"started\r\n")
    terminal.type(b"\x1a")
    terminal.see(b"done\r\n")
    terminal.type(b"echo code=$?; exit\n")
    terminal.see(b"code=5")
    assert b"Stopped" not in terminal.shown
    terminal.rest(shell)


def test_the_session_leader_passes_a_hangup_on(place: Place) -> None:
    """A closed terminal window signals the session's leader only: the program has to hear of it."""
    program = "trap 'echo hung up > hup; exit 6' HUP; echo ready; while :; do sleep 0.05; done"
    for run in ([*SH, program], place.command([*SH, program])):
        screen = Terminal()
        process = screen.start(place, run)
        os.close(screen.screen)
        screen.see(b"ready")
        os.close(screen.keyboard)
        assert process.wait(60) == 6
        assert read_file(place.path("hup")) == "hung up\n"
        os.unlink(place.path("hup"))


@pytest.mark.parametrize(("choice", "shown"), [("never", b"False"), ("always", b"True"), ("auto", b"False")])
def test_tty_can_be_chosen(place: Place, choice: str, shown: bytes) -> None:
    ended = place.under(python("import sys; print(sys.stdout.isatty())"), "--tty", choice)
    assert ended.out == shown + b"\n"


# --- the channel ------------------------------------------------------------------------------------------


def test_fifty_writers_of_fifty_lines(place: Place) -> None:
    """Whole records from many processes: none is lost, none is torn, none comes twice."""
    program = r"""
import os, sys
path = os.environ["DVCLIVE_FIFO"]
for writer in range(50):
    if not os.fork():
        fd = os.open(path, os.O_WRONLY)
        for step in range(50):
            os.write(fd, b"metric w%d=%d step=%d pad=%d\n" % (writer, writer * 1000 + step, step, 7))
        os._exit(0)
for _ in range(50):
    os.wait()
"""
    assert place.under(python(program)).code == 0
    for writer in range(50):
        rows = read_file(f"{place.dir}/plots/metrics/w{writer}.tsv").splitlines()
        assert rows == [f"step\tw{writer}", *(f"{step}\t{writer * 1000 + step}" for step in range(50))]


def test_a_shell_logs_through_the_fifo(place: Place) -> None:
    program = 'echo "loss=0.5 step=1" > "$DVCLIVE_FIFO"; echo "acc=0.9 step=3" > "$DVCLIVE_FIFO"'
    assert same(place, [*SH, f'test -n "$DVCLIVE_FIFO" || exit 0; {program}']).out == b""
    assert read_file(f"{place.dir}/plots/metrics/acc.tsv") == "step\tacc\n3\t0.9\n"


def test_a_writer_that_dies_within_a_line_spoils_that_line_only(place: Place) -> None:
    program = 'printf "loss=1 st" > "$DVCLIVE_FIFO"; printf "\\nacc=2 step=2\\n" > "$DVCLIVE_FIFO"'
    assert place.under([*SH, program]).code == 0
    assert read_file(f"{place.dir}/plots/metrics/acc.tsv") == "step\tacc\n2\t2\n"


def test_a_fifo_that_nobody_may_make_is_said_and_the_run_goes_on(place: Place) -> None:
    """TMPDIR that cannot be written: another place is taken."""
    place.env["TMPDIR"] = "/proc/nowhere"
    ended = place.under([*SH, 'echo "acc=1 step=1" > "$DVCLIVE_FIFO"; dirname $(dirname "$DVCLIVE_FIFO")'])
    assert ended == Ended(b"/tmp\n", b"", 0)
    assert read_file(f"{place.dir}/plots/metrics/acc.tsv") == "step\tacc\n1\t1\n"


# --- directories ------------------------------------------------------------------------------------------


def test_two_runs_one_directory(place: Place) -> None:
    """The second fails at once with 125 and names the holder; the first is not touched; then it is free."""
    first = place.start([*SH, "echo loss=1 step=1; read x; echo loss=2 step=2"], stdin=subprocess.PIPE)
    assert first.stdout
    assert first.stdout.readline() == b"loss=1 step=1\n"
    second = place.under([*SH, "echo started > second"])
    assert (second.out, second.code) == (b"", 125)
    assert f"process {first.pid} ".encode() in second.err
    assert not os.path.exists(place.path("second"))
    assert finish_with(first, b"\n") == Ended(b"loss=2 step=2\n", b"", 0)
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == "step\tloss\n1\t1\n2\t2\n"
    assert place.under(["true"]).code == 0


@pytest.mark.parametrize("path", ["file", "file/run", "file/a/b"])
def test_a_directory_that_cannot_be_written(place: Place, path: str) -> None:
    with open(place.path("file"), "w") as file:
        file.write("mine")
    place.dir = place.path(path)
    ended = place.under([*SH, "echo started > started"])
    assert (ended.out, ended.code, ended.err.count(b"\n")) == (b"", 125, 1)
    assert b"--dir" in ended.err
    assert sorted(os.listdir(place.cwd)) == ["file"]
    assert read_file(place.path("file")) == "mine"


def test_a_run_inside_a_run_of_the_same_directory_is_one_run(place: Place) -> None:
    """The inner one becomes the command."""
    inner = place.command([*SH, "echo loss=1 step=1; kill -PIPE $$"])
    ended = place.under([*SH, '"$@"; echo $?', "sh", *inner])
    assert ended == Ended(b"loss=1 step=1\n141\n", b"", 0)
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == "step\tloss\n1\t1\n"


def test_a_run_inside_a_run_finds_its_command_as_any_other(place: Place) -> None:
    with open(place.path("script"), "w") as file:
        file.write("exit 4\n")
    os.chmod(place.path("script"), 0o755)
    for command, code in ((["./script"], 4), (["no-such-program"], 127), (["."], 126)):
        assert place.under([*SH, '"$@"; echo $?', "sh", *place.command(command)]).out == b"%d\n" % code


def test_a_run_inside_a_run_of_another_directory_is_a_run(place: Place) -> None:
    inner = place.command([*SH, "echo loss=1 step=1"])
    inner[inner.index("--dir") + 1] = place.path("inner")
    assert place.under(inner) == Ended(b"loss=1 step=1\n", b"", 0)
    for folder in ("run", "inner"):
        assert read_file(place.path(f"{folder}/plots/metrics/loss.tsv")) == "step\tloss\n1\t1\n"


# --- bad input: a clear message, nothing started, no directory --------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--unknown"], 2, b"--unknown"),
        (["--report", "pdf"], 2, b"pdf"),
        (["--drain", "soon"], 2, b"soon"),
        (["--pattern", "(?P<loss>"], 2, b"(?P<loss>"),
        (["--pattern", r"(?P<loss>\d+)(?=x)"], 2, b"pattern"),
        (["--format", "no-such-format"], 2, b"no-such-format"),
        (["--params-file", "missing.yaml"], 2, b"missing.yaml"),
        (["--params-file", "bad.yaml"], 2, b"bad.yaml:2:1"),
        (["--params-file", "list.yaml"], 2, b"list.yaml"),
        (["-P", "lr"], 2, b"NAME=VALUE"),
        (["--artifact", "x:colour=red"], 2, b"colour"),
        (["--dvcyaml", "other.yaml"], 2, b"dvc.yaml"),
    ],
)
def test_bad_options(place: Place, options: list[str], code: int, words: bytes) -> None:
    for name, text in (("bad.yaml", "a: [1\n"), ("list.yaml", "[1]\n")):
        with open(place.path(name), "w") as file:
            file.write(text)
    before = sorted(os.listdir(place.cwd))
    ended = place.under([*SH, "echo started > started"], *options)
    assert ended.code == code
    assert words in ended.err
    assert b"Traceback" not in ended.err
    assert ended.out == b""
    assert sorted(os.listdir(place.cwd)) == before


@pytest.mark.parametrize(("arguments", "words"), [([], b"Missing argument"), (["--"], b"Missing argument")])
def test_no_command(place: Place, arguments: list[str], words: bytes) -> None:
    ended = finish(place.popen([PYTHON, "-m", "dvclive_cli", "run", *arguments]))
    assert ended.code == 2
    assert words in ended.err
    assert os.listdir(place.cwd) == []


def test_settings_that_do_not_parse(place: Place) -> None:
    with open(place.path("dvclive.toml"), "w") as file:
        file.write("dir = \n")
    ended = place.under(["touch", "started"])
    assert (ended.code, b"dvclive.toml" in ended.err, b"Traceback" in ended.err) == (2, True, False)
    assert os.listdir(place.cwd) == ["dvclive.toml"]


def test_a_folder_that_was_removed_under_us(place: Place) -> None:
    """A relative directory has no meaning there: said, and nothing is started."""
    command = place.command(["touch", place.path("started")])
    command[command.index("--dir") + 1] = "run"
    ended = finish(place.popen(["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "sh", *command]))
    assert ended.code == 125
    assert b"Traceback" not in ended.err
    assert not os.path.exists(place.path("started"))
