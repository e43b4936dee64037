"""Taps pass every byte on, unchanged and in order, and put it on the tape, whatever the caller has."""

from __future__ import annotations

import errno
import os
import pty
import random
import select
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import until

from dvclive_cli.processes import taps
from dvclive_cli.processes.tape import Order, Tape, pieces
from dvclive_cli.processes.taps import Pump, Tap

pytestmark = pytest.mark.usefixtures("as_a_process")


@pytest.fixture(autouse=True)
def sigchld() -> Iterator[None]:
    """A pump that ends rings with SIGCHLD; nobody here listens but those that say so."""
    old = signal.signal(signal.SIGCHLD, lambda *_: None)
    yield
    signal.signal(signal.SIGCHLD, old)


class Setup:
    """One pump between a child's end and a caller's end."""

    def __init__(self, out: int | None, *, terminal: bool = False, name: str = "stdout", **how: Any) -> None:
        via = None
        if terminal:
            source, self.mouth = taps.open_terminal(None)
            via = taps.open_pipe()
        else:
            source, self.mouth = taps.open_pipe()
        self.breaks: list[tuple[str, OSError | None]] = []
        self.order = Order.create()
        self.tap = Tap(name, Tape.create(1, None), source, out, via)
        self.finish_r, self.finish_w = os.pipe()
        how = {"drain": 5.0, "keep_going": False, **how}
        self.pump = Pump(
            self.tap,
            self.order,
            self.finish_r,
            on_break=lambda *a: self.breaks.append(a),
            on_full=lambda *a: self.breaks.append(a),
            **how,
        )

    def start(self) -> Setup:
        self.pump.start()
        return self

    def write(self, data: bytes) -> None:
        """Write everything to the child's end, from a thread of its own: a pipe holds less."""

        def send() -> None:
            view = memoryview(data)
            while view:
                view = view[os.write(self.mouth, view) :]
            os.close(self.mouth)

        threading.Thread(target=send).start()

    def end(self) -> Setup:
        """Wait for the pump."""
        self.pump.join(60)
        assert not self.pump.is_alive()
        return self

    def taped(self) -> bytes:
        """What the recorder reads."""
        data, at = b"", 0
        frames, _ = self.order.read(0, limit=1 << 20)
        for frame in frames:
            data += b"".join(pieces(self.tap.tape, frame.reel, at, frame.size))
            at += frame.size
        return data


def drain(fd: int) -> bytes:
    """Everything that comes out of a descriptor until its end."""
    data = []
    while True:
        try:
            data.append(os.read(fd, 1 << 16))
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b"".join(data)
        if not data[-1]:
            return b"".join(data)


NOISE = random.Random(7).randbytes(3_000_000)


def test_random_bytes_pass_from_pipe_to_pipe() -> None:
    """And the pump ends with its source."""
    reader, writer = os.pipe()
    setup = Setup(writer).start()
    setup.write(NOISE)
    while len(setup.taped()) < len(NOISE):
        assert os.read(reader, 1 << 20) in NOISE
    setup.end()
    assert setup.taped() == NOISE
    assert setup.breaks == []
    assert not setup.pump.cut


def passed_on(data: bytes, terminal: bool = False) -> tuple[bytes, bytes]:
    """What comes out of a tap that the data goes in, and what is on its tape."""
    reader, writer = os.pipe()
    setup = Setup(writer, terminal=terminal).start()
    setup.write(data)
    got: list[bytes] = []
    collector = threading.Thread(target=lambda: got.append(drain(reader)))
    collector.start()
    setup.end()
    os.close(writer)
    collector.join()
    return b"".join(got), setup.taped()


def test_what_arrives_is_what_was_sent() -> None:
    assert passed_on(NOISE)[0] == NOISE


@pytest.mark.parametrize("flags", [os.O_TRUNC, os.O_APPEND])
def test_files_are_written_and_appended_to(tmp_path: Path, flags: int) -> None:
    """sendfile refuses files opened for appending: a plain copy steps in, and loses and doubles nothing."""
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    setup = Setup(os.open(path, os.O_WRONLY | flags)).start()
    setup.write(NOISE)
    setup.end()
    assert path.read_bytes() == (b"before\n" if flags == os.O_APPEND else b"") + NOISE
    assert setup.taped() == NOISE


