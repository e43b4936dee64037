"""Records of plain numbers, read by place: as the line protocol reads them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli import protocol
from dvclive_cli.capture import records
from dvclive_cli.capture.plan import mask_of

NUMBERS = st.one_of(
    st.integers(-(10**16), 10**16).map(str),
    st.floats().map(str),
    st.from_regex(r"-?[0-9]{1,17}(\.[0-9]{1,12})?(e-?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(
        ["0.50", "00.5", "007", "-0", "0.0", "-0.0", "0.00001", "123456789012345678", "1e999", "x"]
    ),
)
KEYS = st.sampled_from(
    ["loss", "acc", "f1", "train/loss_2", "step", "timestamp", "plot", "rank", "a-b", "a.b"]
)
SPACES = st.sampled_from([" ", "  ", "\t"])


@given(
    st.lists(st.tuples(KEYS, NUMBERS, SPACES), min_size=1, max_size=5),
    st.sampled_from(["", "metric ", "x: "]),
)
def test_the_short_way_reads_what_the_protocol_reads(pairs, head):
    body = "".join(f"{key}={number}{space}" for key, number, space in pairs)
    places = records.plan(mask_of(head + body), len(head))
    read = places and records.read(places, (head + body).encode())
    if read is not None:
        assert repr(read) == repr(protocol.parse(body))
        assert [type(event) for event in read] == [type(event) for event in protocol.parse(body)]


JSON_KEYS = st.sampled_from(["loss", "a b", "f1", "step", "plot", "x0", "x1", 'q"', ""])


@given(
    st.lists(st.tuples(JSON_KEYS, NUMBERS), min_size=1, max_size=4),
    st.sampled_from([", ", ",", " ,"]),
    st.none() | NUMBERS,
    st.sampled_from(["", " "]),
)
def test_the_short_way_reads_json_as_the_protocol_does(pairs, comma, step, tail):
    """Names that come twice, other keys, numbers that JSON does not know."""
    inner = comma.join(f"{json.dumps(key)}: {number}" for key, number in pairs)
    body = f'{{"metric": {{{inner}}}' + (f'{comma}"step": {step}' if step is not None else "") + "}" + tail
    places = records.plan(mask_of(body), 0)
    read = places and records.read(places, body.encode())
    if read is not None:
        assert repr(read) == repr(protocol.parse(body))


@pytest.mark.parametrize(
    "line",
    [
        "@dvclive train/loss=0.52 acc_1=91 step=3",
        "@dvclive step=3 loss=-0.5 lr=4.9e-05",
        '@dvclive {"metric": {"train/loss": 0.520, "acc_1": 91}, "step": 3}',
        '@dvclive {"metric":{"loss":1e-05}}',
    ],
)
def test_common_records_take_the_short_way(line):
    places = records.plan(mask_of(line), 9)
    assert places is not None
    assert records.read(places, line.encode()) == protocol.parse(line[9:])
