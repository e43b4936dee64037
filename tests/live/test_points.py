"""`Session.point`, the short way of a single value, and `feed` leave the same run and the same files."""

from __future__ import annotations

import json
import os
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import until

from dvclive import Live
from dvclive_cli.events import Metric, NextStep, Step
from dvclive_cli.recording.session import Session, SessionConfig

names = st.sampled_from(["loss", "a/b", "a", "step", "../x"])
values = st.one_of(
    st.floats(), st.integers(-(10**20), 10**20), st.booleans(), st.text(max_size=5), st.just("tab\there")
)
points = st.tuples(names, values, st.sampled_from([None, None, "0.50"]))
moves = st.one_of(points, points, st.just(NextStep()), st.builds(Step, st.integers(0, 5)))


def opened(folder: Path) -> Session:
    session = Session(SessionConfig(str(folder)), {"cwd": str(folder)}, lambda text: None)
    session.open()
    return session


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.tsv")}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=90))
def test_a_point_is_a_feed_of_one(tmp_path: Path, given_moves: list[Any]) -> None:
    here = tmp_path / os.urandom(4).hex()
    short, long = opened(here / "short"), opened(here / "long")
    for move in given_moves:
        if isinstance(move, (NextStep, Step)):
            for session in (short, long):
                session.feed((move,), 0)
            continue
        name, value, text = move
        text = text if isinstance(value, float) else None
        short.point(name, value, text)
        long.feed((Metric(name, value, text=text),), 0)
    assert pickle.dumps(short.run.summary()) == pickle.dumps(long.run.summary())
    assert (short.run.step, short.run.shown_step) == (long.run.step, long.run.shown_step)
    for name, series in short.run.series.items():
        other = long.run.series[name]
        assert (series.plotted, repr(series.preview)) == (other.plotted, repr(other.preview))
    assert files(here / "short") == files(here / "long")


def test_a_row_is_on_disk_when_point_returns(tmp_path: Path) -> None:
    session = opened(tmp_path / "run")
    for number in range(3):
        session.point("loss", number)
        rows = (tmp_path / "run/plots/metrics/loss.tsv").read_text().splitlines()
        assert rows[-1] == f"0\t{number}"


def test_an_interrupt_between_row_and_file_loses_no_later_row(tmp_path: Path) -> None:
    """Ctrl-C in a notebook, which goes on."""
    session = opened(tmp_path / "run")
    session.feed([Metric("loss", 1)], 0)
    write = session.tsv.write

    def interrupted(*args: object) -> None:
        session.tsv.write = write  # type: ignore[method-assign]
        raise KeyboardInterrupt

    session.tsv.write = interrupted  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        session.feed([Metric("loss", 2)], 0)
    session.point("loss", 3)
    assert (tmp_path / "run/plots/metrics/loss.tsv").read_text() == "step\tloss\n0\t1\n0\t2\n0\t3\n"


def test_views_of_a_tight_loop_are_there_for_whoever_looks(tmp_path: Path) -> None:
    """`next_step` may leave them for some milliseconds; asking for their path, or waiting, brings them."""
    live = Live(str(tmp_path / "run"), save_dvc_exp=False, dvcyaml=None)
    shown = tmp_path / "run/metrics.json"
    for step in range(50):
        live.log_metric("x", step)
        live.next_step()
        if step % 10 == 0:
            assert json.loads(Path(live.metrics_file).read_text()) == {"step": step, "x": step}
    until(lambda: json.loads(shown.read_text()) == {"step": 49, "x": 49}, "the views")
    live.end()


def test_the_views_are_written_at_once_where_steps_take_their_time(tmp_path: Path) -> None:
    live = Live(str(tmp_path / "run"), save_dvc_exp=False, dvcyaml=None)
    for step in range(3):
        live.log_metric("x", step)
        live.next_step()
        assert json.loads((tmp_path / "run/metrics.json").read_text()) == {"step": step, "x": step}
        time.sleep(0.03)
    live.end()
