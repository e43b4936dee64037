"""The line protocol: any event becomes one line and the same event again; a bad line says where and why."""

import math
import sys
from collections import OrderedDict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dvclive_cli import protocol
from dvclive_cli.events import (
    Artifact,
    End,
    Follow,
    Image,
    Message,
    Metric,
    MonitorSystem,
    NextStep,
    Open,
    Param,
    Plot,
    Printed,
    Progress,
    SklearnPlot,
    Step,
    Summary,
    Sync,
)
from dvclive_cli.protocol import Refusal, metrics, words

# --- any event, both ways -----------------------------------------------------------------------------------

NASTY = (
    " \t\n\r\x00\x07\x08\x1b\x7f\x85\x9b\u2028\u2029\ufeff\u202e\udc80\"'`=\\{}[],;:/%+-@#0123.eEnaif√é日🎉"
)
WORDS = [
    "step",
    "timestamp",
    "plot",
    "rank",
    "metric",
    "message",
    "nan",
    "inf",
    "-Infinity",
    "true",
    "True",
    "null",
]
WORDS += ["007", "1", "-2", "0.5", ".5", "1e3", "1_0", "٣", "@dvclive", "@dvclive x=1", "a=b", "x,", "{}"]
TEXT = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=NASTY, max_size=12),
    st.sampled_from(WORDS),
)
NAME = TEXT.filter(bool)
INTS = st.one_of(st.integers(), st.integers(-(10**400), 10**400))
FLOATS = st.floats()
NUMBERS = st.one_of(INTS, FLOATS)
SCALARS = st.one_of(NUMBERS, st.booleans(), TEXT)
JSON = st.recursive(
    st.one_of(st.none(), SCALARS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(TEXT, JSON, max_size=3), max_size=3)
MAYBE = st.one_of(st.none(), TEXT)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
PRINTED = st.one_of(
    st.none(),
    TEXT,
    st.from_regex(r"\A[+-]?[0-9]{0,4}\.?[0-9]{0,4}([eE][+-]?[0-9]{1,2})?\Z"),
)
METRICS = st.one_of(
    st.builds(
        Metric,
        NAME,
        SCALARS,
        step=st.one_of(st.none(), INTS),
        timestamp=st.one_of(st.none(), INTS),
        plot=st.booleans(),
        rank=st.one_of(st.none(), INTS),
        text=PRINTED,
    ),
    # a printed text that fits its value: what capture gives
    st.builds(
        lambda name, text: Metric(name, float(text), 3, text=text),
        NAME,
        st.decimals(-9, 9, places=3).map(str),
    ),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("resume", "save_dvc_exp", "cache_images"), st.booleans()),
        **dict.fromkeys(("report", "dvcyaml", "exp_name", "exp_message"), MAYBE),
    },
)
EVENTS = st.one_of(
    METRICS,
    st.builds(Param, NAME, JSON),
    st.builds(Summary, NAME, st.one_of(SCALARS, st.none(), st.lists(JSON, max_size=3))),
    st.just(NextStep()),
    st.builds(Step, INTS),
    st.builds(Image, NAME, TEXT),
    st.builds(Plot, NAME, st.one_of(TEXT, ROWS), TEXT, TEXTS, MAYBE, MAYBE, MAYBE, MAYBE),
    st.builds(
        SklearnPlot,
        NAME,
        st.one_of(TEXT, st.lists(JSON, max_size=3)),
        st.one_of(TEXT, st.lists(JSON, max_size=3)),
        MAYBE,
        MAYBE,
        MAYBE,
        MAYBE,
        st.booleans(),
        st.dictionaries(TEXT, JSON, max_size=3),
    ),
    st.builds(
        Artifact,
        NAME,
        MAYBE,
        MAYBE,
        MAYBE,
        TEXTS,
        st.dictionaries(TEXT, JSON, max_size=3),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Progress, NUMBERS, st.one_of(st.none(), NUMBERS)),
    st.builds(Message, TEXT),
    st.builds(Printed, TEXTS, st.booleans()),
    st.builds(Follow, NAME, st.dictionaries(TEXT, TEXT, max_size=3)),
    st.builds(Open, OPTIONS, st.one_of(st.none(), st.integers(1)), MAYBE, st.booleans()),
    st.builds(MonitorSystem, st.floats(1e-3, 1e3), st.integers(), st.dictionaries(TEXT, TEXT, max_size=3)),
    st.builds(Sync, MAYBE),
    st.builds(End, MAYBE, st.sampled_from([None, "completed", "failed", "interrupted"])),
)


