"""Reading the tapes: what has been written by now is there, though each pipe is emptied for itself."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from dvclive_cli.processes.reading import TapeReader
from dvclive_cli.processes.tape import Order, Tape


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def reader() -> tuple[TapeReader, Tape]:
    tape = Tape.create(3, None)
    return TapeReader(Order.create(), {3: tape}, ()), tape


def test_bytes_that_stand_in_the_pipe_are_waited_for(pipe: tuple[int, int]) -> None:
    source, mouth = pipe
    ahead, tape = reader()
    os.write(mouth, b"loss=1\n")
    filling = threading.Timer(0.1, tape.fill, (source,))
    filling.start()
    ahead.settle(3, source, within=30)
    assert ahead.ahead(3, 0, 100) == (0, b"loss=1\n")
    filling.join()


def test_an_empty_pipe_and_one_that_nobody_empties_are_not_waited_for(pipe: tuple[int, int]) -> None:
    source, mouth = pipe
    ahead, _ = reader()
    ahead.settle(3, source, within=600)  # longer than a test may take
    os.write(mouth, b"loss=1\n")
    ahead.settle(3, source, within=0.01)
    assert ahead.ahead(3, 0, 100) == (0, b"")


def test_what_comes_later_is_not_waited_for(pipe: tuple[int, int]) -> None:
    """A pipe that is always full."""
    source, mouth = pipe
    ahead, tape = reader()
    os.write(mouth, b"a" * 10)

    def fill() -> None:
        tape.fill(source, 10)
        os.write(mouth, b"b" * 10)

    filling = threading.Timer(0.1, fill)
    filling.start()
    ahead.settle(3, source, within=600)
    filling.join()
