"""Output that nobody meant for us, or that somebody meant against us: nothing fails, nothing grows, little is
believed."""

import math
import pickle
import random

import pytest
from capture_judge import capture, events
from hypothesis import given, settings
from hypothesis import strategies as st

from dvclive_cli.capture import Capture, CaptureOptions
from dvclive_cli.events import Metric

LONG = {
    "one word again and again": b"loss " * 12_000,
    "names without values": b"loss: " * 10_000,
    "open braces": b"{" * 60_000,
    "open dicts": b"{'a': " * 9_000,
    "digits and colons": b"0:" * 30_000,
    "numbers": b"1 " * 30_000,
    "equals signs": b"a=" * 30_000,
    "cells": b"1," * 30_000,
    "boxes": b"| a " * 15_000,
    "bars": b"5%|" * 20_000,
    "blanks": b"step=1 loss=" + b" " * 50_000 + b"0.5",
    "escapes": b"\x1b[" * 30_000,
    "titles": b"\x1b]0;" * 15_000,
    "backspaces": b"a" + b"\x08" * 60_000,
    "exponents": b"1e" * 30_000,
    "quotes": b"\"'" * 30_000,
    "records": b"@dvclive " * 7_000,
    "deep JSON": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "a deep record": b"@dvclive " + b'{"metric":' * 3_000,
    "a long list": b'@dvclive {"metric": ' + b"[" * 60_000,
    "many pairs": b"step=1 " + b" ".join(b"a%d=0.5" % at for at in range(5_000)),
}


def metrics(data: bytes, stream: str = "stdout") -> list[Metric]:
    taken, found = capture(data, stream=stream)
    assert taken.counts.errors == 0
    return [event for match in found for event in match.events if isinstance(event, Metric)]


@pytest.mark.parametrize("what", LONG)
@pytest.mark.parametrize("stream", ["stdout", "fifo"])
def test_a_hostile_line_and_the_lines_after_it(what: str, stream: str) -> None:
    """Each takes time in proportion to its length; what follows is read as ever."""
    good = b"@dvclive loss=0.5 step=1\n@dvclive loss=0.25 step=2\n"
    found = metrics(LONG[what] + b"\n" + good, stream)
    assert [(event.value, event.step) for event in found if event.name == "loss"][-2:] == [
        (0.5, 1),
        (0.25, 2),
    ]


@pytest.mark.parametrize("text", ["0x10", "1_000", "0b1", "1e", "--5", "1.2.3", "٣", "0.5f"])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    data = "".join(f"step={step} loss={text}\n" for step in range(5)).encode()
    assert metrics(data) == []


def test_numbers_beyond_the_floats_are_infinite_in_every_way_in() -> None:
    """And their cells say so: no reader of the TSV takes 1e400."""
    for data in (b"step=1 loss=1e400\nstep=2 loss=-1e999\n", b"@dvclive loss=1e400 step=1\n"):
        for event in metrics(data):
            assert math.isinf(float(event.value))
            assert event.text is None


def test_an_integer_of_any_length_is_a_float_or_refused() -> None:
    """int() of unbounded text takes the square of its length."""
    data = b"step=1 loss=" + b"9" * 300 + b"\nstep=2 loss=" + b"8" * 300 + b"\n"
    assert [type(event.value) for event in metrics(data)] == [float, float]
    taken, found = capture(b"@dvclive loss=" + b"9" * 5_000 + b"\n")
    assert (found, taken.counts.refused) == ([], 1)


def test_an_id_is_no_step() -> None:
    data = b"step=99999999999999999999999 loss=0.5\nstep=99999999999999999999998 loss=0.6\n"
    assert [event.step for event in metrics(data)] == [0, 1]


def test_names_with_ids_do_not_grow_us() -> None:
    """2 * 10^4 names: the first 500 are series, the rest is counted."""
    taken = Capture("stdout", CaptureOptions())
    for at in range(20):
        taken.feed(
            b"".join(b"step=%d loss_%d=0.5 acc=0.5\n" % (i, i) for i in range(at * 1000, at * 1000 + 1000))
        )
    assert taken.counts.capped == 20_000 - 499
    assert len(pickle.dumps(taken)) < 100_000


def test_many_returns_keep_one_state() -> None:
    taken = Capture("stderr", CaptureOptions())
    for at in range(0, 30_000, 1_000):
        taken.feed(b"".join(b"\r%d/100000 loss=0.5" % i for i in range(at, at + 1_000)))
    assert len(pickle.dumps(taken)) < 100_000
    assert [event.value for match in taken.close() for event in match.events] == [0.5]


PIECES = st.sampled_from([
    b"loss", b"=", b": ", b" ", b"0.5", b"1", b"\n", b"\r", b"\r\n", b"\x1b[31m", b"\x1b[A", b"\x08", b"|",
    b"%|", b"{",
    b"}", b"'", b'"', b",", b"epoch ", b"step=", b"@dvclive ", b"[1]", b"\t", b"\xff", b"\xe2\x94",
    b"\0", b"-", b"nan", b"1e400", b"0x10", b"../", b"[rank1]: ", b"2026-11-21 10:00:00 ", b"/", b"(", b")",
    b"INFO ", b"\xed\xa0\x80",
    b"| a | 1 |\n", b"  step  loss\n", b"   1   0.5\n", b" rank=1", b"7/9", b"acc 3%", b"it/s]",
])  # fmt: skip


@settings(max_examples=200)
@given(
    st.lists(PIECES, max_size=80),
    st.integers(0, 10**9),
    st.sampled_from(["stdout", "fifo"]),
    st.sampled_from(["first", "all", "mean"]),
    st.sampled_from([None, 0.0]),
)
def test_soup_never_fails_and_is_the_same_however_it_is_cut(pieces, seed, stream, ranks, live) -> None:
    data = b"".join(pieces)
    options = CaptureOptions(ranks=ranks, live_bars=live, patterns=(r"acc (?P<acc>\d+)",))
    whole, found = capture(data, stream=stream, options=options)
    r = random.Random(seed)
    cuts = sorted(r.choices(range(len(data) + 1), k=5))
    cut, parts = capture(
        data, cuts, stream=stream, options=options, pickled=lambda c: pickle.loads(pickle.dumps(c))
    )
    each, bytes_ = capture(data, range(1, len(data)), stream=stream, options=options)
    assert whole.counts.errors == 0
    assert events(found) == events(parts) == events(bytes_)
    assert whole.counts == cut.counts == each.counts
    whole.near_misses()


@pytest.mark.parametrize(
    "data",
    [
        b" step=3\r\x00loss=0.5\n step=4\r\x00loss=0.6\n",
        b" step=3 loss=2\r\x00x\n step=4 loss=3\r\x00y\n",
        b"\x01\r\x02\rstep=1 loss=5\nstep=2 loss=6\n",
        b"a\r\x00epoch,loss\n1,0.5\n2,0.4\n\n",
    ],
)
def test_a_refresh_that_is_no_text_is_one_however_it_is_cut(data: bytes) -> None:
    whole, single = Capture("stdout", CaptureOptions()), Capture("stdout", CaptureOptions())
    found = [*whole.feed(data), *whole.close()]
    for byte in data:
        found = [*found, *single.feed(bytes([byte]))]
    found += single.close()
    half = len(found) // 2
    assert found[:half] == found[half:]
