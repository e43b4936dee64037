"""A terminal to look at: pyte, an emulator in this process, and what a person finds on its screen."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyte


class Seen(NamedTuple):
    """All that was ever on a screen and not erased, line by line with its colours; in which line and column
    the cursor is; and how what is printed next will look."""

    lines: list[Any]
    cursor: tuple[int, int]
    looks: Any

    def text(self) -> list[str]:
        """The lines without colours."""
        return ["".join(char.data for char in line) for line in self.lines]


class Emulator:
    """A terminal.

    Parameters:
        driver: do what a terminal's driver makes of newlines (ONLCR), where there is no driver.
    """

    def __init__(self, rows: int = 24, columns: int = 80, *, driver: bool = True) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=100_000)
        self.stream = pyte.ByteStream(self.screen)
        self.driver = driver

    def write(self, data: bytes) -> None:
        """A program's bytes."""
        self.stream.feed(data.replace(b"\n", b"\r\n") if self.driver else data)

    def draw(self, data: bytes) -> None:
        """Bytes of the line."""
        assert b"\n" not in data
        self.stream.feed(data)

    def cleared(self) -> None:
        """What has gone out at the top counts no longer."""
        self.screen.history.top.clear()

    def seen(self) -> Seen:
        """The screen, and what has gone out at its top."""
        screen = self.screen
        above = [self._line(row) for row in screen.history.top]
        lines = above + [self._line(screen.buffer[row]) for row in range(screen.lines)]
        while lines and not lines[-1]:
            lines.pop()
        return Seen(lines, (len(above) + screen.cursor.y, screen.cursor.x), screen.cursor.attrs)

    def _line(self, row: Any) -> list[Any]:
        default = self.screen.default_char  # a blank has no colour but that of its background
        line = [row[column] for column in range(self.screen.columns)]
        line = [default if char.data == " " and char.bg == default.bg else char for char in line]
        while line and line[-1] == default:
            line.pop()
        return line