def same(events):
    """The types and values of all parts, to compare: nan is nan, 1 is neither 1.0 nor True."""
    return [(type(event), repr(tuple(event))) for event in events]


@given(EVENTS)
@example(Metric("step", 0.3, step=3, text="0.30"))
@example(Metric("a", True, text="01"))
@example(Metric("a", 0.5, text="0.5"))
@example(Metric("a", math.inf, text="1e999"))
@example(Metric("a", 0, text="-0"))
@example(Metric("metric", 1))
@example(Metric("a", -(10**400)))
@example(Message("@dvclive loss=1"))
def test_any_event_becomes_a_line_and_the_same_event_again(event):
    for line in (protocol.encode(event), protocol.encode_json(event)):
        assert same(protocol.parse(line)) == same([event]), line
        # one line for every reader of lines, and UTF-8 whatever the strings hold
        assert len(line.splitlines()) == 1
        assert line.encode().decode() == line
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in line)
        # behind the sentinel and in front of white space it is the same record
        marked = f"{protocol.SENTINEL} {line}"
        assert same(protocol.parse(marked[protocol.find_sentinel(marked) :] + " \r")) == same([event])


@given(st.lists(METRICS, min_size=1, max_size=4))
def test_metrics_that_share_a_step_share_a_line(events):
    events = [event._replace(name=f"{at}{event.name}") for at, event in enumerate(events)]
    events = [
        event._replace(**dict(zip(Metric._fields[2:6], events[0][2:6], strict=True))) for event in events
    ]
    assert same(protocol.parse(protocol.encode_metrics(events))) == same(events)


@given(st.text(max_size=40) | st.text(alphabet=NASTY, max_size=40) | EVENTS.map(protocol.encode))
@example("[" * 20_000)
@example('{"metric": {"a": ' + "[" * 20_000)
@example('{"metric": ' + '{"a": ' * 5_000 + "1" + "}" * 5_001)
@example('param x={"a": ' + "1" * 5_000 + "}")
@example("loss=" + "1" * 5_000)
@example("loss=-" + "1" * 5_000)
@example('{"step": ' + "1" * 5_000 + "}")
def test_any_text_is_read_or_refused_with_a_column(text):
    """Nothing but Refusal comes out of a bad line, and its reason is safe to print."""
    for body in (text, text[1:], text[:-1], text[: len(text) // 2]):
        refusal = None
        try:
            events = protocol.parse(body)
        except Refusal as error:
            refusal = error
        if refusal is None:
            assert events
        else:
            assert 1 <= refusal.column <= len(body) + 1
            assert refusal.reason.isprintable()
            assert 0 < len(refusal.reason) < 200


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["a", "b/c", "step", "rank", "plot", "timestamp", "é", "", "metric", '"q"', "{x", "[", "x,"]
            ),
            st.sampled_from(["=", "=", "=", "=", "=", "", "==", " = "]),
            st.one_of(
                NUMBERS.map(str),
                st.floats(0, 1).map(lambda value: f"{value:.4f}"),
                st.floats().map(lambda value: f"{value:e}"),
                TEXT,
                st.sampled_from(
                    ["+1", "-0", "00", "1.", ".5", "1_0", "1.0_0", "٣", "٣.٣", "inf", "-nan", "+Inf", "1e400"]
                ),
            ),
        ).map("".join),
        max_size=5,
    ),
    st.sampled_from([" ", "  ", "\t", "\u3000", "\x1c"]),
    st.sampled_from(["", "metric ", "metrics ", " "]),
)
def test_the_short_way_agrees_with_the_careful_one(pairs, space, verb):
    body = verb + space.join(pairs)
    short = metrics.numbers(body)
    if short is not None:
        assert same(short) == same(protocol._parse_with_care(body))


def test_the_short_way_takes_the_common_lines():
    common = [
        "train/loss=0.52 acc=0.91 step=3",
        "metric loss=0.30",
        "step=3 loss=1e-3",
        "a=1",
        "a=-7 b=nan c=.5",
    ]
    assert [body for body in common if metrics.numbers(body) is None] == []


# --- the table of the specification -------------------------------------------------------------------------

