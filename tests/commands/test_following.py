"""`dvclive watch`: a run that is followed from another terminal."""

from __future__ import annotations

import signal
import subprocess
import termios

import pytest
from processes import DVCLIVE, Place, Terminal, python, read_file, until

TRAINING = """
import sys
for line in sys.stdin:
    print(line.strip(), flush=True)
"""
ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


def training(place: Place, *lines: str) -> subprocess.Popen[bytes]:
    """A program whose every line is ours to say."""
    process = place.start(python(TRAINING), stdin=subprocess.PIPE)
    tell(process, *lines)
    until(lambda: "running" in read_file(f"{place.dir}/run.json"), "the start")
    return process


def tell(process: subprocess.Popen[bytes], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"@dvclive {line}\n" for line in lines).encode())


def end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait() == 0


def test_the_screen_follows_and_ends_with_the_run(place: Place, terminal: Terminal) -> None:
    process = training(place, "step=1 loss=0.625")
    watching = terminal.start(place, [*DVCLIVE, "watch", "run"])
    terminal.see(b"0.625")
    tell(process, "step=2 loss=0.375")
    terminal.see(b"0.375")
    tell(process, "step=3 acc=0.8125")
    terminal.see(b"0.8125")
    end(process)
    shown = terminal.rest(watching)
    assert watching.returncode == 0
    after = shown.rpartition(LEAVE)[2]
    assert b"completed" in after
    assert b"0.375" in after


@pytest.mark.parametrize(("key", "code"), [(b"q", 0), (b"\x03", 130)])
def test_leaving_gives_the_terminal_back_and_leaves_the_run(
    place: Place, terminal: Terminal, key: bytes, code: int
) -> None:
    before = termios.tcgetattr(terminal.screen)
    process = training(place, "step=1 loss=0.625")
    watching = terminal.start(place, [*DVCLIVE, "watch", "run"])
    terminal.see(b"0.625")
    terminal.type(key)
    shown = terminal.rest(watching)
    assert watching.returncode == code
    assert LEAVE in shown
    assert termios.tcgetattr(terminal.screen) == before
    tell(process, "step=2 loss=0.375")
    end(process)
    assert "0.375" in read_file(f"{place.dir}/metrics.json")


def test_a_signal_gives_the_terminal_back(place: Place, terminal: Terminal) -> None:
    before = termios.tcgetattr(terminal.screen)
    process = training(place, "step=1 loss=0.625")
    watching = terminal.start(place, [*DVCLIVE, "watch", "run"])
    terminal.see(b"0.625")
    watching.send_signal(signal.SIGTERM)
    assert LEAVE in terminal.rest(watching)
    assert watching.returncode == 143
    assert termios.tcgetattr(terminal.screen) == before
    end(process)


def test_stopped_and_continued(place: Place, terminal: Terminal) -> None:
    before = termios.tcgetattr(terminal.screen)
    process = training(place, "step=1 loss=0.625")
    watching = terminal.start(place, [*DVCLIVE, "watch", "run"])
    terminal.see(b"0.625")
    watching.send_signal(signal.SIGTSTP)
    terminal.see(LEAVE + ENTER)  # the kernel stops no process of an orphaned group: setpgid(2)
    tell(process, "step=2 loss=0.375")
    terminal.see(b"0.375")
    end(process)
    terminal.rest(watching)
    assert termios.tcgetattr(terminal.screen) == before


def test_no_line_is_wider_or_deeper_than_the_terminal(place: Place, terminal: Terminal) -> None:
    terminal.resize(12, 60)
    lines = [f"step={step} " + " ".join(f"m{index}={step}" for index in range(30)) for step in range(3)]
    process = training(place, *lines)
    watching = terminal.start(place, [*DVCLIVE, "watch", "run"])
    terminal.see(b"q or Ctrl-C")
    screen = terminal.shown.rpartition(b"\x1b[H")[2]
    assert screen.count(b"\n") < 12
    terminal.type(b"q")
    terminal.rest(watching)
    end(process)


def test_lines_where_there_is_no_terminal(place: Place) -> None:
    process = training(place, "step=1 loss=0.625")
    watching = place.popen([*DVCLIVE, "watch", "run"])
    tell(process, "step=2 loss=0.375")
    end(process)
    out, err = watching.communicate()
    assert (watching.returncode, err) == (0, b"")
    lines = out.decode().splitlines()
    assert lines[-2].startswith("step 2  loss 0.375")
    assert lines[-1].startswith("run: completed after ")
    assert "\x1b" not in out.decode()


def test_a_finished_run_is_shown_once(place: Place, terminal: Terminal) -> None:
    end(training(place, "step=1 loss=0.625"))
    watching = terminal.start(place, [*DVCLIVE, "watch", "run"])
    assert b"completed" in terminal.rest(watching)
    assert watching.returncode == 0


def test_no_run(place: Place) -> None:
    ended = place.bare([*DVCLIVE, "watch", "nowhere"])
    assert (ended.code, ended.out) == (2, b"")
    assert b"run-not-found" in ended.err
