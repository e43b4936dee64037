"""The line of one run put together: its terminal, its memory, its words."""

from __future__ import annotations

import time

from .board import Board
from .line import Line, wanted
from .wording import Looks, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def line(outs: list[int], started_ms: int, environ: Mapping[str, str]) -> Line | None:
    """A line on the first of `outs`, what the program writes to, that is a terminal; None where none fits."""
    out = next((fd for fd in outs if wanted(fd, outs, environ)), None)
    if out is None:
        return None
    looks = Looks(colours=not environ.get("NO_COLOR"), unicode=_speaks_unicode(environ))
    board = Board.create()

    def text(columns: int) -> str:
        now_ms = int(time.time() * 1000)
        return words(board.said(), (now_ms - started_ms) / 1000, now_ms, columns, looks=looks)

    return Line(out, board, text)


def _speaks_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the terminal takes UTF-8, as the locale has it; where nothing is said, as Python has it."""
    said = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "C.UTF-8"
    return "utf" in said.lower()