def test_a_caller_that_does_not_block_is_waited_for() -> None:
    """O_NONBLOCK on the caller's pipe (a parent's event loop set it): EAGAIN is waited out."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    setup = Setup(writer).start()
    setup.write(NOISE)
    got = b""
    while len(got) < len(NOISE):
        got += os.read(reader, 5000)
    setup.end()
    assert got == NOISE


def bare_fit(size: int) -> int:
    """How many writes of so many bytes a pipe takes while nobody reads."""
    writer = os.pipe()[1]
    os.set_blocking(writer, False)
    count = 0
    try:
        while os.write(writer, b"x" * size) == size:
            count += 1
    except BlockingIOError:
        pass
    return count


@pytest.mark.parametrize("size", [1, 17, 1000, 2100, 4096, 5000, 60_000, 65_536])
@pytest.mark.parametrize("slowly", [True, False])
def test_a_pipe_that_nobody_reads_yet_holds_what_it_would_hold(size: int, slowly: bool) -> None:
    """Lines or large pieces, one by one or in a burst: a reader may come when the writer has gone."""
    reader, writer = os.pipe()
    setup = Setup(writer).start()
    sent = 0
    noise = os.urandom(size * bare_fit(size))
    while sent < len(noise):
        sent += os.write(setup.mouth, noise[sent : sent + size])
        if slowly and size >= 1000:
            until(lambda sent=sent: setup.tap.tape.reels[0].written() == sent)
    os.close(setup.mouth)
    setup.end()
    os.close(writer)
    assert drain(reader) == noise


def test_a_closed_caller_closes_the_tap_even_of_a_silent_child() -> None:
    """The child finds its pipe closed, as it would have, though it writes nothing."""
    reader, writer = os.pipe()
    setup = Setup(writer).start()
    os.close(reader)
    setup.end()
    assert setup.breaks == [("stdout", None)]
    with pytest.raises(BrokenPipeError):
        os.write(setup.mouth, b"x")


def test_a_closed_tap_keeps_its_number() -> None:
    """Its descriptor stays taken: a recorder that starts later must not find another file under it."""
    reader, writer = os.pipe()
    setup = Setup(writer).start()
    os.close(reader)
    setup.end()
    assert os.path.exists(f"/proc/self/fd/{setup.tap.source}")
    # and whoever pumps it finds its end at once
    again = Pump(
        setup.tap,
        setup.order,
        setup.finish_r,
        drain=1,
        keep_going=False,
        on_break=lambda *a: None,
        on_full=print,
    )
    again.start()
    again.join(60)
    assert not again.is_alive()
    os.close(setup.tap.source)


def test_with_keep_going_the_tape_goes_on() -> None:
    reader, writer = os.pipe()
    setup = Setup(writer, keep_going=True).start()
    os.close(reader)
    until(lambda: setup.breaks)
    setup.write(b"still recorded")
    setup.end()
    assert setup.taped() == b"still recorded"


def test_a_full_disk_is_told_once_and_the_tape_goes_on() -> None:
    setup = Setup(os.open("/dev/full", os.O_WRONLY)).start()
    setup.write(NOISE)
    setup.end()
    assert [(name, error and error.errno) for name, error in setup.breaks] == [("stdout", errno.ENOSPC)]
    assert setup.taped() == NOISE


def test_what_is_left_behind_is_drained_and_then_cut() -> None:
    """The child has gone, somebody holds its pipe: what comes within the time is taken, then that is said."""
    reader, writer = os.pipe()
    setup = Setup(writer, drain=0.2).start()
    os.close(setup.finish_w)
    os.write(setup.mouth, b"late")
    setup.end()
    assert setup.pump.cut
    assert setup.taped() == os.read(reader, 100) == b"late"


def test_a_flood_does_not_outlast_the_drain() -> None:
    setup = Setup(os.open(os.devnull, os.O_WRONLY), drain=0.2).start()
    stop = threading.Event()

    def flood() -> None:
        while not stop.is_set():
            select.select([], [setup.mouth], [], 1)[1] and os.write(setup.mouth, b"x" * 4096)

    flooder = threading.Thread(target=flood)
    flooder.start()
    os.close(setup.finish_w)
    setup.end()
    os.set_blocking(setup.mouth, False)
    stop.set()
    assert setup.pump.cut
    flooder.join(5)
    if flooder.is_alive():
        os.read(setup.tap.source, 1 << 20)


def test_an_open_fifo_ends_when_it_is_empty() -> None:
    """We hold the FIFO open ourselves, so it has no end; its records are all taken and nothing is cut."""
    setup = Setup(None, name="fifo", drain=60.0)
    os.write(setup.mouth, b"one\ntwo\n")
    os.close(setup.finish_w)
    setup.start().end()
    assert setup.taped() == b"one\ntwo\n"
    assert not setup.pump.cut


def test_a_pump_that_follows_a_killed_one_passes_on_what_waits() -> None:
    """Bytes on the tape that were not passed on, and bytes between terminal and tape."""
    reader, writer = os.pipe()
    setup = Setup(writer, terminal=True)
    setup.order.add(1, *setup.tap.tape.write(b"taken, "))
    assert setup.tap.via is not None
    os.write(setup.tap.via[1], b"on the way, ")
    os.write(setup.mouth, b"fresh")
    os.close(setup.mouth)
    setup.start().end()
    assert os.read(reader, 100) == b"taken, on the way, fresh"
    assert setup.taped() == b"taken, on the way, fresh"


RING = """
import os, signal, sys
from dvclive_cli.processes.tape import Order, Tape
from dvclive_cli.processes.taps import Pump, Tap, open_pipe
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
sys.setswitchinterval(1e-6)
for _ in range(300):
    source, mouth = open_pipe()
    order, tap = Order.create(), Tap("stdout", Tape.create(1, None), source, None)
    finish = os.pipe()
    pump = Pump(tap, order, finish[0], drain=1, keep_going=False, on_break=print, on_full=print)
    pump.start()
    os.close(mouth)
    assert signal.sigtimedwait([signal.SIGCHLD], 30), "no bell"
    assert pump.finished, "not yet"
    for fd in (*finish, *order.describe(), *tap.descriptors(), *tap.tape.descriptors()):
        os.close(fd)
