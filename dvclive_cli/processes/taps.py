"""Taps: where the child's output is caught, put on a tape, and passed on byte for byte.

A tap is a pipe, or where the caller's stream is a terminal a pseudo-terminal that nobody is controlled by.
One thread a tap: take bytes onto the tape, pass them on, ring. The same code pumps in the supervisor and, if
that is killed, in the recorder. Standard library only; knows no line and no metric.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import stat
import struct
import termios
import threading
import time

from .tape import Order, Tape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Liftable(Protocol):
        """Something that stands on the terminal below the program's text."""

        def lift(self) -> None:
            """Take it away; nobody else writes until `passed`."""

        def passed(self, data: bytes) -> None:
            """The program's bytes are on the terminal: these."""


_COPY = 1 << 16
_PAGE = 4096
PIPE_SIZE = 64 * _PAGE
SENT_SLOTS = 32


class Tap:
    """One caught stream.

    Parameters:
        name: "stdout", "stderr" or "fifo".
        tape: where its bytes are kept.
        source: descriptor that the bytes come out of.
        out: descriptor of the caller that they go on to, or None (FIFO).
        via: a pipe (read, write) that a terminal's bytes pass through, because the kernel splices a terminal
            only into a pipe; None for pipes.
    """

    __slots__ = ("name", "out", "source", "tape", "via")

    def __init__(
        self, name: str, tape: Tape, source: int, out: int | None, via: tuple[int, int] | None = None
    ) -> None:
        self.name, self.tape, self.source, self.out, self.via = name, tape, source, out, via

    def describe(self) -> tuple[str, int, int | None, tuple[int, int] | None]:
        """Plain values for another process; the tape travels by its number."""
        return self.name, self.source, self.out, self.via

    def descriptors(self) -> list[int]:
        """Every descriptor the tap needs, its tape's not counted."""
        return [self.source, *([] if self.out is None else [self.out]), *(self.via or ())]

    def waiting(self) -> bool:
        """Whether the program has written something that is not passed on yet."""
        if self.out is None:
            return False
        sources = (self.source, self.via[0]) if self.via is not None else (self.source,)
        return any(map(_unread, sources)) or any(reel.waiting() > 0 for reel in self.tape.reels)


def open_pipe() -> tuple[int, int]:
    """A pipe for a tap: (read end, write end)."""
    return os.pipe2(os.O_CLOEXEC)


def open_terminal(model: int | None) -> tuple[int, int]:
    """An output-only pseudo-terminal: (our end, the child's end), as wide as the terminal `model`.

    OPOST and ECHO are off: the caller's terminal does its own processing. It is nobody's controlling
    terminal, so Ctrl-C, job control and /dev/tty stay with the real one.
    """
    ours, theirs = os.openpty()
    attributes = termios.tcgetattr(theirs)
    if model is not None:
        attributes = termios.tcgetattr(model)
        copy_size(model, ours)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~(termios.ECHO | termios.ECHONL)
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    return ours, theirs


def copy_size(model: int, terminal: int) -> bool:
    """Give `terminal` the size of `model`; whether that changed anything."""
    size = fcntl.ioctl(model, termios.TIOCGWINSZ, b"\0" * 8)
    if size == fcntl.ioctl(terminal, termios.TIOCGWINSZ, b"\0" * 8):
        return False
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    return True


