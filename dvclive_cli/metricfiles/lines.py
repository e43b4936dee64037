"""Bytes of a text file to whole lines, and the count of what could not be read."""

from __future__ import annotations

MAX_LINE = 1 << 20  # bytes; a longer line is no record that anybody plots, and must not fill memory
_BOM = b"\xef\xbb\xbf"


class Lines:
    """Cuts bytes into lines. `number` is the number of the line given last, from 1; `long` counts lines over
    1 MiB, which are left out."""

    def __init__(self) -> None:
        self.number = 0
        self.long = 0
        self._rest = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; the lines that they finish, without their ends. A line left out is an empty one."""
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._keep(data)
            return []
        lines = (self._rest + whole).split(b"\n")
        if self._dropping:
            lines[0], self._dropping = b"", False
        self._rest = b""
        self._keep(rest)
        return [self._text(line) for line in lines]

    def close(self) -> list[str]:
        """The last line, where no newline ends it."""
        rest, self._rest = self._rest, b""
        return [self._text(rest)] if rest and not self._dropping else []

    def _keep(self, data: bytes) -> None:
        if self._dropping:
            return
        self._rest += data
        if len(self._rest) > MAX_LINE:
            self._rest, self._dropping = b"", True
            self.long += 1

    def _text(self, line: bytes) -> str:
        if len(line) > MAX_LINE:
            self.long += 1
            line = b""
        return line.removeprefix(_BOM).removesuffix(b"\r").decode("utf-8", "replace")


class Faults:
    """What could not be read: each reason once, with the line where it was first seen, and how often."""

    MOST = 20

    def __init__(self) -> None:
        self._seen: dict[str, list[int]] = {}

    def add(self, line: int, reason: str) -> None:
        """One more of these."""
        if reason in self._seen:
            self._seen[reason][1] += 1
        elif len(self._seen) < self.MOST:
            self._seen[reason] = [line, 1]

    def told(self, long_lines: int, capped: int) -> dict[str, int]:
        """Texts for the user, and counts; with the lines that were too long, and the points too many."""
        told = {f"line {line}: {reason}": count for reason, (line, count) in self._seen.items()}
        if long_lines:
            told["a line is longer than 1 MiB and was left out"] = long_lines
        if capped:
            told["points were left out: the file has too many series"] = capped
        return told