LINES = {
    "train/loss=0.52 acc=0.91 step=3": [Metric("train/loss", 0.52, 3), Metric("acc", 0.91, 3)],
    "metric loss=0.52": [Metric("loss", 0.52)],
    '{"metric": {"loss": 0.5}, "step": 3}': [Metric("loss", 0.5, 3)],
    '{"metric": {"train": {"loss": 0.5, "acc": 1}}}': [Metric("train/loss", 0.5), Metric("train/acc", 1)],
    "loss=0.3 timestamp=1700000000000 plot=false rank=2": [
        Metric("loss", 0.3, None, 1700000000000, False, 2)
    ],
    '"step"=3 step=4': [Metric("step", 3, 4)],
    '"my loss"=3': [Metric("my loss", 3)],
    "state=warm converged=True": [Metric("state", "warm"), Metric("converged", True)],
    "step=7": [Step(7)],
    'param lr=0.001 model="res net"': [Param("lr", 0.001), Param("model", "res net")],
    "param layers=[64, 64] none=null on=true node=007 date=2026-11-21": [
        Param("layers", [64, 64]),
        Param("none", None),
        Param("on", True),
        Param("node", "007"),
        Param("date", "2026-11-21"),
    ],
    '{"param": {"opt": {"lr": 1e-3}}}': [Param("opt", {"lr": 0.001})],
    '{"param": {"lr": 1, "api_key": "x"}}': [Param("lr", 1), Param("api_key", "x")],
    '{"param": {"lr": 1, "api_key": "x"}, "found": true}': [Param("lr", 1)],
    "next-step": [NextStep()],
    "step 7": [Step(7)],
    "step 7.0": [Step(7)],
    "summary best_acc=0.93": [Summary("best_acc", 0.93)],
    '{"summary": {"best": {"acc": 0.93}}}': [Summary("best/acc", 0.93)],
    '{"summary": {"old": null, "sizes": [1, 2]}}': [Summary("old", None), Summary("sizes", [1, 2])],
    '{"open": true, "options": {"exp_name": "two", "resume": true}, "pid": 7, "ack": "/c/a"}': [
        Open({"exp_name": "two", "resume": True}, 7, "/c/a")
    ],
    "monitor interval=0.1 num_samples=5": [MonitorSystem(0.1, 5)],
    "follow history.csv": [Follow("history.csv")],
    'follow a.tfevents names={"loss": "train/loss"}': [Follow("a.tfevents", {"loss": "train/loss"})],
    'end status=failed ack="/c/a"': [End("/c/a", "failed")],
    "image confusion.png path=out/c.png": [Image("confusion.png", "out/c.png")],
    "plot roc path=pts.csv x=fpr y=tpr template=simple": [Plot("roc", "pts.csv", "fpr", ("tpr",), "simple")],
    'plot p rows=[{"a": 1}] x=a y=["b", "c"]': [Plot("p", [{"a": 1}], "a", ("b", "c"))],
    "plot p path=a.csv x=0 y=1": [Plot("p", "a.csv", "0", ("1",))],
    "sklearn roc labels=y.csv predictions=p.csv": [SklearnPlot("roc", "y.csv", "p.csv")],
    'sklearn roc labels=[0, 1] predictions=[0.1, 0.2] options={"drop_intermediate": true}': [
        SklearnPlot("roc", [0, 1], [0.1, 0.2], options={"drop_intermediate": True})
    ],
    'artifact model.pt type=model name=m labels=["a"] copy=true': [
        Artifact("model.pt", "model", "m", labels=("a",), copy=True)
    ],
    "progress 30/100": [Progress(30, 100)],
    "progress 30%": [Progress(30, 100)],
    "progress 0.5": [Progress(0.5)],
    'message "warm-up done"': [Message("warm-up done")],
    "message warm-up done, lr=0.1": [Message("warm-up done, lr=0.1")],
    'message "a" and "b"': [Message('"a" and "b"')],
    "sync": [Sync()],
    "sync ack=/run/a": [Sync("/run/a")],
    "end": [End()],
    '{"end": true}': [End()],
    # what printf, bc, awk, R and Go print
    "a=0.30": [Metric("a", 0.3, text="0.30")],
    "a=.5 b=5. c=+3 d=1E5 e=007": [
        Metric("a", 0.5, text=".5"),
        Metric("b", 5.0, text="5."),
        Metric("c", 3, text="+3"),
        Metric("d", 1e5, text="1E5"),
        Metric("e", 7, text="007"),
    ],
    "a=INF b=-Infinity c=+Inf": [Metric("a", math.inf), Metric("b", -math.inf), Metric("c", math.inf)],
    '{"metric": {"a": 0.30, "b": "0.30"}}': [Metric("a", 0.3, text="0.30"), Metric("b", "0.30")],
    '{"metric": {"a": inf, "b": "inf"}}': [Metric("a", math.inf), Metric("b", "inf")],
    '{"metric": {"a": 1}, "step": null}': [Metric("a", 1)],
}


