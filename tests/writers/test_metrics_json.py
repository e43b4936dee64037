"""metrics.json: the latest values, nested."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.writers.metrics_json import nested, parse, render


def test_the_format_is_that_of_dvclive():
    text = render({"a": 1, "b/c": float("nan"), "str": 'he said "x"', "bool": True, "b/d": 0.5}, 0)
    assert text == (
        '{\n    "step": 0,\n    "a": 1,\n    "b": {\n        "c": "nan",\n        "d": 0.5\n    },\n'
        '    "str": "he said \\"x\\"",\n    "bool": true\n}\n'
    )


def test_without_a_step_there_is_none():
    assert render({}, None) == "{}\n"


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_a_name_that_begins_another_loses_nothing(names):
    assert nested(dict.fromkeys(names, 1), None) == {"a": 1, "a/b": 1}


def test_only_the_clashing_level_stays_flat():
    assert nested({"t/a": 1, "t/a/b/c": 2, "t/d": 3}, None) == {"t": {"a": 1, "a/b/c": 2, "d": 3}}


def test_a_name_of_a_thousand_parts_is_written_and_read():
    summary = {"d/" * 1000 + "x": 1}
    assert parse(render(summary, None))[0] == summary


def test_a_metric_called_step_does_not_hide_the_step():
    assert nested({"step": 5, "step/x": 6, "step_": 7}, 3) == {
        "step": 3,
        "step_": 5,
        "step/x": 6,
        "step__": 7,
    }


names = st.lists(st.sampled_from(["a", "b", "step", "step_", "é", ""]), min_size=1, max_size=4).map("/".join)
scalars = st.integers() | st.floats(allow_nan=False) | st.booleans() | st.text(max_size=5)


@given(st.dictionaries(names, scalars), st.none() | st.integers())
def test_nothing_is_lost_on_the_way_to_the_file_and_back(summary, step):
    text = render(summary, step)
    json.loads(text, parse_constant=lambda word: pytest.fail(word))
    wanted = {
        name: float(value) if value in ("nan", "inf", "-inf") else value for name, value in summary.items()
    }
    back, step_back = parse(text)
    assert step_back == step
    assert {n: v for n, v in back.items() if v == v} == {n: v for n, v in wanted.items() if v == v}
    assert back.keys() == wanted.keys()


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": '])
def test_a_torn_file_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own messages
        parse(text)
