"""Where the program has left the terminal's cursor, as far as its bytes tell, and whether a line fits below.

What is on the screen is not kept, only what has to be known to draw a line under the program's text and take
it away again: how many of its rows may lie below the cursor, whether its text stands right of it, and whether
the cursor waits at the margin. Where the bytes leave that open there is no place: a line that is missing for
a while harms nobody. Values only; knows no terminal and no metric.

Sequences are those of ECMA-48 and xterm's ctlseqs. A program is a stream until it puts the cursor into a row
of the screen, or does what is not understood here. When it has printed a screenful of lines after that it is
a stream again: whatever it had put on the screen has then gone out at the top.
"""

from __future__ import annotations

import re

MAX_ROW = 8192  # bytes of one row of text that are looked at; bars with colours take about 500
MAX_REST = 4096  # bytes of a sequence that has not ended; longer ones are pictures

# Without effect on where the cursor stands: colours, erasing to the right, titles, links, notes to the
# terminal (but iTerm's pictures, 1337), and modes of the keyboard, the mouse and the cursor's looks.
_HARMLESS = re.compile(
    rb"\x1b(?:\[[0-9;:]*[mK]|\](?!1337)[^\x07\x1b]*(?:\x07|\x1b\\)|[=>]|\[\?(?:1|5|8|12|25|100\d|101[56]|2004)[hl])"
)
_SEQUENCE = re.compile(
    rb"\x1b(?:\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    rb"|(?P<string>[\]PX^_])[^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|(?P<open>(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z)"
    rb"|(?P<escape>[ -/]*[0-~]))"
)
_COLOURS = re.compile(rb"\x1b\[([0-9;:]*)m")
_BACKGROUND = re.compile(rb"\x1b\[(?:[0-9;:]*[;:])?(?:4[0-8]|10[0-7])[;:m]")
_ERASED = re.compile(rb"\x08|\x1b\[\d*K")
_ODD = re.compile(rb"([\x0b\x0c\x0e\x0f\x18\x1a]|\xc2[\x80-\x9f])")  # xterm takes C1 controls as UTF-8, too
_INVISIBLE = re.compile("[\x00-\x07\x10-\x1f\x7f]")

_SCREENS = (b"47", b"1047", b"1049")
# Private modes in which nothing is drawn: how they are called here, and whether they are that while set.
_MODES = {
    b"6": ("origin", True),
    b"7": ("no wrap", False),
    b"69": ("margins", True),
    b"2026": ("pause", True),
}


class Place:
    """Room for a line.

    Attributes:
        below: rows below the cursor that may hold the program's text; the line goes under them.
        scroll: the terminal may have to scroll to have such a row.
        behind: the program's text may stand right of the cursor.
        edge: the character in the last column where the cursor waits behind it to wrap; empty elsewhere.
    """

    __slots__ = ("behind", "below", "edge", "scroll")

    def __init__(self, below: int = 0, *, scroll: bool = True, behind: bool = False, edge: str = "") -> None:
        self.below, self.scroll, self.behind, self.edge = below, scroll, behind, edge

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"Place({self.below}, scroll={self.scroll}, behind={self.behind}, edge={self.edge!r})"


class Cursor:
    """Follows the bytes of one terminal.

    Parameters:
        rows, columns: of the terminal.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self._rest = b""  # of a sequence that has not ended
        self._in_string = False  # of a long one
        self._set: set[str] = set()  # modes in which nothing is drawn
        self._main: tuple[int, int, int, int | None, int] | None = None  # where the other screen was entered
        self._begin()

    def _begin(self) -> None:
        self._row = b""  # the text in the cursor's row since it was at `_from`
        self._from = (0, 0)  # columns, at least and at most
        self._behind = False
        self._below = 0
        self._tinted = False  # there was a background, which fills what is erased and what scrolls in
        self._blank = False  # nothing was printed since all was erased
        self._top: int | None = None  # the screen's row that the cursor is in at most; None: nobody knows
        self._streamed = self.rows  # lines since the program did more than print them

    def resized(self, rows: int, columns: int) -> None:
        """The terminal has another size; some of them wrap their rows anew then."""
        self._below = self._below * (1 + self.columns // max(1, columns))
        short = self._span()[1] < min(columns, self.columns)  # a row that fits before and after stays
        streams = self._streamed >= self.rows
        self.rows, self.columns = rows, columns
        self._streamed = rows if streams else 0
        self._top = None
        if not short:
            self._somewhere()

    def newline(self) -> None:
        """The cursor went to the start of the next row, and not by the program's bytes."""
        if not self._rest:
            self._print(b"\n")

    def anew(self) -> None:
        """What stood below is of no account any more: others have written there."""
        self._below, self._behind = 0, False

    # --- what is known -----------------------------------------------------------------------------------

    def place(self) -> Place | None:
        """Where a line fits now; None where it might hurt."""
        if self._set or self._rest or self._in_string:
            return None
        streams = self._streamed >= self.rows
        down = self._below + 1
        if down > self.rows // 2 or not (streams or self._fits(down)):
            return None
        row = self._row
        try:
            text = _HARMLESS.sub(b"", row).decode()
        except UnicodeDecodeError as error:
            if error.end == len(error.object) and error.reason == "unexpected end of data":
                return None  # in the middle of a character
            text = _HARMLESS.sub(b"", row).decode(errors="replace")
        low, high = _advance(text, *self._from, self.columns)
        edge = ""
        if high >= self.columns:
            edge = text[-1:]
            if low < self.columns or not _is_narrow(edge) or not row.endswith(edge.encode()):
                return None
        behind = self._behind or _ERASED.search(row) is not None
        return Place(self._below, scroll=streams, behind=behind, edge=edge)

    def _fits(self, down: int) -> bool:
        return self._top is not None and self._top + self._wraps(self._row) + down < self.rows

    def _wraps(self, data: bytes) -> int:
        """How many rows more than its lines the text takes at most: characters have two columns or fewer."""
        return 2 * len(data) // self.columns

    # --- bytes -------------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take in what the program has written."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._in_string:
            data = self._skip_string(data)
        if data.endswith(b"\xc2"):  # perhaps a C1 control
            data, self._rest = data[:-1], b"\xc2"
        self._tinted = "background" in self._set
        if b"\x1b" not in data:
            self._plain(data)
            return
        self._tinted = self._tinted or _BACKGROUND.search(data) is not None
        if b"\x1b" not in _HARMLESS.sub(b"", data):
            self._colours(data)
            self._plain(data)
        else:
            self._sequences(data)

    def _sequences(self, data: bytes) -> None:
        at = 0
        for found in _SEQUENCE.finditer(data):
            self._plain(data[at : found.start()])
            at = found.end()
            if found["open"] is not None:
                self._keep(found[0])
            elif _HARMLESS.fullmatch(found[0]):
                self._colours(found[0])
                self._plain(found[0])
            else:
                self._obey(found)
        self._plain(data[at:])

    def _keep(self, rest: bytes) -> None:
        if len(rest) <= MAX_REST:
            self._rest = rest
            return
        self._in_string = rest[1:2] != b"["
        self._rest = b"\x1b" if self._in_string and rest.endswith(b"\x1b") else b""
        self._unsure()

    def _skip_string(self, data: bytes) -> bytes:
        end = re.search(rb"\x07|\x1b\\", data)
        if end is None:
            self._rest = b"\x1b" if data.endswith(b"\x1b") else b""
            return b""
        self._in_string = False
        return data[end.end() :]

    def _plain(self, data: bytes) -> None:
        """Text, single controls, and sequences that are harmless."""
        if not data or self._main is not None:
            return
        if _ODD.search(data) is None:
            self._print(data)
            return
        for piece in _ODD.split(data):
            if piece == b"\x0e":
                self._set.add("shift")
            elif piece == b"\x0f":
                self._set.discard("shift")
            elif piece in (b"\x0b", b"\x0c"):
                self._down()
            elif _ODD.fullmatch(piece):
                self._unsure()
            elif piece:
                self._print(piece)

    def _print(self, data: bytes) -> None:
        self._blank = False
        lines = data.count(b"\n")
        if lines:
            wraps = self._wraps(self._row + data) if self._top is not None else 0
            self._behind = self._below >= lines or self._tinted
            self._below = max(0, self._below - lines)
            self._from, self._row = (0, 0), data[data.rfind(b"\n") + 1 :]
            self._fall(lines + wraps, lines)
        else:
            self._row += data
        before, back, after = self._row.rpartition(b"\r")
        if back:
            self._behind = self._behind or bool(before) or self._from != (0, 0)
            self._from, self._row = (0, 0), after
            if self._top is not None:
                self._fall(self._wraps(before), 0)
        if len(self._row) > MAX_ROW:
            self._somewhere()

    def _fall(self, most: int, lines: int) -> None:
        """The cursor went down by so many rows at most, of which so many by new lines."""
        if self._top is not None:
            self._top = min(self.rows - 1, self._top + most)
        if self._streamed < self.rows:
            self._streamed += lines
            if self._streamed >= self.rows:
                self._below, self._top, self._behind = 0, None, self._tinted

    # --- sequences ---------------------------------------------------------------------------------------

    def _obey(self, found: re.Match[bytes]) -> None:
        final, between = found["final"], found["between"]
        if found["string"] is not None:
            self._unsure()  # a picture: how many rows it takes is not known
        elif found["escape"] is not None:
            self._escape(found["escape"])
        elif between:
            if between + final == b"!p":  # the soft reset
                self._set.clear()
            elif between in (b"$", b"*", b"'") and final != b"p":
                self._unsure()
        elif final in b"hl":
            self._mode(found["parameters"], final == b"h")
        elif self._main is None:
            self._control(found["parameters"], final)

    def _escape(self, escape: bytes) -> None:
        if escape == b"c":  # the terminal begins anew
            self._set.clear()
            self._main = None
            self._begin()
            self._top = self._streamed = 0
        elif escape in (b"(0", b"(B"):
            self._switch("shift", escape == b"(0")
        elif self._main is not None or escape in (b"%G", b"\\", b"Z", b" F", b" G"):
            return
        elif escape == b"D":
            self._down()
        elif escape == b"E":
            self._print(b"\n")
        elif escape == b"M":
            self._up()
        else:  # 7 and 8 among them: there is one place to save the cursor in, and the program needs it
            self._unsure()

    def _mode(self, parameters: bytes, on: bool) -> None:
        if not parameters.startswith(b"?"):
            if b"4" in parameters.split(b";"):
                self._switch("insert", on)
            return
        for mode in parameters[1:].split(b";"):
            if mode in _SCREENS:
                self._screen(on, mode == b"1049")
            elif mode in _MODES:
                name, when = _MODES[mode]
                self._switch(name, on == when)
            if mode in (b"2", b"3", b"6", b"1048"):
                self._unsure()

    def _switch(self, name: str, on: bool) -> None:
        if on:
            self._set.add(name)
        else:
            self._set.discard(name)

    def _screen(self, other: bool, restores: bool) -> None:
        """To the other screen, where nothing is drawn, or back; 1049 also saves and restores the cursor."""
        if other and self._main is None:
            self._main = (*self._span(), self._below, self._top, self._streamed)
            self._set.add("screen")
        elif not other and self._main is not None:
            low, high, self._below, self._top, self._streamed = self._main
            self._main = None
            self._set.discard("screen")
            self._within(low, high)
            if not restores:
                self._unsure()

    def _control(self, parameters: bytes, final: bytes) -> None:
        if parameters[:1] in (b"<", b"=", b">", b"?"):  # keyboards and reports; `?J` erases some of the text
            return
        try:
            numbers = [int(part or 0) for part in parameters.replace(b":", b";").split(b";")] + [0]
        except ValueError:
            self._unsure()
            return
        first, many = numbers[0], max(1, numbers[0])
        if final in b"Ak":
            self._up(many)
        elif final in b"Be":
            self._down(many)
        elif final in b"EF":
            (self._down if final == b"E" else self._up)(many)
            self._from = (0, 0)
        elif final in b"CDaj":
            low, high = self._span()
            by = many if final in b"Ca" else -many
            self._to_column(low + by, high + by)
        elif final in b"G`":
            self._to_column(many - 1, many - 1)
        elif final in b"Hf":
            self._to(many, max(1, numbers[1]) - 1)
        elif final == b"d":
            low, high = self._span()
            self._to(many, low)
            self._from = (low, high)
        elif final == b"J":
            self._erase(first)
        elif final in b"LMT":  # rows come in or go; terminals differ in where that leaves the cursor
            self._below += many if final != b"M" else 0
            self._somewhere()
        elif final == b"r":
            self._switch("region", many > 1 or 0 < numbers[1] < self.rows)
            self._to(1, 0)
        elif final in b"@PX":
            self._behind = True
        elif final in b"IZb":  # tabs, and the last character again
            self._somewhere()
        elif final not in b"SKmcntqp":
            self._unsure()

    def _span(self) -> tuple[int, int]:
        """The columns that the cursor may be in, if a sequence moves it now: some end its waiting at the
        margin, and terminals differ in which."""
        text = _HARMLESS.sub(b"", self._row).decode(errors="replace")
        low, high = _advance(text, *self._from, self.columns)
        return (low - 1 if low == self.columns else low), high

    def _to_column(self, low: int, high: int) -> None:
        self._within(max(0, min(self.columns - 1, low)), max(0, min(self.columns - 1, high)))

    def _within(self, low: int, high: int) -> None:
        self._from, self._row, self._behind = (low, high), b"", True

    def _up(self, number: int = 1) -> None:
        self._within(*self._span())
        self._below += number

    def _down(self, number: int = 1) -> None:
        self._within(*self._span())
        self._below = max(0, self._below - number)
        self._fall(number, 0)

    def _to(self, row: int, column: int) -> None:
        """To a row of the screen, from 1 on."""
        self._to_column(column, column)
        self._top, self._streamed = min(row, self.rows) - 1, 0
        self._below, self._behind = (0, False) if self._blank else (self.rows, True)

    def _erase(self, what: int) -> None:
        if what == 2:
            self._within(*self._span())
            self._blank = not self._tinted
        if what in (0, 2):
            self._below, self._behind = (self.rows, True) if self._tinted else (0, False)

    def _somewhere(self) -> None:
        """In this row, but nobody knows where."""
        self._within(0, self.columns)

    def _unsure(self) -> None:
        """What came is not understood, or nobody can tell what it does."""
        self._somewhere()
        self._top, self._below, self._streamed, self._blank = None, self.rows, 0, False

    # --- colours -----------------------------------------------------------------------------------------

    def _colours(self, data: bytes) -> None:
        """Whether a background is left on: terminals fill with it what they erase and what scrolls in."""
        begin = max(data.rfind(b"\x1b[m"), data.rfind(b"\x1b[0m"), 0)
        for found in _COLOURS.finditer(data, begin):
            self._colour([int(part or 0) for part in found[1].replace(b":", b";").split(b";")])

    def _colour(self, numbers: list[int]) -> None:
        while numbers:
            number = numbers.pop(0)
            if number in (0, 49):
                self._set.discard("background")
            elif 40 <= number <= 48 or 100 <= number <= 107:
                self._set.add("background")
            if number in (38, 48, 58) and numbers:
                del numbers[: 2 if numbers[0] == 5 else 4]


def _advance(text: str, low: int, high: int, columns: int) -> tuple[int, int]:
    """The columns that the cursor may be in behind a text that begins in one of `low` to `high`.

    The number of columns itself stands for behind the last one, where the next character wraps.
    """
    if text.isascii() and text.isprintable():
        low, high = low + len(text), high + len(text)
    else:
        for piece in re.split("([\t\b])", _INVISIBLE.sub("", text)):
            if piece == "\t":
                low, high = (min(at // 8 * 8 + 8, columns - 1) for at in (low, high))
            elif piece == "\b":
                low, high = max(0, low - (2 if low == columns else 1)), max(0, high - 1)
            else:
                least, most = cells(piece)
                low, high = low + least, high + most
                if high > columns and most != len(piece):
                    high += 1  # a wide character that has no room wraps a column early
            low, high = _wrapped(low, high, columns)
    return _wrapped(low, high, columns)


def _wrapped(low: int, high: int, columns: int) -> tuple[int, int]:
    if high <= columns:
        return low, high
    if low < high:  # where one wraps, the other does perhaps not
        return 0, columns
    return (low - 1) % columns + 1, (high - 1) % columns + 1


def cells(text: str) -> tuple[int, int]:
    """Columns that a text takes, at least and at most: terminals do not agree on all of Unicode."""
    if text.isascii():
        return len(text), len(text)
    from unicodedata import category, east_asian_width

    joined = "\u200d" in text  # one picture of several
    low = high = 0
    for char in text:
        if char < "\x7f":
            least = most = 1
        elif east_asian_width(char) in "WF":
            least, most = 0 if joined else 2, 2
        else:
            # a selector may make a narrow picture wide; private characters are as the font has them
            least, most = {"Mn": (0, 1), "Me": (0, 1), "Cf": (0, 1), "Co": (1, 2), "Cn": (0, 2)}.get(
                category(char), (1, 1)
            )
        low, high = low + least, high + most
    return low, high


def _is_narrow(char: str) -> bool:
    return char.isprintable() and char != "" and cells(char) == (1, 1)