"""


def test_a_pump_is_finished_when_its_bell_rings() -> None:
    """Whoever waits for SIGCHLD and then asks must not be told 'not yet': there is no second bell."""
    ended = subprocess.run([sys.executable, "-c", RING], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


# --- terminals --------------------------------------------------------------------------------------------


def test_a_terminal_passes_bytes_as_they_are() -> None:
    """No newline becomes two characters, nothing is echoed: the caller's terminal does its own processing."""
    text = bytes(set(range(256)) - {4}) + b"a\nb\tc\r\n" * 2000
    assert passed_on(text, terminal=True) == (text, text)


def test_the_end_of_a_terminal_is_the_last_writer() -> None:
    """EIO on a terminal whose other end is closed is the end, not an error; what came before counts."""
    setup = Setup(None, terminal=True)
    second = os.dup(setup.mouth)
    os.write(setup.mouth, b"first ")
    os.close(setup.mouth)
    setup.start()
    os.write(second, b"second")
    os.close(second)
    setup.end()
    assert setup.taped() == b"first second"


def test_the_childs_terminal_is_like_the_callers() -> None:
    """Size and modes are copied, output processing and echo are off, and nobody is controlled by it."""
    model = pty.openpty()
    termios.tcsetwinsize(model[0], (33, 101)) if hasattr(termios, "tcsetwinsize") else os.system(
        f"stty rows 33 columns 101 < {os.ttyname(model[1])}"
    )
    modes = termios.tcgetattr(model[1])
    modes[2] |= termios.CSTOPB
    termios.tcsetattr(model[1], termios.TCSANOW, modes)
    ours, theirs = taps.open_terminal(model[1])
    assert os.isatty(theirs)
    assert os.get_terminal_size(theirs) == (101, 33)
    copied, original = termios.tcgetattr(theirs), termios.tcgetattr(model[1])
    assert copied[1] == original[1] & ~termios.OPOST
    assert copied[2] == original[2]
    assert not copied[3] & (termios.ECHO | termios.ECHONL)
    assert termios.tcgetattr(model[1]) == modes
    os.write(ours, b"not echoed")
    assert not select.select([ours], [], [], 0.05)[0]
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        os.tcgetpgrp(theirs)


def test_copy_size_tells_whether_it_changed() -> None:
    model, other = pty.openpty()[1], pty.openpty()[0]
    assert not taps.copy_size(model, other)
    os.system(f"stty rows 10 columns 20 < {os.ttyname(model)}")
    assert taps.copy_size(model, other)
    assert not taps.copy_size(model, other)
    assert os.get_terminal_size(other) == (20, 10)


@pytest.mark.parametrize("make", [taps.open_pipe, lambda: taps.open_terminal(None)])
def test_no_descriptor_is_inherited_by_accident(make: Callable[[], tuple[int, int]]) -> None:
    assert not any(os.get_inheritable(fd) for fd in make())


def test_a_tap_travels_as_plain_values() -> None:
    tap = Tap("stderr", Tape.create(2, None), 7, 8, (9, 10))
    name, source, out, via = tap.describe()
    assert Tap(name, tap.tape, source, out, via).describe() == tap.describe()
    assert sorted(tap.descriptors()) == [7, 8, 9, 10]
    assert Tap("fifo", tap.tape, 7, None).descriptors() == [7]
