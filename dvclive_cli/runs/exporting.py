"""`dvclive export`, and the summary that CI shows at the end of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ..errors import DvcliveError
from ..export import Recorded, render
from . import recorded

MAX_SUMMARY = 1 << 20  # bytes; GitHub refuses a step's summary beyond 1 MiB


def export(words: Mapping[str, str | None], cwd: str) -> int:
    """`dvclive export` from its words (run, dir, form, compare, output) to its exit status."""
    try:
        run_dir = words["dir"] or ""
        form = words["form"] or "markdown"
        run, base = _read(words["run"] or run_dir, words["compare"], cwd, run_dir, form == "csv")
        text = render(run, form, base)
        if words["output"]:
            _write(os.path.join(cwd, words["output"]), text, "w")
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
    except DvcliveError as error:
        sys.stderr.write(f"dvclive: {error}\n")
        return error.exit_code
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def write_summary(path: str, run_dir: str, title: str, compare: str | None, cwd: str) -> str | None:
    """Append the run's Markdown to a file such as $GITHUB_STEP_SUMMARY.

    Parameters:
        path: of the file, relative to `cwd`.
        run_dir: the run, absolute.
        title: for the heading.
        compare: a directory, experiment or revision; one without a run is said, and left out.

    Returns:
        What the user should know, None for nothing.

    Raises DvcliveError.
    """
    note = None
    run = recorded.read(title, recorded.Folder(run_dir))
    base: Recorded | None = None
    if compare:
        try:
            base = recorded.read(*recorded.find(compare, cwd, run_dir, but=title))
        except DvcliveError as error:
            note = f"The summary compares with nothing: {error}"
    text = render(run, "markdown", base)
    data = text.encode()
    if len(data) > MAX_SUMMARY:
        text = f"{data[: MAX_SUMMARY - 100].decode('utf-8', 'ignore')}\n\n... cut off.\n"
    _write(os.path.join(cwd, path), text + "\n", "a")
    return note


def _read(
    word: str, compare: str | None, cwd: str, run_dir: str, rows: bool
) -> tuple[Recorded, Recorded | None]:
    """The run and the one to compare with. `rows`: of the run, every point is wanted."""
    kept = sys.maxsize if rows else recorded.WHOLE_BYTES
    run = recorded.read(*recorded.find(word, cwd, run_dir), whole=kept)
    base = recorded.read(*recorded.find(compare, cwd, run_dir, but=word)) if compare else None
    return run, base


def _write(path: str, text: str, mode: str) -> None:
    try:
        with open(path, mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DvcliveError(
            "export-failed", f"{path} cannot be written: {error.strerror}", "Give another file."
        ) from None
