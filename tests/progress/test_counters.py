"""What a program's output says of how far it is, and what the line makes of it."""

from __future__ import annotations

import os
import pickle

import pytest

from dvclive_cli.events import Message, Metric, Progress
from dvclive_cli.progress.board import HALF, Board
from dvclive_cli.progress.counters import Counters, sights
from dvclive_cli.progress.gauge import Gauge
from dvclive_cli.progress.pace import Pace
from dvclive_cli.progress.wording import Looks, clock, words
from dvclive_cli.run import Run

SIGHTS = {
    "Epoch 3/10": [("epoch", 3, 10, 2)],
    "Epoch 3/10 loss=0.5": [("epoch", 3, 10, 3)],
    "2026-11-21 12:00:00 INFO step 30 of 100, loss 0.1": [("step", 30, 100, 30)],
    "Epoch [3/10], Step [100/600], Loss: 0.5": [("epoch", 3, 10, 2), ("step", 100, 600, 100)],
    "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.3": [("", 640, 60000, 640)],
    "26/48 ━━━━━━━━━━━━━━━━━━━━ 0s 3ms/step - loss: 0.5": [("", 26, 48, 26)],
    "26/48 [=====>.......] - ETA: 0s": [("", 26, 48, 26)],
    "train:  45%|####5     | 45/100 [00:01<00:02, 20it/s]": [("train", 45, 100, 45)],
    "Working... ━━━━━━━━━━━╺━━━━━━  45% 0:00:03": [("Working...", 45, 100, 45)],
    "epoch 3: loss=0.5": [],
    "11/21/2026 starting": [],
    "12/25 presents": [],
    "accuracy 45%": [],
    "epoch 11/10": [],
}


@pytest.mark.parametrize("text", SIGHTS)
def test_what_is_a_counter(text: str) -> None:
    assert [(seen.label, seen.at, seen.of, seen.done) for seen in sights(text)] == SIGHTS[text]


def test_the_outer_counter_tells_how_far_and_the_inner_one_refines_it() -> None:
    gauge, now = Gauge(), 0
    for epoch in range(1, 6):
        gauge.hear(b"Epoch %d/10\n" % epoch, now)
        for batch in range(1, 51):
            now += 20
            gauge.hear(b"\r%d/50 [=====>....]" % batch, now)
            gauge.facts(Run(), now)
    facts = gauge.facts(Run(), now)
    assert facts["counters"] == ["epoch 5/10", "50/50"]
    assert facts["fraction"] == pytest.approx(0.5)
    assert facts["end_ms"] == pytest.approx(10_000, rel=0.05)
    assert facts["rate"] == pytest.approx(50, rel=0.05)


def test_a_bar_that_begins_again_tells_no_end() -> None:
    """Of what it is a part is not known."""
    gauge = Gauge()
    for now in range(100):
        gauge.hear(b"\r 50%%|##### | %d/10 [00:01<00:02]" % (now % 10), now * 100)
        facts = gauge.facts(Run(), now * 100)
    assert facts.get("end_ms") is None
    assert facts["counters"] == ["9/10"]


