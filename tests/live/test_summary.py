"""What a program does to `live.summary` is found, whichever way it does it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dvclive.summary import Summary
from dvclive_cli.writers import metrics_json

refused: list[str] = []


def logged(**values: Any) -> Summary:
    return Summary({name.replace("__", "/"): value for name, value in values.items()}, None)


def changes(summary: Summary) -> dict[str, Any]:
    refused.clear()
    return summary.changes(refused.append)


def test_nothing_is_compared_before_the_program_has_seen_it() -> None:
    assert changes(logged(a=1)) == {}


def test_added_changed_and_removed() -> None:
    summary = logged(a=1, b=2, train__loss=0.5)
    tree = summary.shown()
    assert tree == {"a": 1, "b": 2, "train": {"loss": 0.5}}
    tree["a"] = 10
    tree["new"] = {"x": 1.5}
    del tree["train"]["loss"]
    assert changes(summary) == {"a": 10, "new/x": 1.5, "train/loss": None}
    assert changes(summary) == {}


def test_another_dict_in_its_place() -> None:
    summary = logged(a=1)
    summary.replace({"z": 1})
    assert changes(summary) == {"z": 1, "a": None}


def test_an_int_for_an_equal_float_is_a_change() -> None:
    summary = logged(a=1)
    summary.shown()["a"] = 1.0
    assert changes(summary) == {"a": 1.0}


def test_the_step_is_shown_and_never_sent() -> None:
    summary = logged()
    summary.stamp(3)
    tree = summary.shown()
    tree["step"] = 99
    assert changes(summary) == {}
    summary.stamp(4)
    assert tree["step"] == 4


def test_a_list_is_kept_and_an_object_is_refused_with_words() -> None:
    summary = logged()
    summary.shown().update(sizes=[1, 2], nothing=None, thing=object())
    assert changes(summary) == {"sizes": [1, 2]}
    assert len(refused) == 1
    assert "summary['thing'] is left out" in refused[0]


def test_a_list_that_grows_is_a_change() -> None:
    summary = logged()
    summary.shown()["sizes"] = sizes = [1]
    assert changes(summary) == {"sizes": [1]}
    sizes.append(2)
    assert changes(summary) == {"sizes": [1, 2]}
    assert changes(summary) == {}


def test_a_metric_called_step_stays() -> None:
    """The dict shows the run's step there; the metric is metrics.json's `step_`."""
    summary = Summary({"step": 5, "x": 1}, 0)
    summary.shown()["y"] = 2
    assert changes(summary) == {"y": 2}


names = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)


@given(st.lists(st.tuples(names, st.integers())))
def test_no_name_hides_another(points: list[tuple[str, int]]) -> None:
    """`a` and `a/b` are both there, in any order of logging, as in metrics.json."""
    summary = Summary({}, None)
    tree = summary.shown()
    known: dict[str, int] = {}
    from dvclive.summary import flatten, put

    for name, value in points:
        put(tree, name, value)
        known[name] = value
    flat: dict[str, Any] = {}
    flatten(tree, "", flat)
    assert flat == known
    nested: dict[str, Any] = {}
    flatten(metrics_json.nested(known, None), "", nested)
    assert nested == known
