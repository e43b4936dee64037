"""One open run: its state and its files. The only thing that a recorder, or `Live` alone, needs.

Events go in; rows are appended at once, and views (metrics.json, params.yaml, dvc.yaml, run.json, the
report) are replaced when they are due. Whatever fails on the disk is told once and never raised by `feed`:
rows wait in memory until there is room. It must not know where events come from, nor how an experiment is
saved. The directory is locked by whoever opens the session (`rundir.claim`), before anything is written.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..disk import files
from ..errors import DvcliveError
from ..events import Event, Metric, Points, Scalar
from ..outcome import COMPLETED, IMPORTED, Outcome
from ..run import Run
from ..runs import outputs
from ..writers import metrics_json, params_yaml, run_json
from ..writers.metrics_tsv import MetricsTsv
from ..writers.vscode import VsCode
from .description import Description
from .trouble import Trouble

if TYPE_CHECKING:
    from ..export.values import Curve
    from ..repository.workspace import Workspace

SYNC_EVERY = 1.0  # seconds between flushes to the device: what a power cut may cost
SYNC_SHARE = 5  # and at least so many times what the last took: 10^4 files on a slow disk take seconds
REPORT_EVERY = 2.0  # seconds at least, and at least 20 times what the last one took
REPORT_SHARE = 20
OUTPUT_LINES, OUTPUT_WIDTH = 20, 500  # of what a program that failed said last, in run.json

Show = Callable[[Run, str, str], None]
"""Shows a run: its state, its directory, and the folder that paths in dvc.yaml are relative to."""


class SessionConfig(NamedTuple):
    """What a session is asked for.

    Parameters:
        dir: the run directory, absolute; it exists or can be made.
        resume: go on after the last step of an earlier part instead of beginning anew.
        report: None, "md" or "html".
        dvcyaml: absolute path of the dvc.yaml to write, None for none.
        cache_images: track plots/images with DVC at the end.
        save_dvc_exp: an experiment will be saved (tells VS Code). exp_name: its name, where known.
    """

    dir: str
    resume: bool = False
    report: str | None = None
    dvcyaml: str | None = None
    cache_images: bool = False
    save_dvc_exp: bool = True
    exp_name: str | None = None
    exp_message: str | None = None


class Session:
    """An open run.

    Parameters:
        config: what is asked for.
        facts: what run.json says of this process: `start_ms`, `pid` (the process to stop the run by),
            `argv` and whatever else, secrets masked.
        warn: told what the user should know; the same text may come more than once. May be replaced.
        workspace: the repository the run stands in, None outside any.
        view_interval: seconds between writings of the views by `tick`.
        sync_share: `tick` flushes to the device at most every so many times what the last flush took.
        ready: gives the workspace when something is to be tracked (DVC may have to be initialised first).
        cwd: what relative paths of images and artifacts are relative to; `cwd` of the facts, else the current
            directory, where not given.
        patient: dvc.yaml waits for the first value: the program may still say (`reconfigure`) that there is
            to be none.
        live: gives what shows the run elsewhere while it goes on, once there is such a thing.
        tail: gives the last of the program's output, secrets masked, for the report.

    Attributes:
        run: the state. `tracked`: files that DVC wrote for artifacts.
    """

    def __init__(
        self,
        config: SessionConfig,
        facts: Mapping[str, Any],
        warn: Callable[[str], None],
        workspace: Workspace | None = None,
        view_interval: float = 0.5,
        sync_share: int = SYNC_SHARE,
        ready: Callable[[], Workspace | None] | None = None,
        patient: bool = False,
        cwd: str = "",
        live: Callable[[], Show | None] = lambda: None,
        tail: Callable[[], str] = lambda: "",
    ) -> None:
        self.cwd = cwd or str(facts.get("cwd") or os.getcwd())
        self.config, self.facts, self.warn = config, dict(facts), warn
        self.workspace, self.patient = workspace, patient
        self.view_interval, self.sync_share = view_interval, sync_share
        self.tsv = MetricsTsv(self._path(outputs.METRICS))
        self.vscode: VsCode | None = None
        self._live, self._tail = live, tail
        self._ready = ready or (lambda: self.workspace)
        self._trouble = Trouble(lambda text: self.warn(text))
        self._description = Description(config.dir, config.dvcyaml)
        self._earlier: list[dict[str, Any]] = []
        self._kept: frozenset[str] = frozenset()
        self._outcome: Outcome | None = None
        self._next_views = self._next_sync = self._next_report = 0.0
        self._report_stale = False
        self._unsynced = False
        self._goes_on = False  # after an earlier part
        self._curves: Mapping[str, Curve] | None = None  # of that part; None before the first report
        self._set_run(Run())

    def _set_run(self, run: Run) -> None:
        self.run = run
        self.outputs = outputs.Outputs(
            self.config.dir,
            run,
            cwd=self.cwd,
            relative=lambda path: self._description.relative(path),
            workspace=lambda: self._ready(),
            warn=lambda text: self.warn(text),
        )

    @property
    def kept(self) -> frozenset[str]:
        """Files in the directory that carry a name of ours and belong to the user."""
        return self._kept

    @property
    def tracked(self) -> Sequence[str]:
        """Files that DVC wrote for tracked data (.dvc, .gitignore): they belong into the experiment."""
        return self.outputs.tracked

    @property
    def dirty(self) -> bool:
        """Whether something is due by `tick`: views that are behind, rows that wait or are not flushed."""
        return bool(self.run.dirty or self._unsynced or self._report_stale or self.tsv.appender.waiting)

    # --- begin -------------------------------------------------------------------------------------------

    def open(self, *, set_aside: str = "", bring_back: str = "", commands: bool = False) -> None:
        """Make the directory; remove the previous run's outputs, or resume it. Raises OSError.

        Parameters:
            set_aside: keep the outputs that are removed under this tag, until `outputs.forget_earlier`.
            bring_back: put those of this tag in the place of what has come since, before resuming.
            commands: the run goes on from command to command; what the caller keeps for that stays.
        """
        os.makedirs(self.config.dir, exist_ok=True)
        if not commands:  # whoever logged here command by command: that run is over
            files.remove(self._path(files.OPEN_RUN))
        self._kept = outputs.users_own(self.config.dir)
        if bring_back:
            outputs.bring_back(self.config.dir, self._kept, bring_back)
        if self.config.resume:
            self._resume()
        elif set_aside:
            outputs.set_aside(self.config.dir, self._kept, set_aside)
        else:
            outputs.clean(self.config.dir, self._kept)
        self._started()

    def reconfigure(self, config: SessionConfig) -> None:
        """Take other options while the run goes on; `dir` and `resume` were for the beginning."""
        if config.dvcyaml != self.config.dvcyaml:
            self._description = Description(config.dir, config.dvcyaml)
        self.config, self.patient = config, False
        if self.vscode is not None and not config.save_dvc_exp:
            self.vscode.saved()
        self.run.dirty.add("metrics")

    def restore(self, state: object) -> None:
        """Go on from `checkpoint` in the place of a process that died: rows written after it are taken back.

        Feed the events from there again; each row is then in its file exactly once.
        """
        self.carry_on(state)
        self.run.dirty |= {"metrics", "params"}
        self._started()

    def carry_on(self, state: object) -> None:
        """Go on from `checkpoint` where another process has left off in good order: nothing is announced."""
        assert isinstance(state, dict)
        self._set_run(state["run"])
        self.tsv.restore(state["tsv"])
        self._earlier, self._kept = state["earlier"], state["kept"]
        self.outputs.tracked = state["tracked"]
        self._trouble.told, self._description.said = state["told"], state["said"]

    def checkpoint(self) -> object:
        """The whole state, for `restore`; pickle it before the next `feed`."""
        return {
            "run": self.run,
            "tsv": self.tsv.checkpoint(),
            "earlier": self._earlier,
            "kept": self._kept,
            "tracked": self.outputs.tracked,
            "told": self._trouble.told,
            "said": self._description.said,
        }

    def reopen(self) -> None:
        """Go on with a run of which only the files are left: values come from the rows where those are newer.

        `facts` are those of its last entry in run.json, which this one replaces.
        """
        self._kept = outputs.users_own(self.config.dir)
        self._resume()
        self._earlier = self._earlier[:-1]
        from . import earlier

        newer = earlier.newer_values(self.config.dir, self.tsv, self.run.series)
        self.run.resume(newer, {}, None)

    def _started(self) -> None:
        files.remove_stale_temps(self.config.dir)
        self._write_run_json()
        if self.workspace is not None:
            self.located(self.workspace, self.config.exp_name)

    def located(self, workspace: Workspace, exp_name: str | None) -> None:
        """Take in where the run stands and how its experiment is called; both may be found out late."""
        if self.vscode is not None and (workspace, exp_name) == (self.workspace, self.config.exp_name):
            return
        self.workspace, self.config = workspace, self.config._replace(exp_name=exp_name)
        if workspace.dvc_root is None:
            return
        vscode = self.vscode = VsCode(workspace.dvc_root, int(self.facts.get("pid") or os.getpid()))
        if self.config.save_dvc_exp:
            self._trouble.tried("VS Code's signal file", lambda: vscode.started(exp_name))

    def _resume(self) -> None:
        """Read what an earlier part left; a view that is torn or missing is rebuilt from the journal."""
        self._goes_on = True
        files.remove_stale_temps(self.config.dir)
        from . import earlier

        left = earlier.read(self.config.dir, self.tsv, self._trouble.tell)
        self._earlier = left.sessions
        self.run.resume(left.summary, left.params, left.step)

    # --- while it runs -----------------------------------------------------------------------------------

    def feed(self, events: Iterable[Event | Points], now_ms: int) -> None:
        """Take events in order: append their rows, make their files. `now_ms`: epoch milliseconds."""
        try:
            touched, works = self.run.feed(events, now_ms)
            if touched:
                self.tsv.write(touched, now_ms)
        except BaseException:  # Ctrl-C in a notebook, which goes on: no row of these stays behind
            self.tsv.write(
                [series for series in self.run.series.values() if series.rows or series.blocks], now_ms
            )
            raise
        if touched:
            self._unsynced = self._report_stale = True
            self.run.reached(now_ms)
            if self.tsv.appender.error is not None:
                self._tell_disk()
            if self.tsv.renamed or self.tsv.timestamps_dropped or self.run.went_back:
                self._tell_rows()
        for event in works:
            self.outputs.make(event)
            self._unsynced = self._report_stale = True

    def point(self, name: str, value: Scalar, text: str | None = None) -> None:
        """One point at the current step, now: `feed` of `Metric(name, value, text=text)`, at half its price.

        What a program pays for each value that it logs in its own process. A series' first point, a text, and
        whatever else is not the common case go the long way.
        """
        run = self.run
        series = run.series.get(name)
        if (
            series is None
            or type(value) is str
            or not self.tsv.append_one(series, f"{run.step}\t{text or value}\n")
        ):
            self.feed((Metric(name, value, text=text),), time.time_ns() // 1_000_000)
            return
        run.point(series, value)
        self._unsynced = self._report_stale = True
        if run.went_back and "back" not in self._trouble.told:
            self._tell_rows()

    def tick(self, now: float) -> None:
        """Do what is due; `now` is a monotonic clock in seconds. Cheap when nothing is."""
        if self.tsv.appender.waiting and self.tsv.appender.retry():
            self._trouble.over("disk")
        if now >= self._next_views and (self.run.dirty or self._unsynced):
            if self.config.report:  # values that came by `point` told no time
                self.run.reached(time.time_ns() // 1_000_000)
            self.write_views()
            self.show_live()
            self._next_views = now + self.view_interval
        if self._report_stale and self.config.report and now >= self._next_report:
            began = time.perf_counter()
            self.write_report()
            self._next_report = now + max(REPORT_EVERY, REPORT_SHARE * (time.perf_counter() - began))
        if not self.config.report:
            self._report_stale = False
        if self._unsynced and now >= self._next_sync:
            began = time.perf_counter()
            self._check_deleted()
            self.tsv.appender.sync()
            self._unsynced = False
            self._next_sync = now + max(SYNC_EVERY, self.sync_share * (time.perf_counter() - began))

    def write_views(self, durable: bool = False, final: bool = False) -> None:
        """Replace the views that are behind the state, now. `durable`: flush them to the device too."""
        self.write_values(durable)
        if self.config.dvcyaml and (final or durable or not self.patient or self.run.series):
            progress = (self.tsv.begun, self.outputs.made)
            self._description.write(self.run, progress, self._kept, self._trouble, final=final)

    def write_values(self, durable: bool = False) -> None:
        """`write_views` without dvc.yaml, which may have to be parsed: what a single command can afford."""
        dirty, self.run.dirty = self.run.dirty, set()
        if "metrics" in dirty:
            self._put(outputs.METRICS_JSON, self._metrics_text, durable, "metrics")
        if "params" in dirty and self.run.params:
            self._put(outputs.PARAMS_YAML, self._params_text, durable, "params")
        if "step" in dirty and self.vscode and (step := self.run.completed_step) is not None:
            vscode = self.vscode
            self._trouble.tried("VS Code's signal file", lambda: vscode.step_completed(step))

    def sync(self) -> None:
        """All views now, and everything flushed to the device."""
        self.tsv.appender.retry()
        self._check_deleted()
        self.run.dirty.add("metrics")  # whoever asks for it finds a file, with nothing in it if need be
        self.write_views(durable=True)
        self.tsv.appender.sync()
        self._unsynced = False
        self.show_live()

    # --- end ---------------------------------------------------------------------------------------------

    def close(self, outcome: Outcome, more_facts: Mapping[str, Any] | None = None) -> None:
        """Write everything for the last time. Saving an experiment is the caller's next step.

        Parameters:
            outcome: how the program ended.
            more_facts: what else run.json is to say of this session (counts, errors).
        """
        self._outcome = outcome
        self.run.fold()
        if self.config.cache_images and os.path.isdir(self._path(outputs.IMAGES)) and not self._in_pipeline():
            try:
                self.outputs.track(self._path(outputs.IMAGES))
            except DvcliveError as error:
                self.warn(str(error))
        self.tsv.appender.retry()
        self._count_losses()
        self.facts |= {"points": self.run.points, "series": len(self.run.series), "lost_rows": self.run.lost}
        self.facts |= more_facts or {}
        if outcome.status not in (COMPLETED, IMPORTED) and (last := self._last_lines()):
            self.facts["output"] = last  # why it went wrong is part of how
        self.run.dirty.add("metrics")
        self._write_run_json()
        self.write_views(durable=True, final=True)
        self.write_report()
        self.tsv.appender.sync()
        self.tsv.appender.close()
        files.sync_path(self.config.dir)
        if self.vscode:
            self.vscode.steps_ended()

    def _last_lines(self) -> list[str]:
        tail = self._tail()
        if not tail:  # alone, nobody hears the program's output
            return []
        from ..writers.report import gather

        lines = gather.lines_of_output(tail).splitlines()
        return [line[:OUTPUT_WIDTH] for line in lines[-OUTPUT_LINES:]]

    def saved(self) -> None:
        """The experiment is saved, or will not be: nothing more is to come."""
        if self.vscode:
            self.vscode.saved()

    def _in_pipeline(self) -> bool:
        return self.workspace is not None and self.workspace.context in ("exp-run", "repro")

    def _count_losses(self) -> None:
        waiting = self.tsv.appender.waiting.values()
        self.run.lost = sum(self.tsv.lost.values()) + sum(data.count(b"\n") for data in waiting)
        if self.run.lost:
            self.warn(f"{self.run.lost} rows of metrics could not be written and are lost.")

    # --- views -------------------------------------------------------------------------------------------

    def _path(self, name: str) -> str:
        return os.path.join(self.config.dir, name)

    def _put(self, name: str, render: Callable[[], str], durable: bool, view: str = "") -> None:
        if name in self._kept:
            self._trouble.tell(
                f"{name} in {self.config.dir} is the project's own and is left alone. "
                "Give the run a directory of its own (--dir)."
            )
            return
        if not self._trouble.tried(name, lambda: self._replace(name, render(), durable)) and view:
            self.run.dirty.add(view)

    def _replace(self, name: str, text: str, durable: bool) -> None:
        data = text.encode("utf-8", "backslashreplace")
        if not os.path.isdir(self.config.dir):  # it was removed under us
            os.makedirs(self.config.dir, exist_ok=True)
        if durable:
            files.replace(self._path(name), data, durable)
        else:
            files.swap(self._path(name), data)

    def _metrics_text(self) -> str:
        return metrics_json.render(self.run.summary(), self.run.shown_step)

    def _params_text(self) -> str:
        try:
            return params_yaml.render(self.run.params)
        except Exception:  # find the one that YAML cannot say; the others are unharmed
            for name, value in list(self.run.params.items()):
                try:
                    params_yaml.check(name, value)
                except DvcliveError as error:
                    del self.run.params[name]
                    self.warn(str(error))
            return params_yaml.render(self.run.params)

    def _write_run_json(self) -> None:
        self._put(
            outputs.RUN_JSON,
            lambda: run_json.render(self.facts, self._earlier, self._outcome),
            self._outcome is not None,
        )

    def write_report(self) -> None:
        """Write the report that the options ask for, now."""
        mode = self.config.report
        self._report_stale = False
        if mode is None:
            return
        self._put(f"report.{mode}", lambda: self._report_text(mode), durable=False)

    def _report_text(self, mode: str) -> str:
        from ..runs.recorded import Folder
        from ..writers.report import gather, html, markdown

        about = gather.About(
            self.config.exp_name or os.path.basename(self.config.dir),
            self._outcome,
            time.time_ns() // 1_000_000,
            self.facts,
            self._tail(),
            self._plot_settings,
            self._earlier_curves(),
        )
        sheet = gather.of_run(self.run, Folder(self.config.dir), about)
        return html.page(sheet) if mode == "html" else markdown.text(sheet)

    def _earlier_curves(self) -> Mapping[str, Curve]:
        """The curves of the part that this run goes on after: read once."""
        if self._curves is None:
            from . import earlier

            self._curves = earlier.curves(self.config.dir) if self._goes_on or self.config.resume else {}
        return self._curves

    def _plot_settings(self, name: str) -> Mapping[str, Any]:
        entry = self.run.plots.get(self._description.relative(self._path(name)))
        return {} if entry is None else {**entry.defaults, **entry.given}

    def show_live(self) -> None:
        """Show the run as it is, where it is shown at all."""
        live = self._live()
        if live is not None:
            live(self.run, self.config.dir, self._description.home)

    # --- trouble -----------------------------------------------------------------------------------------

    def _tell_disk(self) -> None:
        error, self.tsv.appender.error = self.tsv.appender.error, None
        reason = (error.strerror if error else None) or "the disk refuses them"
        self._trouble.tell(
            f"Rows of metrics cannot be written: {reason}. They are kept in memory and tried again.", "disk"
        )

    def _tell_rows(self) -> None:
        for name, path in self.tsv.renamed.items():
            place = os.path.relpath(path, self.config.dir)
            self._trouble.tell(
                f"The metric name {name!r} cannot be a path; its points are in {place}.", "renamed"
            )
        self.tsv.renamed.clear()
        for name in self.tsv.timestamps_dropped:
            self._trouble.tell(
                f"{name!r} began without timestamps; its file keeps its columns, later ones are left out.",
                "times",
            )
        self.tsv.timestamps_dropped.clear()
        if self.run.went_back and "back" not in self._trouble.told:
            name, before, after = self.run.went_back
            self._trouble.tell(
                f"The steps of {name!r} went back, from {before} to {after}; all points are kept.", "back"
            )

    def _check_deleted(self) -> None:
        if not self.tsv.begin_deleted() and os.path.exists(self._path(outputs.RUN_JSON)):
            return
        self._trouble.tell(
            f"Files in {self.config.dir} were removed while the run goes on; they are begun anew."
        )
        self.run.dirty |= {"metrics", "params"}
        self._description.said = ""
        self._write_run_json()
