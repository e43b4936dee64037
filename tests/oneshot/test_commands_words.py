"""What words, files and standard input mean; and that what means nothing is refused, with the way out."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy
import pytest
from shell import good, rows, sh

from dvclive_cli.errors import UsageError
from dvclive_cli.events import Artifact, Metric, Param, Plot, SklearnPlot, Summary
from dvclive_cli.oneshot import build, reading, table, values


@pytest.mark.parametrize(
    ("word", "value", "text"),
    [
        ("1", 1, None),
        ("-3", -3, None),
        ("0.50", 0.5, "0.50"),
        ("1e-3", 0.001, "1e-3"),
        (" 2 ", 2, None),
        ("true", True, None),
        ("False", False, None),
        ("inf", math.inf, None),
        ("passed", "passed", None),
        ("v1.2", "v1.2", None),
        ('"12ms"', "12ms", None),
        ("1" * 40, int("1" * 40), None),
    ],
)
def test_a_value(word, value, text):
    assert values.value("m", word) == (value, text)


@pytest.mark.parametrize(
    ("word", "reason", "advice"),
    [
        ("12ms", "'ms' stands behind it", "Write 12, and put the unit into the name, e.g. m_ms"),
        ("3.5 s", "'s' stands behind it", "Write 3.5"),
        ("5%", "'%' stands behind it", "Write 5, without unit"),
        ("1,234", "thousands separators", "Write 1234."),
        ("1,234,567.5", "thousands separators", "Write 1234567.5."),
        ("1_000", "thousands separators", "Write 1000."),
        ("1 000", "thousands separators", "Write 1000."),
        ("0,5", "comma", "write 0.5"),
        ("$3", "is not a number", "digits only"),
        ("~3", "is not a number", "digits only"),
        ("2024-01-01", "is not a number", "quote it for JSON"),
        ("1.2.3", "is not a number", "quote it for JSON"),
        ("0x10", "is not a number", "quote it for JSON"),
        ("", "empty", "variable"),
        ("1" * 5000, "4300", ""),
    ],
)
def test_what_looks_like_a_number_and_is_none(word, reason, advice):
    with pytest.raises(UsageError) as caught:
        values.value("m", word)
    assert reason in str(caught.value)
    assert advice in str(caught.value)


@pytest.mark.parametrize("words", [[], ["a"], ["a", "1", "2"], ["a=1", "2"], ["=1"], ["", "1"], ["a=1", "b"]])
def test_words_that_are_no_pairs(words):
    with pytest.raises(UsageError, match="wants NAME VALUE"):
        build.events("log-metric", {}, words)


def test_several_metrics_at_once():
    assert build.events("log-metric", {"step": 3, "plot": False}, ["a=1", "b/c=x=y"]) == [
        Metric("a", 1, 3, None, False),
        Metric("b/c", "x=y", 3, None, False),
    ]


def test_parameters_are_what_a_person_means():
    words = ["lr=1e-3", "layers=[64, 64]", "off=false", "none=null", "name=res net", "size=10GB"]
    found = {event.name: event.value for event in build.events("log-param", {}, words)}
    assert found == {
        "lr": 0.001,
        "layers": [64, 64],
        "off": False,
        "none": None,
        "name": "res net",
        "size": "10GB",
    }


def test_a_secret_is_not_written_down():
    """As with the options of a program that `dvclive run` records."""
    assert "abc123" not in repr(build.events("log-param", {}, ["api_key=abc123", "url=http://u:abc123@h/"]))


def test_a_summary():
    assert build.events("summary", {}, ["best=0.5", "verdict=ok"]) == [
        Summary("best", 0.5),
        Summary("verdict", "ok"),
    ]


def test_an_artifact(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").write_text("")
    given = {"type": "model", "label": ["a"], "meta": ["k=1", "v=x"], "copy": True, "cache": False}
    assert build.events("log-artifact", given, ["m"]) == [
        Artifact(str(tmp_path / "m"), "model", labels=("a",), meta={"k": 1, "v": "x"}, copy=True, cache=False)
    ]


FILES = {
    "p.yaml": "lr: 0.1\nlayers: [1, 2]\n",
    "p.json": '{"lr": 0.1, "layers": [1, 2]}',
    "p.toml": "lr = 0.1\nlayers = [1, 2]\n",
    "p.csv": "lr,layers\n0.1,'[1, 2]'\n".replace("'", '"'),
    "p.tsv": "lr\tlayers\n0.1\t[1, 2]\n",
    "p.jsonl": '{"lr": 0.1}\n{"layers": [1, 2]}\n',
    "pairs.csv": 'name,value\nlr,0.1\nlayers,"[1, 2]"\n',
    "no-suffix": "lr: 0.1\nlayers: [1, 2]\n",
    "equals": "lr=0.1\nlayers = [1, 2]\n",
    "braces": '{"lr": 0.1,\n "layers": [1, 2]}\n',
}


@pytest.mark.parametrize("name", FILES)
def test_parameters_of_a_file(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name])
    assert build.events("log-params", {}, [str(path)]) == [Param("lr", 0.1), Param("layers", [1, 2])]


TABLES = {
    "t.csv": "x,y\n1,0.5\n2,a\n",
    "t.tsv": "x\ty\n1\t0.5\n2\ta\n",
    "t.json": '[{"x": 1, "y": 0.5}, {"x": 2, "y": "a"}]',
    "key.json": '{"rows": [{"x": 1, "y": 0.5}, {"x": 2, "y": "a"}]}',
    "columns.json": '{"x": [1, 2], "y": [0.5, "a"]}',
    "t.jsonl": '{"x": 1, "y": 0.5}\n{"x": 2, "y": "a"}\n',
    "t.yaml": "- {x: 1, y: 0.5}\n- {x: 2, y: a}\n",
    "t.txt": "x,y\n1,0.5\n2,a\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_plot_of_a_file(tmp_path, name):
    path = tmp_path / name
    path.write_text(TABLES[name])
    [plot] = build.events("log-plot", {"x": "x", "y": ["y"], "title": "T"}, ["p", str(path)])
    assert plot == Plot("p", [{"x": 1, "y": 0.5}, {"x": 2, "y": "a"}], "x", ("y",), None, "T")


def test_arrays_of_numpy(tmp_path):
    numpy.save(tmp_path / "table.npy", numpy.array([[1, 2], [3, 4]]))
    numpy.save(tmp_path / "list.npy", numpy.array([0.5, 1]))
    numpy.save(tmp_path / "named.npy", numpy.array([(1, 2.0)], dtype=[("x", int), ("y", float)]))
    assert reading.load(str(tmp_path / "table.npy")) == [{"0": 1, "1": 2}, {"0": 3, "1": 4}]
    assert reading.load(str(tmp_path / "list.npy")) == [0.5, 1.0]
    assert reading.load(str(tmp_path / "named.npy")) == [{"x": 1, "y": 2.0}]


def test_labels_and_predictions(tmp_path):
    (tmp_path / "y").write_text("0\n1\n")
    (tmp_path / "y.csv").write_text("id,label\n7,0\n8,1\n")
    (tmp_path / "p.json").write_text("[0.1, 0.9]")
    for labels in ("y", "y.csv"):
        given = {"labels": str(tmp_path / labels), "predictions": str(tmp_path / "p.json"), "name": "n.json"}
        assert build.events("log-sklearn-plot", given, ["roc"]) == [
            SklearnPlot("roc", [0, 1], [0.1, 0.9], "n")
        ]
    given = {"file": str(tmp_path / "y.csv"), "label_column": "label", "prediction_column": "id"}
    [plot] = build.events("log-sklearn-plot", {**given, "option": ["drop=true"]}, ["roc"])
    assert (plot.labels, plot.predictions, plot.options) == ([0, 1], [7, 8], {"drop": True})


@pytest.mark.parametrize(
    ("command", "given", "words", "said"),
    [
        ("log-plot", {"x": "x", "y": ["y"]}, ["p", "missing.csv"], "cannot be read: No such file"),
        ("log-plot", {"x": "x"}, ["p", "t.csv"], "needs --x COLUMN and --y COLUMN"),
        ("log-plot", {"x": "x", "y": ["z"]}, ["p", "t.csv"], "no column 'z'"),
        ("log-plot", {"x": "x", "y": ["y"]}, ["p", "ragged.csv"], "row 3 has 1 cells, the heading 2"),
        ("log-plot", {"x": "x", "y": ["y"]}, ["p", "bad.json"], "bad.json:1:"),
        ("log-plot", {"x": "x", "y": ["y"]}, ["p", "latin.csv"], "not UTF-8 (byte 4)"),
        ("log-plot", {"x": "x", "y": ["y"]}, ["p", "empty.csv"], "no table of rows"),
        ("log-sklearn-plot", {}, ["roc"], "--labels FILE is missing"),
        ("log-sklearn-plot", {}, ["rock"], "no scikit-learn plot 'rock'"),
        (
            "log-sklearn-plot",
            {"labels": "three", "predictions": "two"},
            ["roc"],
            "3 labels and 2 predictions",
        ),
        ("log-sklearn-plot", {"file": "t.csv"}, ["roc"], "--label-column"),
        ("log-image", {}, ["missing.png"], "does not exist"),
        ("log-image", {}, ["t.csv"], "no suffix of a picture"),
        ("log-image", {}, ["-"], "needs a NAME"),
        ("log-artifact", {}, ["missing"], "does not exist"),
        ("log-artifact", {}, [], "wants one PATH"),
        ("log-artifact", {"meta": ["x"]}, ["t.csv"], "--meta: 'x' is not NAME=VALUE"),
        ("log-params", {}, ["three"], "a mapping of names to values"),
        ("log-params", {}, ["bad.json"], "bad.json:1:"),
        ("log-metric", {"file": "three"}, [], "names no metrics"),
        ("log-metric", {"file": "units.json"}, [], "'3ms' is not a number"),
        ("log-metric", {"file": "t.csv"}, ["a=1"], "too"),
        ("set-step", {}, ["x"], "no whole number"),
        ("set-step", {}, [], "wants one N"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path, monkeypatch, command, given, words, said):
    """As a mistake of usage, with what is wrong and where."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x,y\n1,2\n")
    (tmp_path / "ragged.csv").write_text("x,y\n1,2\n3\n")
    (tmp_path / "bad.json").write_text('{"a" 1}')
    (tmp_path / "latin.csv").write_bytes(b"x,y\n\xe9,1\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "three").write_text("1\n2\n3\n")
    (tmp_path / "two").write_text("1\n2\n")
    (tmp_path / "units.json").write_text('{"time": "3ms"}')
    with pytest.raises(UsageError) as caught:
        build.events(command, given, words)
    assert said in str(caught.value)


def test_metrics_of_a_file(tmp_path: Path) -> None:
    """A table has a row a step; a JSON object is one point of each of its names."""
    (tmp_path / "steps.csv").write_text("step,loss,acc\n5,0.50,1\n6,0.25,\n")
    (tmp_path / "result.json").write_text('{"test": {"loss": 0.5, "ok": true}, "name": "x"}')
    good("dvclive log-metric --file steps.csv; dvclive log-metric --file result.json --step 9", tmp_path)
    assert rows(tmp_path, "loss") == ["5 0.50", "6 0.25"]
    assert rows(tmp_path, "acc") == ["5 1"]
    assert rows(tmp_path, "test/loss") == ["9 0.5"]
    assert rows(tmp_path, "test/ok") == ["9 True"]
    assert rows(tmp_path, "name") == ["9 x"]


def test_standard_input(tmp_path: Path) -> None:
    script = """
    echo 3 | dvclive log-metric one -
    printf '1\\n2\\n\\n' | dvclive log-metric many - --step 7
    printf '{"a": 1}' | dvclive log-metric --file -
    echo 'a text' | dvclive log-param p -
    printf 'q: 1\\n' | dvclive log-params -
    printf 'x,y\\n1,2\\n' | dvclive log-plot curve - --x x --y y
    """
    good(script, tmp_path)
    assert [rows(tmp_path, name) for name in ("one", "many", "a")] == [["0 3"], ["7 1", "8 2"], ["8 1"]]
    assert (tmp_path / "dvclive" / "params.yaml").read_text() == "p: a text\nq: 1\n"
    assert json.loads((tmp_path / "dvclive/plots/custom/curve.json").read_text()) == [{"x": 1, "y": 2}]


def test_standard_input_that_is_empty_is_a_mistake(tmp_path: Path) -> None:
    """The command before it in the pipe has failed: no point, and the script hears of it."""
    done = sh("false | dvclive log-metric a -", tmp_path)
    assert (done.returncode, os.listdir(tmp_path)) == (2, [])
    assert "standard input is empty" in done.stderr


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (["a", "-1"], ({}, ["a", "-1"])),
        (["--step", "3", "a", "-.5"], ({"step": 3}, ["a", "-.5"])),
        (["a", "1", "--step=-2"], ({"step": -2}, ["a", "1"])),
        (["a", "-", "--no-plot", "--timestamp"], ({"plot": False, "timestamp": True}, ["a", "-"])),
        (["--", "--a", "-x"], ({}, ["--a", "-x"])),
        (["a", "-inf"], ({}, ["a", "-inf"])),
        (["a", "1", "--step", "x"], None),
        (["a", "1", "--step"], None),
        (["a", "1", "--stepp", "1"], None),
        (["a", "1", "--timestamp=1"], None),
        (["--help"], None),
    ],
)
def test_a_complete_command_line_is_read_without_click(argv, wanted):
    assert table.scan(table.BY_COMMAND["log-metric"], argv) == wanted


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("log-metric a -1 --stepp 3", "No such option"),
        ("log-metric a -1 --step x", "'x' is not a valid integer"),
        ("end --status great", "is not one of"),
        ("end --exit-code 3 --status failed", "both say how it went"),
        ("next-step 3", "unexpected extra argument"),
        ("log-metrics a 1", "No such command"),
    ],
)
def test_mistakes_of_usage_have_their_status(tmp_path: Path, words: str, said: str) -> None:
    done = sh(f"dvclive {words}", tmp_path)
    assert (done.returncode, os.listdir(tmp_path)) == (2, [])
    assert said in done.stderr


def test_a_negative_number_also_reaches_through_click(tmp_path: Path) -> None:
    """Where click has to read the words, because an option is abbreviated as only click knows."""
    from click.testing import CliRunner

    from dvclive_cli.cli import cli

    done = CliRunner().invoke(cli, ["log-metric", "--dir", str(tmp_path / "d"), "a", "-0.5"])
    assert done.exit_code == 0, done.output
    assert rows(tmp_path, "a", "d") == ["0 -0.5"]
