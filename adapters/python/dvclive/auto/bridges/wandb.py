"""wandb: `log`, `config`, `summary`, images, charts, artifacts and saved files of each run.

A point has the step that wandb gives it: the one that was passed, else the run's own count of rows; where
`define_metric` names another metric as the step, that one's value. What wandb would drop for a step that goes
back is kept, at its step.
"""

from __future__ import annotations

import fnmatch
import os
import sys

from ...convert import PLAIN
from .. import patching
from . import alone, charts
from .hear import beside
from .told import Runs, Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .told import Scalar

TRACKER = "wandb"
ABOUT = ("project", "name", "group", "job_type", "tags", "notes")
FOLDERS = ("WANDB_DATA_DIR", "WANDB_ARTIFACT_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR")
"""Where wandb keeps copies of artifacts, beside the folder of a run."""

_told = Runs(TRACKER)
_runs: dict[str, _Run] = {}  # by wandb's name for them
_owners: dict[int, tuple[Any, _Run]] = {}  # by configuration or summary, which is kept from being another's
_files: dict[int, tuple[Any, list[str]]] = {}  # what was added to an artifact


def patch(module: Any) -> None:
    """What a program calls of wandb, of its runs and of what they hold."""
    change = None
    if alone.is_wanted():
        _keep_to_itself(module)
        change = _disabled
    beside(module, "init", _began, TRACKER, change)
    sdk = module.sdk
    disabled = sys.modules.get("wandb.sdk.lib.noop_run")
    run = sdk.wandb_run.Run
    for name, tell in METHODS.items():
        like = getattr(run, name, None)
        for kind in (run, getattr(disabled, "NoopRun", None)):
            passed = PASSED.get(name)
            beside(kind, name, _of_run(tell), TRACKER, like=like, passed=passed)
    for name in ("update", "setdefaults", "update_locked", "__setitem__", "__setattr__"):
        beside(sdk.wandb_config.Config, name, _configured, TRACKER, passed=_configured_elsewhere)
    beside(sdk.wandb_summary.SummaryDict, "update", _summarised, TRACKER)
    noop = getattr(sys.modules.get("wandb.sdk.lib.disabled"), "SummaryDisabled", None)
    for name in ("__setitem__", "__setattr__"):
        beside(noop, name, _summary_item, TRACKER)
    beside(noop, "update", _summarised, TRACKER, like=_update)
    for name in ("add_file", "add_dir"):
        beside(module.Artifact, name, _added, TRACKER)


def _update(self: Any, d: Any = (), **more: Any) -> None:
    """The signature of `dict.update`."""


