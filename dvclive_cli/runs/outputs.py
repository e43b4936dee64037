"""The run directory: what in it is ours, and the files that single events make in it.

The list below is what a new run removes before it begins; nothing else in the directory is ever removed.
Views and rows are `session.py`'s business.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dvclive_cli import plots
from dvclive_cli.disk import files, pathnames
from dvclive_cli.errors import DvcliveError, UsageError
from dvclive_cli.events import Artifact, Event, Image, Plot, SklearnPlot
from dvclive_cli.run import PlotEntry, Run
from dvclive_cli.writers import artifacts, images, plots_json

if TYPE_CHECKING:
    from dvclive_cli.repository.workspace import Workspace

METRICS_JSON, PARAMS_YAML, RUN_JSON = "metrics.json", "params.yaml", "run.json"
METRICS, IMAGES, SKLEARN, CUSTOM = "plots/metrics", "plots/images", "plots/sklearn", "plots/custom"
ARTIFACTS = "artifacts"  # never removed: it holds copies that .dvc files point to
REPORTS = ("report.md", "report.html", "report.ipynb")

OWN_FOLDERS = (METRICS, IMAGES, SKLEARN, CUSTOM)
OWN_FILES = (METRICS_JSON, PARAMS_YAML, RUN_JSON, *REPORTS)
OWN_SUFFIX = "dvc.yaml"

EARLIER, RETURNING = ".dvclive-earlier-", ".dvclive-returning-"


def clean(folder: str, kept: frozenset[str]) -> None:
    """Remove the previous run's own outputs, except the files named in `kept`. Raises OSError."""
    import shutil

    files.remove_stale_temps(folder)
    for name in OWN_FOLDERS:
        path = os.path.join(folder, name)
        if os.path.islink(path):
            os.unlink(path)  # the link is ours to remove, what it shows is not
        elif os.path.isdir(path):
            shutil.rmtree(path)
    for name in os.listdir(folder):
        if _is_ours(name, kept):
            path = os.path.join(folder, name)
            if os.path.isfile(path) or os.path.islink(path):
                os.unlink(path)


def set_aside(folder: str, kept: frozenset[str], tag: str) -> None:
    """Put the previous run's own outputs out of the way, where `bring_back` finds them. Raises OSError.

    Parameters:
        folder: the run directory.
        kept: names of ours that belong to the user.
        tag: of this run. A second call with it, by whoever follows a killed process, takes nothing new.
    """
    files.remove_stale_temps(folder)
    aside = os.path.join(folder, EARLIER + tag)
    part = os.path.join(folder, f"{EARLIER}{tag}.part")
    if os.path.isdir(aside):
        clean(folder, kept)
        return
    if not os.path.isdir(part):
        forget_earlier(folder)  # of a run that was lost with its supervisor
    names = [*OWN_FOLDERS, *(name for name in os.listdir(folder) if _is_ours(name, kept))]
    os.makedirs(part, exist_ok=True)
    _move(names, folder, part)
    os.rename(part, aside)


def bring_back(folder: str, kept: frozenset[str], tag: str) -> None:
    """Put what `set_aside` took away in the place of what came since. Raises OSError.

    May be killed and called again at any moment, until `forget_earlier` says that it is done.
    """
    returning = os.path.join(folder, RETURNING + tag)
    if not os.path.isdir(returning):
        clean(folder, kept)
        os.rename(os.path.join(folder, EARLIER + tag), returning)
    names = [*OWN_FOLDERS, *(name for name in os.listdir(returning) if _is_ours(name, kept))]
    _move(names, returning, folder)


def abandon(folder: str, tag: str) -> None:
    """Leave the folder, of which nothing belongs to the user, as it was before `set_aside`; it goes if it is
    empty. Raises OSError.

    May be killed and called again at any moment.
    """
    if any(os.path.isdir(os.path.join(folder, prefix + tag)) for prefix in (EARLIER, RETURNING)):
        bring_back(folder, frozenset(), tag)
        forget_earlier(folder)
    for name in ("plots", ""):
        try:
            os.rmdir(os.path.join(folder, name))
        except OSError:  # there is something in it
            pass


def forget_earlier(folder: str) -> None:
    """Remove what was set aside: it is not wanted, or is back in its place."""
    import shutil

    for name in os.listdir(folder):
        if name.startswith((EARLIER, RETURNING)):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def _is_ours(name: str, kept: frozenset[str]) -> bool:
    return (name in OWN_FILES or name.endswith(OWN_SUFFIX)) and name not in kept


def _move(names: list[str], source: str, target: str) -> None:
    import shutil

    for name in names:
        path, place = os.path.join(source, name), os.path.join(target, name)
        if not os.path.lexists(path):
            continue
        if os.path.isdir(place) and not os.path.islink(place):
            shutil.rmtree(place)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.rename(path, place)


def users_own(folder: str) -> frozenset[str]:
    """Files in `folder` that carry a name of ours and belong to the user.

    A project's own folder (`--dir .`) holds the user's params.yaml and dvc.yaml before we ever wrote there.
    """
    project = any(os.path.lexists(os.path.join(folder, name)) for name in (".git", ".dvc"))
    if not project:
        return frozenset()
    names = {name for name in os.listdir(folder) if name.endswith(OWN_SUFFIX)}
    if not os.path.exists(os.path.join(folder, RUN_JSON)):
        names |= {name for name in (METRICS_JSON, PARAMS_YAML) if os.path.lexists(os.path.join(folder, name))}
    return frozenset(names)


