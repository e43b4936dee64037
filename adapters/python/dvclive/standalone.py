"""Recording in this process: the engine's session, opened here. The experiment is saved by `close`.

Decides how calls become events, and that one thread at a time touches the run. Imported, with the engine,
when a run is opened and not before.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

from . import lifecycle, messages
from .recording import Ending, NotRecording, Recording, Start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from dvclive_cli.disk.rundir import RunDir
    from dvclive_cli.events import Event
    from dvclive_cli.recording.experiment import Experiment
    from dvclive_cli.recording.session import Session
    from dvclive_cli.repository.saver import Saved
    from dvclive_cli.supervision.facts import Facts


SYNC_SHARE = 100
"""Flushing rows to the device, which only a power cut asks for, takes at most 1 % of the program's time."""


class _Turn:
    """One thread's turn at the run. A SIGTERM that comes meanwhile is carried out behind it."""

    __slots__ = ("_lock",)

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()
        if lifecycle.dying:
            lifecycle.die_if_told()


class Standalone(Recording):
    """A run recorded by this process.

    Parameters:
        options: values for the engine's `Config`, by name: dir, resume, report, save_dvc_exp, dvcyaml, ...
            Paths are absolute.
        in_repository: False keeps Git and DVC out of it (`DVCLIVE_TEST`).
    """

    _session: Session

    def __init__(self, options: Mapping[str, Any], in_repository: bool = True) -> None:
        self.options = dict(options)
        self.in_repository = in_repository
        self._lock = _thread.RLock()
        self._turn = _Turn(self._lock)
        self._experiment: Experiment | None = None
        self._facts: Facts | None = None
        self._rundir: RunDir | None = None
        self._monitor: Any = None
        self._before: Saved | None = None  # the experiment that this run has saved already
        self._tracked: list[str] = []

    def reopen(self, ended: Recording) -> Start:
        """Go on; the experiment will be saved in the place of the one that `ended` saved."""
        if isinstance(ended, Standalone):
            self._before = ended._before if ended._experiment is None else ended._experiment.saved
            self._tracked = ended._tracked
        return self.open()

    def open(self) -> Start:
        """Take the directory, open the session, prepare the experiment."""
        from dvclive_cli.disk import rundir
        from dvclive_cli.errors import DvcliveError

        directory: str = self.options["dir"]
        try:
            self._rundir = rundir.claim(directory)
        except DvcliveError as error:
            if error.slug == "dir-locked":
                raise NotRecording(
                    f"{error.fact}. What this process logs is not recorded: one process records a directory. "
                    "Give this one its own, Live(dir=...)."
                ) from None
            raise
        with self._lock:
            try:
                self._open_session(directory)
            except BaseException:
                self._rundir.abandon()
                raise
        run = self._session.run
        return Start(run.step, run.summary(), run.params)

    def _open_session(self, directory: str) -> None:
        import subprocess  # noqa: F401 - the thread that asks Git must not hold its import lock when we fork

        from dvclive_cli.config import Config
        from dvclive_cli.recording.experiment import Experiment
        from dvclive_cli.recording.session import Session
        from dvclive_cli.supervision.facts import Facts

        experiment = Experiment(
            Config({**_studio_options(), **self.options}),
            directory,
            os.environ,
            note=messages.warn,
            on_ready=lambda: None,
            again=self._before,
            live_since=_now_ms(),
        )
        self._facts = Facts(
            sys.orig_argv, os.getcwd(), os.environ, started_ms=_now_ms(), pids={"pid": os.getpid()}
        )
        self._facts.values["options"] = experiment.config.recorded()
        self._session = Session(
            experiment.session_config(),
            self._facts.values,
            messages.warn,
            workspace=experiment.workspace if self.in_repository else None,
            view_interval=0.0,
            sync_share=SYNC_SHARE,
            ready=experiment.ready_workspace if self.in_repository else None,
            live=experiment.show_live,
        )
        if self.in_repository:
            experiment.keep_unsent()
        self._session.open()
        if not self.in_repository:
            return
        self._facts.ask_git()
        experiment.prepare()
        # Waited for: while a thread imports DVC, a process forked from this one could wait for its import
        # locks.
        prepared = experiment.ready()
        self._experiment = experiment
        if prepared is not None:
            self._session.located(prepared.workspace, prepared.exp_name)

    @property
    def exp_name(self) -> str | None:  # type: ignore[override]
        """The experiment's name; None where none is saved."""
        return self._experiment.name if self._experiment is not None else None

    def rename(self, name: str) -> None:
        """Save the experiment under another name."""
        from dvclive_cli.repository import saver

        experiment = self._experiment
        if experiment is None or experiment.prepared is None:
            return
        with self._lock:
            experiment.prepared = saver.prepare(experiment.prepared.workspace, name)
            for note in experiment.prepared.notes:
                messages.warn(note)
            self._session.located(experiment.prepared.workspace, experiment.prepared.exp_name)

    # --- records ------------------------------------------------------------------------------------------

    def _feed(self, events: Iterable[Event]) -> None:
        with self._turn:
            self._session.feed(events, _now_ms())

    def metric(self, name: str, value: Any, text: str | None, at_ms: int | None, plot: bool) -> None:
        """One point; its row is in the file when this returns."""
        if at_ms is None and plot:
            with self._lock:
                self._session.point(name, value, text)
            if lifecycle.dying:
                lifecycle.die_if_told()
        else:
            from dvclive_cli.events import Metric

            self._feed((Metric(name, value, None, at_ms, plot, None, text),))

    def params(self, values: Mapping[str, Any]) -> None:
        """The file is rewritten at once."""
        from dvclive_cli.events import Param

        with self._turn:
            self._session.feed([Param(name, value) for name, value in values.items()], _now_ms())
            self._session.write_views()

    def summary(self, changes: Mapping[str, Any]) -> None:
        """Values that the program set itself."""
        from dvclive_cli.events import Summary

        self._feed([Summary(name, value) for name, value in changes.items()])

    def step(self, step: int) -> None:
        """The current step is this one."""
        from dvclive_cli.events import Step

        self._feed((Step(step),))

    def next_step(self) -> None:
        """The step is complete, and the views show it."""
        from dvclive_cli.events import NextStep

        with self._turn:
            self._session.feed((NextStep(),), _now_ms())
            self._session.tick(time.monotonic())

    def show(self) -> None:
        """The views are written when this returns."""
        with self._turn:
            self._session.tick(time.monotonic())

    def image(self, name: str, source: Any) -> None:
        """A picture."""
        from dvclive_cli.events import Image

        self._feed((Image(name, source),))

    def plot(
        self, name: str, rows: list[dict[str, Any]], x: str, y: tuple[str, ...], looks: Mapping[str, Any]
    ) -> None:
        """A custom plot."""
        from dvclive_cli.events import Plot

        self._feed((Plot(name, rows, x, y, **looks),))

    def sklearn(self, kind: str, labels: list[Any], predictions: list[Any], about: Mapping[str, Any]) -> None:
        """A scikit-learn plot."""
        from dvclive_cli.events import SklearnPlot

        self._feed((SklearnPlot(kind, labels, predictions, **about),))

    def artifact(self, path: str, about: Mapping[str, Any]) -> None:
        """A file or folder to track."""
        from dvclive_cli.events import Artifact

        fields = {**about, "labels": tuple(about.get("labels", ()))}
        self._feed((Artifact(path, **fields),))

    def monitor(self, interval: float, num_samples: int, directories: Mapping[str, str]) -> None:
        """Sample in a thread of its own."""
        from dvclive_cli.processes.monitor import Monitor

        self._stop_monitor()
        self._monitor = Monitor(
            self._feed, interval=interval, num_samples=num_samples, directories=dict(directories)
        )
        self._monitor.start()

    def _stop_monitor(self) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.stop()

    def sync(self) -> None:
        """All views are written and flushed."""
        with self._turn:
            self._session.sync()

    # --- the end ------------------------------------------------------------------------------------------

    def close(self, ending: Ending) -> None:
        """Write everything for the last time, save the experiment, let go of the directory."""
        from dvclive_cli.disk import locks
        from dvclive_cli.errors import DvcliveError
        from dvclive_cli.outcome import Outcome

        self._stop_monitor()
        outcome = Outcome(ending.status, ending.exit_code, ending.signal, _now_ms())
        with self._turn:
            try:
                self._session.close(outcome, self._facts.complete({}) if self._facts else None)
                self._tracked = [*self._tracked, *self._session.tracked]
                if self._experiment is not None:
                    self._experiment.save(outcome, self._tracked)
                    self._session.show_live()
                    self._experiment.end_live(outcome)
            except DvcliveError as error:
                messages.warn(str(error))
            finally:
                self._session.saved()
                if self._rundir is not None:
                    locks.unlock(self._rundir.lock)
                    self._rundir = None

    def busy(self) -> bool:
        """Whether the calling thread is in the middle of a record."""
        return bool(self._lock._is_owned())  # type: ignore[attr-defined]


def _studio_options() -> dict[str, Any]:
    from dvclive_cli.config import studio_options
    from dvclive_cli.errors import DvcliveError

    try:
        return studio_options(os.environ)
    except DvcliveError as error:  # a mistake about updates is no reason not to train
        messages.warn(str(error))
        return {}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
