"""A session's state goes through JSON whole: what a run is after two commands it would be after one."""

from __future__ import annotations

import json
import os

import pytest

from dvclive_cli.events import Metric, NextStep, Param, Plot, Progress, Summary
from dvclive_cli.recording import runstate
from dvclive_cli.recording.session import Session, SessionConfig
from dvclive_cli.run import Run

EVENTS = [
    Param("lr", 0.1),
    *(Metric(name, value / 7, step) for step, value in enumerate(range(300)) for name in ("a", "b/c")),
    Metric("a", float("nan"), 400),
    Metric("a", float("inf"), 399, text="Infinity"),
    Metric("text", "né\ud800"),
    Metric("timed", 1, timestamp=5),
    Metric("../out", 1),
    NextStep(),
    Summary("list", [1, {"x": None}]),
    Plot("curve", [{"x": 1, "y": 2}], "x", ("y",), title="T"),
    Progress(3, 4),
    Metric("big", 10**30),
]


def through_text(session: Session, folder: str) -> Session:
    text = runstate.render({"more": 1}, session.checkpoint(), folder)
    about, state = runstate.parse(text, folder)
    assert about == {"more": 1}
    again = Session(session.config, session.facts, print)
    again.carry_on(state)
    return again


def contents(run: Run) -> str:
    run.fold()
    series = [{name: getattr(one, name) for name in one.__slots__} for one in run.series.values()]
    return repr(({**vars(run), "series": None}, series))


def test_a_run_that_is_put_down_after_each_event_is_the_same_run(tmp_path):
    """Same state, same files."""
    found = []
    for folder in ("at once", "by turns"):
        session = Session(SessionConfig(str(tmp_path / folder), dvcyaml=None), {"start_ms": 0}, print)
        session.open()
        for at in range(0, len(EVENTS), 40):
            session.feed(EVENTS[at : at + 40], now_ms=9)
            if folder == "by turns":
                session.tsv.appender.close()
                session = through_text(session, str(tmp_path / folder))
        session.write_values()
        files = {}
        for base, _, names in os.walk(tmp_path / folder):
            for name in names:
                with open(os.path.join(base, name), "rb") as file:
                    files[os.path.relpath(os.path.join(base, name), tmp_path / folder)] = file.read()
        found.append((contents(session.run), files))
    assert found[0] == found[1]
    assert len(found[0][1]) > 6


def test_rows_that_came_after_the_state_are_taken_back(tmp_path):
    """They belong to a command that was killed before it had happened."""
    session = Session(SessionConfig(str(tmp_path), dvcyaml=None), {}, print)
    session.open()
    session.feed([Metric("a", 1)], 0)
    text = runstate.render({}, session.checkpoint(), str(tmp_path))
    session.feed([Metric("a", 2), Metric("b", 1)], 0)
    with open(tmp_path / "plots" / "metrics" / "a.tsv", "a") as file:
        file.write("0\t")
    Session(session.config, {}, print).carry_on(runstate.parse(text, str(tmp_path))[1])
    assert (tmp_path / "plots" / "metrics" / "a.tsv").read_text() == "step\ta\n0\t1\n"
    assert not (tmp_path / "plots" / "metrics" / "b.tsv").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"session": {}}', '{"session": 3}', "[" * 10**5])
def test_a_text_that_is_no_state_is_refused(tmp_path, text):
    with pytest.raises(ValueError, match=r".+"):
        runstate.parse(text, str(tmp_path))


def test_a_state_cannot_reach_out_of_its_directory(tmp_path):
    """A cloned repository may bring one along."""
    session = Session(SessionConfig(str(tmp_path), dvcyaml=None), {}, print)
    session.open()
    state = json.loads(runstate.render({}, session.checkpoint(), str(tmp_path)))
    state["session"]["sizes"] = {"plots/../../victim.tsv": 0}
    with pytest.raises(ValueError, match="out of the directory"):
        runstate.parse(json.dumps(state), str(tmp_path))
