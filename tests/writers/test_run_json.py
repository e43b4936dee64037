"""run.json: how the run went."""

from __future__ import annotations

import json

from dvclive_cli.outcome import Outcome
from dvclive_cli.writers.run_json import iso, parse, render

FACTS = {"start_ms": 1_000_000, "argv": ["python", "t.py"], "pid": 7, "git": {"commit": "abc", "dirty": True}}


def test_while_it_runs_it_says_so():
    data = json.loads(render(FACTS, [], None))
    assert (data["status"], data["duration"]) == ("running", None)
    assert data["sessions"][0]["start"] == "1970-01-01T00:16:40.000Z"
    assert data["sessions"][0]["argv"] == ["python", "t.py"]


def test_the_end_is_told_at_the_top():
    data = json.loads(render(FACTS, [], Outcome("failed", 3, None, 1_012_345)))
    assert {key: data[key] for key in data if key != "sessions"} == {
        "status": "failed",
        "exit_code": 3,
        "signal": None,
        "duration": 12.345,
    }
    killed = json.loads(render(FACTS, [], Outcome("killed", None, "SIGKILL", 1_000_001)))
    assert (killed["exit_code"], killed["signal"]) == (None, "SIGKILL")


def test_only_what_belongs_into_the_table_is_outside_of_lists():
    """DVC shows every scalar of a metrics file as a column, also nested ones; lists are passed over."""
    data = json.loads(render(FACTS, [], Outcome("completed", 0, None, 2_000_000)))
    assert [key for key, value in data.items() if not isinstance(value, list)] == [
        "status",
        "exit_code",
        "signal",
        "duration",
    ]


def test_a_resumed_run_keeps_its_history_and_adds_the_time():
    first = parse(render(FACTS, [], Outcome("failed", 1, None, 1_001_000)))
    data = json.loads(render(FACTS, first, Outcome("completed", 0, None, 1_002_000)))
    assert data["duration"] == 3.0
    assert [session["status"] for session in data["sessions"]] == ["failed", "completed"]


def test_a_session_that_never_told_its_end_was_lost():
    assert parse(render(FACTS, [], None))[0]["status"] == "supervisor-lost"


def test_a_torn_file_is_no_history():
    for text in ("", "{", "[]", '{"sessions": 3}', '{"sessions": [1]}'):
        assert parse(text) == []


def test_times_are_utc():
    assert iso(1623671484747) == "2021-06-14T11:51:24.747Z"
