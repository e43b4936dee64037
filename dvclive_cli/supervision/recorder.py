"""`dvclive run -- CMD`, process two: turn what the tapes hold into a recorded run, and save the experiment.

Capture, files, DVC and the network live here, away from the program. One thread changes the run; the order
log of the tapes is the order of the run. Every half second a checkpoint is left in memory that the supervisor
holds too: if this process is killed, the next one restores it, truncates the journals to it and replays the
tapes from there, so that no row is missing or double. If the supervisor is killed, this process pumps the
program's output itself. What comes in is turned into events by `intake.py`; a run is a `chapter.py`, and a
program may go through several.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..config import Config
from ..disk import locks, rundir
from ..errors import DvcliveError
from ..events import End, Event, Follow, Image, MonitorSystem, Open, Points, Sync
from ..masks import mask_argv
from ..outcome import Outcome, outcome_of
from ..params import command_params
from ..processes import fifo, taps
from ..processes.reading import CONTROL, TapeReader
from ..processes.slots import Slots
from ..processes.takeover import Takeover
from ..processes.tape import Order, Tape
from ..recording.session import Session
from ..runs import outputs
from .chapter import Chapter, known_params, merge
from .farewell import Past
from .intake import FIFO, MONITOR, STDERR, STDOUT, Intake
from .patience import Patience
from .sampling import Sampling
from .showing import showing
from .watching import hints

CHECKPOINT_EVERY = 0.5  # seconds
CHECKPOINT_BYTES = 8 << 20
SAVE_LIMITS = {1: 8.0, 2: 1.0}  # seconds for saving after so many stop requests
LIVE_LIMITS = {0: 10.0, 1: 2.0, 2: 1.0}  # seconds for what Studio has not heard yet
CLOSING, OPENING = "closing", "opening"  # between two chapters


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
        self.unsaved: list[str] = []  # why an experiment is not saved: said even with --quiet
        self.reader = TapeReader(self.order, self.tapes, (STDOUT, STDERR))
        self.typed = command_params(mask_argv(plumbing["command"], os.environ))
        self.used_files: list[str] = []  # of the channel: they go after the next checkpoint
        self.intake = Intake(
            self.config,
            plumbing,
            self.reader,
            self.typed,
            live=lambda: self.chapter.owner is not None and not self.chapter.beside,
            used=self.used_files.append,
            note=self.note,
        )
        self.sampling = Sampling(self.tapes[MONITOR], self.order, plumbing["child_pid"], self.note)
        self.stops = 0
        self.exit: dict[str, Any] | None = None
        self.pending: list[Event | Points] = []  # read from the tapes, and not yet carried out
        self.pending_ms = 0
        self.replay: list[Event] = []  # printed before a Live that goes on after an earlier part
        self.past: list[Past] = []
        self.turning = ""
        self.turned: Outcome | None = None  # how the chapter that is being left ended
        self.params: list[Event] = []  # known before the program says anything; each chapter has them
        self.takeover: Takeover | None = None  # once the supervisor is gone
        self.place: rundir.RunDir | None = None  # the directory, where that is not the supervisor's
        self.showing = showing(plumbing, self.config)
        self.checkpoint_due = 0.0
        self.slots = Slots(plumbing["slots"])

    # --- the whole ---------------------------------------------------------------------------------------

    def record(self) -> int:
        """From the first byte to the saved experiment."""
        self.patience = Patience()
        state = self._newest_checkpoint()
        if state is None:
            self._begin()
        else:
            self._restore(state)
        self.sampling.start()
        while self.exit is None:
            if not self._read():
                self._wait()
            told = self.intake.polled()
            if told:
                self._feed(told, int(time.time() * 1000))
            if self.showing is not None:
                self.showing.tell(self.session.run)
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

    def _chapter(self, config: Config, started_ms: int, run_dir: str) -> Chapter:
        return Chapter(
            config, self.plumbing, started_ms, self.note, self.order.ring, self.intake.said, run_dir
        )

    def _begin(self) -> None:
        """Open the first chapter and enter what is known before the first byte: the parameters."""
        self.intake.open(self.tapes)
        if self.config.monitor_system:
            self.sampling.asked = MonitorSystem()
        self.params = known_params(self.config, self.typed)
        self.chapter = self._chapter(self.config, self.plumbing["started_ms"], self.plumbing["run_dir"])
        self.chapter.open(set_aside=self._tag() if FIFO in self.tapes else "")
        self._feed(self.params, self.plumbing["started_ms"])
        self._checkpoint()  # from here on a successor neither opens nor resumes the directory again
        self.chapter.experiment.prepare()

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
        if tape != MONITOR or self.sampling.asked is not None:
            self._feed(self.intake.heard(tape, data, now_ms), now_ms)
        if self.showing is not None and tape in (STDOUT, STDERR):
            self.showing.hear(data, now_ms)

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
            if isinstance(event, Follow):
                self.intake.follow(event)
                continue
            if isinstance(event, MonitorSystem):
                self.sampling.asked = event
                self.sampling.start()
                continue
            if isinstance(event, End):
                self.chapter.ended = event.status or "completed"
            self.session.sync()
            if isinstance(event, (Sync, End)):
                self._answer(event.ack, b"ok\n")

    def _answer(self, ack: str | None, answer: bytes) -> None:
        if ack and self.plumbing["channel"]:
            fifo.acknowledge(self.plumbing["channel"], ack, answer)

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
        due = self.intake.due_in()
        if self.showing is not None:
            due.append(self.showing.due_in())
        if self._moved() or self.session.dirty:
            due.append(max(0.0, self.checkpoint_due - time.monotonic()))
        return min(due) * 1000 + 1 if due else None

    def _moved(self) -> bool:
        """Whether anything was taken in since the last checkpoint."""
        return self.reader.moved or self.intake.moved

    # --- chapters ----------------------------------------------------------------------------------------

    def _open(self, event: Open) -> None:
        """A `Live` begins, the first of `pending`: it joins the chapter, or begins the next one.

        Between any two lines this process may be killed; the next one goes on from the last checkpoint here.
        """
        chapter = self.chapter
        elsewhere = chapter.elsewhere(event)
        if not self.turning:
            if elsewhere and not (chapter.may_leave() and self._take_place(elsewhere)):
                self.pending = self.pending[1:]
                self._answer(event.ack, b"own {}\n")
                return
            taken = None if elsewhere else chapter.taken(event.pid)
            if taken is not None:
                self.pending = self.pending[1:]
                self._answer(event.ack, b'no {"pid": %d}\n' % taken)
                return
            if chapter.owner is not None and (event.beside or not chapter.beside):
                if chapter.beside:
                    self.session.feed(self.intake.end_job(), self.pending_ms)
                self.turned = chapter.outcome_now(self.pending_ms)
                self._turn(CLOSING)
            elif elsewhere:
                self._turn(OPENING)
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
        if elsewhere:
            self._take_place(elsewhere)
            if first:
                chapter.abandon(self._tag())
            options = Config({**options.values(), "dir": os.path.relpath(elsewhere, self.plumbing["cwd"])})
        self.chapter = self._chapter(options, started_ms, elsewhere or chapter.run_dir)
        self.chapter.open(bring_back=self._tag() if first and not elsewhere else "")
        self.session.feed([*self.params, *self.replay], self.pending_ms)
        self.replay = []
        self.chapter.experiment.prepare()
        self.turning = ""
        self._joined(event)

    def _take_place(self, run_dir: str) -> bool:
        """Claim the directory that the run moves to; False where it cannot be written, or is another's.

        The one that it leaves is free from then on: the supervisor's hold of it is ours, too.
        """
        if self.place is not None and self.place.path == run_dir:
            return True
        try:
            claimed = rundir.claim(run_dir)
        except DvcliveError:
            return False
        if self.place is not None:
            locks.unlock(self.place.lock)
        else:
            locks.let_go(self.plumbing["lock"])
        self.place = claimed
        return True

    def _joined(self, event: Open) -> None:
        import json

        self.pending = self.pending[1:]
        self.chapter.join(event)
        answer = json.dumps(self.chapter.answer())
        self._checkpoint()
        outputs.forget_earlier(self.chapter.run_dir)
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
            self.sampling.stop()
            self.sampling.asked = None
        chapter.close(outcome, farewell.counts(self.intake.captures.values()))
        self._save(outcome)
        self.past.append(Past(chapter.experiment.name, self.session.run.points, outcome))
        if chapter.beside:
            self.intake.begin_job()

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
            "intake": self.intake.checkpoint(),
            "chapter": self.chapter.checkpoint(whole=self.turning != OPENING),
            "past": self.past,
            "pending": (self.pending, self.pending_ms),
            "turning": (self.turning, self.turned, self.replay),
            "params": self.params,
            "sampling": self.sampling.asked,
            "gauge": None if self.showing is None else self.showing.gauge,
            "notes": self.notes,
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
        self.intake.restore(state["intake"])
        self.notes, self.stops, self.exit = state["notes"], state["stops"], state["exit"]
        self.past, self.params, self.sampling.asked = state["past"], state["params"], state["sampling"]
        self.turning, self.turned, self.replay = state["turning"]
        if self.showing is not None:
            self.showing.gauge = state["gauge"]
        run_dir = state["chapter"]["run_dir"]
        if run_dir != self.plumbing["run_dir"]:
            self._take_place(run_dir)
        self.chapter = self._chapter(
            Config(state["chapter"]["config"]), state["chapter"]["started_ms"], run_dir
        )
        self.chapter.restore(state["chapter"])
        self.note("The recorder was killed and replaced; nothing was lost.")
        self.pending, self.pending_ms = state["pending"]
        self._carry_out()

    # --- without a supervisor ----------------------------------------------------------------------------

    def _supervisor_lost(self) -> None:
        """The supervisor is gone: read what it had taken, then pump the program's output ourselves."""
        if self.showing is not None:
            self.showing.wipe(tap.out for tap in self.taps if tap.out is not None)
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

    # --- the end -----------------------------------------------------------------------------------------

    def _end(self) -> int:
        """Everything is in: close the files, save the experiment, tell the user."""
        from . import farewell

        assert self.exit is not None
        self.sampling.stop()
        while self._read():
            pass
        now_ms = self.exit["ms"]
        captures = self.intake.captures.values()
        for events in self.intake.finish():
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
        if self.intake.left_out:
            self.note(
                f"Prints of what the program logs itself are left out, of {self.intake.left_out!r} for one; "
                "print it under another name to have both."
            )
        farewell.tell_losses(captures, self.notes, self.note)
        self.chapter.close(outcome, farewell.counts(captures))
        self._save(outcome)
        self._tell_ci()
        if self.plumbing["channel"]:  # the supervisor does it too, if it is still there
            fifo.remove(self.plumbing["channel"])
        if self.config.quiet:
            farewell.complain(self.unsaved)
        else:
            for text in self.unsaved:
                self.note(text)
            if self.intake.watching is None and not self.past and not self.session.run.points:
                for text in hints(self.plumbing["cwd"], self.chapter.run_dir, self.chapter.started_ms):
                    self.note(text)
            farewell.show(
                outcome,
                run=self.session.run,
                run_dir=self.chapter.run_dir,
                started_ms=self.chapter.started_ms,
                experiment=self.chapter.experiment.name,
                past=self.past,
                captures=captures,
                notes=self.notes,
                messages=self.session.run.messages if self.config.verbose else (),
            )
        faults = any(capture.faults() for capture in captures)
        if self.takeover is not None:  # nobody else lets go of the directory
            locks.unlock(self.plumbing["lock"])
        return 3 if self.config.strict and faults else 0

    def _tell_ci(self) -> None:
        from ..runs import summaries

        run_dir = self.chapter.run_dir
        title = self.chapter.experiment.name or os.path.relpath(run_dir)
        chosen, compare = self.config.summary_file, self.config.compare
        trouble = summaries.tell_ci(run_dir, title, chosen, compare, os.environ)
        if trouble:
            self.note(trouble)

    def _save(self, outcome: Outcome) -> None:
        """Save the experiment, and tell Studio, within the time that stop requests leave."""
        self._save_experiment(outcome)
        limit = LIVE_LIMITS[min(self.stops, 2)]
        self.session.show_live()
        self.chapter.experiment.end_live(outcome, self.intake.raw_tail(), limit)

    def _save_experiment(self, outcome: Outcome) -> None:
        experiment = self.chapter.experiment

        def save() -> None:
            if experiment.ready() is not None:
                experiment.saving = True
                self._checkpoint()
            experiment.save(outcome, self.session.tracked)

        try:
            if not self.patience.lasts(save, SAVE_LIMITS.get(min(self.stops, 2))):
                self.unsaved.append(
                    "Saving the experiment was cut short by a stop request; the files are complete. "
                    f"To save it: {experiment.retry_command(outcome, self.session.tracked)}"
                )
        except DvcliveError as error:
            self.unsaved.append(str(error))
        finally:
            self.session.saved()


_OURS = frozenset((Open, Follow, MonitorSystem, Image, Sync, End))
