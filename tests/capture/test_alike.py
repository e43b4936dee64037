"""Lines read many at a time give what they give one by one, whatever stands in them and between them."""

import pickle
import random
import re

import pytest
from capture_judge import CASES, FOLDERS, capture, events
from hypothesis import given, settings
from hypothesis import strategies as st

from dvclive_cli.capture import Capture, CaptureOptions, Columns
from dvclive_cli.capture.formats import known

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e[-+]\d\d)?")
RECORDS = [
    b"@dvclive loss=0.25 step=3", b"@dvclive loss=0.25", b"12:00:01 INFO @dvclive a=1 b_2=-0.50 step=7",
    b'@dvclive {"metric": {"loss": 0.25, "f1": 1}, "step": 3}', b"@dvclive loss=1e-05 lr=3 step=1",
]  # fmt: skip
TEXTS = [example.encode() for table in known().values() for example in table["examples"]]
LOGS = [path.read_bytes() for case in CASES for path in sorted(FOLDERS[case].glob("*.log"))]
LINES = sorted({line for log in LOGS for line in log.split(b"\n") if NUMBER.search(line) and len(line) < 400})
SEEDS = st.integers(0, 10**9)
HEADS = [b"Epoch 3/10", b"epoch: 3", b"Step 7", b"--- iteration 3 ---", b"Epoch: 3 lr: 0.1", b"[3/10]"]
OTHERS = [b"", b"hello", b"Epoch 3/10", b"step 7: loss 0.5", b"nan", b"@dvclive x=1", b"   ", b"| a | b |"]


def like(line: bytes, at: int, r: random.Random, rough: float) -> bytes:
    """A line of the same print statement, later; `rough`: how often a number is of another kind."""

    def other(found: re.Match[bytes]) -> bytes:
        text = found[0].decode()
        if r.random() < rough:
            forms = [r.random(), -r.random(), r.randrange(10**6), 1e-5 * r.random(), 10.0 ** r.randrange(20)]
            return str(r.choice([*forms, "nan", "007", "1,234.5", "3%", "-0", "00.50", ""])).encode()
        if text.isdigit():
            return b"%d" % (int(text[:9]) + at) if r.random() < 0.9 else text.encode()
        digits = re.sub(r"\d", lambda _: str(r.randrange(10)), text.partition("e")[0])
        return re.sub(r"^(-?)0+(?=\d)", r"\1", digits).encode() + text.encode()[len(digits) :]

    return NUMBER.sub(other, line)


def same_in_bulk_and_one_by_one(lines: list[bytes], stream: str) -> int:
    """How many lines were read in columns."""
    data = b"".join(line + b"\n" for line in lines)
    bulk = Capture(stream, CaptureOptions())
    found = bulk.feed_in_bulk(data)
    matches = [part for part in found if not isinstance(part, Columns)]
    columns = [part for part in found if isinstance(part, Columns)]
    whole, at_once = capture(data, stream=stream)
    single, one_by_one = capture(data, [at for at, c in enumerate(data) if c == 10], stream=stream)
    assert events(at_once) == events(one_by_one)
    assert whole.counts == single.counts == (*bulk.counts[:1], whole.counts.points, *bulk.counts[2:])
    assert whole.counts.errors == 0
    assert len(matches) + len(columns) <= len(at_once)
    return sum(len(part.points[0].values) for part in columns)


@pytest.mark.parametrize("line", [*RECORDS, *TEXTS], ids=lambda line: line[:30].decode("ascii", "replace"))
def test_many_lines_of_one_statement(line: bytes) -> None:
    r = random.Random(line)
    for rough in (0.0, 0.02):
        lines = [like(line, at, r, rough) for at in range(300)]
        same_in_bulk_and_one_by_one(lines, "stdout")


@settings(max_examples=60)
@given(st.sampled_from(LINES + RECORDS * 20), SEEDS, st.sampled_from([0.0, 0.01, 0.1]))
def test_lines_of_real_logs_with_other_numbers(line: bytes, seed: int, rough: float) -> None:
    """And with other lines between them."""
    r = random.Random(seed)
    lines = [like(line, at, r, rough) for at in range(-(-12_000 // (len(line) + 1)))]
    for _ in range(r.randrange(3)):
        lines.insert(r.randrange(len(lines)), r.choice(OTHERS))
    same_in_bulk_and_one_by_one(lines, "stdout")


@settings(max_examples=30)
@given(st.sampled_from(RECORDS), SEEDS, st.sampled_from([0.0, 0.01]), st.booleans())
def test_records_on_the_fifo(line: bytes, seed: int, rough: float, bare: bool) -> None:
    r = random.Random(seed)
    line = line.partition(b"@dvclive ")[2] if bare else line
    same_in_bulk_and_one_by_one([like(line, at, r, rough) for at in range(400)], "fifo")


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(LINES + HEADS * 50), min_size=2, max_size=6),
    SEEDS,
    st.sampled_from([0.0, 0.01, 0.1]),
)
def test_loops_that_print_several_lines_in_each_turn(lines: list[bytes], seed: int, rough: float) -> None:
    """And other lines between them, and turns that lack a line."""
    r = random.Random(seed)
    turns = -(-16_000 // sum(len(line) + 1 for line in lines))
    printed = [like(line, at, r, rough) for at in range(turns) for line in lines]
    for _ in range(r.randrange(4)):
        printed.insert(r.randrange(len(printed)), r.choice(OTHERS))
        del printed[r.randrange(len(printed))]
    same_in_bulk_and_one_by_one(printed, "stdout")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LINES + HEADS * 20), max_size=12), SEEDS)