class _Run:
    """What a run of wandb counts and defines.

    Parameters:
        run: wandb's.
    """

    def __init__(self, run: Any) -> None:
        self.id = str(run.id)
        self.step = int(getattr(run, "starting_step", 0) or 0)
        self.axes: list[tuple[str, str]] = []  # patterns of names, and the metric that is their step
        self.at: dict[str, Any] = {}  # the last values of metrics that are steps
        self.to_save: list[str] = []
        self._config: dict[str, Any] = {}

    @property
    def told(self) -> Told | None:
        """Where it is logged."""
        return _told.told(self.id)

    def log(self, arguments: dict[str, Any]) -> None:
        """`log(data, step, commit)`."""
        data, at = arguments["data"], self.count(arguments)
        self.at.update((axis, data[axis]) for _, axis in self.axes if axis in data)
        told = self.told
        if told is not None:
            row: list[Scalar] = []
            for name, value in data.items():
                with patching.guarded(f"The bridge from {TRACKER} cannot log {name!r}"):
                    row += _scalars(told, name, value, self._at(name, at))
            told.row(row)

    def count(self, arguments: dict[str, Any]) -> int:
        """The step of a row; the run's own goes on."""
        step, commit = arguments.get("step"), arguments.get("commit")
        at = self.step if step is None else int(step)
        self.step = max(self.step, at)
        if commit or (step is None and commit is None):
            self.step += 1
        return at

    def _at(self, name: str, at: int) -> int:
        for pattern, axis in reversed(self.axes):
            if name != axis and fnmatch.fnmatchcase(name, pattern):
                value = self.at.get(axis)
                try:
                    return int(value) if value == int(value) else at  # type: ignore[arg-type]
                except (TypeError, ValueError, OverflowError):
                    return at
        return at

    def configured(self, config: Any) -> dict[str, Any]:
        """What is new in the configuration."""
        before, self._config = self._config, dict(config.items())
        return {name: value for name, value in self._config.items() if before.get(name, self) is not value}

    def define(self, arguments: dict[str, Any]) -> None:
        """`define_metric(name, step_metric)`."""
        axis = arguments.get("step_metric")
        axis = getattr(axis, "name", axis)
        if axis:
            self.axes.append((str(arguments["name"]).replace("[", "[[]"), str(axis)))

    def save(self, arguments: dict[str, Any]) -> None:
        """`save(glob_str, base_path, policy)`: the files as they are when the run ends."""
        if not self.to_save:
            import atexit

            atexit.register(self.finish, {})
        if arguments.get("glob_str"):
            self.to_save.append(os.path.abspath(os.fspath(arguments["glob_str"])))

    def log_artifact(self, arguments: dict[str, Any]) -> None:
        """`log_artifact(artifact_or_path, name, type, aliases)`."""
        told, thing = self.told, arguments["artifact_or_path"]
        if told is None:
            return
        labels = [str(alias) for alias in arguments.get("aliases") or ()]
        if isinstance(thing, (str, os.PathLike)):
            told.artifact(thing, type=arguments.get("type"), name=arguments.get("name"), labels=labels)
            return
        paths = _files.pop(id(thing), (None, []))[1]
        about = {"type": thing.type, "desc": thing.description, "meta": thing.metadata, "labels": labels}
        for number, path in enumerate(paths, 1):
            name = str(thing.name).partition(":")[0]
            told.artifact(path, name=name if number == 1 else f"{name}-{number}", **about)

    def log_model(self, arguments: dict[str, Any]) -> None:
        """`log_model(path, name, aliases)`."""
        told = self.told
        if told is not None:
            labels = [str(alias) for alias in arguments.get("aliases") or ()]
            told.artifact(arguments["path"], type="model", name=arguments.get("name"), labels=labels)

    def finish(self, arguments: dict[str, Any]) -> None:
        """`finish()`: what was to be saved is."""
        import glob

        told = self.told
        if told is not None:
            for path in sorted({path for pattern in self.to_save for path in glob.glob(pattern)}):
                told.artifact(path)
        self.to_save.clear()


METHODS: dict[str, Callable[[_Run, dict[str, Any]], None]] = {
    "log": _Run.log,
    "define_metric": _Run.define,
    "save": _Run.save,
    "log_artifact": _Run.log_artifact,
    "upsert_artifact": _Run.log_artifact,
    "log_model": _Run.log_model,
    "finish": _Run.finish,
}


def _of_run(tell: Callable[[_Run, dict[str, Any]], None]) -> Callable[[Any, dict[str, Any]], None]:
    def told(result: Any, arguments: dict[str, Any]) -> None:
        tell(_known(arguments["self"]), arguments)

    return told


PASSED: dict[str, Callable[[dict[str, Any]], object]] = {
    "log": lambda arguments: _known(arguments["self"]).count(arguments),
    "define_metric": lambda arguments: _known(arguments["self"]).define(arguments),
}
"""What counts for the program's own rows, of what a framework tells wandb and its shim us."""


def _known(run: Any) -> _Run:
    """The run, of which we hear perhaps for the first time."""
    key = str(run.id)
    known = _runs.get(key)
    if known is None:
        _told.began(key)
        known = _runs[key] = _Run(run)
        for part in (run.config, run.summary):
            _owners[id(part)] = (part, known)
    return known


def _began(run: Any, arguments: dict[str, Any]) -> None:
    """`init`: a run, perhaps one that goes on."""
    if run is None:
        return
    if alone.is_wanted():
        _make_folder(run)
    known = _known(run)
    told = known.told
    if told is not None:
        told.params(known.configured(run.config))
        told.about(TRACKER, {name: arguments.get(name) for name in ABOUT})


