"""report.md: the run as a pull request shows it, with its images beside it."""

from __future__ import annotations

from collections.abc import Iterator

from dvclive_cli import marks
from dvclive_cli.export import render

from .sheet import Picture, Sheet

MAX_IMAGES = 40
OPEN_OUTPUT_LINES = 20


def text(sheet: Sheet) -> str:
    """The report's text."""
    return "\n".join([render(sheet.run, "markdown"), *_images(sheet), *_output(sheet)])


def _images(sheet: Sheet) -> Iterator[str]:
    if not sheet.pictures:
        return
    yield "#### Images\n"
    for picture in sheet.pictures[:MAX_IMAGES]:
        yield _image(picture)
    if len(sheet.pictures) > MAX_IMAGES:
        yield f"... and {len(sheet.pictures) - MAX_IMAGES} more images.\n"


def _image(picture: Picture) -> str:
    """The newest one of a picture's steps."""
    path = picture.shots[-1].path
    return f"{marks.escaped(path)}\n\n![{marks.escaped(path)}]({marks.link('plots/images/' + path)})\n"


def _output(sheet: Sheet) -> Iterator[str]:
    """The last lines of a program that did not end well."""
    outcome = sheet.run.outcome
    if not sheet.tail or outcome is None or outcome.status == "completed":
        return
    yield "<details><summary>The last lines of output</summary>\n"
    for line in sheet.tail.split("\n")[-OPEN_OUTPUT_LINES:]:
        yield f"    {marks.clean(line)}"  # indented code: nothing in it ends it
    yield "\n</details>\n"
