"""Metric files to points: the values that programs wrote, however the bytes are cut."""

from __future__ import annotations

import json
import os
import pickle
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli.capture import CaptureOptions
from dvclive_cli.events import Event, Image, Metric, Param
from dvclive_cli.metricfiles import belongs_in_folder, kind_of, reader_for
from dvclive_cli.metricfiles.tfevents import masked_crc

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "metricfiles")
LOSS, ACC = [2.0, 1.0, 0.6667, 0.5, 0.4], [0.5, 0.6, 0.7, 0.8, 0.9]
LOSSES, ACCS = list(enumerate(LOSS)), list(enumerate(ACC))
TENS = [(step * 10, value) for step, value in ACCS]
RATES = [(step, round(value / 10, 9)) for step, value in LOSSES]

PICTURES = "torch/events.out.tfevents.1700000000.host.3"

# What the programs of make_data.py were told to write.
WRITTEN = {
    "torch/events.out.tfevents.1700000000.host.3": {
        "Loss/train": LOSSES,
        "Accuracy/val": TENS,
        "double": LOSSES,
    },
    "torch/events.out.tfevents.1700000000.host.4": {"final": [(0, 0.25)]},
    "torch/lr_head/events.out.tfevents.1700000000.host.6": {"lr": RATES},
    "tensorboardX/events.out.tfevents.1700000000.host.2": {"loss": LOSSES, "acc": ACCS},
    "keras/train/events.out.tfevents.1700000000.host.0": {"epoch_loss": LOSSES},
    "keras/validation/events.out.tfevents.1700000000.host.1": {"epoch_loss": ACCS},
    "lightning/metrics.csv": {
        "epoch": [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)],
        "train_loss": LOSSES,
        "val_acc": ACCS[1::2],
    },
    "pandas.csv": {
        "loss": [(step + 1, value) for step, value in LOSSES],
        "acc": [(step + 1, value) for step, value in ACCS],
    },
}


def data_of(name: str) -> bytes:
    with open(os.path.join(DATA, name), "rb") as file:
        return file.read()


def read(kind: str, *chunks: bytes, naming: str = "clean") -> list[Event]:
    """The events of a file that comes in these pieces, with no fault in it."""
    reader = reader_for(kind, CaptureOptions(names=naming))
    events = [event for chunk in chunks for event in reader.feed(chunk)] + reader.close()
    assert reader.faults() == {}
    return events


def faults(kind: str, data: bytes) -> dict[str, int]:
    reader = reader_for(kind, CaptureOptions())
    reader.feed(data)
    reader.close()
    return dict(reader.faults())


def series(events: list[Event]) -> dict[str, list[tuple[int | None, object]]]:
    found: dict[str, list[tuple[int | None, object]]] = {}
    for event in events:
        if isinstance(event, Metric):
            found.setdefault(event.name, []).append((event.step, event.value))
    return found


def csv(*lines: str, kind: str = "csv") -> dict[str, list[tuple[int | None, object]]]:
    return series(read(kind, "".join(f"{line}\n" for line in lines).encode()))


def jsonl(*records: object) -> dict[str, list[tuple[int | None, object]]]:
    return series(read("jsonl", "".join(f"{json.dumps(record)}\n" for record in records).encode()))


@pytest.mark.parametrize("name", WRITTEN)
def test_what_programs_wrote_is_read(name: str) -> None:
    assert series(read(kind_of(name), data_of(name))) == WRITTEN[name]


@pytest.mark.parametrize("name", WRITTEN)
@given(cuts=st.lists(st.integers(min_value=0, max_value=60_000), max_size=12))
def test_the_events_do_not_depend_on_how_the_bytes_are_cut(name: str, cuts: list[int]) -> None:
    """Nor on the reader having been pickled in between, as a checkpoint does."""
    data = data_of(name)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    reader = reader_for(kind_of(name), CaptureOptions())
    events: list[Event] = []
    for begin, end in pairwise(edges):
        events += reader.feed(data[begin:end])
        reader = pickle.loads(pickle.dumps(reader))
    assert events + reader.close() == read(kind_of(name), data)