@pytest.mark.parametrize("body", LINES)
def test_a_line_means_what_the_specification_says(body):
    assert same(protocol.parse(body)) == same(LINES[body])


@pytest.mark.parametrize(
    "body", ["a=nan", "a=-nan", "a=NaN", '{"metric": {"a": nan}}', '{"metric": {"a": -nan}}']
)
def test_nan_is_read_in_every_spelling(body):
    [event] = protocol.parse(body)
    assert math.isnan(event.value)
    assert event.text is None


REFUSED = {
    "loss=0,5": (6, "'0,5' is no number: a point, no comma, no unit; as text it stands in quotes"),
    "metric a=1 rate=1,234.5": (17, "'1,234.5' is no number: "),
    "summary acc=95%": (13, "'95%' is no number: "),
    "step=3 time=-12.5ms": (13, "'-12.5ms' is no number: "),
    "": (1, "empty"),
    "   ": (1, "empty"),
    "metrics loss=3": (1, "did you mean 'metric'"),
    "next_step": (1, "did you mean 'next-step'"),
    "loss = 3": (1, "without spaces around '='"),
    "a=1 b = 3": (7, "no spaces around '='"),
    "loss: 0.3": (1, "neither a verb nor name=value"),
    "loss=0.3, acc=2": (9, "separated by spaces"),
    "loss=": (6, "'loss' has no value"),
    "a=1 =3": (5, "no name before '='"),
    '""=3': (1, "an empty name"),
    '{"metric": {"": 3}}': (13, "an empty name"),
    "loss=null": (6, "must be a number, true, false or text, not 'null'"),
    "loss=[1]": (6, "must be a number"),
    "loss=1 word": (8, "expected name=value, not 'word'"),
    "loss=1 step=1 step=2": (15, "'step' is given twice"),
    "loss=1 step=1.5": (13, "'step' must be a whole number"),
    "loss=1 step=true": (13, "'step' must be a whole number"),
    "loss=1 plot=2": (13, "'plot' must be true or false"),
    "metric": (7, "no metric"),
    "rank=3": (7, "no metric"),
    'loss="0.3': (6, "not JSON: unterminated string"),
    'loss="0.3"x': (11, "a space is missing"),
    'message"x"': (8, "a space is missing"),
    'loss=0.3"x': (9, "a quote inside a bare value"),
    "param x={a": (10, "not JSON"),
    "param": (6, "no parameter"),
    "summary x=null": (11, "must be a number"),
    'open options={"resume":1}': (14, "option 'resume' must be true or false"),
    'open options={"name":"x"}': (14, "no option 'name'; did you mean 'exp_name'?"),
    "end status=good": (12, "must be completed, failed or interrupted"),
    "monitor interval=0": (18, "must be a number of seconds"),
    'monitor directories={"main":1}': (21, "must be an object of names and paths"),
    "step": (5, "'step' needs one whole number"),
    "step 3 4": (8, "'4'"),
    "step a=3": (6, "alone"),
    "next-step now": (11, "has no 'now'"),
    "progress half": (10, "number or done/total"),
    "progress 1/2/3": (10, "number or done/total"),
    "message": (8, "needs a text"),
    "image path=c.png": (7, "needs its name first"),
    "image c.png": (12, "needs path="),
    "image c.png pth=c.png": (13, "did you mean 'path'"),
    "plot p x=a y=b": (15, "needs path= or rows="),
    "plot p path=a rows=[] x=a y=b": (20, "one source"),
    "plot p rows=[1] x=a y=b": (13, "a JSON list of objects"),
    "artifact m copy=yes": (17, "'copy' must be true or false"),
    "artifact m labels=[1]": (19, "text or a JSON list of texts"),
    "artifact m meta=1": (17, "a JSON object"),
    "sync ack=a ack=b": (12, "given twice"),
    "{": (2, "not JSON"),
    '{"metric": {"a": 1': (19, "not JSON"),
    '{"metric": {"a": 1}} x': (22, "not JSON: extra data"),
    '{"metric": 3}': (2, "an object of names and values"),
    '{"metric": {}}': (2, "an object of names and values"),
    '{"metric": {"a": null}}': (13, "not 'null'"),
    '{"metric": {"a": 1}, "stpe": 2}': (22, "did you mean 'step'"),
    '{"metric": {"a": 1}, "text": {"b": "1"}}': (22, "printed text"),
    '{"metrics": {"a": 1}}': (2, "did you mean 'metric'"),
    "{}": (1, "no verb"),
    '{"image": "a", "param": {}}': (16, "two verbs"),
    '{"image": 3, "path": "a"}': (2, "must be text"),
    '{"sync": false}': (2, "must be true"),
    '{"progress": "x"}': (2, "must be numbers"),
    '{"@file": "x"}': (2, "only on the FIFO"),
}