@pytest.mark.parametrize("total", [None, 200])
def test_what_the_program_says_counts_first_then_the_users_total(total: int | None) -> None:
    gauge, run = Gauge(total), Run()
    for now in range(0, 10_000, 100):
        run.feed([Metric("loss", 0.5, step=now // 100)], now)
        gauge.hear(b"Epoch 1/3\n", now)
        facts = gauge.facts(run, now)
    if total:
        assert (facts["counters"], facts["fraction"]) == (["step 99/200"], 99 / 200)
        assert facts["end_ms"] == pytest.approx(20_000, rel=0.02)
    run.feed([Progress(30, 40)], now)
    facts = gauge.facts(run, now)
    assert (facts["counters"], facts["fraction"]) == (["30/40"], 0.75)


def test_metrics_and_messages_without_controls() -> None:
    gauge, run = Gauge(), Run()
    run.feed([Metric("a\x1b[31m", 1 / 3), Metric("system/cpu", 5.0), Message("wait\x07ing")], 0)
    facts = gauge.facts(run, 0)
    assert facts["metrics"] == [("a\\x1b[31m", "0.333333")]
    assert facts["message"] == "wait\\x07ing"
    assert "message" not in gauge.facts(run, 60_000)


def test_another_recorder_goes_on() -> None:
    gauge = Gauge()
    gauge.hear(b"step 1/10 x=1\n", 0)
    gauge.hear(b"step 2/10 x=1\n", 1000)
    gauge.facts(Run(), 1000)
    again = pickle.loads(pickle.dumps(gauge))
    for one in (gauge, again):
        one.hear(b"step 3/10 x=1\n", 2000)
    assert again.facts(Run(), 2000) == gauge.facts(Run(), 2000)


def test_pace_is_of_late_and_its_memory_is_bounded() -> None:
    pace = Pace()
    for second in range(1000):
        pace.reached(second, second * 1000)
    for second in range(1000):
        pace.reached(1000 + 10 * second, (1000 + second) * 1000)
    assert pace.rate == pytest.approx(10, rel=0.01)
    assert pace.end_ms(21_000) == pytest.approx(3_000_000, rel=0.01)
    assert len(pickle.dumps(pace)) < 5000
    assert Pace().rate is None


def test_what_is_read_in_one_go_is_of_one_moment() -> None:
    """The first lines may have waited: two epochs at once, then one every half second."""
    pace = Pace()
    for epoch, now_ms in ((1, 1000), (2, 1000), (3, 1500), (4, 2000)):
        pace.reached(epoch, now_ms)
    assert pace.rate == 2


def test_many_counters_take_little() -> None:
    counters = Counters()
    for index in range(1000):
        counters.hear(
            b"file%s %d%%|## | 5/10 [x]\n" % (bytes([65 + index % 26]) * (index // 26 + 1), 50), index
        )
    assert len(pickle.dumps(counters)) < 20_000


def test_words_fit() -> None:
    facts = {
        "counters": ["epoch 3/10"], "fraction": 0.25, "rate": 0.5, "unit": "epoch", "end_ms": 100_000,
        "metrics": [("loss", "0.5"), ("größe", "漢字"), ("x" * 32, "1")],
    }  # fmt: skip
    looks = Looks(colours=False, unicode=True)
    assert words(facts, 20, 10_000, 200, looks=looks) == (
        "━━━─────────  25% epoch 3/10 · 2.00 s/epoch · 0:20 < 1:30 left · loss 0.5 · größe 漢字 · "
        + "x" * 32
        + " 1"
    )
    for columns in range(1, 150):
        assert len(words(facts, 20, 10_000, columns, looks=looks)) <= columns
    assert words({}, 3, 0, 80, looks=looks) == "0:03"
    plain = words(facts, 20, 10_000, 79, looks=Looks(colours=False, unicode=False))
    assert plain.startswith("###---------  25% epoch 3/10 | ")
    assert "\x1b[" in words(facts, 20, 10_000, 79, looks=Looks(colours=True, unicode=True))
    assert clock(3723) == "1:02:03"


def test_the_board() -> None:
    """Half a note is none; what is too long is not written."""
    board = Board.create()
    try:
        assert (board.said(), board.left()) == ({}, b"")
        board.say({"fraction": 0.5})
        board.leave(b"\x1b[J")
        assert (board.said(), board.left()) == ({"fraction": 0.5}, b"\x1b[J")
        board.say({"metrics": ["x" * HALF]})
        assert (board.said(), board.left()) == ({"fraction": 0.5}, b"\x1b[J")
        os.pwrite(board.fd, b"\xff", 9)
        assert board.said() == {}
    finally:
        os.close(board.fd)
