"""plots/metrics/*.tsv: the journal of the run."""

from __future__ import annotations

import csv
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.series import Series
from dvclive_cli.writers.metrics_tsv import MetricsTsv, header, last_value, mend, quoted


def write(tsv, name, *rows, now=1000):
    series = Series(name)
    series.rows = list(rows)
    tsv.write([series], now)


def read(path):
    with open(path, newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


def test_the_header_comes_once_and_names_the_last_part(tmp_path):
    tsv = MetricsTsv(str(tmp_path / "metrics"))
    write(tsv, "train/loss", (0, None, "0.50"), (1, None, "nan"))
    write(tsv, "train/loss", (2, None, "0.25"))
    assert (tmp_path / "metrics/train/loss.tsv").read_bytes() == b"step\tloss\n0\t0.50\n1\tnan\n2\t0.25\n"


def test_a_timestamp_stands_first(tmp_path):
    tsv = MetricsTsv(str(tmp_path))
    write(tsv, "a", (0, 1623671484747, "0.4"))
    assert (tmp_path / "a.tsv").read_text() == "timestamp\tstep\ta\n1623671484747\t0\t0.4\n"


def test_a_row_without_a_time_in_a_file_with_times_gets_the_time_it_arrived(tmp_path):
    tsv = MetricsTsv(str(tmp_path))
    write(tsv, "a", (0, 5, "1"), (1, None, "2"), now=77)
    assert read(tmp_path / "a.tsv") == [["timestamp", "step", "a"], ["5", "0", "1"], ["77", "1", "2"]]


def test_a_time_that_comes_later_is_left_out_and_told(tmp_path):
    tsv = MetricsTsv(str(tmp_path))
    write(tsv, "a", (0, None, "1"))
    write(tsv, "a", (1, 5, "2"))
    assert read(tmp_path / "a.tsv") == [["step", "a"], ["0", "1"], ["1", "2"]]
    assert tsv.timestamps_dropped == {"a"}


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), min_size=1
    )
)
def test_any_text_is_read_back_by_csv(tmp_path_factory, texts):
    tsv = MetricsTsv(str(tmp_path_factory.mktemp("tsv")))
    write(tsv, "a\tb", *((step, None, text) for step, text in enumerate(texts)))
    path = tsv.path("a\tb")
    assert read(path) == [["step", "a\tb"], *([str(step), text] for step, text in enumerate(texts))]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "x y", "'", "é"])
def test_quoting_is_minimal(text):
    assert quoted(text) == text


def test_a_metric_called_step_has_a_column_of_its_own(tmp_path):
    assert header("step", False) == "step\tstep_\n"
    assert header("x/step", True) == "timestamp\tstep\tstep_\n"
    assert header("timestamp", False) == "step\ttimestamp\n"
    assert header("timestamp", True) == "timestamp\tstep\ttimestamp_\n"


def test_a_name_that_is_no_path_stays_inside_and_is_told(tmp_path):
    tsv = MetricsTsv(str(tmp_path / "metrics"))
    write(tsv, "../x", (0, None, "1"))
    assert os.listdir(tmp_path) == ["metrics"]
    assert tsv.renamed == {"../x": str(tmp_path / "metrics/%2E%2E/x.tsv")}


def test_a_and_a_slash_b_both_have_files(tmp_path):
    tsv = MetricsTsv(str(tmp_path))
    for name in ("a", "a/b", "a.tsv/c"):
        write(tsv, name, (0, None, "1"))
    assert len(tsv.found()) == 3
    assert not tsv.appender.waiting


ROWS = ["step\tloss\n", "0\t0.5\n", "1\t0.25\n", '2\t"a\nb"\n', '3\t"say ""x"""\n', "4\tlast\n"]


def test_a_row_torn_at_any_byte_is_dropped_and_the_rest_kept(tmp_path):
    whole = "".join(ROWS).encode()
    path = tmp_path / "a.tsv"
    ends = [len("".join(ROWS[:count]).encode()) for count in range(len(ROWS) + 1)]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        row = mend(str(path))
        kept = max(end for end in ends if end <= size)
        assert path.read_bytes() == whole[:kept], size
        assert (row is None) == (kept <= ends[1]), size


def test_only_the_end_of_a_long_file_is_looked_at_and_a_huge_row_is_whole(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("step\ta\n" + "1\t2\n" * 100_000 + "3\t" + "x" * 500_000 + "\n4\t")
    assert mend(str(path)) == "3\t" + "x" * 500_000
    assert path.stat().st_size == 7 + 400_000 + 500_003


def test_resume_tells_the_last_step_and_appends_behind(tmp_path):
    folder = str(tmp_path)
    (tmp_path / "a.tsv").write_text("step\ta\n0\t1\n7\t2\n8\t")
    (tmp_path / "b.tsv").write_text("timestamp\tstep\tb\n55\t3\t1\n")
    (tmp_path / "c.tsv").write_text("st")
    tsv = MetricsTsv(folder)
    assert tsv.resume() == 7
    write(tsv, "a", (8, 9, "3"))
    write(tsv, "b", (8, None, "3"), now=66)
    write(tsv, "c", (8, None, "3"))
    assert read(tmp_path / "a.tsv") == [["step", "a"], ["0", "1"], ["7", "2"], ["8", "3"]]
    assert read(tmp_path / "b.tsv") == [["timestamp", "step", "b"], ["55", "3", "1"], ["66", "8", "3"]]
    assert read(tmp_path / "c.tsv") == [["step", "c"], ["8", "3"]]


def test_what_a_resumed_run_has_not_yet_gone_on_with_is_not_taken_back(tmp_path):
    """A recorder killed right after it has resumed: the rows of the earlier part stay."""
    (tmp_path / "a.tsv").write_text("step\ta\n0\t1\n")
    first = MetricsTsv(str(tmp_path))
    first.resume()
    MetricsTsv(str(tmp_path)).restore(first.checkpoint())
    assert read(tmp_path / "a.tsv") == [["step", "a"], ["0", "1"]]


def test_resume_of_nothing_knows_no_step(tmp_path):
    assert MetricsTsv(str(tmp_path / "none")).resume() is None


@pytest.mark.parametrize(
    ("row", "value"),
    [("3\t1", 1), ("3\t0.5", 0.5), ("3\tTrue", True), ("3\tx", "x"), ('3\t"a ""b"""', 'a "b"')],
)
def test_the_last_value_is_typed_again(row, value):
    assert last_value(row) == value
    assert type(last_value(row)) is type(value)
