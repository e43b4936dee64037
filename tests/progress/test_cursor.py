"""Whatever a program prints, and whenever the line is drawn: with the line gone, the screen is what it was.

The oracle is a terminal emulator that never saw a line.
"""

from __future__ import annotations

import random

import pytest
from emulators import Emulator
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dvclive_cli.progress.cursor import Cursor, Place, cells
from dvclive_cli.progress.drawing import draw, erase

ROWS, COLUMNS = 8, 20
LINE = "40% 3/10 loss 0.5"


class Both:
    """The same program on two terminals: bare, and with a line drawn whenever there is a place for it."""

    def __init__(self, rows: int = ROWS, columns: int = COLUMNS) -> None:
        self.rows, self.columns = rows, columns
        self.bare, self.under = Emulator(rows, columns), Emulator(rows, columns)
        self.cursor = Cursor(rows, columns)
        self.drawn = 0

    def write(self, data: bytes) -> None:
        self.bare.write(data)
        self.under.write(data)
        self.cursor.feed(data)

    def line(self) -> None:
        """Draw it and take it away."""
        place = self.cursor.place()
        if place is not None:
            self.under.draw(draw(place, LINE, self.columns))
            self.under.draw(erase(place, self.columns))

    def look(self) -> None:
        """Draw it, look at it, take it away."""
        place = self.cursor.place()
        if place is None:
            return
        self.drawn += 1
        before = self.under.seen()
        self.under.draw(draw(place, LINE, self.columns))
        with_line = self.under.seen()
        assert with_line.text()[-1] == LINE
        assert with_line.lines[: len(before.lines)] == before.lines
        assert with_line.cursor == before.cursor
        self.under.draw(erase(place, self.columns))
        assert self.under.seen() == before

    def check(self) -> None:
        assert self.under.seen() == self.bare.seen()


def chunks(data: bytes, seed: int) -> list[bytes]:
    """The bytes in random pieces."""
    pieces, chance = [], random.Random(seed)
    while data:
        size = chance.choice((1, 3, 10, 30))
        pieces.append(data[:size])
        data = data[size:]
    return pieces


TEXT = st.sampled_from(
    [
        *(b"loss 0.5", b"x" * COLUMNS, b"y" * (COLUMNS - 1), b"z" * (2 * COLUMNS), b"w" * (COLUMNS + 3)),
        *("größer".encode(), "█████▏".encode(), "漢字".encode() * 3, b" ", "━━━╸".encode()),
        *(b"a\tb", b"12\x083", b"\x07"),
    ]
)
# No background: pyte fills with it only cells that were written before.
COLOUR = st.sampled_from([b"\x1b[31m", b"\x1b[0m", b"\x1b[1;32m", b"\x1b[m", b"\x1b[38;5;41m"])
# Down only to where it has been: below its text, the last row of the screen stops it, and the line may have
# scrolled that up by one.
MOVE = st.sampled_from(
    [
        *(b"\n", b"\n", b"\n", b"\r", b"\r", b"\n\n\n", b"\x1b[K", b"\x1b[2K\r", b"\x1b[A", b"\x1b[2A\r"),
        *(
            b"\x1b[A\x1b[B",
            b"\x1b[3C",
            b"\x1b[2D",
            b"\x1b[5G",
            b"\x1b[J",
            b"\x1b[1A\x1b[2K",
            b"\x1b]0;title\x07",
        ),
        *(b"\x1b[?25l", b"\x1bM", b"\x1bD", b"\x1b[2F", b"\x1b[2F\x1b[E", b"\x1b[2@", b"\x1b[P"),
    ]
)


@given(st.lists(st.one_of(TEXT, TEXT, MOVE, MOVE, COLOUR), max_size=40), st.integers(0, 9))
@example([b"y" * COLUMNS, b"\r", b"y" * COLUMNS], 0)
@example([b"\x1b[44m", b"\n" * 20, b"\x1b[0m"], 0)
@settings(max_examples=100, deadline=None)
def test_a_program_that_moves_by_what_it_printed(pieces: list[bytes], seed: int) -> None:
    both = Both()
    for chunk in chunks(b"".join(pieces), seed):
        both.write(chunk)
        both.line()
    both.check()


PAINT = st.sampled_from([b"\n", b"\n\n", b"\r\n", b"\x1b[K", b"\x1b[5;3H", b"\x1b[J", b"\x1b[H\x1b[2J"])


