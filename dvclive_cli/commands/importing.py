"""`dvclive import LOG...`: finished logs and metric files become runs, by the capture and session of `run`.

Decides where each is recorded and how it is called. A log in which nothing is found leaves everything as it
was: directories are touched when the first metric is there.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from .. import __version__, config
from ..capture import CaptureOptions
from ..config import Config
from ..disk import locks, rundir
from ..errors import DvcliveError, UsageError
from ..events import Event, Image, Metric, Summary
from ..inputs import userfiles
from ..inputs.jobs import Job, Part, jobs_of
from ..inputs.sources import STDIN, Source
from ..metricfiles import LOG, Reader, reader_for
from ..metricfiles.logs import LogReader
from ..metricfiles.origins import Origins
from ..outcome import IMPORTED, INTERRUPTED, Outcome
from ..recording.experiment import Experiment
from ..recording.session import Session
from ..repository.workspace import open_workspace
from ..saying import say
from ..supervision import panel
from ..supervision.chapter import known_params
from ..supervision.farewell import counts, tell_losses
from ..supervision.preflight import capture_options, check
from ..texts import clean
from ..writers.run_json import iso

PROGRESS_EVERY = 0.2  # seconds
_EXIT_SOME_FAILED = 1


class Reading:
    """The events of one job, and what is to be said of its files.

    Parameters:
        options: of capture. `note`: told what could not be read. `progress`: called with the source and
            shares of what is read.
    """

    def __init__(
        self,
        job: Job,
        options: CaptureOptions,
        note: Callable[[str], None],
        progress: Callable[[Source], None],
    ) -> None:
        self.job, self.options, self.note, self.progress = job, options, note, progress
        self.readers: list[Reader] = []

    def batches(self) -> Iterator[list[Event]]:
        """The events, in batches."""
        origins = Origins()
        alone = len(self.job.parts) == 1
        for part in self.job.parts:
            reader = self._reader(part)
            self.readers.append(reader)
            for events in self._read(part, reader):
                below = "" if alone else part.below
                yield origins.named(below, part.kind in ("tfevents", LOG), events)

    def _reader(self, part: Part) -> Reader:
        if part.kind == LOG or (self.options.formats and part.kind != "tfevents"):
            return LogReader(self.options, part.stream)
        return reader_for(part.kind, self.options)

    def _read(self, part: Part, reader: Reader) -> Iterator[list[Event]]:
        source = Source(part.path)
        try:
            for data in source.chunks():
                yield reader.feed(data)
                self.progress(source)
        except DvcliveError as error:
            if error.slug != "log-damaged":
                raise
            self.note(str(error))
        yield reader.close()

    def tell_faults(self) -> dict[str, int]:
        """Say what could not be read; the counts of lines and points of the logs."""
        captures = [reader.capture for reader in self.readers if isinstance(reader, LogReader)]
        told: dict[str, int] = {}
        tell_losses(captures, told, self.note)
        for part, reader in zip(self.job.parts, self.readers, strict=False):
            if not isinstance(reader, LogReader):
                told |= {f"{part.below}: {text}": count for text, count in reader.faults().items()}
        for text, count in told.items():
            self.note(f"{text}{f' ({count} times)' if count > 1 else ''}")
        return counts(captures)


def import_job(job: Job, options: Config, run_dir: str, progress: Callable[[Source | None], None]) -> None:
    """Record one job as a run, and save it.

    Raises:
        DvcliveError: nothing was found, or it cannot be recorded or saved.
    """
    notes: dict[str, int] = {}

    def note(text: str) -> None:
        notes[text] = notes.get(text, 0) + 1

    reading = Reading(job, capture_options(options), note, progress)
    batches = reading.batches()
    first: list[Event] = []
    for events in batches:
        first += events
        if any(isinstance(event, (Metric, Summary, Image)) for event in events):
            break
    else:
        raise DvcliveError(
            "log-silent",
            f"{job.source}: no metrics were found, and nothing was recorded",
            f"`dvclive parse {job.source} --explain` says of each line why.",
            _EXIT_SOME_FAILED,
        )
    claimed = rundir.claim(run_dir)
    try:
        experiment = Experiment(options, run_dir, os.environ, note, on_ready=lambda: None)
        session = Session(
            experiment.session_config(),
            _facts(job),
            note,
            workspace=experiment.workspace,
            ready=experiment.ready_workspace,
            cwd=os.getcwd(),
        )
        outcome: Outcome | None = None
        session.open()
        experiment.prepare()
        try:
            session.feed(known_params(options, ()), _now_ms())
            for events in chain([first], batches):
                session.feed(events, _now_ms())
                session.tick(time.monotonic())
            progress(None)
            outcome = Outcome(IMPORTED, None, None, _now_ms())
            from ..params import parse_artifact

            session.feed([parse_artifact(text) for text in options.artifact], _now_ms())
            session.close(outcome, {"counts": reading.tell_faults()})
            experiment.save(outcome, session.tracked)
        except (KeyboardInterrupt, DvcliveError):  # what is recorded stays, and says that it is not all
            if outcome is None:
                session.close(Outcome(INTERRUPTED, None, None, _now_ms()))
            raise
        finally:
            session.saved()
    finally:
        locks.unlock(claimed.lock)
    if not options.quiet:
        _show(job, session, outcome, experiment.name, notes)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _facts(job: Job) -> dict[str, Any]:
    """What run.json says of an imported run: where it comes from, and nothing that nobody knows."""
    paths = [part.path for part in job.parts if part.path != STDIN]
    changed = max((os.stat(path).st_mtime_ns // 1_000_000 for path in paths), default=None)
    return {
        "imported": iso(_now_ms()),
        "source": job.source,
        "files": len(job.parts),
        "source_changed": None if changed is None else iso(changed),
        "pid": os.getpid(),
        "versions": {"dvclive": __version__, "python": sys.version.split()[0]},
    }


def _show(job: Job, session: Session, outcome: Outcome, name: str | None, notes: Mapping[str, int]) -> None:
    session.run.fold()
    ending = panel.Ending(
        outcome=outcome,
        seconds=0.0,
        series=list(session.run.series.values()),
        points=session.run.points,
        dir=os.path.relpath(session.config.dir),
        experiment=name,
        notes=notes,
        title=f"imported {job.source}",
    )
    panel.show(ending, sys.stderr, os.environ)


class Progress:
    """A line on the terminal while a large file is read; nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._source: Source | None = None
        self._next = 0.0
        self._shown = False

    def __call__(self, source: Source | None) -> None:
        """Show how far the source has been read; None: nothing is read any more."""
        now = time.monotonic()
        if source is None or not self._on:
            if self._shown:
                sys.stderr.write("\r\x1b[K")
            self._shown = False
        elif source is not self._source:  # what is read in a moment needs no line
            self._source, self._next = source, now + 2 * PROGRESS_EVERY
        elif now >= self._next:
            self._next, self._shown = now + PROGRESS_EVERY, True
            done = f"{source.done / 1e6:.0f} MB"
            if source.total:
                done = f"{100 * source.done // source.total} % of {source.total / 1e6:.0f} MB"
            sys.stderr.write(f"\r\x1b[Kdvclive: {clean(source.path)}: {done}")
            sys.stderr.flush()