def _configured(result: Any, arguments: dict[str, Any]) -> None:
    config = arguments["self"]
    owner = _owners.get(id(config))
    if owner is not None:
        new, told = owner[1].configured(config), owner[1].told
        if told is not None:
            told.params(new)


def _configured_elsewhere(arguments: dict[str, Any]) -> None:
    """By a framework, whose shim logs the same."""
    config = arguments["self"]
    owner = _owners.get(id(config))
    if owner is not None:
        owner[1].configured(config)


def _summarised(result: Any, arguments: dict[str, Any]) -> None:
    part, path = arguments["self"], ""
    while id(part) not in _owners:  # values inside a value
        inside = object.__getattribute__(part, "__dict__")
        if "_parent" not in inside:
            return
        part, path = inside["_parent"], f"{inside['_parent_key']}/{path}"
    told = _owners[id(part)][1].told
    if told is not None:
        told.summary({**dict(arguments["d"]), **arguments.get("more", {})}, path)


def _summary_item(result: Any, arguments: dict[str, Any]) -> None:
    part, key, value = arguments.values()
    _summarised(result, {"self": part, "d": {key: value}})


def _added(result: Any, arguments: dict[str, Any]) -> None:
    """A file or folder for an artifact, which is logged later."""
    artifact = arguments["self"]
    path = arguments.get("local_path")
    if path is not None:
        _files.setdefault(id(artifact), (artifact, []))[1].append(os.path.abspath(os.fspath(path)))


# --- what values are ---------------------------------------------------------------------------------------


def _scalars(told: Told, name: str, value: Any, at: int) -> Iterator[Scalar]:
    """What may be points in one value of a row; all else is logged."""
    if type(value) in PLAIN:
        yield name, value, at
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _scalars(told, f"{name}/{key}", item, at)
    elif isinstance(value, (list, tuple)):
        for number, path in enumerate(path for item in value for path in _picture(item)):
            told.image(name, path, at, str(number))
    elif _is(value, "Image"):
        for path in _picture(value):
            told.image(name, path, at)
    elif _is(value, "CustomChart"):
        charts.log(told, name, value)
    elif _is(value, "Scored"):
        charts.score(told, name, value)
    elif getattr(value, "__name__", "") == "matplotlib.pyplot":
        told.image(name, value.gcf(), at)
    else:
        yield from told.scalars(name, value, at)


def _is(value: Any, kind: str) -> bool:
    return any(
        base.__name__ == kind and base.__module__.partition(".")[0] in (TRACKER, "dvclive")
        for base in type(value).__mro__
    )


def _picture(value: Any) -> Iterator[Any]:
    """The file of a wandb image; the stand-in's has what it was made of."""
    if _is(value, "Image"):
        path = getattr(value, "_path", None)
        if path is not None:
            yield path
        elif getattr(value, "picture", None) is not None:
            yield value.picture


# --- --bridge-only -----------------------------------------------------------------------------------------


def _keep_to_itself(module: Any) -> None:
    """wandb's own way to do nothing, whatever the program or its children ask for."""
    os.environ["WANDB_MODE"] = "disabled"
    for name in FOLDERS:
        os.environ[name] = alone.folder()
    patching.around(module, "login", lambda original: lambda *args, **kwargs: True)


def _disabled(arguments: dict[str, Any]) -> None:
    arguments["mode"] = "disabled"


def _make_folder(run: Any) -> None:
    """Scripts put files into the run's folder, which a disabled run names but does not have."""
    if not os.path.isdir(run.dir):
        import atexit

        os.makedirs(run.dir)
        atexit.register(_remove_folder, os.getpid(), os.path.dirname(run.dir))


def _remove_folder(pid: int, folder: str) -> None:
    if pid != os.getpid():
        return
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.rmdir(os.path.dirname(folder))
    except OSError:  # other runs have theirs in it
        pass
