"""What is logged by name is not also taken from prints."""

from __future__ import annotations

import os

import pytest
from processes import DVCLIVE, ROOT, Place, python, read_file

from dvclive_cli.capture import Columns, Match
from dvclive_cli.capture.logged import LATE_MS, Logged
from dvclive_cli.events import Metric, NextStep, Param, Points, Printed

ASKED = {"protocol", "pattern"}


def printed(*names: str, rule: str = "pairs") -> Match:
    return Match(1, rule, [Metric(name, 1) for name in names])


def test_nothing_is_left_out_while_nothing_is_logged() -> None:
    logged = Logged()
    assert logged.heed([printed("loss")], ASKED, 0) == [printed("loss")]
    logged.hear([Match(1, "protocol", [Param("loss", 1), NextStep()])], 0)
    assert logged.heed([printed("loss")], ASKED, 0) == [printed("loss")]
    assert logged.left_out == ""


def test_a_name_that_is_logged_is_guessed_no_more() -> None:
    logged = Logged()
    logged.hear([printed("loss", rule="protocol")], 0)
    assert logged.heed([printed("loss", "acc")], ASKED, 0) == [printed("acc")]
    assert logged.left_out == "loss"


def test_a_record_says_what_its_metric_is_called_in_print() -> None:
    logged = Logged()
    line = b'{"printed": true, "names": ["val_loss", "loss"]}\nprinted na'
    assert logged.overhear(line) == line.index(b"\n") + 1
    assert logged.heed([printed("val_loss", "acc")], ASKED, 0) == [printed("acc")]
    logged.hear([Match(1, "protocol", [Printed(("acc",))])], 0)
    assert logged.heed([printed("loss", "acc")], ASKED, 0) == [printed()]
    assert logged.left_out == ""  # nobody has to be told: nothing is lost


KERAS, OWN = printed("loss", rule="keras"), printed("loss")


def test_what_is_printed_after_a_training_is_something_else() -> None:
    """Prints may be read before the records that were sent before them, and after those sent after them."""
    logged = Logged()
    claim, over = Printed(("loss", "acc")), Printed(("loss", "acc"), over=True)
    logged.overhear(b'printed names=["loss","acc"]\nprinted names=["loss","acc"] over=true\n')
    assert logged.heed([KERAS], ASKED, 0) == [printed(rule="keras")]
    logged.hear([Match(1, "protocol", [claim])], 5)
    assert logged.heed([KERAS], ASKED, 6) == [printed(rule="keras")]
    logged.hear([Match(1, "protocol", [over])], 10)
    assert logged.heed([OWN], ASKED, 10) == [OWN]
    assert logged.heed([KERAS], ASKED, 10 + LATE_MS) == [printed(rule="keras")]
    late = printed("acc", rule="keras")
    assert logged.heed([late], ASKED, 20) == [printed(rule="keras")]
    assert logged.heed([KERAS, late], ASKED, 11 + LATE_MS) == [KERAS, late]


def test_a_training_that_is_heard_of_ahead_of_the_end_of_another() -> None:
    logged = Logged()
    claim, over = Printed(("loss",)), Printed(("loss",), over=True)
    logged.hear([Match(1, "protocol", [claim])], 0)
    logged.overhear(b'printed names=["loss"] over=true\nprinted names=["loss"]\n')
    logged.hear([Match(1, "protocol", [over])], 0)
    assert logged.heed([KERAS], ASKED, 0) == [printed(rule="keras")]
    logged.hear([Match(1, "protocol", [claim])], 0)
    logged.hear([Match(1, "protocol", [over])], 0)
    assert logged.heed([KERAS], ASKED, 1 + LATE_MS) == [KERAS]


def test_names_of_lines_in_bulk() -> None:
    def columns(*names: str) -> Columns:
        return Columns(1, "pairs", [Points(name, None, [1, 2], ["1", "2"]) for name in names])

    logged = Logged()
    logged.hear([columns("loss")], 0)
    assert logged.heed([columns("loss", "acc")], ASKED, 0) == [columns("acc")]


def test_a_marked_line_is_a_record() -> None:
    """Its own values count, and what stands in the same piece of output is left out already."""
    logged = Logged()
    both = [printed("loss"), printed("loss", rule="protocol")]
    assert logged.heed(both, ASKED, 0) == [printed(), printed("loss", rule="protocol")]


def test_what_the_user_asked_for_counts() -> None:
    logged = Logged()
    logged.hear([printed("loss", rule="protocol")], 0)
    assert logged.heed([printed("loss", rule="pattern")], ASKED, 0) == [printed("loss", rule="pattern")]


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
    assert logged.heed([printed("lr", "loss", "a/b", "acc")], ASKED, 0) == [printed("lr", "acc")]


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
