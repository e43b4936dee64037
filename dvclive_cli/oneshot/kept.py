"""A run that is open between commands: taken up by one, changed, put down for the next.

Decides what is carried from command to command and in which order things reach the disk: rows, views, and the
state last. A command that is killed before that has not happened: the next one takes its rows back. Needs the
directory's lock (`turn.hold`); knows no words of the command line.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..config import Config
from ..disk import files
from ..errors import DvcliveError
from ..events import Event
from ..outcome import ABANDONED, Outcome
from ..recording import runstate
from ..recording.session import Session, SessionConfig
from ..repository import workspace
from ..writers.vscode import VsCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..recording.experiment import Experiment

VERSION = 1
SYNC_EVERY_MS = 1000  # what a power cut may cost
CARRIED = ("resume", "report", "save_dvc_exp", "dvcyaml", "cache_images", "exp_name", "exp_message")
"""Options that count until the end."""

Note = Callable[[str], None]


class Kept:
    """An open run.

    Parameters:
        folder: the run directory, absolute; locked by the caller.
        about: what is carried besides the session's state:
            options (of `start`), saves, facts, pid, opened_ms, touched_ms, synced_ms, unsynced, baseline,
            exp_name, saving, noted.
        note: told what the user should know.
        environ: the environment.
    """

    session: Session

    def __init__(self, folder: str, about: dict[str, Any], note: Note, environ: Mapping[str, str]) -> None:
        self.folder, self.about, self.note, self.environ = folder, about, note, environ
        self._experiment: Experiment | None = None

    # --- taking up ---------------------------------------------------------------------------------------

    @classmethod
    def begin(
        cls, folder: str, config: Config, note: Note, environ: Mapping[str, str], *, prepare: bool
    ) -> Kept:
        """Open a run; the previous one's own files go, unless the options say to resume it.

        Parameters:
            folder, note, environ: as for the class.
            config: the run's options.
            prepare: make DVC ready and choose the experiment's name now; else that is left to who needs it.
        """
        from ..supervision.facts import Facts
        from .parent import command_of_parent

        now = _now_ms()
        files.replace(_path(folder), b'{"version": 0}')  # from here on, whoever waits sees whom it waits for
        pid = os.getppid()  # the script: what there is to stop
        facts = Facts(command_of_parent(sys.argv), os.getcwd(), environ, now, {"pid": pid})
        options = {name: getattr(config, name) for name in CARRIED}
        dvcyaml = config.dvcyaml
        options["dvcyaml"] = None if dvcyaml is None else os.path.relpath(os.path.abspath(dvcyaml), folder)
        about: dict[str, Any] = {
            "version": VERSION,
            "options": options,
            "pid": pid,
            "exp_name": None,
            "saving": False,
            "opened_ms": now,
            "touched_ms": now,
            "synced_ms": now,
            "unsynced": [],
            "noted": [],
        }
        kept = cls(folder, about, note, environ)
        experiment = kept.experiment()
        kept.about |= {
            "saves": experiment.will_save,
            "baseline": experiment.workspace.baseline_rev,
        }
        kept._open_session(facts.values)
        session = kept.session
        session.workspace = experiment.workspace
        experiment.keep_unsent()
        session.open(commands=True)
        facts.ask_git()
        if prepare:
            kept._prepare()
        facts.complete({})
        kept.about["facts"] = facts.values
        return kept

    @classmethod
    def take_up(cls, folder: str, note: Note, environ: Mapping[str, str]) -> Kept | None:
        """Go on with the run that is open in the directory; None where none is.

        Raises:
            DvcliveError: its state cannot be read.
        """
        text = read_state(folder)
        if not text:
            return None
        try:
            version = peek(text).get("version")
            if version == 0:  # killed while it began
                return None
            if version != VERSION:
                raise ValueError(f"it is of version {version}")
            about, state = runstate.parse(text, folder)
            dvcyaml = about["options"]["dvcyaml"]
            if dvcyaml is not None and os.path.basename(dvcyaml) != "dvc.yaml":
                raise ValueError(f"{dvcyaml!r} is no dvc.yaml")
            kept = cls(folder, about, note, environ)
            kept._open_session(about["facts"])
        except (ValueError, KeyError, TypeError) as error:
            raise DvcliveError(
                "state-bad",
                f"{_path(folder)} cannot be read: {error}",
                "Remove it and go on with `dvclive start --resume`: the rows are all in plots/metrics.",
            ) from None
        kept.session.carry_on(state)
        unsynced = (os.path.join(folder, path) for path in about["unsynced"])
        kept.session.tsv.appender.unsynced.update(unsynced)
        dvc_root = workspace.dvc_root_of(folder)
        if dvc_root is not None:
            kept.session.vscode = VsCode(dvc_root, about["pid"])
        return kept

    def change(self, config: Config) -> None:
        """Take options that somebody has set for a run that goes on; what names its place stays."""
        options, told = self.about["options"], set(config.told) - {"resume", "dvcyaml"}
        options |= {name: getattr(config, name) for name in CARRIED if name in told}
        if "exp_name" in told:
            self.about["exp_name"] = None
        self._experiment = None
        self.about["saves"] = self.experiment().will_save
        self._prepare()

    def _open_session(self, facts: Mapping[str, Any]) -> None:
        options = self.about["options"]
        report = options["report"]
        self.session = Session(
            SessionConfig(
                dir=self.folder,
                resume=options["resume"],
                report="html" if report in ("auto", "notebook") else report,
                dvcyaml=self._dvcyaml(),
                cache_images=options["cache_images"],
                save_dvc_exp=self.about["saves"],
                exp_name=self.about["exp_name"] or options["exp_name"],
                exp_message=options["exp_message"],
            ),
            facts,
            self.note,
            ready=self._ready_workspace,
            cwd=os.getcwd(),
        )

    def _dvcyaml(self) -> str | None:
        path = self.about["options"]["dvcyaml"]
        return None if path is None else os.path.normpath(os.path.join(self.folder, path))

    # --- the experiment ----------------------------------------------------------------------------------

    def experiment(self) -> Experiment:
        """The experiment that is to be saved; made when it is first asked for, which asks Git."""
        if self._experiment is None:
            from ..recording.experiment import Experiment

            values = {**self.about["options"], "dir": self.folder, "dvcyaml": self._dvcyaml()}
            values["exp_name"] = self.about["exp_name"] or values["exp_name"]
            if self.about["saving"]:  # under that name it may be there: nobody else has taken it
                values["exp_name"] = None
            found = Experiment(
                Config(values), self.folder, self.environ, note=self._note_once, on_ready=lambda: None
            )
            if self.about.get("baseline"):  # as it was when the run began
                found.workspace = found.workspace._replace(baseline_rev=self.about["baseline"])
            self._experiment = found
        return self._experiment

    def _note_once(self, text: str) -> None:
        """Say it, but not with every command; at the end again."""
        if text not in self.about["noted"]:
            self.about["noted"].append(text)
            self.note(text)

    def _prepare(self) -> None:
        experiment = self.experiment()
        if experiment.prepared is not None:
            return
        experiment.prepare()
        prepared = experiment.ready()
        if prepared is None:
            self.session.workspace = experiment.workspace
            return
        if self.about["saving"]:  # an `end` that was killed: its experiment may be there, under this name
            prepared = experiment.prepared = prepared._replace(exp_name=self.about["exp_name"])
            experiment.saving = True
        self.about["exp_name"] = prepared.exp_name
        self.session.located(prepared.workspace, prepared.exp_name)

    def choose_name(self) -> None:
        """See that the run is called as its experiment will be; starts DVC where that has not happened."""
        if self.exp_name is None:
            self._prepare()

    def _ready_workspace(self) -> Any:
        self._prepare()
        return self.experiment().ready_workspace()

    @property
    def exp_name(self) -> str | None:
        """The name that the experiment will have; None while it has none."""
        name = self.about["exp_name"]
        return None if name is None else str(name)

    # --- changing, putting down --------------------------------------------------------------------------

    def feed(self, events: Sequence[Event]) -> None:
        """Take events in. Raises DvcliveError where one cannot be carried out: nothing is put down then."""
        said: list[str] = []
        session = self.session
        session.warn = said.append
        session.feed(events, _now_ms())
        session.warn = self.note
        appender = session.tsv.appender
        if appender.waiting or session.tsv.lost:
            raise DvcliveError(
                "disk",
                f"The row cannot be written in {self.folder}: the disk refuses it",
                "Make room, then repeat the command: nothing of it was recorded.",
            )
        if session.outputs.refused:
            raise _RefusedError(said[-1])
        for text in said:
            self.note(text)

    def put_down(self, *, views: bool) -> None:
        """Write the views and, last, the state: only now the command has happened.

        Parameters:
            views: dvc.yaml too, which may have to be parsed.
        """
        session, about, now = self.session, self.about, _now_ms()
        if views:
            session.write_views()
        else:
            session.write_values()
        about["touched_ms"] = now
        durable = now - about["synced_ms"] >= SYNC_EVERY_MS
        if durable:
            session.tsv.appender.sync()
            about["synced_ms"] = now
        unsynced = session.tsv.appender.unsynced
        about["unsynced"] = [os.path.relpath(path, self.folder) for path in unsynced]
        self._write_state(durable)

    def _write_state(self, durable: bool) -> None:
        state: Any = self.session.checkpoint()
        text = runstate.render(self.about, state, self.folder)
        try:
            files.replace(_path(self.folder), text.encode(), durable)
        except OSError as error:
            raise DvcliveError(
                "disk",
                f"{_path(self.folder)} cannot be written: {error.strerror}",
                "Make room, then repeat the command: nothing of it was recorded.",
            ) from None

    def report(self, mode: str) -> str:
        """Write the report now; its path."""
        session = self.session
        session.config = session.config._replace(report=mode)
        session.write_report()
        return os.path.join(self.folder, f"report.{mode}")

    # --- ending ------------------------------------------------------------------------------------------

    def end(self, outcome: Outcome) -> None:
        """Write everything for the last time and save the experiment; then nothing is open any more.

        Raises:
            DvcliveError: it cannot be saved; the files are complete.
        """
        from ..supervision.facts import Facts

        session = self.session
        for folder, _, _ in os.walk(self.folder):  # of commands that were killed
            files.remove_stale_temps(folder)
        facts = Facts([], os.getcwd(), {}, self.about["opened_ms"], {})
        facts.values = self.about["facts"]
        self.about["noted"] = []
        self._prepare()
        experiment = self.experiment()
        session.close(outcome, facts.complete({}))
        if experiment.prepared is not None and not experiment.saving:
            self.about["saving"] = True
            self._write_state(durable=True)
        try:
            experiment.save(outcome, session.tracked)
        except DvcliveError:
            self._over(outcome)
            raise
        self._over(outcome)  # not after Ctrl-C, or a fault of ours: then it can be ended again

    def _over(self, outcome: Outcome) -> None:
        from . import updates

        updates.end(self, outcome, self.environ, self.note)
        files.remove(_path(self.folder))
        self.session.saved()

    def abandon(self) -> str:
        """Close a run that nobody ended, as what it is; what to say of it."""
        outcome = Outcome(ABANDONED, None, None, self.about["touched_ms"])
        try:
            self.end(outcome)
        except DvcliveError as error:
            return f"The run before this one was never ended. {error}"
        saved = self.experiment().saved
        where = f"it is saved as {saved.exp_name!r}" if saved else "no experiment of it is saved"
        return f"The run before this one was never ended; {where}."


class _RefusedError(DvcliveError):
    """What the run says of an event that cannot be carried out, in its own words."""

    def __init__(self, text: str) -> None:
        super().__init__("refused", text)

    def __str__(self) -> str:
        return self.fact


def read_state(folder: str) -> str:
    """The text of the state in a run directory; empty where no run is open."""
    try:
        with open(_path(folder), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def peek(text: str) -> dict[str, Any]:
    """What is carried besides the session's state. Raises ValueError."""
    import json

    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("it holds no object")
    return found


def _path(folder: str) -> str:
    return os.path.join(folder, files.OPEN_RUN)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
