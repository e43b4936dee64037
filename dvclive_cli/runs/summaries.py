"""The summary that CI shows at the end of a run: where it goes, and its Markdown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import env
from ..errors import DvcliveError

if TYPE_CHECKING:
    from ..export import Recorded

MAX_SUMMARY = 1 << 20  # bytes; GitHub refuses a step's summary beyond 1 MiB


def tell_ci(
    run_dir: str, title: str, chosen: str | None, compare: str | None, environ: Mapping[str, str]
) -> str | None:
    """Append a run's summary to the file that CI shows, where there is one.

    Parameters:
        run_dir: the run, absolute.
        title: for the heading.
        chosen: the file, relative to the current directory, or "none"; None for GitHub's of this step.
        compare: a directory, experiment or revision; one without a run is said, and left out.
        environ: tells GitHub's file.

    Returns what the user should know, None for nothing.
    """
    path = chosen or environ.get(env.GITHUB_STEP_SUMMARY)
    if path in (None, "", "none"):
        return None
    try:
        text, note = _summary(run_dir, title, compare)
        write(os.path.abspath(path), text, "a")
    except DvcliveError as error:
        return str(error)
    return note


def _summary(run_dir: str, title: str, compare: str | None) -> tuple[str, str | None]:
    """The Markdown, and what to say of it."""
    from ..export import render
    from . import recorded

    note = None
    run = recorded.read(title, recorded.Folder(run_dir))
    base: Recorded | None = None
    if compare:
        try:
            base = recorded.read(*recorded.find(compare, os.getcwd(), run_dir, but=title))
        except DvcliveError as error:
            note = f"The summary compares with nothing: {error}"
    text = render(run, "markdown", base)
    data = text.encode()
    if len(data) > MAX_SUMMARY:
        text = f"{data[: MAX_SUMMARY - 100].decode('utf-8', 'ignore')}\n\n... cut off.\n"
    return text + "\n", note


def write(path: str, text: str, mode: str) -> None:
    """Write or append a text. Raises DvcliveError."""
    try:
        with open(path, mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DvcliveError(
            "export-failed", f"{path} cannot be written: {error.strerror}", "Give another file."
        ) from None
