"""Request bodies: everything fits the server's schema and limits, and nothing holds back the rest."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from dvc_studio_client.schema import SCHEMAS_BY_TYPE
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.studio import bodies
from dvclive_cli.studio.bodies import Identity, Part

WHO = Identity("git@example.com:o/r.git", "a" * 40, "brave-fox")


def valid(body: dict[str, Any]) -> dict[str, Any]:
    """The body, as strict JSON and by the client library's own schema."""
    again = json.loads(json.dumps(body, allow_nan=False))
    SCHEMAS_BY_TYPE[again["type"]](again)
    return again


def test_start_and_done_say_who_and_how() -> None:
    assert valid(bodies.start(WHO, "m" * 100, "sub")) == {
        "type": "start", "repo_url": WHO.repo_url, "baseline_sha": "a" * 40, "name": "brave-fox",
        "client": "dvclive", "message": "m" * 72, "subdir": "sub",
    }  # fmt: skip
    end = valid(bodies.done(WHO, "b" * 40, [("dvclive.failed", "exit code 3")]))
    assert end["experiment_rev"] == "b" * 40
    assert end["errors"] == [{"cls": "dvclive.failed", "text": "exit code 3"}]
    assert "experiment_rev" not in valid(bodies.done(WHO, None, []))


def test_rows_have_the_leaf_as_their_column_and_strict_values() -> None:
    part = bodies.curve(
        "d/plots/metrics/train/acc.tsv", "timestamp\tstep\tacc\n",
        '1795231524657\t0\t0.5\n1795231524658\t1\tnan\n1795231524659\t2\t"a\tb"\n', "k", 7,
    )  # fmt: skip
    body = valid(bodies.data(WHO, 2, [part]))
    assert body["plots"]["d/plots/metrics/train/acc.tsv"]["data"] == [
        {"timestamp": "1795231524657", "step": 0, "acc": 0.5},
        {"timestamp": "1795231524658", "step": 1, "acc": "nan"},
        {"timestamp": "1795231524659", "step": 2, "acc": "a\tb"},
    ]
    assert (part.key, part.mark) == ("k", 7)


def test_what_json_cannot_say_becomes_text() -> None:
    parts = [
        bodies.params("params.yaml", {"lr": math.inf, "n": {"x": [math.nan]}, "o": object, "none": None}),
        bodies.metrics("metrics.json", {"step": 1, "train": {"loss": -math.inf, "t": "text"}}),
    ]
    body = valid(bodies.data(WHO, 1, parts))
    assert body["params"]["params.yaml"]["n"] == {"x": ["nan"]}
    assert body["metrics"]["metrics.json"]["data"]["train"] == {"loss": "-inf", "t": "text"}


@pytest.mark.parametrize("content", ["", "[1, 2]", '{"a": 1}', '[{"x": 1}, 2]', "\x00"])
def test_a_plot_that_is_none_is_left_out(content: str) -> None:
    part = bodies.plot("p.json", content, {}, "k", 1)
    assert part.fault
    assert part.content is None


def test_plots_and_pictures_with_their_properties() -> None:
    roc = bodies.plot("roc.json", '{"roc": [{"fpr": 0, "tpr": NaN}]}', {"x": "fpr", "y": "tpr"}, "k", 1)
    picture = bodies.image("i.png", b"\x89PNG", {}, "i", 1)
    assert roc.fault == picture.fault == ""
    shown = valid(bodies.data(WHO, 0, [roc, picture]))["plots"]
    assert shown["roc.json"] == {"data": [{"fpr": 0, "tpr": "nan"}], "props": {"x": "fpr", "y": "tpr"}}
    assert shown["i.png"] == {"image": "iVBORw=="}


def test_a_picture_beyond_the_limit_is_left_out() -> None:
    assert "10 MB" in bodies.image("i.png", bytes(bodies.MAX_PLOT), {}, "i", 1).fault


sizes = st.lists(
    st.tuples(st.sampled_from(["plots", "metrics"]), st.integers(0, 30), st.integers(1, 10_000_000))
)


@given(sizes)
def test_every_part_is_in_a_request_within_the_limits(found: list[tuple[str, int, int]]) -> None:
    parts = [Part(section, str(path), None, size) for section, path, size in found]
    batches = list(bodies.requests(parts))
    assert [part for batch in batches for part in batch] == parts
    for batch in batches:
        assert sum(part.size for part in batch) <= bodies.MAX_REQUEST
        assert len({(part.section, part.path) for part in batch}) == len(batch)


def test_230_plots_take_two_requests() -> None:
    batches = list(bodies.requests([Part("plots", str(n), None, 10) for n in range(230)]))
    assert [len(batch) for batch in batches] == [200, 30]
