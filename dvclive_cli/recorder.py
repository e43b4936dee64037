"""`dvclive run -- CMD`, process two: turn what the tapes hold into a recorded run, and save the experiment.

Capture, files, DVC and the network live here, away from the program. One thread changes the run; the order
log of the tapes is the order of the run. Every half second a checkpoint is left in memory that the supervisor
holds too: if this process is killed, the next one restores it, truncates the journals to it and replays the
tapes from there, so that no row is missing or double. If the supervisor is killed, this process pumps the
program's output itself.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from . import fifo, protocol, taps
from .capture import Capture, Match
from .config import Config
from .errors import DvcliveError
from .events import End, Event, Sync
from .facts import Facts
from .masks import mask_argv
from .outcome import Outcome, outcome_of
from .session import Session
from .slots import Slots
from .tape import Order, Tape, pieces, release

CHECKPOINT_EVERY = 0.5  # seconds
CHECKPOINT_BYTES = 8 << 20
BATCH_BYTES = 1 << 20
SAVE_LIMITS = {1: 8.0, 2: 1.0}  # seconds for saving after so many stop requests

STDOUT, STDERR, FIFO, MONITOR, SPILLED = 1, 2, 3, 4, 5


class Hurry(BaseException):
    """Saving has to end now: asked for by a second stop request, or by the time limit of the first."""


def main(plumbing: Mapping[str, Any]) -> int:
    """Record the run that `plumbing` (written by the supervisor) describes; the exit status."""
    for number in (
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGTTOU,
        signal.SIGUSR1,
        signal.SIGUSR2,
    ):
        signal.signal(number, signal.SIG_IGN)
    return Recorder(plumbing).record()


class Position(NamedTuple):
    """How far the tapes have been read: in the order log, and by (tape, reel) in bytes."""

    order: int
    tapes: dict[tuple[int, int], int]


class Recorder:
    """One run being recorded from its tapes."""

    def __init__(self, plumbing: Mapping[str, Any]) -> None:
        self.plumbing = plumbing
        self.config = Config(plumbing["config"])
        self.order = Order(*plumbing["order"])
        self.tapes = {tape.number: tape for tape in map(Tape.rebuilt, plumbing["tapes"])}
        self.taps = [
            taps.Tap(name, self.tapes[number], source, out, via)
            for name, source, out, via, number in plumbing["taps"]
        ]
        self.notes: dict[str, int] = {}  # what to tell the user at the end, and how often it came
        self.position = Position(0, {})
        self.captures: dict[int, Capture] = {}
        self.stops = 0
        self.exit: dict[str, Any] | None = None
        self.hurried = False
        self.interruptible = False
        self.used_files: list[str] = []
        self.monitor: Any = None
        self.finish: tuple[int, int] | None = None  # set when the supervisor is gone and we pump
        self.pumps: list[taps.Pump] = []
        self.checkpoint_due = 0.0
        self.checkpointed = Position(0, {})
        self.slots = Slots(plumbing["slots"])
        self.released: dict[tuple[int, int], int] = {}
        self.unsaved_bytes = 0

    # --- the whole ---------------------------------------------------------------------------------------

    def record(self) -> int:
        """From the first byte to the saved experiment."""
        from .experiment import Experiment

        signal.signal(signal.SIGTERM, self._hurry)
        signal.signal(signal.SIGALRM, self._hurry)
        self.experiment = Experiment(
            self.config, self.plumbing["run_dir"], os.environ, self.note, on_ready=self.order.ring
        )
        self.session = self._session()
        state = self._newest_checkpoint()
        if state is None:
            self._begin()
        else:
            self._restore(state)
        if self.config.monitor_system:
            self._start_monitor()
        while self.exit is None:
            if not self._read():
                self._wait()
            self._tick()
        return self._end()

    def note(self, text: str) -> None:
        """Remember something to tell the user at the end; the same text is told once, with its count."""
        self.notes[text] = self.notes.get(text, 0) + 1

    def _session(self) -> Session:
        self.facts = Facts(
            self.plumbing["command"],
            self.plumbing["cwd"],
            os.environ,
            self.plumbing["started_ms"],
            {"pid": self.plumbing["supervisor_pid"], "child": self.plumbing["child_pid"]},
        )
        self.facts.ask_git()
        return Session(
            self.experiment.session_config(),
            self.facts.values,
            self.note,
            workspace=self.experiment.workspace,
            ready=self.experiment.ready_workspace,
        )

    def _begin(self) -> None:
        """Open the session and enter what is known before the first byte: the parameters."""
        from .params import command_params, flatten_params, parse_param
        from .preflight import capture_options
        from .userfiles import read_params_file

        typed = command_params(mask_argv(self.plumbing["command"], os.environ))
        options = capture_options(self.config, frozenset(param.name for param in typed))
        self.captures = {
            number: Capture(name, options) for number, name in _STREAMS.items() if number in self.tapes
        }
        if FIFO in self.captures:
            self.captures[SPILLED] = Capture("fifo", options)
        self.session.open()
        params: list[Event] = [*typed] if self.config.command_params else []
        for path in self.config.params_file:
            params += flatten_params(read_params_file(path), path)
        params += [parse_param(text) for text in self.config.param]
        self._feed(params, self.plumbing["started_ms"])
        self._checkpoint()  # from here on a successor neither opens nor resumes the directory again
        self.experiment.prepare()

    # --- reading -----------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Take in what the order log tells of; False when there is nothing new."""
        frames, behind = self.order.read(self.position.order)
        index = 0
        offsets = self.position.tapes
        while index < len(frames):
            first = frames[index]
            size, key = first.size, (first.tape, first.reel)
            index += 1
            # neighbours of the same tape are one stretch of bytes; each control frame is one message
            while index < len(frames) and size < BATCH_BYTES and first.tape != 0:
                after = frames[index]
                if (after.tape, after.reel) != key:
                    break
                size += after.size
                index += 1
            start = offsets.get(key, 0)
            tape = self.tapes[first.tape]
            for data in pieces(tape, first.reel, start, size):
                self._take(first.tape, data, first.now_ms)
            offsets[key] = start + size
            self.unsaved_bytes += size
        self.position = Position(behind, offsets)
        return bool(frames)

    def _take(self, tape: int, data: bytes, now_ms: int) -> None:
        if tape == 0:
            self._obey(marshal.loads(data))  # noqa: S302 - our own supervisor's words
        else:
            self._feed_matches(self.captures[tape].feed(data), now_ms)

    def _feed_matches(self, matches: list[Match], now_ms: int) -> None:
        events: list[Event] = []
        for match in matches:
            events += match.events if match.file is None else self._spilled(match.file)
        if events:
            self._feed(events, now_ms)

    def _feed(self, events: Iterable[Event], now_ms: int) -> None:
        """Hand events to the session; answer those that ask for an answer once they are on disk."""
        waiting: list[Event] = []
        for event in events:
            waiting.append(event)
            if isinstance(event, (Sync, End)):
                self.session.feed(waiting, now_ms)
                self.session.sync()
                waiting = []
                if event.ack and self.plumbing["channel"]:
                    fifo.acknowledge(self.plumbing["channel"], event.ack)
        if waiting:
            self.session.feed(waiting, now_ms)

    def _spilled(self, name: str) -> list[Event]:
        """The events of a record that was too long for the FIFO; its file goes after the next checkpoint."""
        folder = self.plumbing["channel"] or ""
        try:
            data = fifo.read_spilled(folder, name)
        except DvcliveError as error:
            self.note(str(error))
            return []
        self.used_files.append(os.path.join(folder, name))
        capture = self.captures[SPILLED]  # the FIFO's own may be in the middle of a line
        matches = [*capture.feed(data), *capture.feed(b"" if data.endswith(b"\n") else b"\n")]
        return [event for match in matches for event in match.events]

    def _obey(self, message: Mapping[str, Any]) -> None:
        """A word from the supervisor."""
        what = message["what"]
        if what == "closed":  # the caller closed its end: let the program notice
            for tap in self.taps:
                if tap.name == message["stream"] and tap.source >= 0:
                    os.close(tap.source)
                    tap.source = -1
        elif what in ("stop", "hurry"):
            self.stops += 1
        elif what == "exit":
            self.exit = dict(message)

    def _wait(self) -> None:
        """Sleep until a tape grows, the supervisor goes, or something is due."""
        poller = select.poll()
        poller.register(self.order.bell_r, select.POLLIN)
        if self.finish is None:
            poller.register(self.plumbing["alive"], select.POLLIN)
        else:
            poller.register(self.child_gone, select.POLLIN)
        ready = dict(poller.poll(self._due_in()))
        if self.order.bell_r in ready:
            self.order.hush()
            if self.experiment.prepared is not None:
                self.session.located(self.experiment.prepared.workspace, self.experiment.prepared.exp_name)
        if self.finish is None and self.plumbing["alive"] in ready:
            self._supervisor_lost()
        elif self.finish is not None and self.child_gone in ready:
            self._child_gone()

    def _due_in(self) -> float | None:
        """Milliseconds until views or a checkpoint are due; None when nothing has changed."""
        if self.finish is not None and self.child_gone < 0:
            return 20.0
        if self.position.order == self.checkpointed.order and not self.session.dirty:
            return None
        return max(0.0, self.checkpoint_due - time.monotonic()) * 1000 + 1

    # --- checkpoints -------------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = time.monotonic()
        if now < self.checkpoint_due and self.unsaved_bytes < CHECKPOINT_BYTES:
            return
        self.checkpoint_due = now + CHECKPOINT_EVERY
        self.session.tick(now)
        if self.position.order != self.checkpointed.order:
            self._checkpoint()

    def _checkpoint(self) -> None:
        """Leave the whole state where the next recorder finds it; then free the tapes."""
        import pickle

        state = {
            "position": self.position,
            "captures": self.captures,
            "session": self.session.checkpoint(),
            "notes": self.notes,
            "stops": self.stops,
            "exit": self.exit,
        }
        try:
            body = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # keep recording: only a later takeover would be less exact
            self.note(f"No checkpoint could be made ({error}).")
            return
        self.slots.write(body)
        self.checkpointed = Position(self.position.order, dict(self.position.tapes))
        self.unsaved_bytes = 0
        for path in self.used_files:
            try:
                os.unlink(path)
            except OSError:
                pass
        self.used_files.clear()
        self._release()

    def _release(self) -> None:
        """Give back the memory of what is recorded, passed on and in the checkpoint."""
        for key, end in self.checkpointed.tapes.items():
            tape, reel = key
            files = self.tapes[tape].reels[reel]
            if tape in (STDOUT, STDERR):
                end = min(end, os.lseek(files.relay_fd, 0, os.SEEK_CUR))
            start = self.released.get(key, 0)
            if end - start >= 1 << 20:
                self.released[key] = release(files.fd, start, end)
        start = self.released.get((-1, 0), 0)
        if self.checkpointed.order - start >= 1 << 20:
            self.released[(-1, 0)] = release(self.order.fd, start, self.checkpointed.order)

    def _newest_checkpoint(self) -> dict[str, Any] | None:
        """What the recorder before us left, if there was one and it got that far."""
        body = self.slots.newest()
        if body is None:
            return None
        import pickle

        state: dict[str, Any] = pickle.loads(body)  # noqa: S301 - our own memory file
        return state

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint: rows written after it are taken back, and come again from the tapes."""
        self.position = state["position"]
        self.captures = state["captures"]
        self.notes = state["notes"]
        self.stops, self.exit = state["stops"], state["exit"]
        self.session.restore(state["session"])
        self.checkpointed = Position(self.position.order, dict(self.position.tapes))
        self.experiment.prepare()
        self.note("The recorder was killed and replaced; nothing was lost.")

    # --- without a supervisor ----------------------------------------------------------------------------

    def _supervisor_lost(self) -> None:
        """The supervisor is gone: read what it had taken, then pump the program's output ourselves."""
        # from where we have read: what lies before it may have been given back to the kernel
        counted, at = dict(self.position.tapes), self.position.order
        while True:
            frames, behind = self.order.read(at)
            if not frames:
                break
            at = behind
            for frame in frames:
                key = (frame.tape, frame.reel)
                counted[key] = counted.get(key, 0) + frame.size
        self.order.mend(self.tapes, counted)
        while self._read():
            pass
        self.finish = os.pipe2(os.O_CLOEXEC)
        if self.exit is not None:
            return
        try:
            self.child_gone = os.pidfd_open(self.plumbing["child_pid"])
        except OSError:  # it has ended already
            self.child_gone = os.open(os.devnull, os.O_RDONLY)  # always readable
        for tap in self.taps:
            if tap.source < 0:
                continue
            pump = taps.Pump(
                tap,
                self.order,
                self.finish[0],
                drain=self.config.drain,
                keep_going=self.config.keep_going,
                on_break=lambda name, error: None,
            )
            self.pumps.append(pump)
            pump.start()

    def _child_gone(self) -> None:
        """The program has ended and nobody can tell how: finish as the supervisor would have."""
        assert self.finish is not None
        os.close(self.finish[1])
        for pump in self.pumps:
            pump.join()
        while self._read():
            pass
        self.exit = {"what": "exit", "status": None, "ms": int(time.time() * 1000), "cut": []}

    # --- the monitor -------------------------------------------------------------------------------------

    def _start_monitor(self) -> None:
        """Sample the machine and the program; samples take the way of all bytes, over a tape."""
        from .monitor import Monitor

        tape = self.tapes[MONITOR]

        def emit(metrics: list[Any]) -> None:
            lines = "".join(f"{protocol.encode(metric)}\n" for metric in metrics).encode()
            reel, size = tape.write(lines)
            self.order.add(tape.number, reel, size)

        self.monitor = Monitor(emit, pid=self.plumbing["child_pid"])
        self.monitor.start()

    # --- the end -----------------------------------------------------------------------------------------

    def _hurry(self, number: int, frame: object) -> None:
        self.hurried = True
        if self.interruptible:
            self.interruptible = False
            raise Hurry

    def _end(self) -> int:
        """Everything is in: close the files, save the experiment, tell the user."""
        assert self.exit is not None
        if self.monitor is not None:
            self.monitor.stop()
            while self._read():
                pass
        now_ms = self.exit["ms"]
        for capture in self.captures.values():
            self._feed_matches(capture.close(), now_ms)
        outcome = outcome_of(self.exit["status"], self.stops, now_ms)
        if outcome.status == "completed":
            from .params import parse_artifact

            self._feed([parse_artifact(text) for text in self.config.artifact], now_ms)
        for name in self.exit["cut"]:
            self.note(
                f"Something the program left behind still held its {name} after {self.config.drain:g} s: "
                "its later output was not taken (--drain)."
            )
        counts = self._counts()
        self._tell_losses(counts)
        self.session.close(outcome, self.facts.complete(counts))
        self._save(outcome)
        if self.finish is not None and self.plumbing["channel"]:
            fifo.remove(self.plumbing["channel"])
        if not self.config.quiet:
            self._show(outcome)
        faults = any(capture.faults() for capture in self.captures.values())
        return 3 if self.config.strict and faults else 0

    def _tell_losses(self, counts: Mapping[str, int]) -> None:
        """Say what the program printed and the run does not have."""
        for capture in self.captures.values():
            for fault in capture.faults():
                where = f"{fault.stream} line {fault.line}, column {fault.column}"
                self.notes[f"{where}: {fault.reason}: {fault.excerpt}"] = fault.count
        for key, text in _LOSSES.items():
            if counts.get(key):
                self.note(text.format(counts[key]))

    def _counts(self) -> dict[str, int]:
        """Lines, points and refusals over all streams, for run.json."""
        total: dict[str, int] = {}
        for capture in self.captures.values():
            for key, value in capture.counts._asdict().items():
                total[key] = total.get(key, 0) + value
        return total

    def _save(self, outcome: Outcome) -> None:
        """Save the experiment, within the time that stop requests leave."""
        limit = SAVE_LIMITS.get(min(self.stops, 2))
        if limit is not None:
            signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            self.interruptible = True
            if self.hurried:
                raise Hurry
            self.experiment.save(outcome, self.session.tracked)
        except Hurry:
            self.note(
                "Saving the experiment was cut short by a stop request; the files are complete. "
                f"To save it: {self.experiment.retry_command(outcome, self.session.tracked)}"
            )
        except DvcliveError as error:
            self.note(str(error))
        finally:
            self.interruptible = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.session.saved()

    def _show(self, outcome: Outcome) -> None:
        from . import panel

        series = list(self.session.run.series.values())
        for one in series:
            one.fold()
        misses = (
            [] if self.session.run.points else [m for c in self.captures.values() for m in c.near_misses()]
        )
        panel.show(
            panel.Ending(
                outcome=outcome,
                seconds=(outcome.end_ms - self.plumbing["started_ms"]) / 1000,
                series=series,
                points=self.session.run.points,
                dir=os.path.relpath(self.plumbing["run_dir"]),
                experiment=self.experiment.name,
                notes=self.notes,
                near_misses=[(miss.text, miss.why, miss.option) for miss in misses[:3]],
            ),
            sys.stderr,
            os.environ,
        )


_LOSSES = {
    "long_lines": "{} lines were too long (over 64 KiB) to be looked at for metrics.",
    "capped": "{} points were left out: the program opened too many series. Put no ids into names.",
    "errors": "{} lines could not be read because of a fault of ours; please report it with such a line.",
}
_STREAMS = {STDOUT: "stdout", STDERR: "stderr", FIFO: "fifo", MONITOR: "fifo"}
