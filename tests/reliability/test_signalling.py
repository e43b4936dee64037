"""A signal reaches the program once: whoever sent it, to us or to the whole group, and at whatever moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from processes import PYTHON, Ended, Place, Terminal, finish, python, read_file, until

# Takes signals one by one, as a handler in Python does not: it may interrupt itself, or come late.
COUNT = r"""
import os, signal, sys
numbers = [int(word) for word in sys.argv[1:]]
signal.pthread_sigmask(signal.SIG_BLOCK, [*numbers, signal.SIGALRM])
got = dict.fromkeys(numbers, 0)
os.write(1, b"ready\n")
while (number := signal.sigwaitinfo([*numbers, signal.SIGALRM]).si_signo) in got:
    got[number] += 1
    os.write(1, b"%s %d\n" % (signal.Signals(number).name.encode(), got[number]))
print(*(f"{signal.Signals(number).name}={times}" for number, times in got.items()), flush=True)
"""
COUNTED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def counting(*numbers: int) -> list[str]:
    """A program that writes a line for each signal it gets, and all counts when it gets SIGALRM."""
    return python(COUNT, *(str(int(number)) for number in numbers))


def read_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    return process.stdout.readline()


def last_line(process: subprocess.Popen[bytes]) -> bytes:
    """The counts, after anything that came late."""
    process.send_signal(signal.SIGALRM)
    out = finish(process).out
    assert out.count(b"\n") == 1, out
    return out


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_signal_to_the_whole_group_arrives_once(place: Place, rounds: int) -> None:
    """`kill -- -PGID`, Slurm, systemd: the program has it already and needs it no second time."""
    ended = []
    for run in (counting(*COUNTED), place.command(counting(*COUNTED))):
        process = place.popen(run)
        assert read_line(process) == b"ready\n"
        for times in range(1, rounds + 1):
            for number in COUNTED:
                os.killpg(process.pid, number)
                assert read_line(process) == b"%s %d\n" % (number.name.encode(), times)
        ended.append(last_line(process))
    assert ended[1] == ended[0]
    assert ended[0].count(b"=%d" % rounds) == len(COUNTED)


def test_a_signal_to_us_and_one_to_the_group_are_two(place: Place) -> None:
    process = place.start(counting(signal.SIGUSR1))
    assert read_line(process) == b"ready\n"
    for times, send in enumerate((os.kill, os.killpg, os.kill, os.kill, os.killpg, os.killpg, os.kill), 1):
        send(process.pid, signal.SIGUSR1)
        assert read_line(process) == b"SIGUSR1 %d\n" % times
        until(lambda: witnessed(process) == 0, "the bystander to be relieved")
    assert last_line(process) == b"SIGUSR1=7\n"


def witnessed(process: subprocess.Popen[bytes]) -> int:
    """What the bystander beside the program holds back, and we have not taken yet: bits."""
    found = 0
    for pid in [str(process.pid), *read_file(f"/proc/{process.pid}/task/{process.pid}/children").split()]:
        if pid == str(process.pid) or read_file(f"/proc/{pid}/comm") == "cat\n":
            shown = read_file(f"/proc/{pid}/status").partition("ShdPnd:")[2].split()
            found |= int(shown[0], 16) if shown else 0
    return found


# Signals when a process is about to be started, the n-th: 0 the witness, 1 the program, 2 the recorder.
# An audit hook sees the real run; nothing is replaced.
AT = r"""
import os, signal, sys, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
moment, send, started = int(sys.argv[1]), getattr(os, sys.argv[2]), []
def note(event, arguments):
    if event == "os.posix_spawn":
        started.append(arguments)
        if len(started) - 1 == moment:
            send(os.getpid(), signal.SIGUSR1)
            deadline = time.monotonic() + 30
            while moment == 2 and send == os.killpg and not os.path.exists("got"):
                time.sleep(0.01)
                assert time.monotonic() < deadline
sys.addaudithook(note)
del sys.argv[1:3]
from dvclive_cli.__main__ import main
sys.exit(main())
"""
WAIT = r"""
import signal
count = 0
while signal.sigtimedwait([signal.SIGUSR1], 0.7 if count else 30):
    count += 1
    open("got", "w").close()
