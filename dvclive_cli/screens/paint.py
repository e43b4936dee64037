"""Styled lines on a terminal in colours (rich), elsewhere as plain text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TextIO

from . import text

STYLES = {
    text.TITLE: "bold",
    text.DIM: "dim",
    text.GOOD: "green",
    text.BAD: "red",
    text.WARN: "yellow",
    **dict(zip(text.CURVES, ("cyan", "magenta", "yellow", "green", "blue", "red"), strict=True)),
}
NARROWEST, PLAIN_WIDTH = 30, 100


def columns(file: TextIO, wanted: int | None) -> int:
    """How wide lines may be: as wanted, else as the terminal is, else 100."""
    if wanted is not None:
        return max(NARROWEST, wanted)
    try:
        return max(NARROWEST, os.get_terminal_size(file.fileno()).columns)
    except (OSError, ValueError):
        return PLAIN_WIDTH


def speaks_unicode(file: TextIO) -> bool:
    """Whether the file can take braille."""
    return (file.encoding or "").lower().replace("-", "").startswith("utf")


def show(lines: Iterable[text.Line], file: TextIO, environ: Mapping[str, str], size: int) -> None:
    """Print the lines; on a terminal in colours, and cut to its width."""
    if not file.isatty():
        shown = "".join(f"{text.plain(line)}\n" for line in lines)
        encoding = file.encoding or "utf-8"
        file.write(shown.encode(encoding, "replace").decode(encoding))
    else:
        file.write("".join(f"{line}\n" for line in coloured(lines, environ, size)))
    file.flush()


def coloured(lines: Iterable[text.Line], environ: Mapping[str, str], size: int) -> list[str]:
    """Each line with the terminal's codes for its styles; none with NO_COLOR (no-color.org)."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return [text.plain(text.cut(line, size)) for line in lines]
    from rich.style import Style

    styles = {name: Style.parse(style) for name, style in STYLES.items()}
    return [
        "".join(
            styles[part.style].render(part.text) if part.style else part.text for part in text.cut(line, size)
        )
        for line in lines
    ]