class Pump(threading.Thread):
    """Moves one tap's bytes until its source ends, or until it is told to finish.

    Parameters:
        tap: what to pump.
        order: the log that the bytes are entered into.
        finish: a descriptor that becomes readable when the child has gone: pump for `drain` seconds more.
        drain: seconds.
        keep_going: when the caller's end is closed, go on without passing on.
        on_break: called once with the name of the tap when its way on is closed or lost, and the error.
        on_full: called once with the name when nothing more can be kept for the recorder, and the error.
        line: what stands on the terminal below the program's text, to be lifted while that grows.
    """

    def __init__(
        self,
        tap: Tap,
        order: Order,
        finish: int,
        *,
        drain: float,
        keep_going: bool,
        on_break: Callable[[str, OSError | None], None],
        on_full: Callable[[str, OSError], None],
        line: Liftable | None = None,
    ) -> None:
        super().__init__(name=f"pump-{tap.name}", daemon=True)
        self.line = line
        self.tap, self.order, self.finish = tap, order, finish
        self.drain, self.keep_going, self.on_break, self.on_full = drain, keep_going, on_break, on_full
        self._kept = True  # what passes is kept on the tape
        self.cut = False  # the source was still open when the drain ended
        self.finished = False  # unlike is_alive(), settled before the main thread is woken
        self._relaying = tap.out is not None
        self._plain_copy = False  # sendfile cannot write there
        self._to_pipe = tap.out is not None and stat.S_ISFIFO(os.fstat(tap.out).st_mode)
        self._slots = SENT_SLOTS  # of the caller's pipe, taken by sendfile since the pipe was last empty

    def run(self) -> None:
        """Pump to the end, then wake the waiting main thread (SIGCHLD, which it waits for anyway)."""
        try:
            self._pump()
        finally:
            self.finished = True
            os.kill(os.getpid(), signal.SIGCHLD)

    def _pump(self) -> None:
        tap = self.tap
        poller = select.poll()
        poller.register(tap.source, select.POLLIN)
        poller.register(self.finish, select.POLLIN)
        if tap.out is not None:
            poller.register(tap.out, 0)  # 0: only tells when the other side is gone
            if self._to_pipe:
                self._lengthen(tap.out)
        deadline: float | None = None
        self._relay_waiting()
        while True:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            if deadline is not None and tap.name == "fifo":
                wait = 0.0
            ready = dict(poller.poll(wait))
            if self.finish in ready:
                poller.unregister(self.finish)
                deadline = time.monotonic() + self.drain
            if tap.out in ready and tap.out is not None:
                poller.unregister(tap.out)
                if self._relaying and not self._broken(None):
                    return
            if tap.source in ready and not self._move():
                return
            if deadline is not None and time.monotonic() >= deadline:
                left = self._readable()
                if left:
                    self._move(left)
                self.cut = tap.name != "fifo"
                return
            if deadline is not None and tap.name == "fifo" and tap.source not in ready:
                return  # a FIFO that we hold open never ends: empty is the end

    def _readable(self) -> int:
        """Bytes waiting in the source right now."""
        return _unread(self.tap.source)

    def _move(self, size: int = 1 << 20) -> bool:
        """Take what is there onto the tape and pass it on; False at the end of the stream."""
        if not self._kept:
            return self._pass_by(size)
        tap = self.tap
        try:
            source = tap.source
            if tap.via is not None:
                if not os.splice(tap.source, tap.via[1], _COPY):
                    return False
                source = tap.via[0]
            reel, count = tap.tape.fill(source, size)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno == errno.EIO:  # a terminal whose other end is closed: the end, pty(7)
                return False
            self._keep_no_more(error)
            return True
        if not count:
            return False
        going = not self._relaying or self._relay(reel)  # relay first, tell later
        try:
            self.order.add(tap.tape.number, reel, count)
        except OSError as error:
            self._keep_no_more(error)
        return going

    def _keep_no_more(self, error: OSError) -> None:
        """The tape or the log takes nothing more (a limit on file sizes, no memory): only pass on."""
        self._kept = False
        self.on_full(self.tap.name, error)

    def _pass_by(self, size: int) -> bool:
        """Take what is there and pass it on without keeping it; False at the end of the stream."""
        tap = self.tap
        source = tap.via[0] if tap.via is not None and _unread(tap.via[0]) else tap.source
        try:
            data = os.read(source, min(size, _COPY))
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno == errno.EIO:
                return False
            raise
        if self.line is None:
            return self._write(data) and bool(data)
        self.line.lift()
        try:
            return self._write(data) and bool(data)
        finally:
            self.line.passed(data)

    def _write(self, data: bytes) -> bool:
        view = memoryview(data)
        while view and self._relaying and self.tap.out is not None:
            try:
                view = view[os.write(self.tap.out, view) :]
            except BlockingIOError:
                self._await_room(self.tap.out)
            except OSError as error:
                if not self._broken(error):
                    return False
        return True

    @staticmethod
    def _await_room(out: int) -> None:
        waiter = select.poll()
        waiter.register(out, select.POLLOUT)
        waiter.poll()

    def _relay_waiting(self) -> None:
        """Pass on what an earlier, killed pump had taken and not passed on."""
        if self.tap.via is not None:
            waiting = _unread(self.tap.via[0])
            if waiting:
                reel, count = self.tap.tape.fill(self.tap.via[0], waiting)
                self.order.add(self.tap.tape.number, reel, count)
        for number in range(len(self.tap.tape.reels)):
            if self._relaying:
                self._relay(number)

    def _relay(self, number: int) -> bool:
        """Pass on everything that waits on a reel; False when the stream is to be closed."""
        if self.line is None:
            return self._send(number)
        fd = self.tap.tape.reels[number].relay_fd
        self.line.lift()
        at = os.lseek(fd, 0, os.SEEK_CUR)
        try:
            return self._send(number)
        finally:
            self.line.passed(os.pread(fd, os.lseek(fd, 0, os.SEEK_CUR) - at, at))

    def _send(self, number: int) -> bool:
        out, reel = self.tap.out, self.tap.tape.reels[number]
        assert out is not None
        waiting = reel.waiting()
        while waiting > 0 and self._relaying:
            try:
                waiting -= self._copy(out, reel.relay_fd, waiting)
            except BlockingIOError:
                self._await_room(out)
            except OSError as error:
                if error.errno in (errno.EINVAL, errno.ENOSYS) and not self._plain_copy:
                    self._plain_copy = True  # sendfile refuses files opened for appending
                    continue
                if not self._broken(error):
                    return False
        return True

    def _copy(self, out: int, relay_fd: int, count: int) -> int:
        """Write up to `count` waiting bytes and advance the relay's offset.

        sendfile does both in one step: whoever follows a killed pump neither loses nor repeats a byte.
        Other writing takes two: a kill between them repeats a piece.
        """
        at = os.lseek(relay_fd, 0, os.SEEK_CUR)
        if not self._plain_copy and (not self._to_pipe or self._fits(out, at, count)):
            return os.sendfile(out, relay_fd, None, count)
        written = os.write(out, os.pread(relay_fd, min(count, _COPY), at))
        os.lseek(relay_fd, written, os.SEEK_CUR)
        return written

    def _fits(self, out: int, at: int, count: int) -> bool:
        """Whether sendfile may put these bytes into the caller's pipe.

        Each of its calls takes slots of its own, and a pipe has 16, where write(2) fills pages with lines.
        A reader that comes when the program has ended (`p.wait(); p.stdout.read()`) has to find the 64 KiB
        that bare would fit. So sendfile gets half of a pipe that is made longer, and only until it is full.
        """
        if not _unread(out):
            self._slots = 0
        self._slots += (at % _PAGE + count + _PAGE - 1) // _PAGE
        return self._slots <= SENT_SLOTS

    def _lengthen(self, out: int) -> None:
        """Give the caller's pipe more slots; where that is not allowed, sendfile has to do without."""
        try:
            if fcntl.fcntl(out, fcntl.F_GETPIPE_SZ) < PIPE_SIZE:
                fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            self._plain_copy = True

    def _broken(self, error: OSError | None) -> bool:
        """The way on is closed (EPIPE) or lost (a full disk); whether to go on pumping without it."""
        self._relaying = False
        closed = error is None or error.errno in (errno.EPIPE, errno.ECONNRESET)
        if closed and not self.keep_going:
            _end_here(self.tap.source)  # the child gets its SIGPIPE, as it would have
            self.on_break(self.tap.name, None)
            return False
        self.on_break(self.tap.name, error)
        return True


def _end_here(fd: int) -> None:
    """Close what a descriptor stands for, keep its number: a later recorder inherits by number."""
    ended, other = os.pipe2(os.O_CLOEXEC)
    os.close(other)
    os.dup2(ended, fd)
    os.close(ended)


def _unread(fd: int) -> int:
    """Bytes that wait in a pipe or terminal, as either end sees them."""
    count: int = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0]
    return count
