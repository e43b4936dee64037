"""One stream: the same points however it is cut, bounded, never failing; what a record may do where."""

import ast
import os
import pickle
import random
import subprocess
import sys

import pytest
from capture_judge import CASES, CORPUS, capture, events, points
from hypothesis import given, settings
from hypothesis import strategies as st

from dvclive_cli.capture import Capture, CaptureOptions
from dvclive_cli.capture.plans import Plans
from dvclive_cli.events import Artifact, End, Metric, Param, Sync

ENV = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
LOGS = [path for case in CASES for path in sorted((CORPUS / case).glob("*.log")) if path.stat().st_size]
LINES = sorted({line for path in LOGS for line in path.read_bytes().split(b"\n")})
BARS = [
    b"\rtrain:  33%|###   | 1/3 [00:00<00:00, 9.2it/s, loss=0.9]",
    b"\rtrain: 100%|######| 3/3 [00:00<00:00, 9.2it/s, loss=0.5]",
    b"\x1b[1m2/2\x1b[0m \x1b[32m====\x1b[0m 0s 3ms/step - loss: 0.25\x08\x08\x08",
    b"@dvclive loss=0.5 step=1", b"@dvclive param x=1", b"@dvclive =", b"\xff\xfe{\x00", b"\r", b"",
]  # fmt: skip


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_same_points_from_every_cut_of_a_real_log(path):
    data, random_ = path.read_bytes(), random.Random(path.parent.name)
    whole, found = capture(data)
    for cuts in (
        range(1, len(data)),
        sorted(random_.sample(range(len(data)), 9)),
        range(1000, len(data), 1000),
    ):
        cut, parts = capture(data, cuts)
        assert events(parts) == events(found)
        assert cut.counts == whole.counts


@settings(max_examples=150)
@given(st.lists(st.sampled_from(LINES + BARS * 8), max_size=60), st.randoms(), st.booleans())
def test_the_same_points_from_every_cut_and_over_checkpoints(lines, random_, dirty):
    """Lines of all logs mixed, some bytes spoilt; the recorder's checkpoint is a pickle."""
    data = b"\n".join(lines)
    if dirty:
        data = bytes(random_.randrange(256) if random_.random() < 0.01 else byte for byte in data)
    whole, found = capture(data)
    cuts = sorted(random_.choices(range(len(data) + 1), k=6))
    cut, parts = capture(data, cuts, pickled=lambda taken: pickle.loads(pickle.dumps(taken)))
    assert events(parts) == events(found)
    assert cut.counts == whole.counts
    assert whole.counts.errors == 0


@settings(max_examples=100)
@given(st.lists(st.sampled_from(LINES + BARS), max_size=40))
def test_what_is_remembered_of_masks_changes_nothing(lines):
    """Kept plans and known noise are the fast path; deciding each line afresh is the slow one."""
    data = b"\n".join(lines)
    fast = events(capture(data)[1])
    slow = Capture("stdout", CaptureOptions())
    slow._plans = plans = Plans(CaptureOptions())
    found = []
    for line in data.split(b"\n")[:-1]:
        plans.kept.clear()
        plans.noise.clear()
        found += slow.feed(line + b"\n")
    found += slow.feed(data.split(b"\n")[-1]) + slow.close()
    assert events(found) == fast


@pytest.mark.parametrize("chunk", [999, 65536, 10**6])
def test_a_line_too_long_is_counted_and_the_next_is_taken(chunk):
    """However it is cut, whether it looks like a metric, and whether it is one line or one refresh of a
    bar."""
    data = b"".join(
        b"%s%s%sstep=%d loss=0.%d\n" % (head, b"x" * 70_000, end, at, at)
        for at, (head, end) in enumerate([(b"", b"\n"), (b"loss=1 ", b"\n"), (b" 5%", b"\r"), (b"", b"\r\n")])
    )
    taken, found = capture(data, cuts=range(chunk, len(data), chunk))
    assert [event.step for match in found for event in match.events] == [0, 1, 2, 3]
    assert taken.counts.long_lines == 4


