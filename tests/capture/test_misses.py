"""Near misses: the lines worth showing after a run that captured nothing, each with an option that works."""

import pickle
import random
import shlex

import pytest
from capture_judge import capture, points

from dvclive_cli.capture import Capture, CaptureOptions
from dvclive_cli.capture.misses import guess_at

NEAR = {
    "Loss is 0.3 now": (r"\bLoss is (?P<Loss>\S+)", [("Loss", 0.3, 0)]),
    "val 33": (r"\bval (?P<val>\S+)", [("val", 33, 0)]),
    "final value => 3.5 dB": (r"\bvalue => (?P<value>\S+)", [("value", 3.5, 0)]),
    "Saved the new model with loss: 0.5 to disk": (r"\bloss: (?P<loss>\S+)", [("loss", 0.5, 0)]),
    "Mean reward over 10 episodes was 5.5": (
        r"\breward over \d+ episodes was (?P<reward>\S+)",
        [("reward", 5.5, 0)],
    ),
    "and then R2 is 0.5 now": (r"\bR2 is (?P<R2>\S+)", [("R2", 0.5, 0)]),
    "apples: 42": (r"\bapples: (?P<apples>\S+)", [("apples", 42, 0)]),
    "GFLOPS   12.5": (r"\bGFLOPS\s+(?P<GFLOPS>\S+)", [("GFLOPS", 12.5, 0)]),
    "we got 91.5% accuracy here": (r"(?P<accuracy>[-+.\deE]+)% accuracy\b", [("accuracy", 91.5, 0)]),
    '{"apples": 3}': (r"""\bapples": (?P<apples>\S+)""", [("apples", 3, 0)]),
    "2026-11-21 10:00:00,123 INFO for apples [3]": (r"\bapples \[(?P<apples>\S+)", [("apples", 3, 0)]),
    "Größe 3.5": (r"\bGröße (?P<Gr_e>\S+)", [("Gr_e", 3.5, 0)]),
}  # fmt: skip


@pytest.mark.parametrize("line", NEAR)
def test_the_option_takes_the_line(line):
    taken, found = capture(line.encode() + b"\n")
    assert found == []
    (miss,) = taken.near_misses()
    assert (miss.line, miss.text) == (1, line)
    assert miss.why
    flag, pattern = shlex.split(miss.option)
    assert (flag, pattern) == ("--pattern", NEAR[line][0])
    assert points(line + "\n", patterns=(pattern,)) == NEAR[line][1]


@pytest.mark.parametrize(
    "line",
    [
        "hello world", "2026-11-21 10:00:00 started", "version 1.2.3", "/usr/lib/x 3d",
        '  File "/a/train.py", line 3, in <module>', "GET /index HTTP/1.1 200", "1 2 3", "", "at 10:30",
    ],
)  # fmt: skip
def test_no_near_miss_without_a_name_and_a_number(line):
    assert guess_at(line) is None


def test_metrics_come_first_then_what_changed_then_settings():
    text = b"seed 42\nval 33\nspan 3.5\nspan 4.5\nLoss was 3 there\nLoss is 0.3 now\n"
    taken, _ = capture(text)
    assert [m.text for m in taken.near_misses(9)] == [
        "Loss is 0.3 now", "Loss was 3 there", "span 3.5", "val 33", "seed 42",
    ]  # fmt: skip
    assert len(taken.near_misses()) == 3


@pytest.mark.parametrize("line", ["@dvclive loss = 0.5", "@dvclive loss: 0.5", "INFO: @dvclive my loss=0.5"])
def test_a_refused_record_is_no_near_miss(line):
    """It has a fault that says what to write; a pattern for it would be the wrong advice."""
    taken, found = capture(line.encode() + b"\n")
    assert found == taken.near_misses() == []
    assert len(taken.faults()) == 1


def test_nothing_is_kept_once_something_was_captured():
    taken, _ = capture(b"val 33\nstep=1 loss=0.5\nstep=2 loss=0.4\nval 34\n")
    assert taken.near_misses() == []


def test_the_end_of_a_long_stream_and_what_a_rule_nearly_took_are_looked_at():
    noise = b"".join(b"worker %d loaded a part of the data\n" % i for i in range(20_000))
    taken, found = capture(
        noise + b"The error was 0.25 there\n" + noise + b"in the end 55 points\n", [70_000]
    )
    assert found == []
    first, *rest = taken.near_misses(9)
    assert (first.line, first.text) == (20_001, "The error was 0.25 there")
    assert [m.line for m in rest if m.text == "in the end 55 points"] == [40_002]
    assert len(pickle.dumps(taken)) < 80_000


def test_the_same_near_misses_however_the_stream_is_cut():
    data = b"".join(b"shard %d has value %d.5 in it\r\n" % (i, i) for i in range(3000)) + b"val 33"
    whole = capture(data)[0].near_misses(5)
    assert len(whole) == 2
    assert capture(data, range(0, len(data), 7))[0].near_misses(5) == whole


def test_a_step_on_the_line_becomes_the_step_of_the_pattern():
    line = "checkpoint at step 5 written, size on disk 3.5 of 7\n"
    taken, found = capture(line.encode())
    assert found == []
    pattern = shlex.split(taken.near_misses()[0].option)[1]
    assert points(line, patterns=(pattern,)) == [("disk", 3.5, 5)]


def test_binary_output_is_nobodys_near_miss():
    """Random bytes hold letters before digits often enough."""
    noise = random.Random(1).randbytes(100_000)
    taken = Capture("stdout", CaptureOptions())
    taken.feed(noise + b"\nSaved the new model with loss: 0.5 to disk\n")
    assert [miss.text[:5] for miss in taken.near_misses()] == ["Saved"]
