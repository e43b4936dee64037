"""Lines and records of several ranks: the first one's points, all of them, or their mean."""

import random

import pytest
from capture_judge import capture, events, points
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.capture import CaptureOptions

TORCHRUN = "".join(
    f"[rank{rank}]: step={step} loss={step + rank / 2}\n" for step in range(5) for rank in (0, 1)
)


def test_the_first_rank_counts_unless_told_otherwise():
    assert points(TORCHRUN) == [("loss", float(step), step) for step in range(5)]


def test_all_ranks_have_their_own_names():
    found = points(TORCHRUN, ranks="all")
    assert [p for p in found if p[0] == "loss/rank1"] == [
        ("loss/rank1", step + 0.5, step) for step in range(5)
    ]
    assert len(found) == 10


def test_the_mean_is_one_point_a_step():
    assert points(TORCHRUN, ranks="mean") == [("loss", step + 0.25, step) for step in range(5)]


@pytest.mark.parametrize("head", ["[rank0]: step=1 loss=0.5", "@dvclive loss=0.5 step=1 rank=0"])
def test_a_mean_that_comes_at_the_end_has_the_last_line_and_its_rule(head):
    _, found = capture(
        f"{head}\n{head.replace('rank0', 'rank1').replace('rank=0', 'rank=1')}\n".encode(),
        options=CaptureOptions(ranks="mean"),
    )
    assert [(match.line, match.rule in ("pairs", "protocol")) for match in found if match.events] == [
        (2, True)
    ]


def test_a_mean_waits_for_a_slow_rank():
    """Rank 1 is a step behind; what never comes is not waited for at the end."""
    lines = [f"@dvclive loss={step} step={step} rank=0\n" for step in range(4)]
    slow = [f"@dvclive loss={step + 1} step={step} rank=1\n" for step in range(3)]
    text = lines[0] + "".join(f"{a}{b}" for a, b in zip(lines[1:], slow, strict=True))
    assert points(text, ranks="mean") == [
        ("loss", 0.5, 0),
        ("loss", 1.5, 1),
        ("loss", 2.5, 2),
        ("loss", 3, 3),
    ]


@pytest.mark.parametrize("policy", ["first", "all", "mean"])
def test_ranks_of_records_and_of_prefixes_are_the_same(policy):
    spoken = "".join(
        f"@dvclive loss={step + rank} step={step} rank={rank}\n" for step in range(4) for rank in (0, 1)
    )
    printed = "".join(
        f"[rank{rank}]: step={step} loss={step + rank}\n" for step in range(4) for rank in (0, 1)
    )
    assert sorted(points(spoken, ranks=policy)) == sorted(points(printed, ranks=policy))


def test_each_rank_has_its_own_context():
    text = (
        "[rank0]: Epoch 1/3\n[rank0]: loss: 0.5\n[rank0]: Epoch 2/3\n[rank1]: Epoch 1/3\n[rank0]: loss: 0.4\n"
    )
    text += "[rank1]: loss: 0.6\n"
    assert points(text, ranks="all") == [
        ("loss/rank0", 0.5, 1), ("loss/rank0", 0.4, 2), ("loss/rank1", 0.6, 1),
    ]  # fmt: skip


def test_a_rank_that_alone_says_a_name_is_its_first():
    """The last stage of a pipeline knows the loss."""
    text = "".join(
        f"[rank0]: step={step} norm=1.{step}\n[rank3]: step={step} loss=0.{step}\n" for step in (1, 2)
    )
    assert {name for name, _, _ in points(text)} == {"norm", "loss"}


def test_thousands_of_ranks_are_one_series_of_the_cap():
    text = "".join(
        f"@dvclive loss={rank} step={step} rank={rank}\n" for step in range(3) for rank in range(700)
    )
    assert points(text, ranks="mean", max_series=3) == [("loss", 349.5, step) for step in range(3)]


@pytest.mark.parametrize("policy", ["first", "all", "mean"])
@given(seed=st.integers(0, 10**6))
def test_the_same_however_it_is_cut(policy, seed):
    r = random.Random(seed)
    heads = ["[rank0]: ", "[rank1]: ", "3: ", "", "@dvclive ", "(pid=7) "]
    lines = [f"{r.choice(heads)}step={r.randrange(9)} loss={r.random():.2f}" for _ in range(60)]
    lines += [f"@dvclive acc={r.randrange(3)} rank={r.randrange(3)}" for _ in range(20)]
    r.shuffle(lines)
    data = "\n".join(lines).encode()
    options = CaptureOptions(ranks=policy)
    whole, found = capture(data, options=options)
    cut, parts = capture(data, sorted(r.choices(range(len(data)), k=9)), options=options)
    assert events(parts) == events(found)
    assert cut.counts == whole.counts
    assert sum(len(match.events) for match in found) == whole.counts.points
