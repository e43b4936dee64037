"""Plot files as figures: dvc.yaml's word counts; without it the rows tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dvclive_cli import plots
from dvclive_cli.writers.report.figures import MAX_CLASSES, MAX_POINTS, figure
from dvclive_cli.writers.report.sheet import Figure


def made(rows: Any, **settings: Any) -> Figure:
    return figure("some/name", json.dumps(rows).encode(), settings)


class TestSklearn:
    @pytest.mark.parametrize("kind", ["roc", "precision_recall", "det", "calibration"])
    def test_each_kind_is_known_by_its_key(self, kind: str) -> None:
        data = plots.compute(kind, [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.3, 0.9], {})
        found = made(data)
        spec = plots.PLOT_KINDS[kind]
        assert (found.form, found.title, found.x_label) == ("linear", spec.title, spec.x_label)
        xs, ys = found.columns[spec.y]
        rows = data[kind]  # type: ignore[call-overload]
        assert sorted(zip(xs, ys, strict=True)) == sorted((row[spec.x], row[spec.y]) for row in rows)
        assert list(xs) == sorted(xs)
        assert found.diagonal is (kind in ("roc", "calibration"))

    def test_a_falling_curve_keeps_the_way_of_its_jumps(self) -> None:
        """Points of equal x stay beside those that they come from."""
        xs = [1.0, 0.5, 0.5, 0.0]
        ys = [0.0, 0.1, 0.8, 0.9]
        rows = [{"fpr": x, "fnr": y} for x, y in zip(xs, ys, strict=True)]
        assert made({"det": rows}).columns["fnr"] == ([0.0, 0.5, 0.5, 1.0], [0.9, 0.8, 0.1, 0.0])

    def test_confusions_are_counted(self) -> None:
        data = plots.compute("confusion_matrix", ["a", "a", "b", "c"], ["a", "b", "b", "a"], {})
        found = made(data)
        assert (found.form, found.labels) == ("confusion", ["a", "b", "c"])
        assert found.counts == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
        assert found.x_label == "True Label"
        assert not found.normalized
        assert made(data, template="confusion_normalized", x="actual", y="predicted").normalized

    def test_classes_that_are_numbers_stand_in_their_order(self) -> None:
        rows = [{"actual": str(n), "predicted": str(n)} for n in (10, 9, 2)]
        assert made(rows).labels == ["2", "9", "10"]

    def test_too_many_classes_are_said(self) -> None:
        found = made([{"actual": str(n), "predicted": "0"} for n in range(500)])
        assert len(found.labels) == MAX_CLASSES
        assert "100 of 500" in found.trouble


class TestCustom:
    ROWS = ({"a": 2, "b": 5.0, "c": "x"}, {"a": 1, "b": 6.0, "c": "y"}, {"a": 3, "b": None, "c": "z"})

    def test_what_dvc_yaml_says(self) -> None:
        found = made(self.ROWS, template="linear", x="a", y="b", title="T", x_label="X", y_label="Y")
        assert (found.title, found.x_label, found.y_label) == ("T", "X", "Y")
        assert found.columns == {"b": ([1.0, 2.0], [6.0, 5.0])}

    def test_a_cloud_keeps_its_order_and_its_points(self) -> None:
        found = made(self.ROWS, template="scatter_jitter", x="a", y="b")
        assert (found.form, found.columns["b"]) == ("scatter", ([2.0, 1.0], [5.0, 6.0]))

    def test_bars_that_lie_and_bars_that_stand(self) -> None:
        lying = made(self.ROWS, template="bar_horizontal_sorted", x="a", y="c")
        standing = made(self.ROWS, template="bar", x="c", y="a")
        assert lying.columns == standing.columns == {"a": (["x", "y", "z"], [2.0, 1.0, 3.0])}

    def test_several_columns(self) -> None:
        rows = [{"x": 0, "y": 1, "z": 2}]
        assert list(made(rows, x="x", y=["y", "z"]).columns) == ["y", "z"]

    def test_without_a_word_the_first_column_is_x(self) -> None:
        found = made(self.ROWS)
        assert (found.title, found.form, list(found.columns)) == ("some/name", "linear", ["b"])

    def test_texts_on_x_are_counted_off(self) -> None:
        assert made(self.ROWS, x="c", y="a").columns["a"] == ([0.0, 1.0, 2.0], [2.0, 1.0, 3.0])

    def test_long_ones_are_bounded(self) -> None:
        found = made([{"x": n, "y": -n} for n in range(50_000)])
        xs, ys = found.columns["y"]
        assert len(xs) == len(ys) <= MAX_POINTS
        assert (xs[0], xs[-1]) == (0, 49_999)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[1, 2]", b'{"a": 1}', b"[" * 100_000, b"\xff"])
def test_a_file_without_rows_says_so(data: bytes) -> None:
    assert figure("n", data, {}).trouble


@pytest.mark.parametrize(
    "settings", [{}, {"x": "no", "y": "no"}, {"template": "bar"}, {"template": "confusion"}, {"y": [7]}]
)
def test_no_rows_are_too_odd(settings: dict[str, Any]) -> None:
    """Whatever a program put into its plots, a figure comes of it."""
    for rows in ([{"a": None}], [{"a": [1], "b": {}}], [{}], [{"a": "t", "b": "u"}], [{"a": 1}, {"b": 2}]):
        found = made(rows, **settings)
        assert found.columns or found.trouble or found.labels
