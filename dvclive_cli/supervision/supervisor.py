"""`dvclive run -- CMD`, process one: start the child, pass its bytes on, forward signals, return its status.

The promises of transparency are kept here, so this process stays small: standard library only, no parsing of
output, no slow disk, no network. What it takes from the child it keeps on tapes that it shares with the
recorder (`recorder.py`); either process may be killed and the other goes on.
"""

from __future__ import annotations

import errno
import marshal
import os
import signal
import time
from _thread import allocate_lock  # `threading` is imported after the child has started

from .. import env
from ..config import Config
from ..disk import locks, rundir
from ..errors import EXIT_OURS, DvcliveError
from ..processes import child, fifo, limits, shims
from ..processes.forwarding import SI_KERNEL, Forwarding, is_from_keyboard
from ..processes.tape import Order, Tape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..processes.taps import Pump, Tap
    from ..progress.line import Line

FORWARDED = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGALRM")
)
STOP_REQUESTS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
FINISH_WITHIN = 10.0  # seconds for the recorder after a stop request
HURRY_WITHIN = 2.0  # and after a second one
SAME_REQUEST_WITHIN = 0.1
TRY_THREADS_EVERY = 0.05
STOPPED_WITHIN = 0.5  # seconds for the program to stop where SIGTSTP came to us and perhaps not to it
LOOKED_EVERY = 0.005
ARRIVES_WITHIN = 0.02  # seconds until what was written to a pseudo-terminal can be read at the other end
SHOWN_WITHIN = 1.0  # seconds for what it wrote before it stopped to be shown
STRICT_FAULT = 3  # the recorder's exit status when --strict found a bad line


