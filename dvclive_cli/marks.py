"""Markdown that hostile text cannot leave: escaping, tables, links. GitHub's and GitLab's dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def clean(value: object) -> str:
    """A value as one line of printable text."""
    return "".join(char if char.isprintable() else " " for char in str(value))


def escaped(value: object) -> str:
    """Text that Markdown takes as text, in a table cell too."""
    return re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", clean(value))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> list[str]:
    """The lines of a table; every cell but the headings is escaped. `right`: columns that are flush right."""
    rule = ["---:" if index in right else "---" for index in range(len(head))]
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(rule)} |"]
    lines += [f"| {' | '.join('' if cell is None else escaped(cell) for cell in row)} |" for row in rows]
    return lines


def link(path: str) -> str:
    """The path of a file as a link's target, within `<` and `>`."""
    return "<" + re.sub(r"[<>%\\]", lambda found: f"%{ord(found[0]):02X}", clean(path)) + ">"
