"""Sending protocol lines to the recorder: through the FIFO, through files where a line is too long or the
FIFO full.

Decides how a line travels and in which order; knows nothing of what lines say. Standard library only,
Python >= 3.8. It never blocks the program, never kills it (EPIPE, SIGPIPE) and never raises for a recorder
that is gone: that is said once, and what comes after is counted as lost.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` itself imports enum: 5 ms
import _thread
import errno
import os
import stat

from . import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

RECORD_LIMIT = 4096
"""Bytes that stay whole among many writers: PIPE_BUF on Linux, pipe(7)."""

ANSWER_WITHIN = 5.0
"""Seconds to wait for an answer of the recorder."""

BACKLOG_LIMIT = 1 << 30
"""Bytes that wait in a file while the FIFO is full; the recorder reads no larger file."""


class Channel:
    """Our end of the channel.

    Parameters:
        path: the FIFO, from `DVCLIVE_FIFO`. Its folder takes the files.
        tell: told, at most once each, what the user should know.

    Attributes:
        lost: lines that nobody took.
    """

    __slots__ = (
        "_backlog",
        "_backlog_name",
        "_backlog_size",
        "_count",
        "_fd",
        "_lock",
        "_pid",
        "_torn",
        "folder",
        "lost",
        "path",
        "tell",
    )

    def __init__(self, path: str, tell: Callable[[str], None] = messages.warn_once) -> None:
        self.path, self.tell = path, tell
        self.folder = os.path.dirname(path)
        self.lost = 0
        self._fd = -1
        self._lock = _thread.RLock()
        self._pid = os.getpid()
        self._count = 0
        self._backlog = -1  # an open file of lines that wait for room in the FIFO, in order
        self._backlog_name = ""
        self._backlog_size = 0
        self._torn = False

    def open(self) -> bool:
        """Open the FIFO; False (said once) where nobody listens."""
        try:
            fd = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:  # ENXIO: no reader; ENOENT: the run has ended and its folder is gone
            self._dead(error)
            return False
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            os.close(fd)
            self.tell(f"{self.path} is no FIFO (DVCLIVE_FIFO): nothing is recorded.")
            return False
        self._fd = fd
        return True

    def send(self, line: bytes) -> None:
        """Send one line, which ends in a newline."""
        with self._lock:
            if self._fd < 0:
                self.lost += 1
            elif self._backlog >= 0 and not self._hand_over():
                self._wait_in_file(line)
            elif len(line) > RECORD_LIMIT:
                self._send_as_file(line)
            elif not self._write(line) and self._fd >= 0:
                self._wait_in_file(line)

    def write_file(self, data: bytes, suffix: str) -> str | None:
        """Put data into the channel's folder for the recorder; the path, or None (said once)."""
        name = self._new_name(suffix)
        path = os.path.join(self.folder, name)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._no_room(error)
            return None
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
        except OSError as error:
            self._no_room(error)
            os.unlink(path)
            return None
        finally:
            os.close(fd)
        return path

    def ask(
        self, verb: str, more: Mapping[str, Any] | None = None, within: float = ANSWER_WITHIN
    ) -> bytes | None:
        """Send `verb` with the name of a FIFO for the answer.

        Parameters:
            verb: sync, end or open.
            more: further keys of the record.
            within: seconds to wait.

        Returns the answer, a line; None where none came in time.
        """
        import json
        import select
        import time

        path = os.path.join(self.folder, self._new_name(".ack"))
        try:
            os.mkfifo(path, 0o600)
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:  # the folder is gone, and who would answer with it
            self.send(json.dumps({verb: True, **(more or {})}).encode() + b"\n")
            return None
        try:
            until = time.monotonic() + within
            line = json.dumps({verb: True, **(more or {}), "ack": path}).encode() + b"\n"
            if not self.send_in_turn(line, until):
                return None
            poller = select.poll()
            poller.register(fd, select.POLLIN)
            while (left := until - time.monotonic()) > 0:
                # In slices: a recorder that has died never answers, but takes the folder with it.
                if poller.poll(min(left, 0.5) * 1000):
                    answer = os.read(fd, RECORD_LIMIT)
                    return _answer_file(f"{path}.answer") if answer == b"@\n" else answer
                if not os.path.exists(self.path):
                    return None
            return None
        finally:
            os.close(fd)
            try:
                os.unlink(path)
            except OSError:
                pass

    def send_in_turn(self, line: bytes, until: float) -> bool:
        """Send a line through the FIFO itself, behind all that waits; False if there is no room in time.

        For a process that will not be there to hand over what waits in a file.

        Parameters:
            line: ends in a newline.
            until: monotonic seconds.
        """
        import time

        while True:
            with self._lock:
                if self._fd < 0:
                    return False
                if (self._backlog < 0 or self._hand_over()) and self._fd >= 0:
                    if len(line) > RECORD_LIMIT:
                        self._send_as_file(line)
                        return True
                    if self._write(line):
                        return True
            if time.monotonic() > until:
                self.tell("The recorder does not keep up; the last values wait for it in a file.")
                return False
            time.sleep(0.005)  # POLLOUT would say "room" for one byte: pipe(7)

    def close(self) -> None:
        """Close our end. What still waits is handed over as far as there is room."""
        with self._lock:
            if self._fd >= 0:
                if self._backlog >= 0:
                    self._hand_over()
                if self._fd >= 0:
                    os.close(self._fd)
            self._fd = -1

    def busy(self) -> bool:
        """Whether this very thread is in the middle of a line."""
        return self._lock._is_owned()  # type: ignore[attr-defined, no-any-return]

    # --- how a line travels -------------------------------------------------------------------------------

    def _write(self, line: bytes) -> bool:
        """Write to the FIFO, whole or not at all (pipe(7)); False where it is full or nobody reads."""
        try:
            if _signal.getsignal(_signal.SIGPIPE) != _signal.SIG_DFL:
                os.write(self._fd, line)
            else:
                _write_without_sigpipe(self._fd, line)
        except BlockingIOError:
            return False
        except OSError as error:  # EPIPE: the recorder and the supervisor are gone
            self._dead(error)
            self.lost += 1
            return False
        return True

    def _send_as_file(self, line: bytes) -> None:
        path = self.write_file(line, ".lines")
        if path is None:
            self.lost += 1
        elif not self._write(_reference(os.path.basename(path))):
            os.unlink(path)
            if self._fd >= 0:  # full just now; a file that waits names no other file, it holds the line
                self._wait_in_file(line)

    def _wait_in_file(self, line: bytes) -> None:
        """Keep a line in the file that is handed over when there is room."""
        if self._backlog < 0:
            self._backlog_name = self._new_name(".lines")
            self._backlog_size = 0
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            try:
                self._backlog = os.open(os.path.join(self.folder, self._backlog_name), flags, 0o600)
            except OSError as error:
                self._no_room(error)
                self.lost += 1
                return
        if self._backlog_size + len(line) > BACKLOG_LIMIT:
            self.tell("The recorder does not keep up: values are lost.")
            self.lost += 1
            return
        try:
            done = os.write(self._backlog, b"\n" + line if self._torn else line)
        except OSError as error:
            self._no_room(error)
            self.lost += 1
            return
        self._torn = done < len(line)  # a disk that ran full in the middle; the next line begins a new one
        self.lost += self._torn
        self._backlog_size += done

    def _hand_over(self) -> bool:
        """Tell the recorder of the file that waits; False where the FIFO is still full."""
        if not self._write(_reference(self._backlog_name)):
            return self._fd < 0
        os.close(self._backlog)
        self._backlog = -1
        self._torn = False
        return True

    def _new_name(self, suffix: str) -> str:
        with self._lock:
            self._count += 1
            return f"live-{self._pid}-{id(self):x}-{self._count}{suffix}"

    def _dead(self, error: OSError) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        reason = "nobody reads it" if error.errno in (errno.ENXIO, errno.EPIPE) else error.strerror
        self.tell(
            f"The recorder of this run cannot be reached through {self.path}: {reason}. "
            "What is logged from here on is not recorded; the program goes on."
        )

    def _no_room(self, error: OSError) -> None:
        self.tell(
            f"The channel's folder {self.folder} cannot be written ({error.strerror}): values are lost. "
            "Make room, or set TMPDIR for `dvclive run`."
        )


def _answer_file(path: str) -> bytes | None:
    """An answer that was too long for its FIFO."""
    try:
        with open(path, "rb") as file:
            answer = file.read()
        os.unlink(path)
    except OSError:
        return None
    return answer


def _reference(name: str) -> bytes:
    return b'{"@file": "%s"}\n' % name.encode()


def _write_without_sigpipe(fd: int, line: bytes) -> None:
    """Write where SIGPIPE has its default action back: other pipes may end the program so, ours may not."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGPIPE,))
    try:
        os.write(fd, line)
    except BrokenPipeError:
        signal.sigtimedwait((signal.SIGPIPE,), 0)  # the one that this write has raised
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