def test_few_lines_that_count_in_much_noise(lines: list[bytes], seed: int) -> None:
    r = random.Random(seed)
    noise = [b"worker %d has loaded shard %06d" % (at % 3, at) for at in range(500)]
    for line in lines:
        at = r.randrange(len(noise))
        noise[at:at] = [line] * r.choice([1, 1, 2, 5])
    same_in_bulk_and_one_by_one(noise, "stdout")


@pytest.mark.parametrize("log", [log for log in LOGS if len(log) > 5000], ids=len)
def test_real_logs_over_and_over(log: bytes) -> None:
    """Whole logs, long enough that templates are learned from them."""
    same_in_bulk_and_one_by_one((log * (1 + 60_000 // len(log))).split(b"\n"), "stdout")


@pytest.mark.parametrize(
    "line",
    [
        "@dvclive loss={x:.6f} step={i}",
        '@dvclive {{"metric": {{"loss": {x}}}, "step": {i}}}',
        "step={i} loss={x:.5f} acc={y}",
        "epoch {i}: loss {x} acc {y}",
        "[{i}]\ttrain-logloss:{x:.5f}\teval-auc:{y:.5f}",
        "[{i}]\ttraining's auc: {x:.6f}\tvalid_1's binary_logloss: {y:.6f}",
        '{{"step": {i}, "loss": {x}, "reward": {y}}}',
        "Epoch: [0][{i:4d}/5005]\tTime  0.504 ( 1.207)\tLoss {x:.4e} ({x:.4e})\tAcc@1 {x:6.2f} ({x:6.2f})",
        "2026-11-21 10:00:00,{i:03} INFO train: epoch={i} loss={x:.5f}",
    ],
)
def test_the_lines_of_a_hot_loop_are_read_in_columns(line: str) -> None:
    """All but those that a template is learned from; negative numbers, exponents and all lengths among
    them."""
    r = random.Random(1)
    lines = [line.format(i=i, x=r.random() ** 9, y=r.gauss(0, 1)).encode() for i in range(1, 2000)]
    assert same_in_bulk_and_one_by_one(lines, "stdout") > 1500


@pytest.mark.parametrize(
    ("turn", "values"),
    [
        ("Epoch {i}/100000\n8/8 - 0s - 3ms/step - loss: {x:.4f} - val_loss: {y:.4f}", 1),
        ("Epoch {i}\ntrain loss: {x:.4f}, train acc: {y:.3f}\nval loss: {x:.3e}, val acc: {y:.4f}", 2),
        ("epoch {i}: train_loss={x}\n    val_loss={y} val_acc={x:.3f}", 2),
        ("train_loss={x} step={i}\nval_loss={y:.5f}\ntest_loss={y:.4f}", 3),
    ],
)
def test_the_lines_of_each_turn_are_read_in_columns_together(turn: str, values: int) -> None:
    """A step that stands alone in a line, and several lines after it or without one."""
    r = random.Random(1)
    turns = [turn.format(i=i, x=r.random() ** 9, y=r.gauss(0, 1)).encode() for i in range(1, 2000)]
    lines = b"\n".join(turns).split(b"\n")
    assert same_in_bulk_and_one_by_one(lines, "stdout") > 1700 * values


def test_the_second_line_of_a_turn_has_the_step_of_the_first() -> None:
    """In bulk as well as when the first of two lines is cut off from the second."""
    data = b"".join(b"Epoch %d/5000\nloss: 0.%04d - acc: 0.5\n" % (at, at) for at in range(1, 5001))
    for cuts in ([], range(30_001, len(data), 30_001)):
        found = capture(data, cuts)[1]
        losses = [(e.step, e.value) for match in found for e in match.events if e.name == "loss"]
        assert losses == [(at, at / 10_000) for at in range(1, 5001)]
        assert [match.line for match in found] == list(range(2, 10_001, 2))


def test_a_checkpoint_between_does_not_matter() -> None:
    data = b"".join(b"step=%d loss=0.%03d\n" % (at, at * 7 % 1000) for at in range(3000))
    cuts = range(9_000, len(data), 9_000)
    again, found = capture(data, cuts, pickled=lambda taken: pickle.loads(pickle.dumps(taken)))
    assert events(found) == events(capture(data)[1])
    assert again.counts.points == 3000


def test_points_that_repeat_are_dropped_in_bulk_too() -> None:
    """A step that stands still is decided line by line."""
    lines = [b"step=%d loss=0.5" % (at // 2) for at in range(1000)]
    same_in_bulk_and_one_by_one(lines, "stdout")
