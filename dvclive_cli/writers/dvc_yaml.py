"""dvc.yaml: tells DVC where the run's metrics, plots, params and artifacts are.

The file belongs to the user. It is read again under a lock before every change; comments, unknown keys,
other entries and the user's own settings on our entries stay; nothing is written when nothing changes. Our
entries are known by their path inside the run directory. A new file, and one that only we have written, need
no parser.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dvclive_cli import yamltext
from dvclive_cli.disk import files
from dvclive_cli.errors import DvcliveError
from dvclive_cli.events import Json
from dvclive_cli.run import PlotEntry
from dvclive_cli.yamltext import Edit

OWN_FILES = ("metrics.json", "run.json", "params.yaml", "plots/metrics", "plots/images")
OWN_FOLDERS = ("plots/metrics/", "plots/images/", "plots/sklearn/", "plots/custom/")
LOCK_PATIENCE = 2.0  # seconds; the lock is held for milliseconds


class Wanted(NamedTuple):
    """What dvc.yaml is to say, every path posix and relative to it.

    `prefix`: the run directory ("" when dvc.yaml lies in it). `artifacts`: entries with `path` by name.
    """

    prefix: str
    metrics: tuple[str, ...]
    plots: Mapping[str, PlotEntry]
    params: tuple[str, ...]
    artifacts: Mapping[str, Mapping[str, Json]]


def update(path: str, wanted: Wanted, final: bool) -> bool:
    """Bring dvc.yaml at `path` up to date; True when it was changed.

    Parameters:
        path: the file; a symbolic link is followed.
        final: also remove entries of ours whose file is not there any more. Left for the end of a run, so
            that a repeated run does not take entries out and put them back.

    Raises DvcliveError `dvcyaml-invalid` for a file that does not parse (it is left alone), and OSError.
    """
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    lock = _lock(folder)
    try:
        files.remove_stale_temps(folder)
        try:
            with open(path, encoding="utf-8", newline="") as file:
                old = file.read()
        except FileNotFoundError:
            old = ""
        except UnicodeDecodeError as error:
            raise _invalid(path, f"it is not UTF-8 (byte {error.start})") from None

        def gone(entry: str) -> bool:
            return final and not os.path.exists(os.path.join(folder, entry))

        new = merged(old, wanted, gone, path)
        if new == old:
            return False
        files.replace(path, new.encode(), durable=True)
        return True
    finally:
        if lock >= 0:
            os.close(lock)


def _lock(folder: str) -> int:
    """Hold the folder against other runs that write the same dvc.yaml; -1 when a run holds it all along."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return -1
    until = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until and not _runs_in(folder):
                time.sleep(0.01)
                continue
        except OSError:  # NFS
            pass
        else:
            return fd
        os.close(fd)
        return -1


def _runs_in(folder: str) -> bool:
    # A run whose directory is this very folder holds it for hours (`--dir .`); most often it is our own.
    return os.path.exists(os.path.join(folder, "run.json"))


def merged(old: str, wanted: Wanted, gone: Callable[[str], bool], path: str = "dvc.yaml") -> str:
    """The new text; `old` itself when it already says what is wanted. `gone` tells what to remove."""
    if not old.strip() or old == fresh(wanted):
        return fresh(wanted)
    document = _document(old, path)
    edits = [
        _edit_paths("metrics", document.get("metrics") or [], wanted.metrics, wanted.prefix, gone),
        _edit_plots(document.get("plots") or [], wanted, gone),
        _edit_paths("params", document.get("params") or [], wanted.params, wanted.prefix, gone),
        _edit_artifacts(document.get("artifacts") or {}, wanted.artifacts),
    ]
    edits = [edit for edit in edits if edit]
    return yamltext.edited(old, document, edits) if edits else old


