"""`Live`: what a program calls to log a run.

Decides what a call means: checks arguments and turns values into plain ones. The run that it logs to is that
of `opened.py`; how it is recorded is not known here (`recording.py` is the contract).
"""

from __future__ import annotations

import os
import time

from . import convert, env, messages, opened, pictures, place
from .dvc import get_dvc_repo
from .error import SKLEARN_KINDS, InvalidDataTypeError, InvalidImageNameError, InvalidPlotTypeError
from .summary import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Literal

    from .recording import Point

    StrPath = str | os.PathLike[str]

__all__ = ["Live", "get_dvc_repo"]  # get_dvc_repo: accelerate's tests replace it here


class Live(opened.OpenRun):
    """A run being logged: metrics, parameters, plots, images and artifacts, saved as a DVC experiment at
    the end.

    Parameters:
        dir: directory of the run's files; made if need be, and emptied of an earlier run's own files.
        resume: go on after the last completed step of an earlier run in `dir`.
        report: also write report.html ("html") or report.md ("md"); "notebook" writes report.html and shows
            it in the cell's output, renewed in place; "auto" is "notebook" inside a notebook, else "html".
        save_dvc_exp: save a DVC experiment in `end()`. DVC does it itself inside its pipelines; without
            Git, or a first commit, there is none.
        dvcyaml: path of the dvc.yaml that tells DVC about the run's files; None or False for none.
        cache_images: keep images in DVC's cache instead of in Git.
        exp_name: name of the experiment; else `DVC_EXP_NAME`, else a generated one.
        exp_message: message of the experiment's commit.
        monitor_system: record CPU, memory, disk and GPU: `monitor_system()`.

    Raises:
        InvalidReportModeError, InvalidDvcyamlError: for such a `report` or `dvcyaml`.
        DvcLiveError: the directory cannot be written.

    Example:
        >>> from dvclive import Live
        >>> with Live("doctest-run", save_dvc_exp=False, dvcyaml=None) as live:  # doctest: +SKIP
        ...     live.log_param("lr", 0.1)
        ...     for loss in (0.5, 0.25):
        ...         live.log_metric("train/loss", loss)
        ...         live.next_step()
    """

    def __init__(
        self,
        dir: StrPath = place.DEFAULT_DIR,  # noqa: A002 - DVCLive's own name
        resume: bool = False,
        report: Literal["auto", "html", "md", "notebook"] | None = None,
        save_dvc_exp: bool = True,
        dvcyaml: StrPath | bool | None = "dvc.yaml",
        cache_images: bool = False,
        exp_name: str | None = None,
        exp_message: str | None = None,
        monitor_system: bool = False,
    ) -> None:
        super().__init__(
            place.directory(os.fspath(dir), os.environ),
            resume=bool(resume) or env.is_on(os.environ.get(env.DVCLIVE_RESUME)),
            report=place.report_mode(report),
            dvcyaml=place.dvcyaml_path(dvcyaml),
            options={
                "save_dvc_exp": bool(save_dvc_exp),
                "cache_images": bool(cache_images),
                "exp_name": str(exp_name) if exp_name else None,
                "exp_message": exp_message,
            },
        )
        if monitor_system:
            self.monitor_system()

    # --- values ---------------------------------------------------------------------------------------------

    def log_metric(self, name: str, val: Any, timestamp: bool = False, plot: bool = True) -> None:
        """Log one value of a metric at the current step: a row of plots/metrics/<name>.tsv.

        Parameters:
            name: of the metric; `/` groups metrics.
            val: an int, float, str or bool; also what holds one such value: numpy scalars, 0-d arrays,
                tensors, Decimal, Fraction.
            timestamp: also write the time, in epoch milliseconds.
            plot: False keeps it out of the file: only the latest value is kept, in metrics.json.

        Raises:
            InvalidDataTypeError: for another type of `val`.
        """
        text = None
        if type(val) not in convert.PLAIN:
            val, text = convert.scalar(name, val)
        if type(name) is not str:
            name = _name(name)
        self._note(name, val, plot)
        self._recording.metric(name, val, text, _now_ms() if timestamp else None, plot)

    def log_metrics(self, metrics: Mapping[str, Any], timestamp: bool = False, plot: bool = True) -> None:
        """Log several metrics at the current step; under `dvclive run` it costs little more than one.

        Parameters:
            metrics: value by name.
            timestamp, plot: as in `log_metric`.

        Raises:
            InvalidDataTypeError: a value cannot be logged; then none is.
        """
        self._log_points(
            [(_name(name), *convert.scalar(name, val)) for name, val in metrics.items()], timestamp, plot
        )

    def _log_points(self, points: Sequence[Point], timestamp: bool = False, plot: bool = True) -> None:
        for name, val, _ in points:
            self._note(name, val, plot)
        if points:
            self._recording.metrics(points, _now_ms() if timestamp else None, plot)

    def _note(self, name: str, val: Any, plot: bool) -> None:
        """A metric has this value now."""
        summary = self._summary
        summary.known[name] = val
        if plot:  # a value for the summary alone is of the whole run: it begins no step
            self._fresh = True
        if summary.tree is not None:
            put(summary.tree, name, val)

    def log_param(self, name: str, val: Any) -> None:
        """Log one parameter into params.yaml.

        Parameters:
            name: of the parameter.
            val: a number, text, boolean or None, and lists and dicts of these; also numpy values, paths,
                enumerations, dataclasses and namespaces.

        Raises:
            InvalidParameterTypeError: for anything else; what was logged before is unharmed.
        """
        self.log_params({name: val})

    def log_params(self, params: Mapping[str, Any] | Iterable[tuple[str, Any]] | Any) -> None:
        """Log parameters into params.yaml.

        Parameters:
            params: a dict, a namespace, a dataclass, or any iterable of names and values.

        Raises:
            InvalidParameterTypeError: as `log_param`; then none of them is logged.
        """
        plain = convert.params(params)
        if plain:
            self._params.update(plain)
            self._recording.params(plain)

    def log_image(self, name: str, val: Any) -> None:
        """Write a picture to plots/images/<name>, in the place of an earlier one of that name.

        Parameters:
            name: ends in .jpg, .jpeg, .gif or .png; for a path, its suffix serves. Use
                `f"x/{live.step}.png"` to keep one a step.
            val: an array of shape (H, W) or (H, W, channels), integers 0-255 or floats 0-1; a Matplotlib
                figure (closed afterwards); a PIL image; a path.

        Raises:
            InvalidImageNameError: for another suffix.
            InvalidDataTypeError: for another type of `val`.
        """
        source: Any = val
        if isinstance(val, (str, os.PathLike)):
            source = os.path.abspath(os.fspath(val))
        elif not (pictures.is_figure(val) or pictures.is_pil(val) or pictures.is_array(val)):
            raise InvalidDataTypeError(name, val, "Log an array, a Matplotlib figure, a PIL image or a path.")
        full = pictures.picture_name(_name(name), source)
        if full is None:
            raise InvalidImageNameError(name)
        self._recording.image(full, source)
        pictures.close_figure(val)

    # --- plots ----------------------------------------------------------------------------------------------

    def log_plot(
        self,
        name: str,
        datapoints: Any = None,
        x: Any = None,
        y: Any = None,
        template: str | None = "linear",
        title: str | None = None,
        x_label: str | None = None,
        y_label: str | None = None,
        **legacy: Any,
    ) -> None:
        """Write a plot of your own to plots/custom/<name>.json.

        `log_plot(kind, labels, predictions)`, from before 2.0, still makes a scikit-learn plot.

        Parameters:
            name: of the plot.
            datapoints: a list of dicts, a data frame, or an array (its columns are then "0", "1", ...).
            x: the column for the horizontal axis.
            y: the column for the vertical axis, or a list of them.
            template: one of DVC's plot templates: linear, simple, scatter, smooth, ...
            title, x_label, y_label: texts in the plot.

        Raises:
            InvalidDataTypeError: `datapoints` is none of these.
            InvalidPlotTypeError: without `y`, `name` is no scikit-learn plot.
        """
        if y is None:
            self._legacy_plot(name, datapoints, x, legacy, title=title, x_label=x_label, y_label=y_label)
            return
        if legacy:
            raise TypeError(f"Live.log_plot() got an unexpected keyword argument {next(iter(legacy))!r}")
        if x is None:
            raise TypeError("Live.log_plot() missing 1 required positional argument: 'x'")
        columns = tuple(str(column) for column in y) if isinstance(y, (list, tuple)) else (str(y),)
        looks = _looks(template=template, title=title, x_label=x_label, y_label=y_label)
        self._recording.plot(_name(name), convert.rows(datapoints), str(x), columns, looks)

    def _legacy_plot(
        self, kind: str, labels: Any, predictions: Any, options: dict[str, Any], **looks: Any
    ) -> None:
        labels = options.pop("labels", labels)
        predictions = options.pop("predictions", predictions)
        if labels is None or predictions is None:
            missing = "predictions" if kind in SKLEARN_KINDS else "y"
            raise TypeError(f"Live.log_plot() missing a required argument: {missing!r}")
        if kind not in SKLEARN_KINDS:
            raise InvalidPlotTypeError(kind)
        import warnings

        warnings.warn(
            f"log_plot({kind!r}, labels, predictions) is now log_sklearn_plot({kind!r}, labels, predictions)",
            DeprecationWarning,
            stacklevel=3,
        )
        self.log_sklearn_plot(kind, labels, predictions, **looks, **options)

    def log_sklearn_plot(
        self,
        kind: Literal["calibration", "confusion_matrix", "det", "precision_recall", "roc"] | str,
        labels: Any,
        predictions: Any,
        name: str | None = None,
        title: str | None = None,
        x_label: str | None = None,
        y_label: str | None = None,
        normalized: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Write a scikit-learn plot to plots/sklearn/<name>.json.

        Parameters:
            kind: calibration, confusion_matrix, det, precision_recall or roc.
            labels: the true classes, one a sample.
            predictions: as many predicted classes (confusion_matrix), else probabilities or scores.
            name: of the plot; `kind` if not given.
            title, x_label, y_label: texts in the plot; scikit-learn's words if not given.
            normalized: show a confusion matrix in parts of each row.
            kwargs: for the scikit-learn function.

        Raises:
            InvalidPlotTypeError: for another kind.
            InvalidDataTypeError: labels or predictions are no list or array.
        """
        if kind not in SKLEARN_KINDS:
            raise InvalidPlotTypeError(kind)
        shown = None if name is None else _name(name)
        if shown is not None and shown.endswith(".json"):
            shown = shown[: -len(".json")]
        about: dict[str, Any] = _looks(name=shown or None, title=title, x_label=x_label, y_label=y_label)
        if normalized:
            about["normalized"] = True
        if kwargs:
            about["options"] = {key: convert.param(value) for key, value in kwargs.items()}
        true, guessed = convert.values("labels", labels), convert.values("predictions", predictions)
        self._recording.sklearn(kind, true, guessed, about)

    # --- artifacts ------------------------------------------------------------------------------------------

    def log_artifact(
        self,
        path: StrPath,
        type: str | None = None,  # noqa: A002 - DVCLive's own name
        name: str | None = None,
        desc: str | None = None,
        labels: list[str] | None = None,
        meta: dict[str, Any] | None = None,
        copy: bool | None = False,
        cache: bool | None = True,
    ) -> None:
        """Track a file or folder with DVC, and describe it in dvc.yaml if any of its description is given.

        Parameters:
            path: an existing file or folder.
            type: "model", "dataset", ...: models show in the model registry.
            name: of the artifact; the path's last part without suffix if not given.
            desc: a description.
            labels: words to find it by.
            meta: anything else about it, by name.
            copy: track a copy in `artifacts_dir` instead of `path` itself.
            cache: False does not store the data with DVC.

        Raises:
            InvalidDataTypeError: `path` is no path.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise InvalidDataTypeError(str(path), path, "Give the path of a file or folder.")
        about: dict[str, Any] = _looks(type=type, name=name, desc=desc)
        if labels:
            about["labels"] = [str(label) for label in ([labels] if isinstance(labels, str) else labels)]
        if meta:
            about["meta"] = convert.params(meta)
        if copy:
            about["copy"] = True
        if not cache:
            about["cache"] = False
        self._recording.artifact(os.path.abspath(os.fspath(path)), about)

    def cache(self, path: StrPath) -> None:
        """Store a file or folder with DVC (`dvc add`), and say nothing of it in dvc.yaml.

        Parameters:
            path: an existing file or folder.
        """
        self.log_artifact(path)

    # --- the machine --------------------------------------------------------------------------------------

    def monitor_system(
        self,
        interval: float = 0.05,
        num_samples: int = 20,
        directories_to_monitor: dict[str, str] | None = None,
    ) -> None:
        """Record CPU, memory, disk and GPU use (`system/...`) until the end of the run.

        Parameters:
            interval: seconds between two samples, at most 0.1.
            num_samples: how many are averaged into one point, 1 to 30.
            directories_to_monitor: folder by name, for the use of its disk; {"main": "/"} if not given.

        Raises:
            ValueError: a name holds anything but letters, digits, spaces, `_`, `-` and `.`.
        """
        directories = {"main": "/"} if directories_to_monitor is None else dict(directories_to_monitor)
        for key in directories:
            if not key or not all(char.isalnum() or char in "_-. " for char in key):
                raise ValueError(
                    f"Keys for `directories_to_monitor` should be a valid name, but got '{key}'."
                )
        if interval > 0.1:
            messages.warn(
                "System monitoring `interval` should be less than 0.1 seconds. "
                "Setting `interval` to 0.1 seconds."
            )
            interval = 0.1
        if not 1 <= num_samples <= 30:
            num_samples = min(max(int(num_samples), 1), 30)
            messages.warn(
                "System monitoring `num_samples` should be between 1 and 30. "
                f"Setting `num_samples` to {num_samples}."
            )
        self._recording.monitor(interval, num_samples, directories)

    # --- metrics.json read back ---------------------------------------------------------------------------

    def read_step(self) -> int:
        """The step that metrics.json says; 0 where it says none."""
        step = self.read_latest().get("step", 0)
        return step if isinstance(step, int) else 0

    def read_latest(self) -> dict[str, Any]:
        """What metrics.json says; empty where there is none."""
        import json

        try:
            with open(self.metrics_file, encoding="utf-8") as file:
                latest = json.load(file)
        except (OSError, ValueError):
            return {}
        return latest if isinstance(latest, dict) else {}

    # --- the same in other words --------------------------------------------------------------------------

    def make_summary(self) -> None:
        """Write metrics.json now."""
        self.sync()

    def make_dvcyaml(self) -> None:
        """Write dvc.yaml now."""
        self.sync()

    def make_report(self) -> None:
        """Write the report now."""
        self.sync()

    def save_dvc_exp(self) -> None:
        """Save the experiment, which finishes the run: `end()`."""
        self.end()

    def post_data_to_studio(self) -> None:
        """Have Studio see the run as it is now; where a token is set this happens by itself, too."""
        self._show()

    def log(self, name: str, val: Any) -> None:
        """`log_metric`, as it was called before 1.0."""
        self.log_metric(name, val)

    def set_step(self, step: int) -> None:
        """`live.step = step`, as it was called before 2.0."""
        self.step = step

    def get_step(self) -> int:
        """`live.step`, as it was called before 2.0."""
        return self._step


def _name(name: Any) -> str:
    """A name as text; it must say something."""
    text = name if type(name) is str else os.fsdecode(name) if isinstance(name, os.PathLike) else str(name)
    if not text:
        raise InvalidDataTypeError("name", name, "Give a name.")
    return text


def _looks(**given: Any) -> dict[str, Any]:
    return {key: str(value) for key, value in given.items() if value is not None}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
