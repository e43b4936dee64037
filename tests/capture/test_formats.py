"""Known formats: every example is taken whole by its own format; users' tables share the schema."""

import pytest
from capture_judge import capture, points

from dvclive_cli.capture import CaptureOptions, validate_options
from dvclive_cli.capture.candidates import is_candidate
from dvclive_cli.capture.formats import aliases, known, lines_of
from dvclive_cli.capture.model import NAMES_OF_ALIASES
from dvclive_cli.capture.plan import DIGITS, Kind, mask_of
from dvclive_cli.capture.plans import Plans
from dvclive_cli.errors import UsageError

EXAMPLES = [(name, example) for name, table in known().items() for example in table["examples"]]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_taken_by_its_format(name, example):
    mask = example.encode().translate(DIGITS)
    plan = Plans(CaptureOptions()).make(mask)
    assert plan.rule == name
    assert plan.values or plan.kind in (Kind.CONTEXT, Kind.NEUTRAL)
    assert is_candidate(mask)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_format_wants_the_whole_line(name, example):
    """What a bar's description says in front of it is part of a bar."""
    line = f"{example} and more" if name in ("tqdm", "ignite") else f"so {example}"
    assert Plans(CaptureOptions()).make(line.encode().translate(DIGITS)).rule != name


def test_formats_hold_no_digit():
    """They are matched with every digit written as 0."""
    for line in lines_of(()):
        for source in (line.match, line.pair, line.between, line.first, *line.has, *line.mapping):
            bare = source.replace("{number}", "")
            assert bare == mask_of(bare), line.format


def test_each_format_says_what_it_is_of():
    assert all(table["about"] and table["examples"] and table["lines"] for table in known().values())


TAKEN = {
    "[0]\ttrain-logloss:0.5+0.25\tmy-valid1-ndcg@5-:0.9": [
        ("train/logloss", 0.5, 0), ("train/logloss/std", 0.25, 0), ("my-valid1/ndcg@5", 0.9, 0),
    ],
    "[1]\ttraining's auc: 1\tvalid_1's l2: 0.5": [("training/auc", 1, 1), ("valid_1/l2", 0.5, 1)],
    "4:\tlearn: 0.5\ttest: 0.6\ttest1: 0.7\tbest: 0.6 (4)\ttotal: 1m 2s\tremaining: 140ms": [
        ("learn", 0.5, 4), ("test", 0.6, 4), ("test1", 0.7, 4),
    ],
    "Train Epoch: 2 [640/60000 (1%)]\tLoss: 0.5": [("train/Loss", 0.5, 120640), ("epoch", 2, 120640)],
    "Epoch: [1][ 10/100]\tTime 0.5 ( 1.2)\tLoss 6.9e+00 (6.8e+00)\tAcc@1 0.5 ( 0.4)": [
        ("Loss", 6.9, 110), ("Acc@1", 0.5, 110), ("epoch", 1, 110),
    ],
    "Epoch 4: 100%|###| 2/2 [00:00<00:00, 98.0it/s, v_num=3, train/loss_step=0.400, val_loss=nan]": [
        ("train/loss_step", 0.4, 4), ("val_loss", "nan", 4),
    ],
}  # fmt: skip


@pytest.mark.parametrize("line", TAKEN)
def test_taken(line):
    assert [(n, "nan" if v != v else v, s) for n, v, s in points(line + "\n")] == TAKEN[line]


def test_lightgbms_best_row_at_the_end_is_no_second_point():
    row = "[{0}]\tvalid's l2: 0.{0}\n"
    text = row.format(5) + row.format(6) + "Early stopping, best iteration is:\n" + row.format(5)
    assert points(text) == [("valid/l2", 0.5, 5), ("valid/l2", 0.6, 6)]


def test_only_chosen_formats_and_records_are_tried():
    text = "[1]\ttrain-auc:0.9\n{'loss': 1.5}\nepoch=1 loss=0.5\n@dvclive acc=1 step=1\n"
    assert points(text, formats=("xgboost",)) == [("train/auc", 0.9, 1), ("acc", 1, 1)]


USER = {
    "match": r"it (?P<step>\d+) -> l1=(?P<l1>{number}) (?P<pairs>.*)",
    "names": {"l1": "train/l1"},
    "drop": "skip",
}


