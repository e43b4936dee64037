"""What is logged by name is not also taken from prints."""

from __future__ import annotations

import os

import pytest
from processes import DVCLIVE, ROOT, Place, python, read_file

from dvclive_cli.capture import Columns, Match
from dvclive_cli.capture.logged import Logged
from dvclive_cli.events import Metric, NextStep, Param, Points, Printed

ASKED = {"protocol", "pattern"}


def printed(*names: str, rule: str = "pairs") -> Match:
    return Match(1, rule, [Metric(name, 1) for name in names])


def test_nothing_is_left_out_while_nothing_is_logged() -> None:
    logged = Logged()
    assert logged.heed([printed("loss")], ASKED, 1, {}) == [printed("loss")]
    logged.hear([Match(1, "protocol", [Param("loss", 1), NextStep()])], {})
    assert logged.heed([printed("loss")], ASKED, 1, {}) == [printed("loss")]
    assert logged.left_out == ""


def test_a_name_that_is_logged_is_guessed_no_more() -> None:
    logged = Logged()
    logged.hear([printed("loss", rule="protocol")], {})
    assert logged.heed([printed("loss", "acc")], ASKED, 1, {}) == [printed("acc")]
    assert logged.left_out == "loss"


def test_a_record_says_what_its_metric_is_called_in_print() -> None:
    logged = Logged()
    line = b'{"printed": true, "names": ["val_loss", "loss"]}\nprinted na'
    assert logged.overhear(line) == line.index(b"\n") + 1
    assert logged.heed([printed("val_loss", "acc")], ASKED, 1, {}) == [printed("acc")]
    logged.hear([Match(1, "protocol", [Printed(("acc",))])], {})
    assert logged.heed([printed("loss", "acc")], ASKED, 1, {}) == [printed()]
    assert logged.left_out == ""  # nobody has to be told: nothing is lost


def at(line: int, name: str = "loss") -> Match:
    return printed(name)._replace(line=line)


def test_what_is_printed_after_a_training_is_something_else() -> None:
    """By the line: a print may be decided after its line, and read before the record that was sent first."""
    logged = Logged()
    claim, over = Printed(("loss", "acc")), Printed(("loss", "acc"), over=True)
    logged.overhear(b'printed names=["loss","acc"]\nprinted names=["loss","acc"] over=true\n')
    assert logged.heed([at(1)], ASKED, 1, {}) == [at(1)._replace(events=[])]
    logged.hear([Match(1, "protocol", [claim])], {1: (1, 1)})
    assert logged.heed([at(2)], ASKED, 1, {}) == [at(2)._replace(events=[])]
    logged.hear([Match(1, "protocol", [over])], {1: (3, 4), 2: (1, 1)})  # line 4 is still open
    assert logged.heed([at(4, "acc"), at(5)], ASKED, 1, {}) == [at(4)._replace(events=[]), at(5)]
    assert logged.heed([at(4)], ASKED, 2, {}) == [at(4)]
    logged.begin_streams()
    assert logged.heed([at(1)], ASKED, 1, {}) == [at(1)]


def test_what_is_printed_between_two_trainings_is_something_else() -> None:
    logged = Logged()
    claim, over = Printed(("loss",)), Printed(("loss",), over=True)
    logged.hear([Match(1, "protocol", [claim])], {1: (0, 0)})
    for line in (1, 4, 7):
        logged.hear([Match(1, "protocol", [over])], {1: (line, line)})
        logged.hear([Match(1, "protocol", [claim])], {1: (line + 1, line + 2)})  # a bar has begun
    counts = [line for line in range(1, 10) if logged.heed([at(line)], ASKED, 1, {}) == [at(line)]]
    assert counts == [2, 5, 8]


def test_names_of_lines_in_bulk() -> None:
    def columns(*names: str) -> Columns:
        return Columns(1, "pairs", [Points(name, None, [1, 2], ["1", "2"]) for name in names])

    logged = Logged()
    logged.hear([columns("loss")], {})
    assert logged.heed([columns("loss", "acc")], ASKED, 1, {}) == [columns("acc")]


def test_a_marked_line_is_a_record() -> None:
    """Its own values count, and what stands in the same piece of output is left out already."""
    logged = Logged()
    both = [printed("loss"), printed("loss", rule="protocol")]
    assert logged.heed(both, ASKED, 1, {}) == [printed(), printed("loss", rule="protocol")]


def test_what_the_user_asked_for_counts() -> None:
    logged = Logged()
    logged.hear([printed("loss", rule="protocol")], {})
    assert logged.heed([printed("loss", rule="pattern")], ASKED, 1, {}) == [printed("loss", rule="pattern")]


SAYS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from dvclive.channel import Channel
channel = Channel(os.environ["DVCLIVE_FIFO"])
channel.open()
for epoch in range(3):
    if sys.argv[2] == "fifo":
        channel.send(b"loss=0.%d step=%d\\n" % (epoch, epoch))
        channel.ask("sync")
    else:
        print(f"@dvclive loss=0.{epoch} step={epoch}")
    print(f"epoch {epoch}: loss=0.{epoch} acc=0.5")
"""


@pytest.mark.parametrize("way", ["fifo", "marked line"])
def test_a_program_that_logs_and_prints(place: Place, way: str) -> None:
    """Each value is there once, what is only printed as well."""
    adapter = os.path.join(ROOT, "adapters", "python")
    argv = [*DVCLIVE, "run", "--dir", place.dir, "--no-save-dvc-exp", "--", *python(SAYS, adapter, way)]
    done = place.bare(argv)
    assert done.code == 0
    rows = read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()[1:]
    assert [row.split("\t") for row in rows] == [["0", "0.0"], ["1", "0.1"], ["2", "0.2"]]
    assert len(read_file(f"{place.dir}/plots/metrics/acc.tsv").splitlines()) == 4
    if way == "fifo":  # on one stream the reading of it sees to that
        assert b"Prints of what the program logs itself are left out, of 'loss' for one" in done.err


def test_records_that_are_still_to_be_read() -> None:
    """Whole lines only; what is no record says nothing."""
    logged = Logged()
    data = b'param lr=1\nloss=0.5\nnonsense\n{"@file": "x"}\n@dvclive {"metric": {"a": {"b": 1}}}\nacc=0.'
    assert logged.overhear(data) == len(data) - len(b"acc=0.")
    assert logged.heed([printed("lr", "loss", "a/b", "acc")], ASKED, 1, {}) == [printed("lr", "acc")]


AT_ONCE = """
import os
fifo = os.open(os.environ["DVCLIVE_FIFO"], os.O_WRONLY)
for step in range(5):
    os.write(fifo, b"loss=0.%d step=%d\\n" % (step, step))
    print(f"epoch {step}: loss=0.{step}", flush=True)
"""


def test_a_short_program_is_over_before_anything_is_read(place: Place) -> None:
    """Its prints may be read first, and its records count all the same."""
    assert place.under(python(AT_ONCE)).code == 0
    rows = read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()[1:]
    assert [row.split("\t")[0] for row in rows] == ["0", "1", "2", "3", "4"]
