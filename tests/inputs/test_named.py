"""`follow FILE`: metrics that a program writes into a file, which it names through the FIFO."""

from __future__ import annotations

import os
import signal

from processes import Place, finish, python, read_file, until

WRITES = r"""
import json, os, sys, time
def say(line):
    with open(os.environ["DVCLIVE_FIFO"], "w") as fifo:
        fifo.write(line + "\n")
with open("history.csv", "w", buffering=1) as file:
    file.write("epoch,loss,acc\n0,0.5,0.25\n")
    say("follow history.csv" + sys.argv[1])
    print("epoch 1: error=7.5", flush=True)
    if sys.argv[2:]:
        while not os.path.exists(sys.argv[2]):
            time.sleep(0.01)
    file.write("1,0.25,0.75\n2,0.125,1")
"""


def rows(place: Place, name: str) -> list[str]:
    return read_file(f"{place.dir}/plots/metrics/{name}.tsv").splitlines()[1:]


def metrics(place: Place) -> list[str]:
    return sorted(os.listdir(f"{place.dir}/plots/metrics"))


def test_a_named_file_is_read_from_its_beginning(place: Place) -> None:
    """To its last line; other prints count beside it."""
    assert place.under(python(WRITES, "")).code == 0
    assert rows(place, "acc") == ["0\t0.25", "1\t0.75", "2\t1"]
    assert rows(place, "error") == ["1\t7.5"]


def test_only_the_series_that_were_asked_for(place: Place) -> None:
    """Under the names that the program gives them; a print of that name is one of the same."""
    assert place.under(python(WRITES, ' names={"loss": "error"}')).code == 0
    assert metrics(place) == ["error.tsv"]
    assert rows(place, "error") == ["0\t0.5", "1\t0.25", "2\t0.125"]


def test_a_recorder_that_is_killed_goes_on_where_the_other_was(place: Place) -> None:
    command = place.start(python(WRITES, ' names={"acc": "val/acc"}', "go"))
    until(lambda: rows(place, "val/acc"))
    os.kill(place.recorders()[0], signal.SIGKILL)
    until(lambda: place.recorders())
    open(place.path("go"), "w").close()
    assert finish(command).code == 0
    assert rows(place, "val/acc") == ["0\t0.25", "1\t0.75", "2\t1"]


def test_a_file_that_never_comes_is_no_trouble(place: Place) -> None:
    ended = place.under(python(WRITES.replace("follow history", "follow nothing"), ""))
    assert (ended.code, ended.err) == (0, b"")
    assert rows(place, "error") == ["1\t7.5"]


LOGS = r"""
import os, time
with open("log.csv", "w", buffering=1) as file, open(os.environ["DVCLIVE_FIFO"], "w", buffering=1) as fifo:
    file.write("step,loss,lr\n")
    for step in range(3):
        fifo.write(f"loss={1 / (step + 1)} step={step}\n")
        file.write(f"{step},{1 / (step + 1):.3f},0.1\n")
        time.sleep(0.3)
"""


def test_what_is_logged_does_not_count_again_where_a_file_is_watched(place: Place) -> None:
    """Of a file that also holds it, the rest counts."""
    assert place.under(python(LOGS), "--watch", "log.csv").code == 0
    assert rows(place, "loss") == ["0\t1.0", "1\t0.5", "2\t0.3333333333333333"]
    assert rows(place, "lr") == ["0\t0.1", "1\t0.1", "2\t0.1"]
