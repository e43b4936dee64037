"""Processes in unusual situations: process 1, a real shell's jobs, preemption, groups, recorders that die."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from processes import Ended, Place, Terminal, finish, marked, python, read_file, until

SH = ["sh", "-c"]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 256, 32))
def test_every_exit_code(place: Place, first: int) -> None:
    for code in range(first, first + 32):
        assert place.under([*SH, f"exit {code}"]).code == code


# --- process 1 --------------------------------------------------------------------------------------------

NEW_PIDS = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]


@pytest.fixture
def process_1() -> list[str]:
    """What makes a command process 1 of a namespace of its own, as in a container without an init."""
    if subprocess.run([*NEW_PIDS, "true"], capture_output=True).returncode:
        pytest.skip("namespaces of process ids are not allowed here")
    return NEW_PIDS


@pytest.mark.parametrize("program", ["echo out; echo err >&2; exit 7", "exit 0", "echo loss=1; exit 255"])
def test_process_1_gives_the_exit_code(place: Place, process_1: list[str], program: str) -> None:
    bare = finish(place.popen([*process_1, *SH, program]))
    assert finish(place.popen([*process_1, *place.command([*SH, program])])) == bare


@pytest.mark.parametrize("number", [2, 9, 11, 15])
def test_process_1_tells_a_signal_by_its_exit_code(place: Place, process_1: list[str], number: int) -> None:
    """The kernel shields it from its own signals, so 128 + n says what dying of it would have said."""
    command = place.command([*SH, f"echo loss=1 step=1; kill -{number} $$; sleep 9"])
    assert finish(place.popen([*process_1, *command])) == Ended(b"loss=1 step=1\n", b"", 128 + number)
    assert json.loads(read_file(f"{place.dir}/run.json"))["signal"] == signal.Signals(number).name


def inner_pid(process: subprocess.Popen[bytes]) -> int:
    """Process 1 of the namespace, by its number outside."""
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    return int(until(lambda: read_file(children).split(), "process 1")[0])


def test_process_1_passes_a_stop_request_on(place: Place, process_1: list[str]) -> None:
    """`docker stop`: process 1 gets SIGTERM, which the kernel would drop for want of a handler."""
    program = "trap 'echo saved; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    process = place.popen([*process_1, *place.command([*SH, program])])
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    os.kill(inner_pid(process), signal.SIGTERM)
    assert finish(process) == Ended(b"saved\n", b"", 3)
    assert json.loads(read_file(f"{place.dir}/run.json"))["status"] == "interrupted"


def test_process_1_collects_the_orphans(place: Place, process_1: list[str]) -> None:
    """Who else would: a training that leaves children behind must not fill the process table."""
    program = r"""
import os, time
for _ in range(20):
    if not os.fork():
        if not os.fork():
            os._exit(0)
        os._exit(0)
for _ in range(20):
    os.wait()
def zombies():
    found = 0
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            found += open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            pass
    return found
deadline = time.monotonic() + 30
while (left := zombies()) and time.monotonic() < deadline:
    time.sleep(0.01)
print("zombies", left)
"""
    ended = finish(place.popen([*process_1, *place.command(python(program))]))
    assert ended == Ended(b"zombies 0\n", b"", 0)


# --- shells -----------------------------------------------------------------------------------------------

DISPOSITIONS = (
    "import re; print(re.findall(r'SigIgn:\\s*(\\w+)', open('/proc/self/status').read())[0], flush=True)"
)


@pytest.mark.parametrize(
    "way", ['nohup "$@"', '"$@" & wait $!', 'setsid -w "$@"', 'nice -n 3 "$@"', "trap '' TERM HUP; \"$@\""]
)
def test_ways_to_start_a_job(place: Place, way: str) -> None:
    """nohup ignores HUP, a shell's `&` INT and QUIT; the program finds them ignored, and nothing else."""
    ended = []
    for run in (python(DISPOSITIONS), place.command(python(DISPOSITIONS))):
        ended.append(finish(place.popen(["sh", "-c", way, "sh", *run])))
    assert standard(ended[0].out) == standard(ended[1].out)
    assert ended[0][1:] == ended[1][1:]