@given(st.lists(st.one_of(TEXT, PAINT), max_size=30), st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_a_program_that_paints_its_screen(pieces: list[bytes], seed: int) -> None:
    """It is never scrolled by us: rows stay where it has put them."""
    both = Both()
    both.write(b"earlier\n" * 20)
    both.line()
    for piece in [b"\x1b[H\x1b[2J", *pieces]:
        for chunk in chunks(piece, seed):
            both.write(chunk)
            both.line()
        if piece == b"\x1b[H\x1b[2J":
            both.bare.cleared()
            both.under.cleared()
        if both.bare.screen.history.top:
            break  # from here on the test before this one is for it
    both.check()


PROGRAMS = {  # and how often there is a place for the line
    "lines": ([b"epoch %d\n" % i for i in range(40)], 40),
    "a prompt": ([b"Name: ", b"Bob\n", b"hello Bob\n"], 3),
    "a bar as wide as the terminal": (
        [b"\r%d%%|%s|" % (10 + i, b"#" * (COLUMNS - 5)) for i in range(30)],
        30,
    ),
    "nested bars": ([b"outer 1\r\n\rinner %d\x1b[A\r" % i for i in range(4)] + [b"\n\n"], 5),
    "a block drawn again": ([b"a\nb\nc\n"] + [b"\x1b[3A\x1b[Ja%d\nb\nc\n" % i for i in range(9)], 10),
    "a scroll region": ([b"a\n", b"\x1b[2;5r", b"b\n" * 20, b"\x1b[r"], 1),
    "its own saved cursor": ([b"a\n", b"\x1b7", b"b\n", b"\x1b8", b"c"], 1),
    "a background that is left on": ([b"\x1b[41m", b"a\n", b"b\n", b"\x1b[0m"], 1),
    "the other characters": ([b"\x1b(0", b"qqq", b"\x1b(B"], 1),
    "no wrapping": ([b"\x1b[?7l", b"x" * 99, b"\x1b[?7h\n"], 1),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str) -> None:
    """The line is there where it can be, and nowhere else."""
    pieces, places = PROGRAMS[name]
    both = Both()
    for piece in pieces:
        both.write(piece)
        both.look()
    both.check()
    assert both.drawn == places


def test_on_the_other_screen_nothing_is_drawn() -> None:
    cursor = Cursor(ROWS, COLUMNS)
    cursor.feed(b"before\nhere: ")
    place = cursor.place()
    for piece in (b"\x1b[?1049h\x1b[2J\x1b[5;5Hhello", b"more", b"\x1b[2;9r\n\n"):
        cursor.feed(piece)
        assert cursor.place() is None
    cursor.feed(b"\x1b[?1049l")
    assert cursor.place() == Place(behind=True)
    assert place == Place()


@pytest.mark.parametrize(
    "sequence",
    [b"\x1b[31m", b"\x1b[?1049h", b"\x1b]0;title\x07", b"\x1b]8;;http://x\x1b\\", "漢".encode(), b"\x1b(B"],
)
def test_nothing_is_drawn_inside_of_a_sequence(sequence: bytes) -> None:
    for cut in range(1, len(sequence)):
        cursor = Cursor(ROWS, COLUMNS)
        cursor.feed(b"abc")
        cursor.feed(sequence[:cut])
        assert cursor.place() is None, cut


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_the_same_whatever_the_pieces(data: bytes) -> None:
    whole, pieces = Cursor(ROWS, COLUMNS), Cursor(ROWS, COLUMNS)
    whole.feed(data)
    for index in range(len(data)):
        pieces.feed(data[index : index + 1])
    assert whole.place() == pieces.place()


def test_a_screenful_of_lines_makes_a_stream_again() -> None:
    cursor = Cursor(ROWS, COLUMNS)
    cursor.feed(b"\x1b[5;5Hx")
    assert cursor.place() is None
    cursor.feed(b"y\n" * (ROWS - 1))
    assert cursor.place() is None
    cursor.feed(b"y\n")
    assert cursor.place() == Place()


def test_a_picture_is_no_text() -> None:
    """Sixels: however long they are, nothing is kept of them, and how many rows they take is not known."""
    cursor = Cursor(ROWS, COLUMNS)
    for piece in (b"\x1bPq", *[b"#0;2;0;0;0~~@@" * 1000] * 9, b"\x1b", b"\\"):
        cursor.feed(piece)
        assert cursor.place() is None
    cursor.feed(b"\n" * ROWS)
    assert cursor.place() == Place()


def test_another_size() -> None:
    cursor = Cursor(ROWS, COLUMNS)
    cursor.feed(b"x" * (COLUMNS - 4))
    cursor.resized(ROWS, COLUMNS - 2)
    assert cursor.place() == Place()
    cursor.resized(ROWS, COLUMNS - 4)
    assert cursor.place() is None  # it may wait at the margin now
    cursor.feed(b"\n")
    assert cursor.place() == Place()


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("abc", 3, 3), ("漢字", 4, 4), ("█━", 2, 2), ("👩\u200d🚀", 0, 5), ("é", 1, 1)],
)
def test_cells(text: str, least: int, most: int) -> None:
    assert cells(text) == (least, most)