def say(text: str) -> None:
    """One line on stderr, control characters escaped; a closed stderr is no reason to stop."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    try:
        os.write(2, f"dvclive: {safe}\n".encode("utf-8", "replace"))
    except OSError:
        pass


class Supervisor:
    """The supervisor's state: one child, its taps, the recorder beside it."""

    def __init__(
        self,
        config: Config,
        command: list[str],
        environ: Mapping[str, str],
        claimed: rundir.RunDir,
        channel: fifo.Channel | None,
        limits: limits.Limits,
    ) -> None:
        self.config, self.command, self.environ, self.limits = config, command, environ, limits
        self.run_dir, self.lock, self.channel = claimed.path, claimed.lock, channel
        self.taps: list[Tap] = []
        self.pumps: list[Pump] = []
        self.unstarted: list[Pump | Line] = []
        self.threads_due: float | None = None
        self.status: int | None = None  # the child's wait status
        self.stops = 0
        self.last_request = (0, 0, 0.0)  # signal, sender, moment
        self.lost_relay = False
        self.line: Line | None = None  # of --progress
        self.kill_at: float | None = None
        self.suspend_by: float | None = None  # we stop when the program has, or at that moment
        self.give_up_at: float | None = None
        self.telling = allocate_lock()

    # --- start -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Spawn the child, then the recorder, then pump."""
        forwarded = [number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
        self.awaited = {*forwarded, signal.SIGCHLD, signal.SIGWINCH}
        if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            self.awaited.add(signal.SIGTSTP)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, self.awaited)
        self.forwarding = Forwarding(forwarded, self.environ)
        mouths: dict[int, int] = {}
        try:
            spill = None if self.channel is None else self.channel.folder
            self.order = Order.create()
            self.order.room = self.limits.file_size()
            self.control = Tape.create(0, None)
            self._open_taps(mouths, spill)
            environ = self._child_environment()
            self.watched = self._look_at_watched_files()
            self.started_ms = int(time.time() * 1000)
            # before the spawn: an inherited SIG_IGN would have the kernel reap the child, its status unseen
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.forwarding.start()
            self.limits.lowered(mouths)
            self.limits.restore()
            self.forwarding.program_follows()
            try:
                self.child_pid = child.spawn(self.command, environ, mouths, mask)
            except DvcliveError as error:
                if error.slug != child.NO_PROCESS:
                    raise
                self.forwarding.witness.end()  # the program needs the room more
                self.child_pid = child.spawn(self.command, environ, mouths, mask)
            self.forwarding.program_started(self.child_pid)
            self.limits.widen()
        except BaseException as error:
            self.forwarding.program_ended()
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if isinstance(error, OSError):  # no memory files, no /proc, no pseudo-terminals
                raise DvcliveError(
                    "cannot-record",
                    f"what recording needs is not to be had ({error})",
                    "Nothing was started. What is missing: dvclive doctor",
                    EXIT_OURS,
                ) from None
            raise
        finally:
            for fd in set(mouths.values()):
                os.close(fd)
        self._let_go_of_standard_descriptors()
        self._prepare_line()
        self._start_recorder()
        self._start_pumps()

    def _look_at_watched_files(self) -> dict[str, Any]:
        """What stands in watched files before the program starts is none of its metrics."""
        if not self.config.watch:
            return {}
        from ..inputs import watch

        return watch.snapshot(self.config.watch, os.getcwd(), self.run_dir)

    def _child_environment(self) -> dict[str, str]:
        environ = dict(self.environ)
        environ[env.DIR] = self.run_dir
        environ.pop(env.FIFO, None)
        if self.channel is not None:
            environ[env.FIFO] = self.channel.path
            config = self.config
            environ.update(
                shims.variables(
                    config.shims,
                    environ,
                    arguments=config.command_params,
                    bridge_only=config.bridge_only,
                    verbose=config.verbose,
                )
            )
        environ.setdefault(env.PYTHONUNBUFFERED, "1")
        return environ

    def _open_taps(self, mouths: dict[int, int], spill: str | None) -> None:
        """A tap for stdout and one for stderr, or one for both where they are the same open file."""
        from ..processes.taps import Tap, open_pipe, open_terminal

        streams = [number for number in (1, 2) if _can_be_written(number)]
        shared = len(streams) == 2 and child.same_open_file(1, 2)
        for number in streams:
            if shared and number == 2:
                mouths[2] = mouths[1]
                continue
            via = None
            model = number if os.isatty(number) else None
            if self.config.tty == "always" or (self.config.tty == "auto" and model is not None):
                source, mouths[number] = open_terminal(model)
                via = open_pipe()
            else:
                source, mouths[number] = open_pipe()
            out = os.dup(number)
            name = ("stdout", "stderr")[number - 1]
            self.taps.append(Tap(name, Tape.create(number, spill), source, out, via))
        if self.channel is not None:
            self.taps.append(Tap("fifo", Tape.create(3, spill), self.channel.fd, None))
        self.monitor = [Tape.create(4, None)]  # Live.monitor_system() may ask for it at any time

    @staticmethod
    def _let_go_of_standard_descriptors() -> None:
        """Leave the caller's stdin to the child alone; have the recorder find 0, 1 and 2 taken.

        Whoever feeds our stdin gets its SIGPIPE when the child closes it, and no file that the recorder opens
        gets the number of a stream that the caller closed.
        """
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        os.dup2(null, 0)
        os.close(null)
        os.set_inheritable(1, True)
        os.set_inheritable(2, True)

    def _start_recorder(self) -> None:
        """Write down, in memory the recorder inherits, which descriptor is what; then start it."""
        from ..processes import companion

        self.alive_r, self.alive_w = os.pipe2(os.O_CLOEXEC)  # ends when this process does
        self.slots = [os.memfd_create(f"dvclive-state-{n}", os.MFD_CLOEXEC) for n in (0, 1)]
        tapes = [self.control, *(tap.tape for tap in self.taps), *self.monitor]
        description: dict[str, Any] = {
            "module": "supervision.recorder",
            "order": self.order.describe(),
            "tapes": [tape.describe() for tape in tapes],
            "taps": [(*tap.describe(), tap.tape.number) for tap in self.taps],
            "alive": self.alive_r,
            "lock": self.lock,
            "slots": self.slots,
            "config": self.config.values(),
            "command": self.command,
            "cwd": os.getcwd(),
            "run_dir": self.run_dir,
            "channel": None if self.channel is None else self.channel.folder,
            "child_pid": self.child_pid,
            "supervisor_pid": os.getpid(),
            "started_ms": self.started_ms,
            "watched": self.watched,
            "board": None if self.line is None else self.line.board.fd,
        }
        plumbing = companion.plumb("dvclive-plumbing", description)
        inherited = [self.alive_r, self.lock, *self.slots, *self.order.describe()]
        if self.line is not None:
            inherited.append(self.line.board.fd)
        for tape in tapes:
            inherited += tape.descriptors()
        for tap in self.taps:
            inherited += tap.descriptors()
        for fd in inherited:  # only now: the child has been spawned and cannot inherit them
            os.set_inheritable(fd, True)
        environ = {**self.environ, env.DIR: self.run_dir}
        self.recorder = companion.Recorder(plumbing, self.run_dir, environ, self._say, self.config.quiet)
        self.recorder.start()

    def _prepare_line(self) -> None:
        """The line of --progress, where there is a terminal to draw it on."""
        if not self.config.progress:
            return
        from ..progress import terminal

        outs = [tap.out for tap in self.taps if tap.out is not None]
        self.line = terminal.line(outs, self.started_ms, self.environ)

    def _say(self, text: str) -> None:
        """`say`, with the line out of the way."""
        if self.line is None:
            say(text)
            return
        self.line.lift()
        try:
            say(text)
        finally:
            self.line.passed(b"\n")

    def _start_pumps(self) -> None:
        from ..processes.taps import Pump

        self.finish_taps = os.pipe2(os.O_CLOEXEC)
        self.finish_fifo = os.pipe2(os.O_CLOEXEC)
        for tap in self.taps:
            pump = Pump(
                tap,
                self.order,
                (self.finish_fifo if tap.name == "fifo" else self.finish_taps)[0],
                drain=self.config.drain,
                keep_going=self.config.keep_going,
                on_break=self._tap_broke,
                on_full=self._tape_full,
                line=self.line if self.line is not None and tap.out == self.line.out else None,
            )
            self.pumps.append(pump)
        self.unstarted = [*self.pumps, *([] if self.line is None else [self.line])]
        self._start_threads()

    def _start_threads(self) -> None:
        """Those that wait for it. Where there is no room for another (ulimit -u, pids.max) they wait on, and
        the program with them once its pipe is full; the witness makes room."""
        while self.unstarted:
            try:
                self.unstarted[0].start()
            except RuntimeError:
                self.forwarding.witness.end()
                self.threads_due = time.monotonic() + TRY_THREADS_EVERY
                return
            self.unstarted.pop(0)
        self.threads_due = None

    def _tap_broke(self, name: str, error: OSError | None) -> None:
        """Called by a pump: the caller's end of a stream is closed, or cannot be written."""
        if error is None and not self.config.keep_going:
            self._tell("closed", stream=name)
            return
        self._tell("lost", stream=name)
        if error is None:
            return
        if error.errno not in (errno.EPIPE, errno.EIO):
            self.lost_relay = True
            self._say(f"{name} cannot be passed on ({error.strerror}); the program goes on and is recorded.")

    def _tape_full(self, name: str, error: OSError) -> None:
        """Called by a pump: nothing more can be kept for the recorder."""
        why = error.strerror or str(error)
        self._say(f"{name} goes on, but is not recorded any more: {why}. A limit on file sizes? (ulimit -f)")
        self._tell("full", stream=name, why=why)

    # --- run ---------------------------------------------------------------------------------------------

    def wait(self) -> int:
        """Wait for the child, its streams and the recorder, forwarding signals; then our exit status."""
        while self.status is None:
            self._take_signal(self.kill_at)
        self._bound_the_end()
        os.close(self.finish_taps[1])
        self._finish_pumps([pump for pump in self.pumps if pump.tap.name != "fifo"])
        os.close(self.finish_fifo[1])
        self._finish_pumps(self.pumps)
        if self.line is not None:
            self.line.end()
        cut = [pump.tap.name for pump in self.pumps if pump.cut]
        self._tell("exit", status=self.status, cut=cut, ms=int(time.time() * 1000))
        self.give_up_at = None  # the recorder has its own time, whatever the streams took
        self._bound_the_end()
        self.recorder.program_ended()
        self._await_recorder()
        if self.channel is not None:
            self.channel.close()
        locks.unlock(self.lock)
        succeeded = self.status == 0
        if succeeded and (self.lost_relay or self.recorder.status == STRICT_FAULT << 8):
            return EXIT_OURS
        return child.die_like(self.status)

    def _finish_pumps(self, pumps: list[Pump]) -> None:
        """Wait for the pumps; a stop request bounds it, because the reader of our output may have stopped."""
        while not all(pump.finished for pump in pumps):
            self._take_signal(self.give_up_at)
            if self._is_over(self.give_up_at):
                self.lost_relay = True
                return

    def _await_recorder(self) -> None:
        while self.recorder.expected:
            self._take_signal(self.give_up_at)
            if self.recorder.expected and self._is_over(self.give_up_at):
                say(
                    "the recorder did not finish in time; what is recorded so far is on disk, "
                    "the experiment is not saved."
                )
                self.recorder.kill()

    def _take_signal(self, until: float | None) -> None:
        """Wait for one signal, at most until a moment (monotonic seconds), and act on it."""
        soon = None if self.suspend_by is None else time.monotonic() + LOOKED_EVERY
        dues = (until, self.recorder.due, self.forwarding.due, self.threads_due, soon)
        moments = [at for at in dues if at is not None]
        if moments:
            info = signal.sigtimedwait(self.awaited, max(0.0, min(moments) - time.monotonic()))
        else:
            info = signal.sigwaitinfo(self.awaited)
        if info is None:
            self._kill_when_due()
            self.recorder.start_if_due()
        elif info.si_signo == signal.SIGCHLD:
            self._reap()
        elif info.si_signo == signal.SIGWINCH:
            self._resize(info)
        elif info.si_signo == signal.SIGTSTP:
            self._asked_to_suspend(info)
        else:
            self._requested(info.si_signo, info.si_pid)
            self.forwarding.take(info)
        self.forwarding.decide()
        if self.suspend_by is not None:
            self._suspend_in_time(self.suspend_by)
        if self.unstarted:
            self._start_threads()

    def _requested(self, number: int, sender: int) -> None:
        """What a signal asks of ourselves; what the child sends is between it and its group."""
        if number in STOP_REQUESTS and sender != self.child_pid and not self._is_repeated(number, sender):
            self._stop_requested(number)

    def _is_repeated(self, number: int, sender: int) -> bool:
        """Whether this is the same request as the one before: timeout(1) signals us and then our group."""
        now = time.monotonic()
        before, self.last_request = self.last_request, (number, sender, now)
        return before[:2] == (number, sender) and now - before[2] < SAME_REQUEST_WITHIN

    def _stop_requested(self, number: int) -> None:
        self.stops += 1
        if self.config.kill_after is not None and self.kill_at is None:
            self.kill_at = time.monotonic() + self.config.kill_after
        self._tell("stop" if self.stops == 1 else "hurry", signal=int(number))
        if self.status is not None:
            self._bound_the_end()
        if self.stops > 1 and self.recorder.pid is not None:
            os.kill(self.recorder.pid, signal.SIGTERM)

    def _bound_the_end(self) -> None:
        """After a stop request: from now on only so long, or what is left of an earlier bound."""
        if self.stops:
            moment = time.monotonic() + (FINISH_WITHIN if self.stops == 1 else HURRY_WITHIN)
            self.give_up_at = moment if self.give_up_at is None else min(moment, self.give_up_at)

    @staticmethod
    def _is_over(moment: float | None) -> bool:
        return moment is not None and time.monotonic() >= moment

    def _kill_when_due(self) -> None:
        if self.status is None and self._is_over(self.kill_at):
            self._say(f"the program did not stop within {self.config.kill_after:g} s (--kill-after): killed.")
            self.kill_at = None
            os.kill(self.child_pid, signal.SIGKILL)

    def _asked_to_suspend(self, info: signal.struct_siginfo) -> None:
        """Ctrl-Z, which the program gets, too: where that goes on, the job does. Or a signal to us."""
        now = time.monotonic()
        if self.status is not None:
            self.suspend_by = now
        else:
            self.suspend_by = float("inf") if is_from_keyboard(info) else now + STOPPED_WITHIN

    def _suspend_in_time(self, latest: float) -> None:
        """Stop when the program has stopped; not before what it has written is shown, and our line is gone.

        The shell writes as soon as we stop, and vim has just gone back to the screen that it writes on.
        """
        if not self._is_over(latest) and not child.is_stopped(self.child_pid):
            return
        self.suspend_by = None
        time.sleep(ARRIVES_WITHIN)
        deadline = time.monotonic() + SHOWN_WITHIN
        while any(tap.waiting() for tap in self.taps) and not self._is_over(deadline):
            time.sleep(0.002)
        if self.line is not None:
            self.line.pause()
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})  # here we stop, until SIGCONT
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        if self.line is not None:
            self.line.go_on(elsewhere=True)

    def _resize(self, info: signal.struct_siginfo) -> None:
        """Give the child's terminal our new size; its own SIGWINCH may have come before that."""
        from ..processes.taps import copy_size

        changed = False
        for tap in self.taps:
            if tap.via is not None and tap.out is not None and os.isatty(tap.out):
                changed |= copy_size(tap.out, tap.source)
        if self.status is None and (changed or info.si_code != SI_KERNEL) and info.si_pid != self.child_pid:
            os.kill(self.child_pid, signal.SIGWINCH)

    def _reap(self) -> None:
        """Collect every process that ended: the child, the recorder, and as process 1 anybody's orphans."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child_pid and self.status is None:
                self.status = status
                self.suspend_by = None
                self.forwarding.program_ended()
            elif pid == self.recorder.pid:
                self.recorder.ended(status, follow=self.stops < 2)
            elif pid == self.forwarding.witness.pid:
                self.forwarding.witness.collected()

    def _tell(self, what: str, **fields: Any) -> None:
        """Enter a message for the recorder into the order of the run."""
        with self.telling:  # pumps tell too: one message, one frame
            reel, size = self.control.write(marshal.dumps({"what": what, **fields}))
            self.order.add(self.control.number, reel, size)


def _can_be_written(fd: int) -> bool:
    """Whether the child will find this descriptor open, and not for reading only (`>&0`)."""
    import fcntl

    return os.get_inheritable(fd) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
