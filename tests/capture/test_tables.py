"""Tables: a header of names arms, rows of the same columns follow."""

import pytest
from capture_judge import capture, events, points

TABLES = {
    "csv": "epoch,loss,val_loss\n1,0.5,0.6\n2,0.4,0.5\n",
    "tsv": "epoch\tloss\tval_loss\n1\t0.5\t0.6\n2\t0.4\t0.5\n",
    "quoted csv": '"epoch","loss","val_loss"\n1,0.5,0.6\n2,0.4,0.5\n',
    "spaces": "  epoch    loss   val_loss\n      1     0.5        0.6\n      2     0.4        0.5\n",
    "one blank": "epoch loss val_loss\n1 0.5 0.6\n2 0.4 0.5\n",
    "commented": "# epoch loss val_loss\n1 0.5 0.6\n2 0.4 0.5\n",
    "box": "| epoch | loss | val_loss |\n|-------|-----:|---------:|\n| 1 | 0.5 | 0.6 |\n| 2 | 0.4 | 0.5 |\n",
    "blank lines and rules": "epoch loss val_loss\n----- ---- --------\n\n1 0.5 0.6\n=====\n2 0.4 0.5\n",
    "timings": "epoch loss val_loss time\n1 0.5 0.6 3.2s\n2 0.4 0.5 0:03\n",
    "a remark at a number": "epoch loss val_loss note\n1 0.5 0.6 1.0e+00f\n2 0.4 0.5 -\n",
    "words at the end": "epoch loss val_loss how\n1 0.5 0.6 expand outside\n2 0.4 0.5 expand\n",
    "a row too short": "epoch loss val_loss   how\n1 0.5 0.6\n2 0.4 0.5 expand\n",
    "a header of two lines in a box": "|epoch||val|\n||loss|loss|\n|1|0.5|0.6|\n|2|0.4|0.5|\n",
    "rejected rows": "epoch loss val_loss\n1 0.5 0.6\n* 7.5 7.6\n* 8.5 8.6\n2 0.4 0.5\n",
    "interrupted early": "epoch loss val_loss\n1 0.5 0.6\nsaved the model\n2 0.4 0.5\n",
    "interrupted": "epoch loss val_loss\n1 0.5 0.6\n2 0.4 0.5\nsaved the model\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_rows_are_taken(text):
    want = [("loss", 0.5, 1), ("val_loss", 0.6, 1), ("loss", 0.4, 2), ("val_loss", 0.5, 2)]
    assert sorted(points(text), key=lambda p: (p[2], p[0])) == want


def test_titles_of_several_words():
    text = "  Iter       Train Loss    OOB Improve\n     1   5360.0116     500.9498\n     2  4768.5  -3.5\n"
    assert points(text)[-2:] == [("Train_Loss", 4768.5, 2), ("OOB_Improve", -3.5, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "a b c\n1 2 3\n2 3 4\n",  # no step, no metric
        "   accuracy    loss\n0  0.91        0.2\n1  0.92        0.1\n",  # a data frame: one title too few
        "epoch loss\n1 0.5 0.7\n2 0.4 0.6\n",
        "epoch loss\nsome words\nand more\nthe end\n1 0.5\n2 0.4\n",
        "epoch loss\n1.5 0.5 x\n",
        "1 2 3\n4 5 6\n7 8 9\n",
        "Precision Recall Class\n0.961 0.98 setosa\n0.95 0.94 virginica\n",
        "total used free\n24105 874 21262\n24105 875 21261\n",
    ],
)
def test_what_is_no_table_of_metrics(text):
    assert points(text) == []


def test_a_total_beside_a_step_is_a_column():
    text = "step time potential total\n0 0.0 1.5 2.5\n10 0.1 1.0 2.0\n"
    assert [p for p in points(text) if p[0] == "total"] == [("total", 2.5, 0), ("total", 2.0, 10)]


def test_another_line_ends_a_table_unless_its_steps_go_on():
    text = "epoch loss\n1 0.5\n2 0.4\nsaved\n3 0.3\nsaved\n1 7\n"
    assert points(text) == [("loss", 0.5, 1), ("loss", 0.4, 2), ("loss", 0.3, 3)]


def test_the_header_may_be_far_from_its_first_row_in_bytes():
    from capture_judge import capture

    data = b"epoch loss\n" + b"-" * 5000 + b"\n1 0.5\n2 0.4\n"
    for cuts in ([], range(11, len(data), 11), [11, 5012]):
        _, found = capture(data, cuts)
        assert [e.value for m in found for e in m.events] == [0.5, 0.4]


BOX = """\
----------------------------
| rollout/      |          |
|    ep_rew     | {0}.5     |
| time/         |          |
|    fps        | 2391     |
|    timesteps  | {0}00      |
| train/        |          |
|    drift      | 0.{0}      |
----------------------------
"""


def test_a_boxs_step_may_stand_after_its_numbers():
    assert points("".join(BOX.format(at) for at in (1, 2))) == [
        ("rollout/ep_rew", 1.5, 100), ("train/drift", 0.1, 100),
        ("rollout/ep_rew", 2.5, 200), ("train/drift", 0.2, 200),
    ]  # fmt: skip


def test_boxes_are_the_same_however_they_are_cut():
    data = "".join(BOX.format(at) + "text\n" * at for at in (1, 2, 3)).encode()
    whole = events(capture(data)[1])
    assert len(whole) == 6
    for cut in range(len(data)):
        assert events(capture(data, [cut])[1]) == whole


def test_a_box_without_a_step_gives_metrics_only():
    assert points(
        "| name | value |\n|---|---|\n| accuracy | 0.93 |\n| timeout | 30 |\n| loads | 3.5 |\n"
    ) == [("accuracy", 0.93, 0)]


def test_a_step_in_one_box_is_not_the_next_ones():
    text = "| step | 5 |\n\n| accuracy | 0.93 |\n"
    assert points(text) == [("accuracy", 0.93, 0)]


def test_a_header_of_two_lines_gives_both_words():
    text = "average  example\nloss     counter\n{0}\n"
    rows = "0.693147       1\n1.258599       2"
    assert points(text.format(rows)) == [("average_loss", 0.693147, 1), ("average_loss", 1.258599, 2)]
    assert points("some text here\n" + text.format(rows)) == points(text.format(rows))