@pytest.mark.parametrize("name", ["torch/events.out.tfevents.1700000000.host.4", "pandas.csv"])
def test_byte_by_byte(name: str) -> None:
    data = data_of(name)
    assert read(kind_of(name), *(data[at : at + 1] for at in range(len(data)))) == read(kind_of(name), data)


# --- event files -------------------------------------------------------------------------------------------


def record(data: bytes) -> bytes:
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", masked_crc(head)) + data + struct.pack("<I", masked_crc(data))


def scalar(tag: bytes, value: float, step: int) -> bytes:
    inner = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    return record(b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary)


def test_checksums_are_those_of_tfrecord() -> None:
    """CRC-32C's check value (RFC 3720), rotated and shifted as TFRecord does."""
    crc = 0xE3069283
    assert masked_crc(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_hyperparameters_are_params() -> None:
    events = read("tfevents", data_of("torch/events.out.tfevents.1700000000.host.4"))
    params = {event.name: event.value for event in events if isinstance(event, Param)}
    assert params == {"lr": 0.1, "model": "net", "bias": 1}  # torch writes truth values as numbers


def test_pictures_are_the_files_that_were_written() -> None:
    """torch's form and that of TF2's tensors; each step's, under one name."""
    found = [event for event in read("tfevents", data_of(PICTURES)) if isinstance(event, Image)]
    assert [event.name for event in found] == ["picture.png"] * 5
    for event in found:
        assert event.source.startswith(b"\x89PNG")
    texts = [b"8", b"8", b"\x89PNG one", b"\x89PNG two"]
    tensor = b"\x08\x07" + b"".join(b"\x42" + bytes([len(text)]) + text for text in texts)
    plugin = b"\x0a\x08\x0a\x06images"
    value = b"\x0a\x03pic\x42" + bytes([len(tensor)]) + tensor + b"\x4a" + bytes([len(plugin)]) + plugin
    summary = b"\x0a" + bytes([len(value)]) + value
    events = read("tfevents", record(b"\x10\x01\x2a" + bytes([len(summary)]) + summary))
    assert events == [Image("pic.png", b"\x89PNG one")]


def test_a_float_is_the_shortest_decimal_that_it_is() -> None:
    values = [0.1, 1 / 3, 3.0, 1e-30, 16777217.0, 3.4028234663852886e38]
    events = read("tfevents", b"".join(scalar(b"x", value, 1) for value in values))
    shown = [event.value for event in events if isinstance(event, Metric)]
    assert [struct.pack("<f", value) for value in shown] == [struct.pack("<f", value) for value in values]
    assert shown[:2] == [0.1, 0.33333334]


def test_a_record_that_is_not_whole_waits() -> None:
    """It may still be written; only at the end of the file is it a fault."""
    whole, torn = scalar(b"a", 1.0, 1), scalar(b"a", 2.0, 2)
    reader = reader_for("tfevents", CaptureOptions())
    for size in range(len(torn)):
        assert len(reader_for("tfevents", CaptureOptions()).feed(whole + torn[:size])) == 1
    assert len(reader.feed(whole + torn[:-1])) == 1
    assert reader.faults() == {}
    assert [event.value for event in reader.feed(torn[-1:]) if isinstance(event, Metric)] == [2.0]


def test_a_torn_end_is_said() -> None:
    whole = scalar(b"a", 1.0, 1)
    torn = whole + scalar(b"a", 1.0, 2)[:-3]
    assert list(faults("tfevents", torn)) == [f"byte {len(whole)}: the last record is not whole"]


def test_room_that_is_reserved_is_no_record_and_no_fault() -> None:
    assert len(read("tfevents", scalar(b"a", 1.0, 1) + bytes(4096))) == 1


@pytest.mark.parametrize("at", [0, 9])
def test_a_wrong_length_ends_the_reading(at: int) -> None:
    """Where the next record begins is unknown then."""
    good, bad = scalar(b"a", 1.0, 1), bytearray(scalar(b"a", 2.0, 2))
    bad[at] ^= 1
    reader = reader_for("tfevents", CaptureOptions())
    assert len(reader.feed(good + bytes(bad) + good)) == 1
    assert "no record" in next(iter(reader.faults()))


def test_damaged_data_is_left_out_and_counted() -> None:
    bad = bytearray(scalar(b"a", 2.0, 2))
    bad[-6] ^= 1
    assert faults("tfevents", bytes(bad) * 2) == {"records have a wrong checksum and were left out": 2}


def test_a_large_record_is_skipped() -> None:
    size = 9 << 20
    head = struct.pack("<Q", size)
    image = head + struct.pack("<I", masked_crc(head)) + bytes(size + 4)
    good = scalar(b"a", 1.0, 1)
    assert len(read("tfevents", good, image[: 1 << 20], image[1 << 20 :] + good)) == 2


@given(st.binary(max_size=300))
def test_any_bytes_in_a_record_are_survived(data: bytes) -> None:
    reader = reader_for("tfevents", CaptureOptions())
    reader.feed(record(data) + scalar(b"last", 1.0, 1))
    assert not any("no record" in fault for fault in reader.faults())


@given(st.binary(max_size=300), st.sampled_from(["csv", "tsv", "json", "jsonl", "tfevents"]))
def test_any_bytes_at_all_are_survived(data: bytes, kind: str) -> None:
    reader = reader_for(kind, CaptureOptions())
    reader.feed(data)
    reader.close()


@given(
    st.sampled_from(["csv", "tsv", "jsonl"]),
    st.text('ab"#,;\t\n\r 01.{}:-e', max_size=120),
    st.lists(st.integers(min_value=0, max_value=130), max_size=8),
)
def test_odd_text_is_read_alike_however_it_is_cut(kind: str, text: str, cuts: list[int]) -> None:
    """Quotes that open and do not close, headers that come again, rows that are too long."""
    data = b"epoch,a,b\n" + text.encode() if kind == "csv" else text.encode()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    told = []
    for pieces in ([data], [data[begin:end] for begin, end in pairwise(edges)]):
        reader = reader_for(kind, CaptureOptions())
        events = [event for piece in pieces for event in reader.feed(piece)] + reader.close()
        told.append((repr(events), dict(reader.faults())))  # nan is not equal to itself
    assert told[0] == told[1]


# --- tables ------------------------------------------------------------------------------------------------


def test_ultralytics_pads_its_cells() -> None:
    found = csv("   epoch,  train/box_loss, metrics/mAP50(B)", "  1,  1.5, 0.25", "  2,  1.25, 0.5")
    assert found == {"train/box_loss": [(1, 1.5), (2, 1.25)], "metrics/mAP50_B": [(1, 0.25), (2, 0.5)]}


def test_values_keep_their_text() -> None:
    (event,) = read("csv", b"step,loss\n1,0.50\n")
    assert event == Metric("loss", 0.5, 1, text="0.50")


@pytest.mark.parametrize(
    ("header", "row", "step"),
    [
        ("step,loss", "7,1", 7),
        ("epoch,global_step,loss", "1,7,1", 7),
        ("time/total_timesteps,loss", "7,1", 7),
        ("Iteration,loss", "7,1", 7),
        ("step,loss", "7.0,1", 7),
        ("lr,loss", "7,1", 0),
    ],
)
def test_the_step_is_known_by_its_name(header: str, row: str, step: int) -> None:
    assert csv(header, row)["loss"] == [(step, 1)]


def test_a_fractional_epoch_is_no_step() -> None:
    found = csv("epoch,loss", "0.5,3", "1.0,2", "1.5,1")
    assert found == {"epoch": [(0, 0.5), (1, 1.0), (2, 1.5)], "loss": [(0, 3), (1, 2), (2, 1)]}


def test_a_counter_that_starts_again_goes_on() -> None:
    found = csv("epoch,batch,loss", "0,0,9", "0,1,8", "1,0,7", "1,1,6")
    assert found["loss"] == [(0, 9), (1, 8), (2, 7), (3, 6)]


def test_a_counter_that_goes_back_with_its_epoch_went_back() -> None:
    """The program resumed from a checkpoint."""
    found = csv("epoch,step,loss", "0,10,9", "1,20,8", "0,15,7", "1,18,6", "1,25,5")
    assert found["loss"] == [(10, 9), (20, 8), (15, 7), (18, 6), (25, 5)]


def test_cells_that_hold_no_number_are_no_points() -> None:
    found = csv("step,loss,note,acc,when", "1,0.5,fine,,2026-11-21", "2,nan,,0.5,")
    assert repr(found) == "{'loss': [(1, 0.5), (2, nan)], 'acc': [(2, 0.5)]}"


def test_the_time_of_day_is_no_metric_and_a_duration_is() -> None:
    assert csv("step,timestamp,time,loss", "1,1700000000.5,12.5,1") == {"time": [(1, 12.5)], "loss": [(1, 1)]}


def test_other_separators_and_quotes() -> None:
    assert csv("step;loss", "1;0,5") == {"loss": [(1, 0.5)]}
    assert csv("step\tloss", "1\t0.5", kind="tsv") == {"loss": [(1, 0.5)]}
    assert csv('"step","the ""loss"""', '"1","0.5"') == {"the_loss": [(1, 0.5)]}
    assert csv("step,text,loss", '1,"two\nlines",0.5', '2,"x, y",0.25') == {"loss": [(1, 0.5), (2, 0.25)]}


def test_a_lone_quote_does_not_swallow_the_file() -> None:
    rows = [f"{step},x,1" for step in range(2000)]
    for odd in ('0,5" disk,1', '0,"disk,1'):
        found = csv("step,size,loss", odd, *rows[1:])
        assert len(found["loss"]) == 2000


def test_comments_and_headers_in_comments() -> None:
    assert csv('#{"t_start": 1.5, "env_id": "Pole"}', "r,l,t", "9.0,9,0.5")["r"] == [(0, 9.0)]
    assert csv("# step,loss", "1,0.5") == {"loss": [(1, 0.5)]}
    assert csv("step,loss", "1,0.5", "# saved", "2,0.25") == {"loss": [(1, 0.5), (2, 0.25)]}


def test_a_header_may_come_again_and_change() -> None:
    found = csv("epoch,loss", "1,9", "epoch,loss", "2,8", "epoch,acc,loss", "3,0.5,7")
    assert found == {"loss": [(1, 9), (2, 8), (3, 7)], "acc": [(3, 0.5)]}


def test_a_table_without_a_header_is_a_fault() -> None:
    assert list(faults("csv", b"1,0.5\n2,0.25\n")) == [
        "line 1: a row of numbers, and no header of names before it"
    ]


def test_binary_data_have_no_header() -> None:
    assert faults("csv", bytes(range(32)) + b",loss\n1,2\n3,4\n")
    assert csv("step,\x1b[31mred", "1,2") == {"31mred": [(1, 2)]}


def test_names_that_stand_twice_are_told_apart() -> None:
    assert csv("step,loss,loss", "1,2,3") == {"loss": [(1, 2)], "loss_2": [(1, 3)]}


def test_names_as_they_are() -> None:
    (event,) = read("csv", b"step,mAP50(B)\n1,0.5\n", naming="as-is")
    assert isinstance(event, Metric)
    assert event.name == "mAP50(B)"


def test_very_many_columns_and_very_long_lines_are_bounded() -> None:
    wide = ",".join(f"c{index}" for index in range(2000)) + "\n" + ",".join(["1"] * 2000) + "\n"
    assert faults("csv", wide.encode()) == {"points were left out: the file has too many series": 1500}
    reader = reader_for("csv", CaptureOptions())
    reader.feed(b"step,loss\n1,1\n")
    for _ in range(40):
        reader.feed(b"x" * 100_000)
    assert series(reader.feed(b"\n2,2\n")) == {"loss": [(2, 2)]}
    assert dict(reader.faults()) == {"a line is longer than 1 MiB and was left out": 1}


# --- JSON lines --------------------------------------------------------------------------------------------


def test_nested_keys_join_and_texts_are_no_metrics() -> None:
    found = jsonl(
        {"step": 3, "train": {"loss": 0.5, "parts": {"a": 1}}, "model": "net", "list": [1, 2], "ok": True}
    )
    assert found == {"train/loss": [(3, 0.5)], "train/parts/a": [(3, 1)]}


def test_records_of_different_kinds_have_each_their_step() -> None:
    found = jsonl(
        {"step": 10, "loss": 1.5}, {"epoch": 1, "val": "0.25"}, {"loss": 1.0}, {"step": 30, "loss": 0.5}
    )
    assert found == {"loss": [(10, 1.5), (11, 1.0), (30, 0.5)], "val": [(1, 0.25)]}


def test_a_record_may_name_its_series() -> None:
    assert jsonl({"metric": "loss", "value": 0.5, "step": 2}) == {"loss": [(2, 0.5)]}


def test_lines_that_are_no_object_are_counted() -> None:
    told = faults("jsonl", b'{"a": 1}\nnonsense\n[1]\n{"a": \n\n' + b"[" * 100_000 + b"\n")
    assert told == {"line 2: not JSON": 3, "line 3: not a JSON object": 1}


# --- .json files -------------------------------------------------------------------------------------------

ANEW = [b'{"acc": 0.5}', b'{\n  "acc": 0.625,\n  "sub": {"f1": 0.5}\n}\n', b'{"acc": 0.5}\n']


def test_an_object_that_is_written_anew_is_a_point_each_time() -> None:
    reader = reader_for("json", CaptureOptions())
    found: list[Event] = []
    for content in ANEW:
        assert reader.whole
        reader.again()
        for at in range(len(content)):
            found += reader.feed(content[at : at + 1])
    assert series(found) == {"acc": [(0, 0.5), (1, 0.625), (2, 0.5)], "sub/f1": [(0, 0.5)]}
    assert reader.faults() == {}


def test_an_object_with_a_step_says_it_itself() -> None:
    reader = reader_for("json", CaptureOptions())
    found = reader.feed(b'{"epoch": 3, "acc": 0.5}')
    reader.again()
    found += reader.feed(b'{"epoch": 7, "acc": 0.75}')
    assert series(found) == {"acc": [(3, 0.5), (7, 0.75)]}


@given(cuts=st.lists(st.integers(min_value=0, max_value=80), max_size=6))
def test_json_lines_in_a_json_file_are_known_by_their_second_line(cuts: list[int]) -> None:
    """detectron2's metrics.json, mmengine's scalars.json; however they are cut."""
    data = b'{"iteration": 1, "loss": 3}\n{"iteration": 2, "loss": 2}\n{"iteration": 3, "loss": 1}\n'
    edges = [0, *sorted(cuts), len(data)]
    found = series(read("json", *(data[begin:end] for begin, end in pairwise(edges))))
    assert found == {"loss": [(1, 3), (2, 2), (3, 1)]}


def test_what_is_no_object_is_said() -> None:
    assert faults("json", b"[1, 2]\n") == {"no JSON object": 1}
    assert faults("json", b'{"torn": ') == {"no JSON object": 1}


# --- kinds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind", "in_folder"),
    [
        ("a/results.csv", "csv", True),
        ("a.csv/out.log", "log", False),
        ("METRICS.TSV", "tsv", True),
        ("x.jsonl", "jsonl", True),
        ("metrics.json", "json", False),
        ("events.out.tfevents.1.host", "tfevents", True),
        ("train.txt", "log", False),
    ],
)
def test_a_name_tells_the_kind(path: str, kind: str, in_folder: bool) -> None:
    assert (kind_of(path), belongs_in_folder(path)) == (kind, in_folder)


def test_a_log_is_read_as_output_is() -> None:
    assert series(read("log", b"epoch 1 loss=0.5\nepoch 2 loss=0.25\n")) == {"loss": [(1, 0.5), (2, 0.25)]}
