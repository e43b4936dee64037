"""`dvclive report RUN`: the report of a run that was recorded, from its files or from Git.

What dvc.yaml says of the plots is looked for beside the run and above it, as far as its paths lead there.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
import time
from collections.abc import Mapping
from typing import Any

from .. import yamltext
from ..errors import DvcliveError
from ..runs import outputs, recorded
from ..runs.cached import Cached
from ..screens.standing import epoch
from ..writers import run_json
from ..writers.report import gather, html, markdown
from ..writers.report.sheet import Sheet
from . import showing

IMAGES = ".images"  # added to the name of a Markdown file: the folder of the images of a commit
LEVELS = 4  # folders above the run in which dvc.yaml is looked for


def report(word: str, form: str, output: str | None, cwd: str, run_dir: str) -> str:
    """Write the report of a run.

    Parameters:
        word: a directory, an experiment or a Git revision.
        form: "html" or "md".
        output: the file, relative to `cwd`; "-" for standard output; None for report.html in the run's
            directory, or for the experiment's name in `cwd`.
        run_dir: where revisions have the run.

    Returns the file's path, empty for standard output. Raises DvcliveError.
    """
    title, place = recorded.find(word, cwd, run_dir)
    showing.announce(place)
    run = recorded.read(title, place)
    told = (run_json.parse((place.read(outputs.RUN_JSON) or b"").decode("utf-8", "replace")) or [{}])[-1]
    began = epoch(told.get("start"))
    facts = {**told, "start_ms": None if began is None else int(began * 1000)}
    about = gather.About(
        title,
        run.outcome,
        time.time_ns() // 1_000_000,
        facts,
        _last_lines(place, told, facts["start_ms"]),
        _settings(place, cwd),
    )
    files = Cached(place, cwd)
    sheet = gather.of_recorded(run, files, about)
    path = output or _beside(place, title, form)
    text = html.page(sheet) if form == "html" else markdown.text(sheet, _images(place, cwd, path))
    if output == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return ""
    try:
        if form == "md" and not isinstance(place, recorded.Folder):
            _copy_images(sheet, files, os.path.join(cwd, f"{path}{IMAGES}"))
        with open(os.path.join(cwd, path), "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise DvcliveError(
            "report-failed", f"{path} cannot be written: {error.strerror}", "Give another file (--output)."
        ) from None
    return path


def _images(place: recorded.Place, cwd: str, path: str) -> str:
    """The folder of the images beside a Markdown file; those of a commit are copied there."""
    if not isinstance(place, recorded.Folder):
        return f"{os.path.basename(path)}{IMAGES}"
    start = cwd if path == "-" else os.path.dirname(os.path.join(cwd, path))
    return os.path.relpath(os.path.join(cwd, place.path, gather.IMAGES), start).replace(os.sep, "/")


def _copy_images(sheet: Sheet, place: Cached, folder: str) -> None:
    """The newest image of each picture, as the report shows it."""
    for picture in sheet.pictures[: markdown.MAX_IMAGES]:
        name = picture.shots[-1].path
        path = os.path.join(folder, *posixpath.normpath(posixpath.join("/", name)).split("/")[1:])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(place.read(f"{gather.IMAGES}/{name}") or b"")


def _last_lines(place: recorded.Place, told: Mapping[str, Any], start_ms: int | None) -> str:
    """What the program said last: more of it is in the page that `dvclive run` wrote, if it did."""
    said = told.get("output")
    lines = "\n".join(map(str, said)) if isinstance(said, list) else ""
    return html.tail_in(place.read("report.html") or b"", start_ms) or lines


def _beside(place: recorded.Place, title: str, form: str) -> str:
    if isinstance(place, recorded.Folder):
        return os.path.relpath(os.path.join(place.path, f"report.{form}"))
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', title).strip('-.') or 'report'}.{form}"


def _settings(place: recorded.Place, cwd: str) -> gather.Settings:
    """What the nearest dvc.yaml that knows of plots says of each of them."""
    here = (
        os.path.realpath(os.path.join(cwd, place.path)) if isinstance(place, recorded.Folder) else place.path
    )
    parts = [part for part in here.split("/") if part]
    for level in range(min(LEVELS, len(parts)) + 1):
        said = _plots(place.read(posixpath.join(*[".."] * level, "dvc.yaml")))
        if said:
            inside = "/".join(parts[len(parts) - level :])
            return lambda name: said.get(posixpath.join(inside, name), {})
    return lambda name: {}


def _plots(data: bytes | None) -> dict[str, Mapping[str, Any]]:
    """The plots that a dvc.yaml describes, by path."""
    if not data:
        return {}
    try:
        document = yamltext.parse(data.decode("utf-8", "replace"))
    except ValueError:
        return {}
    listed = document.get("plots") if isinstance(document, Mapping) else None
    entries = listed if isinstance(listed, list) else [listed]
    return {
        str(path): said
        for entry in entries
        if isinstance(entry, Mapping)
        for path, said in entry.items()
        if isinstance(said, Mapping)
    }