@given(st.binary(max_size=3000), st.sampled_from(["stdout", "fifo"]))
def test_garbage_never_fails(data, stream):
    taken, _ = capture(data, cuts=[len(data) // 2], stream=stream)
    assert taken.counts.errors == 0


def test_a_checkpoint_stays_small():
    """Ids in names, endless bars, long lines, distinct faults: bounded all the same."""
    random_ = random.Random(1)
    taken = Capture("stdout", CaptureOptions())
    for at in range(3000):
        taken.feed(b"step=%d loss_%d=0.5 m%d=0.1\n" % (at, at, at))
        taken.feed(b"@dvclive %s\n" % random_.randbytes(8).hex().encode())
        taken.feed(b"\r%d%%| %s" % (at % 100, random_.randbytes(40).hex().encode()))
        taken.feed(b"x" * 500)
    assert len(pickle.dumps(taken)) < 400_000
    assert taken.counts.capped > 0


def test_the_number_of_series_is_capped():
    text = "".join(f"step={i} loss_{i}=0.5\nstep={i + 1} loss_{i}=0.6\n" for i in range(20))
    assert len({name for name, _, _ in points(text, max_series=7)}) == 7


def test_one_line_that_breaks_us_does_not_end_capture(monkeypatch):
    """Such a line is a bug of ours: it is counted."""
    taken = Capture("stdout", CaptureOptions())
    genuine = type(taken._detector).carry_out

    def broken(self, plan, line, *rest, **drawn):
        if b"boom" in line:
            raise ZeroDivisionError
        return genuine(self, plan, line, *rest, **drawn)

    monkeypatch.setattr(type(taken._detector), "carry_out", broken)
    found = taken.feed(b"step=1 loss=1\nstep=2 boom loss=2\nstep=3 loss=3\n") + taken.close()
    assert [event.step for match in found for event in match.events] == [1, 3]
    assert taken.counts.errors == 1


def test_lines_are_numbered_from_one_and_refreshes_do_not_count():
    _, found = capture(b"\n 1%\r 2%\r\n\nepoch=1 loss=2\nepoch=2 loss=1")
    assert [match.line for match in found] == [4, 5]


def test_a_record_acts_on_stdout():
    _, found = capture(b"x @dvclive loss=0.50 acc=1 step=3\n")
    assert found == [(1, "protocol", [Metric("loss", 0.5, 3, text="0.50"), Metric("acc", 1, 3)], None)]


@pytest.mark.parametrize("body", [b"param lr=1", b"artifact x.pt", b"end", b"image a.png path=b.png"])
def test_what_touches_files_is_refused_on_stdout_once(body):
    taken, found = capture(b"@dvclive %s\n" % body * 3, stream="stderr")
    assert found == []
    (fault,) = taken.faults()
    assert (fault.stream, fault.line, fault.count) == ("stderr", 1, 3)
    assert f"`{body.split()[0].decode()}` is not accepted on stderr" in fault.reason
    assert taken.counts.refused == 3


def test_trust_lets_every_verb_act_on_stdout():
    taken, found = capture(b"@dvclive param lr=1\n", options=CaptureOptions(trust_stdout=True))
    assert found[0].events == [Param("lr", 1)]
    assert taken.faults() == []


def test_on_the_fifo_every_line_is_a_record():
    data = b"loss=0.5 step=1\n\n@dvclive artifact x.pt\nend ack=a\r\nsync\nloss 0.5\n{\n"
    taken, found = capture(data, stream="fifo")
    assert [event for match in found for event in match.events] == [
        Metric("loss", 0.5, 1), Artifact("x.pt"), End("a"), Sync(),
    ]  # fmt: skip
    assert [fault.line for fault in taken.faults()] == [6, 7]


def test_a_fault_names_the_column_in_the_line():
    taken, _ = capture(b'abc: @dvclive loss="x\n')
    (fault,) = taken.faults()
    assert fault.column == 20
    assert fault.excerpt == 'loss="x'


def test_a_record_in_a_file_is_read_in_its_place():
    taken = Capture("fifo", CaptureOptions())
    found = taken.feed(b'a=1\n{"@file": "big-1"}\nb=2\n')
    assert [match.file for match in found] == [None, "big-1", None]
    long = b'{"param": {"x": [%s]}}\n' % b", ".join([b"1"] * 40_000)
    (match,) = taken.expand(long)
    assert match.events == [Param("x", [1] * 40_000)]


def test_a_file_outside_the_folder_is_a_fault():
    taken, found = capture(b'{"@file": "../x"}\n', stream="fifo")
    assert found == []
    assert len(taken.faults()) == 1


def test_guesses_stand_back_for_names_that_the_program_logs_itself():
    text = "epoch=1 loss=5 acc=1\n@dvclive loss=0.5 step=1\nepoch=2 loss=4 acc=2\nepoch=3 loss=3 acc=3\n"
    assert [p for p in points(text) if p[0] == "loss"] == [("loss", 0.5, 1)]
    assert [p for p in points(text) if p[0] == "acc"] == [("acc", 1, 1), ("acc", 2, 2), ("acc", 3, 3)]


def test_only_the_last_state_of_a_bar_counts():
    bar = "\rE{0}: {1}%|#| {1}/100 [00:00<00:00, 9it/s, loss=0.{1}]"
    text = (
        "".join(bar.format(1, at) for at in (10, 20, 99))
        + "".join(bar.format(2, at) for at in (10, 50))
        + "\n"
    )
    assert [value for _, value, _ in points(text)] == [0.99, 0.5]


@pytest.mark.parametrize("text", ["loss 0.{0}", "Train (loss=0.{0})", "score {0}", "[3/5] acc: 0.{0} n {0}"])
def test_figures_in_front_of_a_bar_do_not_make_it_another(text):
    bar = "\r" + text + ":  {0}%|#| {0}/100 [00:00<00:00, 9it/s]"
    found = points("".join(bar.format(at) for at in range(10, 100)) + "\n")
    assert {value for _, value, _ in found} <= {99, 0.99}
    assert len(found) == 1


def test_a_bar_whose_text_counts_gives_each_count_a_point():
    bar = "\rEpisode {0} reward {1}:  {0}%|#| {0}/50 [00:00<00:00, 9it/s]"
    drawn = [bar.format(at, 2 * at + again) for at in range(1, 41) for again in (0, 1)]
    assert points("".join(drawn)) == [("reward", 2 * at + 1, at) for at in range(1, 41)]


def test_what_fills_a_bar_does_not_make_it_another():
    bar = "\rEpoch {0} loss=0.{0} {1}{2} {3}%"
    drawn = [bar.format(at, "━" * at * 3, "─" * (30 - at * 3), at * 10) for at in range(1, 11)]
    assert points("".join(drawn) + "\n") == [("loss", float(f"0.{at}"), at) for at in range(1, 11)]


def test_what_a_narrow_terminal_cut_off_is_no_number():
    bar = "Epoch {0}: 100%|#| 10/10 [00:01<00:00, 9.9it/s, acc=0.{0}5, loss=0.{0}"
    cut = "".join(bar.format(at) + "\n" for at in (1, 2))
    assert points(cut) == [("acc", 0.15, 1), ("acc", 0.25, 2)]
    assert capture(cut.encode())[0].counts.cut == 2
    whole = "Epoch 1: 100%|#| 10/10 [00:01<00:00, 9.9it/s, acc=0.5]\nx: 100%|#| 10/10 [00:01<00:00, 9.9i\n"
    assert capture(whole.encode())[0].counts.cut == 0


def test_a_counter_without_a_total_is_drawn_over_but_no_bar():
    text = "".join(f"Step=  {at}, Epot= -{at}.5\r" for at in (8, 9, 10)) + "\ndone\n"
    assert points(text) == [("Epot", -8.5, 8), ("Epot", -9.5, 9), ("Epot", -10.5, 10)]


def test_bars_on_one_line_come_in_their_order():
    bar = "\rEpoch {0}: 100%|#| 2/2 [00:00<00:00, 9it/s, loss=0.{0}]"
    assert points("".join(bar.format(at) for at in (1, 2, 3)) + "\n") == [
        ("loss", 0.1, 1), ("loss", 0.2, 2), ("loss", 0.3, 3),
    ]  # fmt: skip


def test_bars_and_text_of_one_line_keep_their_order_in_every_cut():
    data = (
        b"epoch=1 acc=0.7 mae=3\nepoch=2 acc=0.8 mae=2\n"
        b"\rEpoch 5: 100%|#| 1/1 [00:00<00:00, 9it/s, acc=1]"
        b"\rEpoch 5: 0%|#| 0/1 [00:00<00:00, 9it/s, acc=0.6]"
        b"\rEpoch 6: 100%|#| 1/1 [00:00<00:00, 9it/s, acc=0.5]\repoch=7 acc=0.9 mae=1\n"
    )
    whole = events(capture(data)[1])
    assert len(whole) >= 7
    for cut in range(len(data)):
        assert events(capture(data, [cut])[1]) == whole


def test_a_bar_that_begins_again_ends_the_one_before():
    text = "".join(f"\r{at}/4 - 0s 1ms/step - loss: 0.{at}" for at in (1, 4, 1, 3, 4)) + "\n"
    assert [value for _, value, _ in points(text)] == [0.4, 0.4]


def test_near_misses_say_what_would_take_the_line():
    taken, found = capture(b"apples: 42\nSaved the new model with loss: 0.5 to disk\n")
    assert found == []
    misses = taken.near_misses()
    assert [miss.line for miss in misses] == [2, 1]
    assert all("--pattern" in miss.option for miss in misses)


def test_what_checks_options_before_a_start_loads_no_rule():
    """The supervisor imports this on the program's way to its start."""
    code = (
        "import sys; from dvclive_cli.capture import CaptureOptions, validate_options\n"
        "validate_options(CaptureOptions())\n"
        "print(sorted(m for m in sys.modules if 'capture.' in m or m in ('re2', 'tomllib', 'json')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=ENV
    )
    assert ast.literal_eval(done.stdout) == ["dvclive_cli.capture.model"]


def test_a_stream_that_says_nothing_for_us_loads_no_rule():
    code = (
        "import sys; from dvclive_cli.capture import Capture, CaptureOptions\n"
        "c = Capture('stdout', CaptureOptions()); c.feed(b'hello\\nworld 3\\n'); c.close()\n"
        "print(sorted(m for m in sys.modules if m in ('re2', 'tomllib', 'dvclive_cli.capture.recognise')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENV)
    assert ast.literal_eval(done.stdout) == []


@pytest.mark.parametrize("junk", [b"\x00", b"\x01\xff", b"\x1f\x8b"])
def test_binary_lines_are_passed_over_and_the_next_line_counts(junk: bytes) -> None:
    """A picture or archive on stdout is no text: nothing is read into it, and it costs next to nothing."""
    capture = Capture("stdout", CaptureOptions())
    matches = capture.feed(b"loss=9 step=9 " + junk + b"\n@dvclive loss=0.5 step=1\n") + capture.close()
    assert [event.value for match in matches for event in match.events] == [0.5]