def test_a_users_format():
    text = "it 7 -> l1=0.5 a=1, skip=2, b2: 3.5\n"
    assert points(text, user_formats=(("mine", USER),)) == [("train/l1", 0.5, 7), ("a", 1, 7), ("b2", 3.5, 7)]
    _, found = capture(
        text.encode(), options=CaptureOptions(user_formats=(("mine", USER),), formats=("mine",))
    )
    assert found[0].rule == "mine"
    assert points(text, user_formats=(("mine", USER),), formats=("keras",)) == []


def test_a_users_format_may_name_digits():
    assert points(
        "run 42 loss 5\nrun 41 loss 5\n", user_formats=(("m", {"match": r"run 42 loss (?P<x>\d)"}),)
    ) == [("x", 5, 0)]


@pytest.mark.parametrize(
    ("options", "slug", "says"),
    [
        (CaptureOptions(formats=("xgbost",)), "format-unknown", "Did you mean xgboost"),
        (CaptureOptions(formats=("zzzz",)), "format-unknown", "dvclive formats"),
        (CaptureOptions(user_formats=(("m", {}),)), "format-invalid", "`match`"),
        (CaptureOptions(user_formats=(("m", {"match": 5}),)), "format-invalid", "`match`"),
        (CaptureOptions(user_formats=(("m", {"match": "x", "mtach": "y"}),)), "format-invalid", "'mtach'"),
        (CaptureOptions(user_formats=(("m", {"match": "(?P<a>x"}),)), "pattern-invalid", "(?P<a>x"),
        (CaptureOptions(user_formats=(("m", {"match": "a(?=b)"}),)), "pattern-unsupported", "look-around"),
    ],
)
def test_a_wrong_choice_is_refused_before_the_start(options, slug, says):
    with pytest.raises(UsageError) as error:
        validate_options(options)
    assert error.value.slug == slug
    assert says in str(error.value)


def test_right_choices_pass():
    validate_options(
        CaptureOptions(formats=("keras", "mine"), user_formats=(("mine", USER),), patterns=(r"(?P<a>\d)",))
    )


ALIASED = {
    "influx": ('train,host=a loss=0.5,acc=0.9,name="x" 17000\n', [("loss", 0.5, 0), ("acc", 0.9, 0)]),
    "openmetrics": ('# TYPE loss gauge\nloss{set="a"} 0.5 17000\nx 3\n', [("loss", 0.5, 0), ("x", 3, 0)]),
    "statsd": ("train.loss:0.5|g\nrate:3|c|@0.1\n", [("train.loss", 0.5, 0), ("rate", 3, 0)]),
    "logfmt": ('level=info msg="a b" step=3 loss=0.5\nspan=4\n', [("loss", 0.5, 3), ("span", 4, 3)]),
    "jsonl": ('{"step": 3, "span": 0.5}\nloss=3\n', [("span", 0.5, 3)]),
    "valohai": ('{"epoch": 3, "loss": 0.5}\nloss=3\n', [("loss", 0.5, 3)]),
    "csv": ("step,loss\n1,0.5\n2,0.4\n", [("loss", 0.5, 1), ("loss", 0.4, 2)]),
    "tsv": ("step\tloss\n1\t0.5\n2\t0.4\n", [("loss", 0.5, 1), ("loss", 0.4, 2)]),
    "teamcity": ("##teamcity[buildStatisticValue key='span' value='0.5']\n", [("span", 0.5, 0)]),
    "guild": ("step: 7\nspan: 0.5\n", [("span", 0.5, 7)]),
    "katib": ("epoch 1: span=0.5, acc=0.9\n", [("span", 0.5, 0), ("acc", 0.9, 0)]),
}


@pytest.mark.parametrize("name", sorted(NAMES_OF_ALIASES))
def test_an_alias_reads_the_other_tools_lines(name):
    text, wanted = ALIASED[name]
    validate_options(CaptureOptions(formats=(name,)))
    assert points(text, formats=(name,)) == wanted


def test_the_names_of_aliases_are_those_of_the_file():
    assert set(aliases()) == NAMES_OF_ALIASES
    assert NAMES_OF_ALIASES.isdisjoint(known())
