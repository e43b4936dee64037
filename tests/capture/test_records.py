"""Records of plain numbers, read by place: as the line protocol reads them."""

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


def test_the_common_record_takes_the_short_way():
    line = "@dvclive train/loss=0.52 acc_1=91 step=3"
    places = records.plan(mask_of(line), 9)
    assert places is not None
    assert records.read(places, line.encode()) == protocol.parse(line[9:])