class Outputs:
    """Makes the files that single events ask for.

    Parameters:
        folder: the run directory, absolute.
        run: told of each plot and artifact, for dvc.yaml.
        cwd: relative paths in events start here.
        relative: a path as dvc.yaml says it.
        workspace: where data are tracked; called when something is to be tracked, and may take a second.
        warn: told what did not work, and why.

    Attributes:
        tracked: files that DVC wrote for tracked data (.dvc, .gitignore); they belong into the experiment.
        made: events taken; refused: those of them that could not be carried out.
    """

    def __init__(
        self,
        folder: str,
        run: Run,
        *,
        cwd: str,
        relative: Callable[[str], str],
        workspace: Callable[[], Workspace | None],
        warn: Callable[[str], None],
    ) -> None:
        self.folder, self.run, self.cwd = folder, run, cwd
        self.relative, self.workspace, self.warn = relative, workspace, warn
        self.tracked: list[str] = []
        self.made = self.refused = 0

    def make(self, event: Event) -> None:
        """Carry out one event; a failure is told and does not stop the run."""
        self.made += 1
        try:
            if isinstance(event, Image):
                self._image(event)
            elif isinstance(event, Plot):
                self._plot(event)
            elif isinstance(event, SklearnPlot):
                self._sklearn(event)
            elif isinstance(event, Artifact):
                self._artifact(event)
        except DvcliveError as error:
            self.refused += 1
            self.warn(str(error))
        except OSError as error:
            self.refused += 1
            what = type(event).__name__.lower()
            self.warn(f"The {what} could not be written: {error.strerror or error}: {error.filename or ''}.")
        except Exception as error:  # third-party code on the user's data; the run goes on
            self.refused += 1
            self.warn(
                f"The {type(event).__name__.lower()} could not be made: {type(error).__name__}: {error}."
            )

    def _image(self, event: Image) -> None:
        source = self._from_cwd(event.source)
        name = images.image_name(event.name, source)
        stem, suffix = os.path.splitext(name)
        path = pathnames.safe_join(os.path.join(self.folder, IMAGES), stem, suffix)
        if isinstance(source, str) and os.path.realpath(source) == os.path.realpath(path):
            return  # the program wrote it in its place itself
        self._put(path, images.render(name, source))

    def _plot(self, event: Plot) -> None:
        source = event.source
        if isinstance(source, str):
            rows: Any = plots_json.read_table(self._from_cwd(source))
        else:
            rows = source
        plots_json.check_columns(rows, (event.x, *event.y))
        if not event.y:
            raise UsageError("plot-data", f"Plot {event.name!r} has no y", "Name one or more columns.")
        path = self._plot_path(CUSTOM, event.name)
        self._put(path, plots_json.render(rows).encode())
        y: Any = str(event.y[0]) if len(event.y) == 1 else [str(name) for name in event.y]
        given = {
            "template": event.template,
            "x": str(event.x),  # a number here would blank `dvc exp show`
            "y": y,
            "title": event.title,
            "x_label": event.x_label,
            "y_label": event.y_label,
        }
        self._describe(path, given, {"template": "linear"})

    def _sklearn(self, event: SklearnPlot) -> None:
        kind = plots.plot_kind(event.kind)
        labels = plots_json.read_values(self._from_cwd(event.labels))
        predictions = plots_json.read_values(self._from_cwd(event.predictions))
        data = plots.compute(event.kind, labels, predictions, event.options)
        path = self._plot_path(SKLEARN, event.name or event.kind)
        self._put(path, plots_json.render(data).encode())
        given = {"title": event.title, "x_label": event.x_label, "y_label": event.y_label}
        self._describe(path, given, kind.axes(event.normalized))

    def _plot_path(self, place: str, name: str) -> str:
        return pathnames.safe_join(
            os.path.join(self.folder, place), name.removesuffix(".json"), plots_json.SUFFIX
        )

    def _describe(self, path: str, given: dict[str, Any], defaults: dict[str, Any]) -> None:
        said = {key: value for key, value in given.items() if value is not None}
        self.run.plots[self.relative(path)] = PlotEntry(said, defaults)

    def _artifact(self, event: Artifact) -> None:
        path = os.path.join(self.cwd, event.path)
        if not os.path.lexists(path):
            raise UsageError(
                "artifact-missing", f"{event.path} does not exist", "Give an existing file or folder."
            )
        if event.copy:
            path = artifacts.copy(path, os.path.join(self.folder, ARTIFACTS))
        described = artifacts.metadata(event)
        if event.name or described:
            try:
                name = artifacts.artifact_name(event)
            except UsageError as error:
                self.warn(str(error))
            else:
                self.run.artifacts[name] = {"path": self.relative(path), **described}
        if event.cache:
            self.track(path)

    def track(self, path: str) -> None:
        """Have DVC track a file or folder. Raises DvcliveError."""
        workspace = self.workspace()
        if workspace is None:
            return
        from dvclive_cli.repository import tracking  # DVC is behind it

        result = tracking.track(workspace, path)
        for note in result.notes:
            self.warn(note)
        self.tracked += [file for file in result.files if file not in self.tracked]

    def _from_cwd(self, source: Any) -> Any:
        return os.path.join(self.cwd, source) if isinstance(source, (str, os.PathLike)) else source

    def _put(self, path: str, data: bytes) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.replace(path, data)
