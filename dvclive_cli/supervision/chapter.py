"""One run of a program: its options, its session, its experiment.

A program may log several runs, one after another (a sweep: `Live(...)` in a loop, or a shell loop around a
training). Each is a chapter. The first begins with the program, so that what it prints is recorded, and a
`Live` joins it, or takes it to the directory that it names; each further `Live` begins the next one. It must
not know tapes, nor in which order chapters follow each other: the recorder does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import config
from ..config import Config
from ..events import Event, Json, Metric, Open, Param
from ..outcome import COMPLETED, FAILED, Outcome
from ..recording.experiment import Experiment
from ..recording.session import Session
from ..runs import outputs
from .facts import Facts


class Chapter:
    """A run being recorded.

    Parameters:
        options: the run's options.
        plumbing: what the supervisor says of the program: command, cwd, pids, run_dir.
        started_ms: when the run began, epoch milliseconds.
        note: told what the user should know at the end.
        ring: called, in another thread, when DVC is ready.
        tail: gives the last of the program's output, secrets masked.
        run_dir: the run's directory, absolute.

    Attributes:
        owner: the process whose `Live` joined; None while none has. `ended`: the status with which it said
            that it is done; None before. `beside`: it logs beside the program's prints, which count.
            `first_step`: where a `Live` begins to count.
    """

    def __init__(
        self,
        options: Config,
        plumbing: Mapping[str, Any],
        started_ms: int,
        note: Callable[[str], None],
        ring: Callable[[], None],
        tail: Callable[[], str],
        run_dir: str,
    ) -> None:
        self.run_dir = run_dir
        self.plumbing, self.started_ms, self.note, self.ring = plumbing, started_ms, note, ring
        self.owner: int | None = None
        self.ended: str | None = None
        self.beside = False
        self.first_step = 0
        self.config = options
        self.experiment = self._experiment()
        self.facts = Facts(
            plumbing["command"],
            plumbing["cwd"],
            os.environ,
            started_ms,
            {"pid": plumbing["supervisor_pid"], "child": plumbing["child_pid"]},
        )
        self.facts.values["options"] = options.recorded()
        self.facts.ask_git()
        self.session = Session(
            self.experiment.session_config(),
            self.facts.values,
            note,
            workspace=self.experiment.workspace,
            ready=lambda: self.experiment.ready_workspace(),
            patient=bool(plumbing["channel"]),
            cwd=plumbing["cwd"],
            live=lambda: self.experiment.show_live(),
            tail=tail,
        )

    def _experiment(self) -> Experiment:
        return Experiment(
            self.config,
            self.run_dir,
            os.environ,
            self.note,
            on_ready=self.ring,
            live_since=self.started_ms,
        )

    def open(self, *, set_aside: str = "", bring_back: str = "") -> None:
        """Open the session, as `Session.open`."""
        self.experiment.keep_unsent()
        self.session.open(set_aside=set_aside, bring_back=bring_back)
        self.first_step = self.session.run.step

    # --- joining -----------------------------------------------------------------------------------------

    def taken(self, pid: int | None) -> int | None:
        """The process that logs this run now, if that is another living one than `pid`."""
        owner = self.owner
        if not owner or self.ended is not None or owner == pid:
            return None
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass
        return owner

    def resumes_differently(self, event: Open) -> bool:
        """Whether a joining program goes on after an earlier part that this run has set aside."""
        mine = self.config
        return bool(event.options.get("resume")) and not mine.resume and "resume" not in mine.told

    def elsewhere(self, event: Open) -> str:
        """The directory, absolute, that a joining program asks for; empty where that is this run's."""
        asked = event.options.get("dir")
        path = os.path.join(self.plumbing["cwd"], str(asked or self.run_dir))
        return "" if os.path.realpath(path) == os.path.realpath(self.run_dir) else os.path.normpath(path)

    def may_leave(self) -> bool:
        """Whether a program that asks for another directory is to have it: the user has named none, and
        nothing stands in this one, or the `Live` that logged here has ended."""
        if "dir" in self.config.told or self.config.watch or self.beside:
            return False
        if self.owner is None:
            session = self.session
            return not (session.run.series or session.outputs.made or session.kept)
        return self.ended is not None

    def abandon(self, tag: str) -> None:
        """Leave the directory as it was before the run, whose earlier outputs were set aside under a tag."""
        self.experiment.ready()  # one user of DVC at a time
        self.experiment.rename_live()
        outputs.abandon(self.run_dir, tag)

    def join(self, event: Open) -> None:
        """A `Live` logs this run: its options count where the user has set none."""
        merged = merge(self.config, event.options, self.note)
        before, self.config = self.config, merged
        self.owner, self.ended, self.beside = event.pid or 0, None, event.beside
        if (merged.exp_name, merged.save_dvc_exp) != (before.exp_name, before.save_dvc_exp):
            self.experiment.ready()  # one user of DVC at a time
            self.experiment.rename_live()
            self.experiment = self._experiment()
            self.experiment.prepare()
        self.experiment.config = merged
        self.session.reconfigure(self.experiment.session_config())
        self.session.facts["options"] = merged.recorded()
        self.session.run.step = self.first_step  # what was printed before may have moved it

    def answer(self) -> dict[str, Json]:
        """What a `Live` that joined wants to know."""
        run = self.session.run
        name = self.experiment.name_when_ready()
        if self.experiment.prepared is not None:
            self.session.located(self.experiment.prepared.workspace, self.experiment.prepared.exp_name)
        resumed = self.config.resume
        return {
            "step": self.first_step,
            "summary": run.summary() if resumed else {},
            "params": dict(run.params) if resumed else {},
            "exp_name": name,
            "dir": self.run_dir,
        }

    def recorded(self) -> list[Event]:
        """The points so far, read back from their files: for a session that takes this one's place."""
        events: list[Event] = []
        for series in self.session.run.series.values():
            for step, at, value, text in self.session.tsv.rows(series.name):
                events.append(Metric(series.name, value, step, at, text=text))
        return events

    # --- ending ------------------------------------------------------------------------------------------

    def outcome_now(self, now_ms: int) -> Outcome:
        """How this run ended, when the program goes on with another."""
        if self.ended is None and (self.owner is None or self.beside):  # printed, and then the next begins
            return Outcome(COMPLETED, None, None, now_ms)
        return Outcome(self.ended or FAILED, None, None, now_ms)

    def outcome_with(self, outcome: Outcome) -> Outcome:
        """How the last run ended with its program: a `with` block that failed tells more than exit code 0."""
        if outcome.status == COMPLETED and self.ended not in (None, COMPLETED):
            return Outcome(str(self.ended), None, None, outcome.end_ms)
        return outcome

    def close(self, outcome: Outcome, counts: Mapping[str, int]) -> None:
        """Write everything for the last time; saving the experiment is the next step."""
        outputs.forget_earlier(self.run_dir)
        self.session.close(outcome, self.facts.complete(counts))

    # --- checkpoints -------------------------------------------------------------------------------------

    def checkpoint(self, *, whole: bool) -> dict[str, Any]:
        """The state for `restore`; without the session's where that is closed already."""
        return {
            "config": self.config.values(),
            "run_dir": self.run_dir,
            "started_ms": self.started_ms,
            "owner": self.owner,
            "ended": self.ended,
            "beside": self.beside,
            "first_step": self.first_step,
            "prepared": self.experiment.prepared,
            "saving": self.experiment.saving,
            "session": self.session.checkpoint() if whole else None,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint; the chapter was made with the checkpoint's config and start."""
        self.owner, self.ended, self.first_step = state["owner"], state["ended"], state["first_step"]
        self.beside = state["beside"]
        if state["session"] is not None:
            self.session.restore(state["session"])
        if state["prepared"] is not None:
            self.experiment.go_on(state["prepared"], state["saving"])
        else:
            self.experiment.prepare()


def merge(options: Config, given: Mapping[str, Json], note: Callable[[str], None]) -> Config:
    """The run's options with the constructor's where the user has set none; the user's win, and that is said.

    >>> merge(Config({"told": ("report",), "report": "md"}), {"report": "html"}, print).report
    The program asks for report='html'; this run was given --report md, which counts.
    'md'
    """
    values = options.values()
    for name, value in given.items():
        if name == "dir":  # where a run is recorded is decided when it begins
            continue
        if name not in options.told:
            values[name] = value
        elif name != "dvcyaml" and values[name] != value:
            option = config.BY_NAME[name]
            said = option.off_flag if values[name] is False else option.flags[-1]
            shown = said if isinstance(values[name], bool) else f"{said} {values[name]}"
            note(f"The program asks for {name}={value!r}; this run was given {shown}, which counts.")
    return Config(values)


def known_params(options: Config, typed: Iterable[Param]) -> list[Event]:
    """The params known before the program says anything: of its command line, of files, of -P."""
    from ..inputs.userfiles import read_params_file
    from ..params import flatten_params, known

    files = [flatten_params(read_params_file(path), path) for path in options.params_file]
    return [*known(typed if options.command_params else (), files, options.param)]
