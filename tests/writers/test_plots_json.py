"""Custom plots' data, and the tables that plots are made from."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dvclive_cli.errors import UsageError
from dvclive_cli.writers.plots_json import check_columns, read_table, read_values, render


def test_rows_are_indented_by_4():
    assert render([{"e": 1, "l": 0.5}]) == '[\n    {\n        "e": 1,\n        "l": 0.5\n    }\n]'


def test_nan_and_infinities_are_null_and_never_half_a_file():
    rows = [{"a": float("nan"), "b": np.float32("inf"), "c": np.array([1.0, np.nan]), "d": np.int64(3)}]
    assert json.loads(render(rows), parse_constant=lambda word: pytest.fail(word)) == [
        {"a": None, "b": None, "c": [1.0, None], "d": 3}
    ]


def test_what_json_cannot_say_is_refused():
    with pytest.raises(UsageError, match="plot-data"):
        render([{"a": object()}])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "x,y,who\r\n1,0.5,cat\r\n2,1e-3,dog\r\n"),
        ("t.tsv", "x\ty\twho\n1\t0.5\tcat\n\n2\t1e-3\tdog\n"),
        ("t.CSV", '\ufeffx,y,who\n1,0.5,"cat"\n2,1e-3,dog'),
        ("t.json", '[{"x": 1, "y": 0.5, "who": "cat"}, {"x": 2, "y": 0.001, "who": "dog"}]'),
        ("u.json", '{"roc": [{"x": 1, "y": 0.5, "who": "cat"}, {"x": 2, "y": 0.001, "who": "dog"}]}'),
    ],
)
def test_tables_are_read_and_typed(tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode())
    assert read_table(str(tmp_path / name)) == [
        {"x": 1, "y": 0.5, "who": "cat"},
        {"x": 2, "y": 0.001, "who": "dog"},
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.json", "[1, 2]"), ("a.csv", b"\xff\xfe\0"), ("no", None)]
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError):
        read_table(str(tmp_path / name))


def test_labels_are_read_from_every_kind_of_file(tmp_path):
    (tmp_path / "a.csv").write_text("label\n0\n1\n1\n")
    (tmp_path / "b.csv").write_text("0\n1\n1\n")
    (tmp_path / "c.tsv").write_text("id\tlabel\n7\t0\n8\t1\n9\t1\n")
    (tmp_path / "d.json").write_text("[0, 1, 1]")
    np.save(tmp_path / "e.npy", np.array([0, 1, 1]))
    for name in ("a.csv", "b.csv", "c.tsv", "d.json", "e.npy"):
        assert list(read_values(str(tmp_path / name))) == [0, 1, 1], name
    assert read_values([0, 1]) == [0, 1]


def test_texts_as_labels_have_no_header_to_guess(tmp_path):
    (tmp_path / "a.csv").write_text("cat\ndog\n")
    assert read_values(str(tmp_path / "a.csv")) == ["cat", "dog"]


def test_a_pickle_in_an_npy_file_is_not_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(UsageError, match="plot-file"):
        read_values(str(tmp_path / "a.npy"))


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(UsageError, match=r"no column 'z'.*There are: x, y"):
        check_columns([{"x": 1, "y": 2}], ["x", "z"])
    with pytest.raises(UsageError, match="not a list of objects"):
        check_columns([1, 2], [])
    check_columns([], ["x"])