@pytest.mark.parametrize("body", REFUSED)
def test_a_bad_line_says_where_and_why(body):
    column, reason = REFUSED[body]
    with pytest.raises(Refusal) as refusal:
        protocol.parse(body)
    assert reason in refusal.value.reason
    assert refusal.value.column == column
    assert str(refusal.value) == f"column {column}: {refusal.value.reason}"


# --- the sentinel -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        "",
        " ",
        "\t",
        "training... ",
        "INFO:root:",
        "INFO:root: ",
        "2026-11-21 10:00:00,123 - train - INFO - ",
        "[rank0]:",
        "[1,0]<stdout>:",
        "[1,0]<stdout>: ",
        "0: ",
        "svc | ",
        "svc|",
        "(pid=123) ",
        "don't panic ",
        '5" disk ',
        'said "yes" and ',
        "see x@dvclive loss=1 ",
        "1 + 1 = 2 ",
    ],
)
def test_the_sentinel_stands_after_a_start_a_space_or_a_log_prefix(before):
    line = f"{before}@dvclive loss=1"
    assert line[protocol.find_sentinel(line) :] == "loss=1"


@pytest.mark.parametrize(
    "line",
    [
        "+ echo @dvclive loss=1",
        "++ echo @dvclive loss=1",
        "+ echo '@dvclive loss=1'",
        "+ train.sh:3: log @dvclive loss=1",
        "+train.sh:3> log @dvclive loss=1",
        "[rank0]: + log @dvclive loss=1",
        "echo @dvclive loss=1",
        "$ printf @dvclive loss=1",
        "    echo -n @dvclive loss=1",
        "make: @echo @dvclive loss=1",
        'echo "@dvclive loss=1"',
        'echo "epoch 1 @dvclive loss=1"',
        "    print('epoch 1 @dvclive loss=1')",
        '    print(f"@dvclive loss={loss}")',
        "use `lr @dvclive loss=1`",
        "me@dvclive loss=1",
        "http://x/@dvclive loss=1",
        "loss.@dvclive loss=1",
        "@dvclive",
        "@dvclive=1",
        "@dvclive-x loss=1",
        "@DVCLIVE loss=1",
        "",
    ],
)
def test_a_line_that_only_shows_a_record_is_none(line):
    assert protocol.find_sentinel(line) == -1


def test_a_line_full_of_sentinels_does_not_cost_its_square():
    """Counted in function calls, not in seconds."""
    calls = 0

    def count(frame, event, arg):
        nonlocal calls
        calls += 1

    hostile = "'" + "x @dvclive y" * 5_000
    sys.setprofile(count)
    try:
        assert protocol.find_sentinel(hostile) == -1
    finally:
        sys.setprofile(None)
    assert calls < 200_000


# --- verbs, trust, references, misuse -----------------------------------------------------------------------


def test_what_may_act_on_stdout():
    """Output may quote somebody else's text: nothing that names a file acts there."""
    assert set(protocol.STDOUT_VERBS) == {"metric", "step", "next-step", "summary", "progress", "message"}
    assert set(protocol.TRUSTED_VERBS) == {
        *("param", "image", "plot", "sklearn", "artifact", "open", "monitor", "follow", "printed"),
        *("sync", "end"),
    }


@given(EVENTS)
def test_every_event_has_a_verb(event):
    assert protocol.VERBS[protocol.verb_of(event)].event is type(event)


