"""The run that a `Live` has open: where it is, its step and summary, its beginning, its end, and its going on
after that.

Decides what begins and completes a step, and when the recording is opened and closed. Does not know what can
be logged (`live.py`), nor how it is recorded (`recording.py` is the contract).
"""

from __future__ import annotations

import os

from . import convert, env, lifecycle, messages, place
from .error import DvcLiveError, InvalidDataTypeError
from .recording import COMPLETED, Apart, Ending, NotRecording, Recording, Silent
from .summary import Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Any, TypeVar

    Self = TypeVar("Self", bound="OpenRun")


class OpenRun:
    """A run, opened by its construction.

    Parameters:
        directory: of its files, absolute.
        resume: go on after the last completed step of an earlier run there.
        report: None, "md", "html", or "notebook": "html", shown in the cell that runs us.
        dvcyaml: absolute path of the dvc.yaml to write, None for none.
        options: what else the recording is told: save_dvc_exp, cache_images, exp_name, exp_message.
    """

    _recording: Recording
    _summary: Summary
    _params: dict[str, Any]  # as DVCLive 3.x calls them
    _step = 0
    _stepped = False  # the program counts steps
    _fresh = False  # something was logged in this step
    _unbegun = False  # ended after `next_step`: `_step` went back to the last completed one
    _inside_with = False
    _ended = False
    _cell: Any = None  # of a notebook, which shows the report
    _test_dir: Any = None
    _apart = False  # from the run of `dvclive run` around us

    def __init__(
        self,
        directory: str,
        *,
        resume: bool,
        report: str | None,
        dvcyaml: str | None,
        options: Mapping[str, Any],
    ) -> None:
        self._dir, self._report, self._dvcyaml = directory, report, dvcyaml
        self._options = dict(options)
        if report == "notebook":
            from .notebook import Cell

            self._report = "html"
            self._cell = Cell(os.path.join(directory, "report.html"))
        if env.is_on(os.environ.get(env.DVCLIVE_TEST)):
            self._use_test_dir()
        self._open(resume)

    def _use_test_dir(self) -> None:
        """A directory of its own for each run, no repository: for tests of programs (`DVCLIVE_TEST`)."""
        import tempfile

        self._test_dir = tempfile.TemporaryDirectory(prefix="dvclive-test-")
        self._dir = os.path.realpath(self._test_dir.name)
        self._report = self._dvcyaml = None
        self._options["save_dvc_exp"] = False

    def _open(self, resume: bool, ended: Recording | None = None) -> None:
        for other in lifecycle.others(self._dir):
            other._finish(Ending(COMPLETED))  # a cell run again, a sweep without end(): one run at a time
        options = {
            "dir": self._dir,
            "resume": resume,
            "report": self._report,
            "dvcyaml": self._dvcyaml,
            **self._options,
        }
        if self._test_dir is not None:
            recording = place.alone(options, in_repository=False)
        elif self._apart:
            recording = place.apart(options, os.environ)
        else:
            recording = place.recording(options, os.environ)
        try:
            try:
                start = recording.open() if ended is None else recording.reopen(ended)
            except Apart:
                self._apart = True
                recording = place.apart(options, os.environ)
                start = recording.open()
        except NotRecording as error:
            messages.warn(str(error))
            recording = Silent("")
            start = recording.open()
        except OSError as error:
            raise DvcLiveError(f"{self._dir} cannot be written: {error}") from error
        except Exception as error:
            if not hasattr(error, "slug"):  # the engine's own: a fact and what to do
                raise
            raise DvcLiveError(str(error)) from error
        self._recording = recording
        self._dir = start.dir or self._dir
        self._step = start.step
        self._stepped = start.step > 0
        self._summary = Summary(start.summary, start.step - 1 if self._stepped else None)
        self._params = start.params
        lifecycle.add(self)

    # --- what the run is ------------------------------------------------------------------------------------

    @property
    def dir(self) -> str:
        """The run's directory, absolute."""
        return self._dir

    @property
    def params_file(self) -> str:
        """Path of params.yaml."""
        return os.path.join(self._dir, "params.yaml")

    @property
    def metrics_file(self) -> str:
        """Path of metrics.json."""
        return os.path.join(self._dir, "metrics.json")

    @property
    def dvc_file(self) -> str:
        """Path of the dvc.yaml that is written, or would be."""
        return self._dvcyaml or os.path.abspath("dvc.yaml")

    @property
    def plots_dir(self) -> str:
        """Directory of the plots: metrics, images, sklearn, custom."""
        return os.path.join(self._dir, "plots")

    @property
    def artifacts_dir(self) -> str:
        """Directory of the copies that `log_artifact(copy=True)` makes."""
        return os.path.join(self._dir, "artifacts")

    @property
    def report_file(self) -> str | None:
        """Path of the report; None where none is written."""
        return os.path.join(self._dir, f"report.{self._report}") if self._report else None

    @property
    def step(self) -> int:
        """The current step, from 0; set it, or count it with `next_step()`."""
        return self._step

    @step.setter
    def step(self, step: int) -> None:
        value, _ = convert.scalar("step", step)
        if isinstance(value, str) or value != int(value):
            raise InvalidDataTypeError("step", step, "A step is a whole number.")
        self._step = int(value)
        self._stepped = self._fresh = True
        self._unbegun = False
        self._recording.step(self._step)

    @property
    def summary(self) -> dict[str, Any]:
        """The latest values, nested by `/`. Change it, or put another in its place: metrics.json follows."""
        return self._summary.shown()

    @summary.setter
    def summary(self, summary: dict[str, Any]) -> None:
        self._summary.replace(summary)

    @property
    def _exp_name(self) -> str | None:
        return self._recording.exp_name

    @_exp_name.setter
    def _exp_name(self, name: str) -> None:
        rename = getattr(self._recording, "rename", None)
        if rename is not None:
            rename(name)

    # --- steps and views ------------------------------------------------------------------------------------

    def next_step(self) -> None:
        """End the current step: metrics.json and dvc.yaml are written, the step goes up by one.

        The files are written when it returns; under `dvclive run` within half a second.
        """
        self._send_summary()
        self._summary.stamp(self._step)
        self._recording.next_step()
        if self._cell is not None:
            self._cell.renew()
        self._step += 1
        self._stepped = True
        self._fresh = False

    def sync(self) -> None:
        """Write metrics.json, dvc.yaml and the report now."""
        self._send_summary()
        if self._stepped:
            self._summary.stamp(self._step)
            if not self._fresh:  # the step that has begun is shown, though nothing is logged in it yet
                self._fresh = True
                self._recording.step(self._step)
        self._recording.sync()
        if self._cell is not None:
            self._cell.renew()

    def _show(self) -> None:
        """Let the views follow, as after a step: loggers of frameworks are told no end of a step."""
        self._send_summary()
        self._recording.show()
        if self._cell is not None:
            self._cell.renew()

    def _send_summary(self) -> None:
        if self._summary.tree is not None:
            changes = self._summary.changes(messages.warn_once)
            if changes:
                self._recording.summary(changes)

    # --- the end --------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Finish the run: everything is written, the experiment saved. Inside `with`, its end does this."""
        if not self._inside_with:
            self._finish(Ending(COMPLETED))

    def _finish(self, ending: Ending) -> None:
        if self._ended:
            return
        self._ended = True
        recording = self._recording
        try:
            self._send_summary()
            if self._stepped:
                self._unbegun = not self._fresh
                self._step -= self._unbegun  # the last step that was completed
                self._summary.stamp(self._step)
            recording.close(ending)
            if self._cell is not None:
                self._cell.renew()
        finally:
            lifecycle.remove(self)
            self._recording = _AfterEnd(self, recording)
        if env.is_on(os.environ.get(env.DVCLIVE_OPEN)) and self.report_file:
            import webbrowser

            webbrowser.open(f"file://{self.report_file}")

    def _reopen(self, closed: Recording) -> Recording:
        """Go on after `end()`: some trainers evaluate, and log, once they have ended the run.

        The next `end()`, or the end of the program, saves the experiment again in its own place.
        """
        step, stepped, summary = self._step + self._unbegun, self._stepped, self._summary
        self._open(resume=True, ended=closed)
        self._summary = summary
        if stepped:
            self.step = step
        self._ended = False
        return self._recording

    def __enter__(self: Self) -> Self:
        self._inside_with = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._inside_with = False
        self._finish(lifecycle.ending_of(exc_value))

    # --- copies ---------------------------------------------------------------------------------------------

    def __copy__(self: Self) -> Self:
        return self

    def __deepcopy__(self: Self, memo: object) -> Self:
        return self  # trainers copy their callbacks; it is still one run

    def __reduce__(self) -> Any:
        return _pickled, (type(self), self._dir, self._report, self._dvcyaml)


class _AfterEnd(Recording):
    """In the place of a recording that was closed: opens it again when something is logged."""

    def __init__(self, run: OpenRun, closed: Recording) -> None:
        self._run = run
        self._closed = closed

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        if name in ("busy", "close", "exp_name", "rename"):
            return getattr(self._closed, name)
        return getattr(self._run._reopen(self._closed), name)


def _pickled(kind: type[OpenRun], directory: str, report: str | None, dvcyaml: str | None) -> OpenRun:
    """A run that was sent to another process: it knows its paths there, and records nothing."""
    run = kind.__new__(kind)
    run._dir, run._report, run._dvcyaml, run._options = directory, report, dvcyaml, {}
    run._summary, run._params = Summary({}, None), {}
    run._recording = Silent(
        f"This Live came from another process, which records {directory}: what is logged here is not "
        "recorded. Return the values to that process and log them there."
    )
    return run
