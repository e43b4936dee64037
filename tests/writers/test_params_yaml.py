"""params.yaml: the hyperparameters."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.errors import DvcliveError
from dvclive_cli.writers.params_yaml import check, parse, render


def test_block_style_in_the_order_of_logging():
    params = {"z": 1, "lr": 0.001, "s": "1e-3", "d": {"x": [1, 2], "a": None}, "e": "", "long": "word " * 60}
    long = "word " * 60
    assert render(params) == (
        f"z: 1\nlr: 0.001\ns: '1e-3'\nd:\n  x:\n  - 1\n  - 2\n  a: null\ne: ''\nlong: '{long}'\n"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=5))
def test_everything_that_json_can_say_comes_back(params):
    assert parse(render(params)) == params


def test_nan_comes_back():
    assert math.isnan(parse(render({"a": float("nan")}))["a"])


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system [true]", "&a [*a]", "*x", "- a\n- b", "%YAML 9"]
)
def test_tags_and_tricks_in_a_text_are_text(text):
    assert parse(render({"a": text})) == {"a": text}


@pytest.mark.parametrize("value", [object(), {"a": 1j}, [range(3)]])
def test_what_yaml_cannot_say_is_refused_by_name(value):
    with pytest.raises(DvcliveError, match=r"'p' .*param-type"):
        check("p", value)


@pytest.mark.parametrize("text", ["a: [", "- 1", "a: b: c", "!!python/object/apply:os.system [true]"])
def test_a_file_that_is_no_mapping_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - ruamel's own messages
        parse(text)