def plan(jobs: Sequence[Job], options: Config) -> list[tuple[Job, Config, str]]:
    """Where each job is recorded, and with which options.

    Experiments are compared by the paths of their files, so runs that are saved share the directory, one
    after the other. Without experiments each of several has a folder of its own in it.
    """
    run_dir = os.path.abspath(options.dir)
    saved = options.save_dvc_exp and open_workspace(run_dir, os.environ).saves
    planned = []
    for job in jobs:
        name = job.name
        if options.exp_name:
            name = options.exp_name if len(jobs) == 1 else f"{options.exp_name}-{job.name}"
        message = options.exp_message or f"imported from {job.source}"
        given = {**options.values(), "resume": False, "exp_name": name, "exp_message": message}
        folder = run_dir if saved or len(jobs) == 1 else os.path.join(run_dir, job.name)
        planned.append((job, Config(given), folder))
        for part in job.parts:
            if part.path != STDIN and (os.path.abspath(part.path) + os.sep).startswith(folder + os.sep):
                raise UsageError(
                    "log-in-dir",
                    f"{part.path} lies in {options.dir}, which a new run empties",
                    "Record into another directory with --dir.",
                )
    return planned


def main(given: Mapping[str, Any], logs: Sequence[str], stderr_log: str | None) -> int:
    """`dvclive import` from its words to its exit status: 0, or that of the last log that failed."""
    try:
        settings, path = userfiles.read_settings(os.getcwd())
        options = config.resolve(given, os.environ, settings, path)
        check(options)
        planned = plan(jobs_of(logs, stderr_log), options)
    except DvcliveError as error:
        say(str(error))
        return error.exit_code
    status = 0
    progress = Progress(options.quiet)
    for job, chosen, folder in planned:
        try:
            import_job(job, chosen, folder, progress)
        except DvcliveError as error:
            progress(None)
            say(str(error))
            status = error.exit_code
    return status