def test_a_file_reference_is_a_name():
    assert protocol.parse_file_reference('{"@file": "a-1.json"}') == "a-1.json"
    assert protocol.parse_file_reference(' {"@file":"..a"} ') == "..a"
    for other in ("loss=1", '{"metric": {"@file": 1}}', 'message "@file"', '{"param": {"x": "\\"@file\\""}}'):
        assert protocol.parse_file_reference(other) is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/etc/passwd", "../x", "a/b", "a\\b", "a\x00", 3, None, ["a"]]
)
def test_a_file_reference_never_names_a_path(name):
    with pytest.raises(Refusal):
        protocol.parse_file_reference(f'{{"@file": {words.dumps(name)}}}')
    with pytest.raises(Refusal):
        protocol.parse_file_reference('{"@file": "a", "step": 1}')


class Array:
    """Compares by element, as arrays do; its truth is an error."""

    def __eq__(self, other):
        return self

    def __bool__(self):
        raise ValueError("the truth of an array")

    __hash__ = None


@pytest.mark.parametrize(
    "event",
    [
        Image("a.png", Array()),
        Image("a.png", b"bytes"),
        Param("x", Array()),
        Param("x", {"a": [Array()]}),
        Param("x", {1: 2}),
        Metric("x", Array()),
        Metric("x", None),
        Summary("x", {"a": 1}),
        Plot("p", Array(), "x", ("y",)),
        Plot("p", [{"x": Array()}], "x", ("y",)),
        SklearnPlot("roc", Array(), Array()),
        Artifact("m", meta={"a": Array()}),
    ],
)
@pytest.mark.parametrize("encode", [protocol.encode, protocol.encode_json])
def test_what_lives_in_one_process_has_no_line(event, encode):
    with pytest.raises(TypeError, match=r"cannot be written as a line; save it to a file"):
        encode(event)


@pytest.mark.parametrize("event", [Metric("", 1), Param("", 1), Summary("", 1), Image("", "a"), Artifact("")])
@pytest.mark.parametrize("encode", [protocol.encode, protocol.encode_json])
def test_an_empty_name_has_no_line(event, encode):
    with pytest.raises(ValueError, match="empty name"):
        encode(event)


def test_metrics_of_several_steps_do_not_share_a_line():
    for several in ([], [Metric("a", 1, 1), Metric("a", 1, 2)], [Metric("a", 1), Metric("b", 1, plot=False)]):
        with pytest.raises(ValueError, match="one line holds metrics of one step"):
            protocol.encode_metrics(several)
    with pytest.raises(ValueError, match="each name once"):
        protocol.encode_metrics([Metric("a", 1, text="one"), Metric("a", 2)])


@pytest.mark.parametrize("text", ["0,5", "95%", "12ms", "3D", "1,2,3"])
def test_text_that_is_almost_a_number_is_quoted(text):
    """Bare it would be refused: a printf with a decimal comma means a number."""
    for event in (Metric("a", text), Summary("a", text), Param("a", text)):
        assert protocol.parse(protocol.encode(event)) == [event]


@pytest.mark.parametrize("text", ["2026-11-21", "1.2.3", "3f2a1", "v1", "a,b", "1e5x2"])
def test_other_words_are_text(text):
    assert protocol.parse(f"note={text}") == [Metric("note", text)]


def test_numbers_of_numpy_are_written_as_numbers():
    numpy = pytest.importorskip("numpy")
    assert protocol.encode(Metric("a", numpy.float64(0.5))) == "a=0.5"
    assert protocol.encode(Param("a", OrderedDict(b=(numpy.float64(0.5),)))) == 'param a={"b":[0.5]}'


def test_the_help_shows_lines_that_parse():
    """Every indented line of the help is a record as it stands."""
    shown = [line.strip() for line in protocol.HELP.splitlines() if line.startswith("  ")]
    bodies = []
    for line in shown:
        if line.startswith("echo "):
            line = line.split('"')[1]
        body = line.removeprefix(f"{protocol.SENTINEL} ")
        bodies.append(body if body.startswith(("message", "{")) else body.split("   ")[0])
    assert len(bodies) > 12
    for body in bodies:
        assert protocol.parse(body)
    assert {protocol.verb_of(protocol.parse(body)[0]) for body in bodies} >= set(protocol.VERBS) - {"step"}