def standard(bits: bytes) -> int:
    """Ignored signals but 32 and 33: posix_spawn(3) of glibc ignores those two, which it keeps to itself."""
    return int(bits, 16) & ~(0b11 << 31)


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("ignored", ["", "PIPE", "XFSZ", "PIPE XFSZ INT"])
def test_what_a_shell_ignores_stays_ignored(place: Place, shell: str, ignored: str) -> None:
    """Also the two signals that our own interpreter ignores before it looks: the shell above us tells."""
    show = ["grep", "SigIgn", "/proc/self/status"]
    script = f"for name in {ignored}; do trap '' $name; done; \"$@\"; exit $?"
    bare, under = (
        finish(place.popen([shell, "-c", script, shell, *run])) for run in (show, place.command(show))
    )
    assert standard(under.out.split()[1]) == standard(bare.out.split()[1])
    assert (under.err, under.code) == (bare.err, bare.code)


@pytest.mark.parametrize(
    "way",
    [
        "trap '' PIPE; timeout 60 \"$@\"",
        "trap '' PIPE; echo | xargs \"$@\"",
        "trap '' PIPE; find . -prune -exec \"$@\" \\;",
        "trap '' PIPE; printf 'all:\\n\\t@$(RUN)\\n' > Makefile; RUN=\"$*\" make -s",
        'perl -e \'$SIG{PIPE} = "IGNORE"; exit system(@ARGV) >> 8\' "$@"',
        "perl -e 'exit system(@ARGV) >> 8' \"$@\"",
        'timeout 60 "$@"',
    ],
)
def test_what_is_ignored_on_the_way_to_us_stays_ignored(place: Place, way: str) -> None:
    """By a service manager or a script in perl, and through programs that only start others."""
    show = ["grep", "SigIgn", "/proc/self/status"]
    bare, under = (finish(place.popen(["sh", "-c", way, "sh", *run])) for run in (show, place.command(show)))
    assert standard(under.out.split()[1]) == standard(bare.out.split()[1])
    assert (under.err, under.code) == (bare.err, bare.code) == (b"", 0)


def shell_on(terminal: Terminal, place: Place) -> subprocess.Popen[bytes]:
    shell = terminal.start(place, ["bash", "--norc", "--noprofile", "-i"], env={**place.env, "PS1": "$ "})
    terminal.see(b"$ ")
    return shell


def script(place: Place, text: str) -> str:
    """An executable program; gives the words that run it under us, for a shell."""
    with open(place.path("program"), "w") as file:
        file.write(f"#!/bin/sh\n{text}\n")
    os.chmod(place.path("program"), 0o755)
    return " ".join(f"'{word}'" for word in place.command(["./program"]))


def test_suspend_and_go_on_in_the_background(place: Place, terminal: Terminal) -> None:
    """^Z, then `bg`: the job runs on, the shell has the terminal."""
    shell = shell_on(terminal, place)
    words = script(place, "echo started; until [ -e go ]; do sleep 0.05; done; echo finished; exit 5")
    terminal.type(f"{words}\n".encode())
    terminal.see(b"started\r\n")
    terminal.type(b"\x1a")
    terminal.see(b"Stopped")
    terminal.type(b"bg; echo in the back''ground\n")
    terminal.see(b"in the background")
    terminal.type(b"touch go; wait %1; echo code=$?; exit\n")
    terminal.see(b"finished")
    terminal.see(b"code=5")
    terminal.rest(shell)


