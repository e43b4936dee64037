"""A run as other tools take it."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import pytest

from dvclive_cli.export import FORMATS, Curve, Recorded, render
from dvclive_cli.export.values import Point
from dvclive_cli.outcome import Outcome


def curve(name: str, *values: float, step: int = 0) -> Curve:
    return Curve(name, [Point(step + index, value) for index, value in enumerate(values)])


def run(*curves: Curve, title: str = "brave-fox", **params: object) -> Recorded:
    metrics = {one.name: one.points[-1].value for one in curves}
    return Recorded(title, Outcome("completed", 0, None, 0), 12.0, 3, metrics, params, curves)  # type: ignore[arg-type]


HOSTILE = '<img src=x onerror=alert(1)>|`*_"];\n```\n# title'


class TestMarkdown:
    def test_last_and_best_of_each_metric(self) -> None:
        text = render(
            run(curve("loss", 1.0, 0.25, 0.5), curve("acc", 0.5, 0.9, 0.8), curve("lr", 1, 2, 3)), "markdown"
        )
        assert "### ✅ brave-fox: completed after 12.0 s" in text
        assert "| loss | 0.5 | 0.25 | 1 | █▁▃ |" in text
        assert "| acc | 0.8 | 0.9 | 1 | ▁█▆ |" in text
        assert "| lr | 3 |  |  | ▁▅█ |" in text

    def test_a_change_is_marked_where_the_name_says_what_is_good(self) -> None:
        base = run(
            curve("loss", 1.0),
            curve("acc", 0.8),
            curve("size", 10.0),
            curve("old", 1.0),
            title="main",
            lr=1,
            n=2,
        )
        text = render(
            run(curve("loss", 0.5), curve("acc", 0.4), curve("size", 12.0), curve("new", 1.0), lr=2, n=2),
            "markdown",
            base,
        )
        assert "Compared with main." in text
        assert "| loss | 0.5 | 1 | -0.5 (-50.0%) 🟢 |" in text
        assert "| acc | 0.4 | 0.8 | -0.4 (-50.0%) 🔴 |" in text
        assert "| size | 12 | 10 | +2 (+20.0%) |" in text
        assert "| new | 1 |  | new |" in text
        assert "Only in main: old." in text
        assert "| lr | 1 | 2 |" in text
        assert "| n | 2 | 2 |" not in text

    def test_train_and_validation_share_a_chart(self) -> None:
        text = render(
            run(curve("train/loss", 3, 2, 1), curve("val_loss", 4, 3, 2), curve("acc", 1, 2, 3)), "markdown"
        )
        assert text.count("xychart-beta") == 2
        assert "🟣 train/loss 🟠 val\\_loss" in text
        assert "line [3, 2, 1]\n    line [4, 3, 2]" in text

    def test_a_chart_is_bounded_and_without_exponents(self) -> None:
        text = render(run(curve("loss", *(1e-7 * step for step in range(100_000)))), "markdown")
        line = text.split("line [")[1].split("]")[0].split(", ")
        assert len(line) == 60
        assert "e" not in "".join(line)
        assert len(text) < 4000

    @pytest.mark.parametrize(
        "values", [(), (1.0,), (1.0, 2.0), (5.0, 5.0, 5.0), (math.nan,) * 5, ("a", "b", "c")]
    )
    def test_nothing_is_drawn_where_there_is_no_curve(self, values: tuple[float, ...]) -> None:
        text = render(run(*([curve("loss", *values)] if values else [])), "markdown")
        assert "mermaid" not in text

    def test_text_from_a_program_stays_text(self) -> None:
        """No markup, no line of its own, no end of the code block."""
        text = render(run(curve(HOSTILE, 1, 2, 3), title=HOSTILE, **{HOSTILE: HOSTILE}), "markdown")
        assert not re.search(r"(?<!\\)<img", text)
        assert all(not line.startswith("# ") for line in text.splitlines())
        assert text.count("```") == 2
        assert 'title "' in text
        assert text.split('title "')[1].split("\n")[0].count('"') == 1

    def test_a_failure_shows(self) -> None:
        failed = run(curve("loss", 1))._replace(outcome=Outcome("failed", 3, None, 0))
        assert "### ❌ brave-fox: failed, exit code 3 after 12.0 s" in render(failed, "markdown")
        assert "no end was recorded" in render(failed._replace(outcome=None, seconds=None), "markdown")

    def test_many_metrics_stay_within_a_page(self) -> None:
        text = render(run(*(curve(f"m{n}", 1, 2, 3) for n in range(1000))), "markdown")
        assert "... and 940 more metrics." in text
        assert text.count("xychart-beta") == 12
        assert "<details><summary>8 more charts</summary>" in text


class TestOpenMetrics:
    def test_gauges_that_end_with_eof(self) -> None:
        text = render(run(curve("train/loss", 0.5), curve("1st", 2)), "openmetrics")
        assert text == "# TYPE train_loss gauge\ntrain_loss 0.5\n# TYPE _1st gauge\n_1st 2\n# EOF\n"

    def test_names_that_meet_are_told_apart(self) -> None:
        text = render(run(curve("a/b", 1), curve("a_b", 2), curve('a"b', 3)), "openmetrics")
        assert text.count("# TYPE a_b gauge") == 1
        assert '{name="a/b"} 1' in text
        assert '{name="a_b"} 2' in text
        assert '{name="a\\"b"} 3' in text

    def test_what_is_no_number_is_left_out(self) -> None:
        past = run()._replace(metrics={"t": "text", "n": math.nan, "i": -math.inf, "b": True, "l": [1]})
        found = [line for line in render(past, "openmetrics").splitlines() if not line.startswith("#")]
        assert found == ["n NaN", "i -Inf", "b 1"]


class TestTables:
    def test_csv_has_a_row_a_step(self) -> None:
        text = render(run(curve("a", 1, 2, 3), curve('b,"c', 5, step=2)), "csv")
        assert list(csv.reader(io.StringIO(text))) == [
            ["step", "a", 'b,"c'],
            ["0", "1", ""],
            ["1", "2", ""],
            ["2", "3", "5"],
        ]

    def test_a_step_that_came_twice_has_two_rows(self) -> None:
        twice = Curve("a", [Point(0, 1), Point(0, 2), Point(1, 3)])
        assert render(run(twice), "csv") == "step,a\n0,1\n0,2\n1,3\n"

    def test_json_is_strict(self) -> None:
        past = run(curve("a", math.nan), lr=[math.inf, {"x": math.nan}])
        found = json.loads(render(past, "json"), parse_constant=lambda name: pytest.fail(name))
        assert found["metrics"] == {"a": "nan"}
        assert found["params"] == {"lr": ["inf", {"x": "nan"}]}

    def test_json_says_the_change(self) -> None:
        found = json.loads(
            render(run(curve("a", 3), curve("t", 1)), "json", run(curve("a", 1), title="main"))
        )
        assert found["base"]["title"] == "main"
        assert found["change"] == {"a": 2}


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_with_nothing_in_it(form: str) -> None:
    assert render(Recorded("x", None, None, None, {}, {}, ()), form)