print(count)
"""


@pytest.mark.parametrize("send", ["kill", "killpg"])
@pytest.mark.parametrize("moment", [0, 1, 2])
def test_a_signal_while_the_program_is_being_started_arrives_once(
    place: Place, send: str, moment: int
) -> None:
    """Before there is a program to have it, or just after, when nothing else of ours runs yet."""
    words = place.command(python(WAIT))[len([PYTHON, "-m", "dvclive_cli"]) :]
    place.env["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    ended = finish(place.popen([PYTHON, "-S", "-c", AT, str(moment), send, *words]))
    assert (ended.out, ended.code) == (b"1\n", 0), ended


def test_what_the_program_sends_its_group_hides_no_later_signal(place: Place) -> None:
    """The bystander has seen it too; that is no answer for the next one."""
    program = "import os, signal; os.killpg(0, signal.SIGUSR1)\n" + COUNT.replace(
        "numbers = ", "numbers = [10];"
    )
    program = COUNT.replace('os.write(1, b"ready', 'os.killpg(0, signal.SIGUSR1); os.write(1, b"ready')
    process = place.start(python(program, str(int(signal.SIGUSR1))))
    assert read_line(process) == b"ready\n"
    assert read_line(process) == b"SIGUSR1 1\n"
    until(lambda: witnessed(process) == 0, "the bystander to be relieved")
    process.send_signal(signal.SIGUSR1)
    assert read_line(process) == b"SIGUSR1 2\n"
    assert last_line(process) == b"SIGUSR1=2\n"


def test_a_key_hides_no_later_signal(place: Place, terminal: Terminal) -> None:
    """Ctrl-C, handled by the program; then a scheduler's SIGINT to us."""
    command = place.command(counting(signal.SIGINT))
    process = terminal.start(place, command)
    terminal.see(b"ready")
    terminal.type(b"\x03")
    terminal.see(b"SIGINT 1\r")
    until(lambda: witnessed(process) == 0, "the bystander to be relieved")
    process.send_signal(signal.SIGINT)
    terminal.see(b"SIGINT 2\r")
    process.send_signal(signal.SIGALRM)
    assert b"SIGINT=2" in terminal.rest(process)


@pytest.mark.parametrize("leave", ["os.setpgid(0, 0)", "os.setsid()"])
def test_a_program_with_a_group_of_its_own_gets_what_ours_gets(
    place: Place, terminal: Terminal, leave: str
) -> None:
    """What leads its own group, to end its workers with one kill, still stops with Ctrl-C."""
    program = COUNT.replace('os.write(1, b"ready', f'{leave}; os.write(1, b"ready')
    command = place.command(python(program, str(int(signal.SIGINT))))
    process = terminal.start(place, command)
    terminal.see(b"ready")
    terminal.type(b"\x03")
    terminal.see(b"SIGINT 1\r")
    os.killpg(process.pid, signal.SIGINT)
    terminal.see(b"SIGINT 2\r")
    process.send_signal(signal.SIGINT)
    terminal.see(b"SIGINT 3\r")
    process.send_signal(signal.SIGALRM)
    assert b"SIGINT=3" in terminal.rest(process)


TAKE = r"""
import os, signal
both = [signal.SIGUSR1, signal.SIGUSR2]
signal.pthread_sigmask(signal.SIG_BLOCK, both)
os.write(1, b"ready\n")
while signal.sigwaitinfo(both).si_signo == signal.SIGUSR1:
    os.write(1, b".")
"""


def test_signals_of_one_kind_in_quick_succession(place: Place) -> None:
    """Each is taken at once, and passed on when the program has taken the one before: none merge in us."""
    process = place.start(python(TAKE))
    assert process.stdout
    assert read_line(process) == b"ready\n"
    for _ in range(60):
        process.send_signal(signal.SIGUSR1)
        until(lambda: not pending(process.pid), "us to take it")
    taken = b""
    while len(taken) < 60:
        taken += process.stdout.read(60 - len(taken))
    process.send_signal(signal.SIGUSR2)
    assert (taken, finish(process)) == (b"." * 60, Ended(b"", b"", 0))


def pending(pid: int) -> int:
    """The signals that wait at a process: bits."""
    return int(read_file(f"/proc/{pid}/status").partition("ShdPnd:")[2].split()[0], 16)