def test_a_background_job_that_reads_the_terminal_is_stopped(place: Place, terminal: Terminal) -> None:
    """As bare: SIGTTIN stops the whole job, `fg` lets it read."""
    shell = shell_on(terminal, place)
    words = script(place, "echo started; read answer; echo got $answer; exit 6")
    terminal.type(f"{words} &\n".encode())
    until(lambda: stopped(place, "./program"), "the program to be stopped by its read")
    until(lambda: b"Stopped" in jobs(terminal), "the shell to hear of it")  # after our last thread's stop
    early, terminal.shown = terminal.shown, b""
    terminal.type(b"fg\n")
    terminal.see(b"./program")  # the shell says what it resumes, and reads no more
    terminal.type(b"hello\n")
    if b"started\r\n" not in early:  # we were stopped before we could pass it on
        terminal.see(b"started\r\n")
    terminal.see(b"got hello")
    terminal.type(b"echo code=$?; exit\n")
    terminal.see(b"code=6")
    terminal.rest(shell)


def jobs(terminal: Terminal) -> bytes:
    """What the shell knows about its jobs."""
    before, terminal.shown = terminal.shown, b""
    terminal.type(b"jobs; echo list''ed\n")
    terminal.see(b"listed")
    listed, terminal.shown = terminal.shown, before + terminal.shown
    return listed


def stopped(place: Place, name: str) -> bool:
    """Whether the process with `name` in its command line, and the supervisor above it, are stopped."""
    found = [pid for pid, line in marked(place.mark).items() if name in line and "recorder" not in line]
    states = [read_file(f"/proc/{pid}/stat").rpartition(")")[2].split()[:1] for pid in found]
    return len(states) >= 2 and all(state == ["T"] for state in states)


# --- preemption -------------------------------------------------------------------------------------------


def test_preempted_and_resumed(place: Place) -> None:
    """The drill of a cluster: USR1 as a warning, TERM, then the same command with --resume."""
    program = r"""
import os, signal, sys, time
state = {"stop": False}
signal.signal(signal.SIGUSR1, lambda number, frame: state.update(stop=True))
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(75))
step = int(open("checkpoint").read()) if os.path.exists("checkpoint") else 0
while step < 40:
    print(f"loss={step * 3} step={step}", flush=True)
    step += 1
    if step == 17 and not os.path.exists("checkpoint"):
        print("half", flush=True)
        while not state["stop"]:
            time.sleep(0.005)
    if state["stop"]:
        open("checkpoint", "w").write(str(step))
        print("saved", flush=True)
        time.sleep(60)
"""
    first = place.start(python(program))
    assert first.stdout
    while first.stdout.readline() != b"half\n":
        pass
    first.send_signal(signal.SIGUSR1)
    while first.stdout.readline() != b"saved\n":
        pass
    first.send_signal(signal.SIGTERM)
    assert finish(first).code == 75
    run = json.loads(read_file(f"{place.dir}/run.json"))
    assert (run["status"], run["exit_code"]) == ("interrupted", 75)
    assert place.under(python(program), "--resume").code == 0
    rows = read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()
    assert rows == ["step\tloss", *(f"{step}\t{step * 3}" for step in range(40))]
    run = json.loads(read_file(f"{place.dir}/run.json"))
    assert (run["status"], len(run["sessions"])) == ("completed", 2)
    assert [one["status"] for one in run["sessions"]] == ["interrupted", "completed"]


# --- recorders --------------------------------------------------------------------------------------------


def test_recorders_that_die_one_after_another_cost_no_row(place: Place) -> None:
    """A machine short of memory kills a few in a row: the next one that lives has everything."""
    program = r"""
import os, sys
for step in range(200):
    os.write(1, b"loss=%d step=%d\n" % (step, step))
sys.stdin.readline()
for step in range(200, 300):
    os.write(1, b"loss=%d step=%d\n" % (step, step))
"""
    process = place.start(python(program), stdin=subprocess.PIPE)
    killed: set[int] = set()

    def next_recorder() -> list[int]:
        return [pid for pid in place.recorders() if pid not in killed]

    for _ in range(6):
        for pid in until(next_recorder, "another recorder"):
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    out, _ = process.communicate(b"\n", timeout=60)
    assert (out.count(b"\n"), process.returncode) == (300, 0)
    rows = read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()
    assert rows == ["step\tloss", *(f"{step}\t{step}" for step in range(300))]
