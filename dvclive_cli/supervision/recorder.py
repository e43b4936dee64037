"""`dvclive run -- CMD`, process two: turn what the tapes hold into a recorded run, and save the experiment.

Capture, files, DVC and the network live here, away from the program. One thread changes the run; the order
log of the tapes is the order of the run. Every half second a checkpoint is left in memory that the supervisor
holds too: if this process is killed, the next one restores it, truncates the journals to it and replays the
tapes from there, so that no row is missing or double. If the supervisor is killed, this process pumps the
program's output itself. A run is a `chapter.py`; a program may go through several.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .. import protocol
from ..capture import Capture, CaptureOptions, Columns, Match, line_by_line
from ..capture.logged import Logged
from ..config import Config, summary_file
from ..disk import locks
from ..errors import DvcliveError
from ..events import End, Event, Image, MonitorSystem, Open, Param, Points, Sync
from ..masks import mask_argv, mask_text, secret_values
from ..outcome import Outcome, outcome_of
from ..processes import fifo, taps
from ..processes.reading import CONTROL, TapeReader
from ..processes.slots import Slots
from ..processes.takeover import Takeover
from ..processes.tape import Order, Tape
from ..recording.session import Session
from ..runs import outputs
from .chapter import Chapter, known_params, merge
from .farewell import Past
from .watching import Watching, hints, watching

CHECKPOINT_EVERY = 0.5  # seconds
CHECKPOINT_BYTES = 8 << 20
OVERHEARD_BYTES = 1 << 16
SAVE_LIMITS = {1: 8.0, 2: 1.0}  # seconds for saving after so many stop requests
LIVE_LIMITS = {0: 10.0, 1: 2.0, 2: 1.0}  # seconds for what Studio has not heard yet
TAIL = 8192  # bytes of the last output that is kept, to say why a program failed

STDOUT, STDERR, FIFO, MONITOR = 1, 2, 3, 4
CLOSING, OPENING = "closing", "opening"  # between two chapters


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
        self.reader = TapeReader(self.order, self.tapes, (STDOUT, STDERR))
        self.captures: dict[int, Capture] = {}
        self.logged = Logged()
        self.overheard = 0  # bytes of the FIFO's tape in whose records names were looked for ahead of reading
        self.stops = 0
        self.exit: dict[str, Any] | None = None
        self.hurried = False
        self.interruptible = False
        self.used_files: list[str] = []
        self.monitor: Any = None
        self.monitoring = MonitorSystem() if self.config.monitor_system else None
        self.pending: list[
            Event | Points
        ] = []  # read from the tapes up to `position`, and not yet carried out
        self.pending_ms = 0
        self.replay: list[Event] = []  # printed before a Live that goes on after an earlier part
        self.past: list[Past] = []
        self.turning = ""
        self.turned: Outcome | None = None  # how the chapter that is being left ended
        self.params: list[Event] = []  # known before the program says anything; each chapter has them
        self.takeover: Takeover | None = None  # once the supervisor is gone
        self.watching: Watching | None = None
        self.tail = b""
        self.checkpoint_due = 0.0
        self.slots = Slots(plumbing["slots"])

    # --- the whole ---------------------------------------------------------------------------------------

    def record(self) -> int:
        """From the first byte to the saved experiment."""
        signal.signal(signal.SIGTERM, self._hurry)
        signal.signal(signal.SIGALRM, self._hurry)
        state = self._newest_checkpoint()
        if state is None:
            self._begin()
        else:
            self._restore(state)
        self._start_monitor()
        while self.exit is None:
            if not self._read():
                self._wait()
            if self.watching is not None:
                self._feed(self.watching.poll(), int(time.time() * 1000))
            self._tick()
        return self._end()

    def note(self, text: str) -> None:
        """Remember something to tell the user at the end; the same text is told once, with its count."""
        self.notes[text] = self.notes.get(text, 0) + 1

    @property
    def session(self) -> Session:
        """The session of the chapter that is being recorded."""
        return self.chapter.session

    def _tag(self) -> str:
        return f"{self.plumbing['started_ms']}-{self.plumbing['supervisor_pid']}"

    def _chapter(self, config: Config, started_ms: int) -> Chapter:
        return Chapter(config, self.plumbing, started_ms, self.note, self.order.ring, self._said)

    def _begin(self) -> None:
        """Open the first chapter and enter what is known before the first byte: the parameters."""
        typed = self._typed()
        options = self._capture_options(typed)
        self.watching = watching(self.config, self.plumbing, options, self.note)
        self.captures = {
            number: Capture(name, options) for number, name in _STREAMS.items() if number in self.tapes
        }
        self.params = known_params(self.config, typed)
        self.chapter = self._chapter(self.config, self.plumbing["started_ms"])
        self.chapter.open(set_aside=self._tag() if FIFO in self.captures else "")
        self._feed(self.params, self.plumbing["started_ms"])
        self._checkpoint()  # from here on a successor neither opens nor resumes the directory again
        self.chapter.experiment.prepare()

    def _typed(self) -> list[Param]:
        """The parameters on the program's command line."""
        from ..params import command_params

        return command_params(mask_argv(self.plumbing["command"], os.environ))

    def _capture_options(self, typed: Iterable[Param]) -> CaptureOptions:
        from .preflight import capture_options

        return capture_options(self.config, frozenset(param.name for param in typed))

    # --- reading -----------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Take in what the order log tells of; False when there is nothing new."""
        found = False
        for stretch in self.reader.stretches():
            found = True
            self._take(stretch.tape, stretch.data, stretch.now_ms)
        return found

    def _take(self, tape: int, data: bytes, now_ms: int) -> None:
        if tape == CONTROL:
            self._obey(marshal.loads(data))  # noqa: S302 - our own supervisor's words
            return
        if tape in (STDOUT, STDERR):
            self.tail = (self.tail + data[-TAIL:])[-TAIL:]
        if tape != MONITOR or self.monitoring is not None:
            self._feed_matches(self._meant(tape, self.captures[tape].feed_in_bulk(data, now_ms)), now_ms)

    def _meant(self, tape: int, matches: Sequence[Match | Columns]) -> Sequence[Match | Columns]:
        """What counts of the prints of a program that logs through `Live`, by records, or into files that we
        watch: trainers print and log the same values."""
        if tape == FIFO:
            self.logged.hear(matches)
        if tape not in (STDOUT, STDERR) or self.config.format or not matches:
            return matches
        live = self.chapter.owner is not None
        asked = {"protocol", "pattern", *self.config.user_formats}
        if not (live or self.watching):
            self._overhear(matches, asked)
            return self.logged.heed(matches, asked)
        meant = [match for match in matches if match.rule in asked]
        if self.watching and not live:
            guesses = [
                event for match in line_by_line(matches) if match.rule not in asked for event in match.events
            ]
            meant.append(Match(0, "printed", self.watching.printed(guesses)))
        return meant

    def _overhear(self, matches: Sequence[Match | Columns], asked: Collection[str]) -> None:
        """Before guesses count: what the program has logged by now, read or not."""
        if FIFO in self.tapes and not all(match.rule in asked for match in matches):
            start, data = self.reader.ahead(FIFO, self.overheard, OVERHEARD_BYTES)
            self.overheard = start + self.logged.overhear(data)

    def _feed_matches(self, matches: Sequence[Match | Columns], now_ms: int) -> None:
        events: list[Event | Points] = []
        for match in matches:
            if isinstance(match, Columns):
                events += match.points
            else:
                events += match.events if match.file is None else self._spilled(match.file)
        if events:
            self._feed(events, now_ms)

    def _feed(self, events: Iterable[Event | Points], now_ms: int) -> None:
        """Hand events to the session, in order; carry out those that are for us."""
        self.pending, self.pending_ms = list(events), now_ms
        self._carry_out()

    def _carry_out(self) -> None:
        """Work off `pending`. A checkpoint on the way holds what is still to do."""
        while self.pending:
            events = self.pending
            if _OURS.isdisjoint(map(type, events)):
                self.pending = []
                self.session.feed(events, self.pending_ms)
                return
            at, event = next((at, event) for at, event in enumerate(events) if type(event) in _OURS)
            if at:
                self.pending = events[at:]
                self.session.feed(events[:at], self.pending_ms)
            if isinstance(event, Open):
                self._open(event)
                continue
            self.pending = self.pending[1:]
            if isinstance(event, Image):
                self.session.feed((event,), self.pending_ms)
                folder = self.plumbing["channel"]
                if folder and isinstance(event.source, str) and os.path.dirname(event.source) == folder:
                    self.used_files.append(event.source)
                continue
            if isinstance(event, MonitorSystem):
                self.monitoring = event
                self._start_monitor()
                continue
            if isinstance(event, End):
                self.chapter.ended = event.status or "completed"
            self.session.sync()
            if isinstance(event, (Sync, End)):
                self._answer(event.ack, b"ok\n")

    def _answer(self, ack: str | None, answer: bytes) -> None:
        if ack and self.plumbing["channel"]:
            fifo.acknowledge(self.plumbing["channel"], ack, answer)

    def _spilled(self, name: str) -> list[Event]:
        """The events of a record that was too long for the FIFO; its file goes after the next checkpoint."""
        folder = self.plumbing["channel"] or ""
        try:
            data = fifo.read_spilled(folder, name)
        except DvcliveError as error:
            self.note(str(error))
            return []
        self.used_files.append(os.path.join(folder, name))
        matches = self.captures[FIFO].expand(data)
        self.logged.hear(matches)
        return [event for match in matches for event in match.events]

    def _obey(self, message: Mapping[str, Any]) -> None:
        """A word from the supervisor."""
        what = message["what"]
        if what == "closed":  # the caller closed its end: let the program notice
            for tap in self.taps:
                if tap.name == message["stream"] and tap.source >= 0:
                    os.close(tap.source)
                    tap.source = -1
        if what in ("closed", "lost"):  # nothing waits for being passed on any more
            self.reader.relayed -= {tap.tape.number for tap in self.taps if tap.name == message["stream"]}
        elif what == "full":
            self._not_kept(message["stream"], message["why"])
        elif what in ("stop", "hurry"):
            self.stops += 1
        elif what == "exit":
            self.exit = dict(message)

    def _not_kept(self, stream: str, why: str) -> None:
        self.note(f"From some point on, {stream} was passed on but not recorded: {why} (ulimit -f?).")

    def _wait(self) -> None:
        """Sleep until a tape grows, the supervisor goes, or something is due."""
        poller = select.poll()
        poller.register(self.order.bell_r, select.POLLIN)
        watched = self.plumbing["alive"] if self.takeover is None else self.takeover.ended
        poller.register(watched, select.POLLIN)
        ready = dict(poller.poll(self._due_in()))
        if self.order.bell_r in ready:
            self.order.hush()
            prepared = self.chapter.experiment.prepared
            if prepared is not None:
                self.session.located(prepared.workspace, prepared.exp_name)
            self.session.show_live()
        if watched in ready:
            if self.takeover is None:
                self._supervisor_lost()
            else:
                self._child_gone(self.takeover)

    def _due_in(self) -> float | None:
        """Milliseconds until views or a checkpoint are due; None when nothing has changed."""
        due = [] if self.watching is None else [self.watching.due_in()]
        if self._moved() or self.session.dirty:
            due.append(max(0.0, self.checkpoint_due - time.monotonic()))
        return min(due) * 1000 + 1 if due else None

    def _moved(self) -> bool:
        """Whether anything was taken in since the last checkpoint."""
        return self.reader.moved or (self.watching is not None and self.watching.moved)

    # --- chapters ----------------------------------------------------------------------------------------

    def _open(self, event: Open) -> None:
        """A `Live` begins, the first of `pending`: it joins the chapter, or begins the next one.

        Between any two lines this process may be killed; the next one goes on from the last checkpoint here.
        """
        chapter = self.chapter
        if not self.turning:
            taken = chapter.taken(event.pid)
            if taken is not None:
                self.pending = self.pending[1:]
                self._answer(event.ack, b'no {"pid": %d}\n' % taken)
                return
            if chapter.owner is not None:
                self.turned = chapter.outcome_now(self.pending_ms)
                self._turn(CLOSING)
            elif chapter.resumes_differently(event):
                self.replay = chapter.recorded()
                self._turn(OPENING)
            else:
                self._joined(event)
                return
        if self.turning == CLOSING:
            self._leave()
            self._turn(OPENING)
        # An earlier run's files, set aside at the start, are brought back if this is still the first chapter.
        first = not self.past
        options = merge(self.config, event.options, self.note)
        if not first:
            options = Config({**options.values(), "resume": bool(event.options.get("resume"))})
        started_ms = chapter.started_ms if first else self.pending_ms
        self.chapter = self._chapter(options, started_ms)
        self.chapter.open(bring_back=self._tag() if first else "")
        self.session.feed([*self.params, *self.replay], self.pending_ms)
        self.replay = []
        self.chapter.experiment.prepare()
        self.turning = ""
        self._joined(event)

    def _joined(self, event: Open) -> None:
        import json

        self.pending = self.pending[1:]
        self.chapter.join(event)
        answer = json.dumps(self.chapter.answer())
        self._checkpoint()
        outputs.forget_earlier(self.plumbing["run_dir"])
        self._answer(event.ack, b"ok %s\n" % answer.encode())

    def _turn(self, turning: str) -> None:
        self.turning = turning
        self._checkpoint()

    def _leave(self) -> None:
        """Finish the chapter: its files, its experiment."""
        from . import farewell

        chapter, outcome = self.chapter, self.turned
        assert outcome is not None
        if not self.config.monitor_system:
            self._stop_monitor()
            self.monitoring = None
        chapter.close(outcome, farewell.counts(self.captures.values()))
        self._save(outcome)
        self.past.append(Past(chapter.experiment.name, self.session.run.points, outcome))

    # --- checkpoints -------------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = time.monotonic()
        if now < self.checkpoint_due and self.reader.unkept_bytes < CHECKPOINT_BYTES:
            return
        self.checkpoint_due = now + CHECKPOINT_EVERY
        self.session.tick(now)
        if self._moved():
            self._checkpoint()

    def _checkpoint(self) -> None:
        """Leave the whole state where the next recorder finds it; then free the tapes."""
        import pickle

        state = {
            "position": self.reader.position,
            "captures": self.captures,
            "chapter": self.chapter.checkpoint(whole=self.turning != OPENING),
            "past": self.past,
            "pending": (self.pending, self.pending_ms),
            "turning": (self.turning, self.turned, self.replay),
            "params": self.params,
            "monitoring": self.monitoring,
            "watching": None if self.watching is None else self.watching.checkpoint(),
            "notes": self.notes,
            "logged": self.logged,
            "stops": self.stops,
            "exit": self.exit,
        }
        try:
            body = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # keep recording: only a later takeover would be less exact
            self.note(f"No checkpoint could be made ({error}).")
            return
        try:
            self.slots.write(body)
        except OSError as error:  # ulimit -f: the one before it is still there, and so are the tapes
            self.note(f"No checkpoint could be kept: {error.strerror}.")
            return
        for path in self.used_files:
            try:
                os.unlink(path)
            except OSError:
                pass
        self.used_files.clear()
        self.reader.keep()

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
        self.reader.go_on_from(state["position"])
        self.captures = state["captures"]
        self.notes, self.logged = state["notes"], state["logged"]
        self.stops, self.exit = state["stops"], state["exit"]
        self.past, self.params, self.monitoring = state["past"], state["params"], state["monitoring"]
        self.turning, self.turned, self.replay = state["turning"]
        self.watching = watching(self.config, self.plumbing, self._capture_options(self._typed()), self.note)
        if self.watching is not None:
            self.watching.restore(state["watching"])
        self.chapter = self._chapter(Config(state["chapter"]["config"]), state["chapter"]["started_ms"])
        self.chapter.restore(state["chapter"])
        self.note("The recorder was killed and replaced; nothing was lost.")
        self.pending, self.pending_ms = state["pending"]
        self._carry_out()

    # --- without a supervisor ----------------------------------------------------------------------------

    def _supervisor_lost(self) -> None:
        """The supervisor is gone: read what it had taken, then pump the program's output ourselves."""
        self.reader.mend()
        while self._read():
            pass
        if self.exit is None:
            self.takeover = Takeover(
                self.order,
                self.taps,
                self.plumbing["child_pid"],
                drain=self.config.drain,
                keep_going=self.config.keep_going,
                on_full=lambda name, error: self._not_kept(name, error.strerror or ""),
            )

    def _child_gone(self, takeover: Takeover) -> None:
        """The program has ended and nobody can tell how: finish as the supervisor would have."""
        takeover.finish()
        while self._read():
            pass
        self.exit = {"what": "exit", "status": None, "ms": int(time.time() * 1000), "cut": []}

    # --- the monitor -------------------------------------------------------------------------------------

    def _start_monitor(self) -> None:
        """Sample the machine and the program, if asked to; samples take the way of all bytes, over a tape."""
        self._stop_monitor()
        asked = self.monitoring
        if asked is None:
            return
        from ..processes.monitor import Monitor

        tape = self.tapes[MONITOR]

        def emit(metrics: list[Any]) -> None:
            lines = "".join(f"{protocol.encode(metric)}\n" for metric in metrics).encode()
            reel, size = tape.write(lines)
            self.order.add(tape.number, reel, size)

        try:
            self.monitor = Monitor(
                emit,
                interval=asked.interval,
                num_samples=asked.num_samples,
                directories=dict(asked.directories),
                pid=self.plumbing["child_pid"],
            )
        except ValueError as error:
            self.note(f"The system is not monitored: {error}.")
            return
        self.monitor.start()

    def _stop_monitor(self) -> None:
        monitor, self.monitor = self.monitor, None
        if monitor is not None:
            monitor.stop()

    # --- the end -----------------------------------------------------------------------------------------

    def _hurry(self, number: int, frame: object) -> None:
        self.hurried = True
        if self.interruptible:
            self.interruptible = False
            raise Hurry

    def _end(self) -> int:
        """Everything is in: close the files, save the experiment, tell the user."""
        from . import farewell

        assert self.exit is not None
        self._stop_monitor()
        while self._read():
            pass
        now_ms = self.exit["ms"]
        captures = self.captures.values()
        for tape, capture in self.captures.items():
            self._feed_matches(self._meant(tape, capture.close()), now_ms)
        if self.watching is not None:
            for events in self.watching.finish():
                self._feed(events, now_ms)
        outcome = self.chapter.outcome_with(outcome_of(self.exit["status"], self.stops, now_ms))
        if outcome.status == "completed":
            from ..params import parse_artifact

            self._feed([parse_artifact(text) for text in self.config.artifact], now_ms)
        for name in self.exit["cut"]:
            self.note(
                f"Something the program left behind still held its {name} after {self.config.drain:g} s: "
                "its later output was not taken (--drain)."
            )
        if self.logged.left_out:
            self.note(
                f"Prints of what the program logs itself are left out, of {self.logged.left_out!r} for one; "
                "print it under another name to have both."
            )
        farewell.tell_losses(captures, self.notes, self.note)
        self.chapter.close(outcome, farewell.counts(captures))
        self._save(outcome)
        self._summarise()
        if self.plumbing["channel"]:  # the supervisor does it too, if it is still there
            fifo.remove(self.plumbing["channel"])
        if not self.config.quiet:
            if not self.watching and not self.past and not self.session.run.points:
                for text in hints(self.plumbing["cwd"], self.plumbing["run_dir"], self.chapter.started_ms):
                    self.note(text)
            farewell.show(
                outcome,
                run=self.session.run,
                run_dir=self.plumbing["run_dir"],
                started_ms=self.chapter.started_ms,
                experiment=self.chapter.experiment.name,
                past=self.past,
                captures=captures,
                notes=self.notes,
            )
        faults = any(capture.faults() for capture in captures)
        if self.takeover is not None:  # nobody else lets go of the directory
            locks.unlock(self.plumbing["lock"])
        return 3 if self.config.strict and faults else 0

    def _summarise(self) -> None:
        """Tell CI, where there is one."""
        path = summary_file(self.config.summary_file, os.environ)
        if path is None:
            return
        from ..runs.exporting import write_summary

        run_dir = self.plumbing["run_dir"]
        title = self.chapter.experiment.name or os.path.relpath(run_dir)
        try:
            note = write_summary(path, run_dir, title, self.config.compare, os.getcwd())
        except DvcliveError as error:
            note = str(error)
        if note:
            self.note(note)

    def _save(self, outcome: Outcome) -> None:
        """Save the experiment, and tell Studio, within the time that stop requests leave."""
        self._save_experiment(outcome)
        limit = LIVE_LIMITS[min(self.stops, 2)]
        self.session.show_live()
        self.chapter.experiment.end_live(outcome, self.tail.decode("utf-8", "replace"), limit)

    def _said(self) -> str:
        """The last of the program's output, secrets masked; whole lines, for a cut secret is not known."""
        tail = self.tail.partition(b"\n")[2] if len(self.tail) >= TAIL else self.tail
        return mask_text(tail.decode("utf-8", "replace"), secret_values(os.environ))

    def _save_experiment(self, outcome: Outcome) -> None:
        limit = SAVE_LIMITS.get(min(self.stops, 2))
        if limit is not None:
            signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            self.interruptible = True
            if self.hurried:
                raise Hurry
            experiment = self.chapter.experiment
            if experiment.ready() is not None:
                experiment.saving = True
                self._checkpoint()
            experiment.save(outcome, self.session.tracked)
        except Hurry:
            self.note(
                "Saving the experiment was cut short by a stop request; the files are complete. "
                f"To save it: {self.chapter.experiment.retry_command(outcome, self.session.tracked)}"
            )
        except DvcliveError as error:
            self.note(str(error))
        finally:
            self.interruptible = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.session.saved()


_OURS = frozenset((Open, MonitorSystem, Image, Sync, End))
_STREAMS = {STDOUT: "stdout", STDERR: "stderr", FIFO: "fifo", MONITOR: "fifo"}