def fresh(wanted: Wanted) -> str:
    """The text of a dvc.yaml that says this and nothing else, its sections in DVC's own order."""
    sections = {
        "metrics": list(wanted.metrics),
        "plots": [_plot_entry(path, plot) for path, plot in wanted.plots.items()],
        "params": list(wanted.params),
        "artifacts": wanted.artifacts,
    }
    return yamltext.emit({name: section for name, section in sections.items() if section})


def _document(old: str, path: str) -> Any:
    try:
        document = yamltext.parse(old)
    except yamltext.BadYamlError as error:
        raise _invalid(path, str(error)) from None
    if document is None:  # nothing but comments
        document = yamltext.parse("{}")
    if not isinstance(document, dict):
        raise _invalid(path, "line 1: it holds no mapping")
    lines: Any = document.lc  # type: ignore[attr-defined]
    for name, kind in (("metrics", list), ("plots", list), ("params", list), ("artifacts", dict)):
        if not isinstance(document.get(name), (kind, type(None))):
            line = lines.key(name)[0] + 1
            raise _invalid(path, f"line {line}: `{name}` is no {'list' if kind is list else 'mapping'}")
    return document


def _invalid(path: str, reason: str) -> DvcliveError:
    return DvcliveError(
        "dvcyaml-invalid",
        f"{path} cannot be read, {reason}; it is left as it is and does not show this run",
        "Mend it; the next run adds its entries.",
    )


def _ours(path: object, prefix: str) -> bool:
    """Whether a path is one of the run directory's own outputs, whole parts compared."""
    if not isinstance(path, str):
        return False
    path = path.rstrip("/").removeprefix("./")
    if prefix:
        if not path.startswith(f"{prefix}/"):
            return False
        path = path[len(prefix) + 1 :]
    return path in OWN_FILES or path.startswith(OWN_FOLDERS)


def _edit_paths(
    section: str, present: list[Any], paths: tuple[str, ...], prefix: str, gone: Callable[[str], bool]
) -> Edit:
    removed = [
        index
        for index, entry in enumerate(present)
        if _ours(entry, prefix) and entry not in paths and gone(entry)
    ]
    return Edit(section, frozenset(removed), {}, [path for path in paths if path not in present])


def _edit_plots(present: list[Any], wanted: Wanted, gone: Callable[[str], bool]) -> Edit:
    removed: set[int | str] = set()
    replaced: dict[int | str, Json] = {}
    missing = dict(wanted.plots)
    for index, entry in enumerate(present):
        settings = entry if isinstance(entry, dict) else {entry: None}
        kept = {
            path: said
            for path, said in settings.items()
            if not _ours(path, wanted.prefix) or path in wanted.plots or not gone(path)
        }
        new = {path: _settings(said, missing.pop(path, None)) for path, said in kept.items()}
        if not new:
            removed.add(index)
        elif new != settings:
            replaced[index] = new
    added = [_plot_entry(path, plot) for path, plot in missing.items()]
    return Edit("plots", frozenset(removed), replaced, added)


def _settings(said: Any, plot: PlotEntry | None) -> Any:
    """The user's settings win over our defaults; what the program said wins over both."""
    if plot is None or not (plot.defaults or plot.given):
        return said
    new = {**(said or {})}
    for key, value in plot.defaults.items():
        new.setdefault(key, value)
    new.update(plot.given)
    return new


def _plot_entry(path: str, plot: PlotEntry) -> Json:
    settings = _settings(None, plot)
    return {path: settings} if settings else path


def _edit_artifacts(present: Mapping[str, Any], artifacts: Mapping[str, Mapping[str, Json]]) -> Edit:
    replaced: dict[int | str, Json] = {}
    added: dict[str, Json] = {}
    for name, wanted in artifacts.items():
        said = present.get(name)
        if not isinstance(said, dict):
            added[name] = dict(wanted)
        elif said != {**said, **wanted}:
            replaced[name] = {**said, **wanted}
    return Edit("artifacts", frozenset(), replaced, added)
