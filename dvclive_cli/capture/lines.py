"""Bytes to lines, incrementally: line ends, refreshes, backspaces, terminal sequences, a cap on memory.

Decides what one line's text is. Must not know what the text means, nor which of a bar's refreshes counts.
"""

from __future__ import annotations

import re

MAX_LINE = 64 * 1024
"""Bytes of the longest line, or refresh, that is looked at; longer ones count as empty."""

# ECMA-48: CSI, OSC (ended by BEL or ST), other strings, two-byte escapes.
_SEQUENCE = re.compile(
    rb"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\|\Z)|[PX^_][^\x1b]*(?:\x1b\\|\Z)"
    rb"|\[[0-?]*[ -/]*\Z|[ -/]*[0-OQ-WYZ\\`-~]|\Z)"
)
# Cursor moves to another line or to the line's start: what follows is a new refresh. Erasing to the end of
# the line (K) is not: colour codes of grep and gcc carry it in mid-line.
_MOVES = frozenset(b"ABEFGHJdf")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_BINARY = frozenset(
    b"\x00\x01\x02\x03\x04\x05\x06\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1c\x1d\x1e\x1f"
)


def is_binary(line: bytes) -> bool:
    r"""Whether a line, in all that it went through, is no text; a record in it is one all the same.

    >>> is_binary(b"loss=0.5 \x00"), is_binary(b"\x00\rloss=0.5")
    (True, False)
    """
    if _BINARY.isdisjoint(line):
        return False
    if b"\r" in line:
        return all(is_binary(segment) for segment in line.split(b"\r") if segment)
    return b"@dvclive" not in line


class LineSplitter:
    """Cuts a stream into whole lines and finished refreshes of the line that is still open.

    The same lines and refreshes come out however the bytes are cut. It keeps at most MAX_LINE bytes, and the
    chunk it is given.
    """

    __slots__ = ("_pieces", "_redraws", "_size", "_skipping", "long_lines")

    def __init__(self, *, redraws: bool = True) -> None:
        self._redraws = redraws  # False: a return is a byte like any other
        self._pieces: list[bytes] = []
        self._size = 0
        self._skipping = False
        self.long_lines = 0

    def feed(self, data: bytes) -> tuple[bytes, list[bytes]]:
        r"""Take bytes; give (whole lines, each ended by a newline; refreshes finished since by a bare
        return).

        >>> LineSplitter().feed(b"a\nb")
        (b'a\n', [])
        >>> LineSplitter().feed(b"a\n 1%\r 2%\r 3%")
        (b'a\n', [b' 1%', b' 2%'])
        """
        if self._skipping:
            data = self._skip(data)
        if not self._redraws:
            return self._whole(data), []
        if b"\n" not in data and b"\r" not in data:
            returns = bool(self._pieces) and self._pieces[-1].endswith(b"\r")
            if not returns:
                self._keep(data)
                return b"", []
        if self._pieces:
            self._pieces.append(data)
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._size = 0
        cut = data.rfind(b"\n") + 1
        block, rest = (data, b"") if cut == len(data) else (data[:cut], data[cut:])
        if b"\r" not in rest:
            self._keep(rest)
            return block, []
        # Returns at the very end may yet turn out to be a part of "\r\n".
        body = rest.rstrip(b"\r")
        *done, last = body.split(b"\r")
        self._keep(last + b"\r" if len(body) < len(rest) else last)
        return block, [segment for segment in done if segment] or ([b""] if done else [])

    @property
    def is_open(self) -> bool:
        """Whether there is text after the last line end."""
        return bool(self._pieces)

    def close(self) -> bytes:
        """The text after the last line end."""
        rest = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return rest

    def _whole(self, data: bytes) -> bytes:
        cut = data.rfind(b"\n") + 1
        block = b"".join([*self._pieces, data[:cut]]) if cut else b""
        if cut:
            self._pieces.clear()
            self._size = 0
        self._keep(data[cut:])
        return block

    def _keep(self, rest: bytes) -> None:
        if not rest:
            return
        self._pieces.append(rest)
        self._size += len(rest)
        if self._size - rest.endswith(b"\r") > MAX_LINE:
            self._pieces = [b"\r"] if self._redraws and rest.endswith(b"\r") else []
            self._size = len(self._pieces)
            self._skipping = not self._pieces
            self.long_lines += 1

    def _skip(self, data: bytes) -> bytes:
        """What is left of the chunk after the rest of a line that is too long."""
        ends = [at for at in (data.find(b"\n"), data.find(b"\r") if self._redraws else -1) if at >= 0]
        if not ends:
            return b""
        self._skipping = False
        return data[min(ends) :]


def refreshes(line: bytes) -> tuple[list[bytes], int]:
    r"""The states that one line went through, the last one last, without terminal sequences; and how many
    were too long to look at (they are empty here).

    >>> refreshes(b" 1%\r\x1b[1m 2%\x1b[0m\r")
    ([b' 1%', b' 2%'], 0)
    >>> refreshes(b"acc 0.1\x08\x08\x080.2")
    ([b'acc 0.2'], 0)
    """
    states: list[bytes] = []
    too_long = 0
    for segment in line.rstrip(b"\r").split(b"\r"):
        if len(segment) > MAX_LINE:
            too_long += 1
            states.append(b"")
        elif is_binary(segment):
            states.append(b"")
        elif b"\x1b" in segment:
            states += [_plain(part) for part in _moves(segment)]
        else:
            states.append(_plain(segment))
    last = states.pop()
    return [state for state in states if state] + [last], too_long


def _moves(segment: bytes) -> list[bytes]:
    """The segment without terminal sequences, cut where the cursor moves away."""
    parts: list[bytes] = []
    text: list[bytes] = []
    at = 0
    for found in _SEQUENCE.finditer(segment):
        text.append(segment[at : found.start()])
        at = found.end()
        final = found[2]
        if final and (final[0] in _MOVES or (final == b"K" and found[1] == b"2")):
            parts.append(b"".join(text))
            text = []
    text.append(segment[at:])
    parts.append(b"".join(text))
    while len(parts) > 1 and not parts[-1]:  # "text ESC[A" before the line's end: the text is the last state
        parts.pop()
    return parts


def _plain(segment: bytes) -> bytes:
    """The segment with backspaces applied as a terminal would, and no control character but the tab."""
    if b"\x08" in segment:
        segment = _overwrite(segment)
    if _CONTROLS.search(segment):
        segment = _CONTROLS.sub(b"", segment)
    return segment


def _overwrite(segment: bytes) -> bytes:
    """A backspace moves left; what follows replaces. Cells are characters, so work on text."""
    cells: list[str] = []
    at = 0
    text = segment.decode("utf-8", "surrogateescape")
    for run in re.split("(\x08+)", text):
        if run.startswith("\x08"):
            at = max(0, at - len(run))
        else:
            cells[at : at + len(run)] = run
            at += len(run)
    return "".join(cells).encode("utf-8", "surrogateescape")
