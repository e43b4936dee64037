"""What a `Live` under `dvclive run` says for its points: few records, which say just those points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive.auto.beside import Beside
from dvclive.channel import RECORD_LIMIT
from dvclive.supervised import Supervised
from dvclive_cli import protocol
from dvclive_cli.events import Event, Metric


class Lines(list[bytes]):
    """In the place of the way to the recorder: the records."""

    _fd = -1

    def send(self, line: bytes) -> None:
        """One of them."""
        self.append(line)


def supervised() -> tuple[Supervised, Lines]:
    lines = Lines()
    options = dict.fromkeys(("dir", "resume", "report", "save_dvc_exp", "dvcyaml", "cache_images"))
    recording = Supervised("", {**options, "exp_name": None, "exp_message": None})
    recording.channel = lines  # type: ignore[assignment]
    return recording, lines


def beside(group: str) -> tuple[Beside, Lines]:
    lines = Lines()
    return Beside(lines, group), lines  # type: ignore[arg-type]


def metrics(lines: Lines) -> Iterator[Event]:
    for line in lines:
        yield from (event for event in protocol.parse(line.decode()) if type(event) is Metric)


NAMES = st.one_of(
    st.sampled_from(["loss", "a/b", "step", "plot", "my loss", 'a"b', "a=b", "-x", "größe", "metric", "{"]),
    st.text(min_size=1, max_size=8),
)
VALUES = st.one_of(
    st.floats(allow_nan=False), st.integers(-(10**30), 10**30), st.booleans(), st.text(max_size=9)
)
POINTS = st.lists(
    st.one_of(
        st.tuples(NAMES, VALUES, st.none()), st.tuples(NAMES, st.just(0.10000000149011612), st.just("0.1"))
    ),
    min_size=1,
    max_size=40,
)


@given(POINTS, st.sampled_from([None, 1_700_000_000_000]), st.booleans())
def test_points_that_are_told_together_are_those_points(points: Any, at_ms: int | None, plot: bool) -> None:
    """Of any name and value, in their order; each record stays whole among many writers."""
    recording, lines = supervised()
    recording.metrics(points, at_ms, plot)
    assert list(metrics(lines)) == [
        Metric(name, value, None, at_ms, plot, None, text) for name, value, text in points
    ]
    assert all(len(line) <= RECORD_LIMIT for line in lines)


@given(NAMES, VALUES, st.sampled_from([None, 7]), st.booleans())
def test_one_point_is_that_point(name: str, value: Any, at_ms: int | None, plot: bool) -> None:
    recording, lines = supervised()
    for _ in range(2):  # the second time its name is known
        recording.metric(name, value, None, at_ms, plot)
    assert list(metrics(lines)) == [Metric(name, value, None, at_ms, plot)] * 2


@pytest.mark.parametrize("text", [None, "0.50"])
def test_points_are_one_record(text: str | None) -> None:
    """Each write may wake the recorder."""
    recording, lines = supervised()
    recording.metrics([(f"metric/{number}", 0.5, text) for number in range(50)], None, True)
    assert len(lines) == 1


@pytest.mark.parametrize("text", [None, "0.50"])
def test_more_points_than_one_record_takes(text: str | None) -> None:
    recording, lines = supervised()
    points = [(f"metric/{number}", 0.5, text) for number in range(1000)]
    recording.metrics(points, None, True)
    assert max(map(len, lines)) <= RECORD_LIMIT
    assert len(lines) <= 2 * sum(map(len, lines)) / RECORD_LIMIT + 1
    assert [event.name for event in metrics(lines) if type(event) is Metric] == [name for name, *_ in points]


def test_a_value_that_no_record_takes_is_one_of_its_own() -> None:
    """The channel sends it as a file."""
    recording, lines = supervised()
    recording.metrics([("a", 1, None), ("b", "x" * 5000, None), ("c", 2, None)], None, True)
    assert [len(line) > RECORD_LIMIT for line in lines] == [False, True, False]


def test_a_shim_tells_the_step_and_the_group_of_its_points() -> None:
    recording, lines = beside("wandb_2")
    recording.step(7)
    points = [("loss", 0.5, None), ("acc", 0.75, None)]
    recording.metrics(points, None, True)
    recording.metrics(points, None, True)
    recording.metrics(points[:1], None, False)
    assert lines[0] == b'{"printed":true,"names":["loss","acc"]}\n'
    assert lines[1:] == [b"wandb_2/loss=0.5 wandb_2/acc=0.75 step=7\n"] * 2 + [
        b"wandb_2/loss=0.5 plot=false\n"
    ]
