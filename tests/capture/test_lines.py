"""Bytes to lines: ends, refreshes, backspaces, terminal sequences, the cap."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.capture.lines import MAX_LINE, LineSplitter, refreshes


def split(chunks, **options):
    """The lines, each a list of its states, what is left, and how many were too long; as the stream sees
    them."""
    splitter, lines, states, too_long = LineSplitter(**options), [], [], 0
    for chunk in chunks:
        block, drawn = splitter.feed(chunk)
        for line in block.split(b"\n")[:-1]:
            (*earlier, last), long = refreshes(line)
            too_long += long
            lines.append([*states, *earlier, last])
            states = []
        for segment in drawn:
            found, long = refreshes(segment)
            too_long += long
            states += [state for state in found if state]
    return lines, states, splitter.close(), too_long + splitter.long_lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb\n", [[b"a"], [b"b"]]),
        (b"a\r\nb\r\n", [[b"a"], [b"b"]]),
        (b"a\r\r\n", [[b"a"]]),  # Windows text mode twice
        (b"\n\n", [[b""], [b""]]),
        (b" 1%\r 2%\r 3%\n", [[b" 1%", b" 2%", b" 3%"]]),
        (b"\r 3%\n", [[b" 3%"]]),
        (b"\x1b[31mred\x1b[0m\n", [[b"red"]]),
        (
            b"\x1b[01;31m\x1b[Kerror:\x1b[m\x1b[K x\n",
            [[b"error: x"]],
        ),  # gcc: ESC [ K in mid-line hides nothing
        (b"old\x1b[2Knew\n", [[b"old", b"new"]]),
        (b"bar 1\x1b[Abar 2\n", [[b"bar 1", b"bar 2"]]),
        (b"bar 1\x1b[A\n", [[b"bar 1"]]),
        (b"\x1b]0;title\x07text\x1b]8;;http://x\x1b\\\n", [[b"text"]]),
        (b"acc 0.1\x08\x08\x080.2\n", [[b"acc 0.2"]]),
        ("é\x08e\n".encode(), [[b"e"]]),  # a backspace goes back a character, not a byte
        (b"\x08\x08a\n", [[b"a"]]),
        (b"shift\x0ebell\x07\n", [[b"shiftbell"]]),
        (b"binary\x00\n", [[b""]]),
        (b"cut off \x1b[3\n", [[b"cut off "]]),
    ],
)
def test_a_line_is_what_a_terminal_would_show(data, lines):
    assert split([data])[0] == lines
    assert split([bytes([b]) for b in data])[0] == lines


def test_the_last_text_counts_without_a_newline():
    assert split([b"a\nacc=0.", b"9"])[2] == b"acc=0.9"


PIECES = [
    b"a",
    b"loss 0.5",
    b"\r",
    b"\n",
    b"\r\n",
    b"\x1b[A",
    b"\x1b[31m",
    b"\x08",
    "é".encode(),
    b"\xff",
    b"\x1b",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.data())
def test_lines_do_not_depend_on_the_chunks(data, choose):
    cuts = sorted(choose.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    whole, states, rest, _ = split([data])
    assert split(chunks)[:3] == (whole, states, rest)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\rnext\n"])
@pytest.mark.parametrize("size", [MAX_LINE + 1, 5 * MAX_LINE])
def test_a_line_too_long_is_skipped_counted_and_the_next_is_read(end, size):
    data = b"x" * size + end + b"loss=1\n"
    for chunk in (len(data), 1000, 7777):
        lines, _, rest, too_long = split([data[at : at + chunk] for at in range(0, len(data), chunk)])
        assert lines[-1] == [b"loss=1"]
        assert lines[0][-1] == (b"next" if b"next" in end else b"")
        assert (rest, too_long) == (b"", 1)


def test_a_line_of_exactly_the_cap_is_read():
    data = b"x" * MAX_LINE
    lines, _, _, too_long = split([data[:100], data[100:], b"\r", b"\n"])
    assert (lines, too_long) == ([[data]], 0)


def test_memory_is_bounded_whatever_comes():
    """A gigabyte without a newline, and a bar that never ends, keep no more than the cap."""
    splitter = LineSplitter()
    noise = random.Random(1)
    for _ in range(300):
        splitter.feed(noise.randbytes(5000).replace(b"\n", b"x"))
        assert sum(map(len, splitter._pieces)) <= MAX_LINE + 5000
    for _ in range(2000):
        splitter.feed(b"\r")
    assert sum(map(len, splitter._pieces)) <= MAX_LINE + 1


def test_on_the_fifo_a_return_is_a_byte_like_any_other():
    splitter = LineSplitter(redraws=False)
    assert splitter.feed(b"a\rb") == (b"", [])
    assert splitter.feed(b"c\nd") == (b"a\rbc\n", [])
    assert splitter.close() == b"d"
