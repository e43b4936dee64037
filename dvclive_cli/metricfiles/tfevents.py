"""TensorBoard's event files: scalars, hyperparameters and pictures of the records that are whole.

A file is a row of records (TFRecord): length, its checksum, a protocol buffer `Event`, its checksum
(tensorflow/core/lib/io/record_writer.h; event.proto, summary.proto, tensor.proto). An own reader, because the
well-kept ones come with TensorBoard or TensorFlow. The smaller of the two brings grpcio, protobuf, Werkzeug
and a web application (50 MB, half a second of import), and they read files, not bytes as they come.

The checksum of a length is always looked at, because a wrong length loses everything behind it; that of the
data only where something small comes out of it: CRC-32C in Python takes 0.1 µs a byte, and pictures have
their own. Of a picture the latest counts, as of `Live.log_image`: a thousand of them would end up in Git. A
record that is not all there yet waits, and so do zeros, which a file system may show where a writer has
reserved room.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..capture import names
from ..events import Event, Image, Json, Metric, Param
from ..masks import MASK, hides
from . import protobuf
from .contract import ALL, Reader
from .points import MOST_SERIES
from .protobuf import BYTES, FIXED32, FIXED64, VARINT, WireError

_HEAD, _FOOT = 12, 4  # u64 length and u32 checksum; u32 checksum
_LONGEST = 8 << 20  # a longer record is skipped unread; a scalar has some 50 bytes
_CHECKED = 1 << 14  # bytes of a record whose checksum is looked at
_DELTA = 0xA282EAD8  # how TFRecord masks its checksums

_FLOAT, _DOUBLE, _INT32, _INT64, _HALF, _BFLOAT16 = 1, 2, 3, 9, 19, 14  # types.proto
_CONTENT = {_FLOAT: "<f", _DOUBLE: "<d", _INT32: "<i", _INT64: "<q", _HALF: "<e"}
_HPARAMS = "_hparams_/"


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)  # Castagnoli, RFC 3720
        table.append(value)
    return tuple(table)


_CRC = _crc_table()


def masked_crc(data: bytes) -> int:
    """CRC-32C of the data, masked as TFRecord does.

    >>> hex(masked_crc(b"123456789"))
    '0x4bbc39d4'
    """
    crc = 0xFFFFFFFF
    table = _CRC
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _DELTA) & 0xFFFFFFFF


class Value(NamedTuple):
    """One value of a summary, as far as it is a scalar, hyperparameters (`content`) or a picture's file."""

    tag: str
    plugin: str
    number: float | None
    content: bytes
    picture: bytes


class EventFileReader(Reader):
    """Reads an event file. `naming`: as in Points."""

    before = ALL

    def __init__(self, naming: str) -> None:
        self._naming = naming
        self._rest = b""
        self._at = 0  # the place in the file where `_rest` begins
        self._skip = 0  # bytes of a record that is not looked at
        self._broken = False
        self._plugins: dict[str, str] = {}  # by tag: only the first value of a tag has to say it
        self._series: set[str] = set()
        self._faults: dict[str, int] = {}

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; give the points of the records that they finish."""
        if self._broken:
            return []
        events: list[Event] = []
        data = self._rest + data
        at = 0
        while True:
            if self._skip:
                leap = min(self._skip, len(data) - at)
                self._skip -= leap
                at += leap
                if self._skip:
                    break
            head = data[at : at + _HEAD]
            if len(head) < _HEAD or not any(head):
                break
            size, crc = struct.unpack("<QI", head)
            if crc != masked_crc(head[:8]):
                self._broken = True
                self._fault(
                    f"byte {self._at + at}: no record of an event file; nothing is read from there on"
                )
                break
            if size > _LONGEST:
                self._skip = _HEAD + size + _FOOT
                continue
            behind = at + _HEAD + size + _FOOT
            if behind > len(data):
                break
            record = data[at + _HEAD : behind - _FOOT]
            events += self._record(record, data[behind - _FOOT : behind], self._at + at)
            at = behind
        self._rest = b"" if self._broken else data[at:]
        self._at += at
        return events

    def close(self) -> list[Event]:
        """A record that is still not whole was never finished."""
        if any(self._rest) or self._skip:
            self._fault(f"byte {self._at}: the last record is not whole")
        self._rest = b""
        return []

    def faults(self) -> Mapping[str, int]:
        """Records that could not be read."""
        return self._faults

    def _fault(self, text: str) -> None:
        self._faults[text] = self._faults.get(text, 0) + 1

    def _record(self, record: bytes, foot: bytes, at: int) -> list[Event]:
        try:
            step, values = _summary(record)
            if not values:
                return []
            if len(record) <= _CHECKED and struct.unpack("<I", foot)[0] != masked_crc(record):
                self._fault("records have a wrong checksum and were left out")
                return []
            return [event for value in values for event in self._events(value, step)]
        except WireError as error:
            self._fault(f"byte {at}: {error}")
            return []

    def _events(self, value: Value, step: int) -> Iterator[Event]:
        tag = value.tag
        if value.plugin and len(self._plugins) < 2 * MOST_SERIES:
            self._plugins.setdefault(tag, value.plugin)
        if tag.startswith(_HPARAMS):
            yield from _hparams(value.content)
            return
        name = names.as_is(tag) if self._naming == "as-is" else names.clean(tag)
        if value.picture and name:
            yield Image(f"{name}.png", value.picture)
        if value.number is None or not name or self._plugins.get(tag, "scalars") != "scalars":
            return
        if name not in self._series:
            if len(self._series) >= MOST_SERIES:
                self._fault("points were left out: the file has too many series")
                return
            self._series.add(name)
        yield Metric(name, value.number, step)


def _summary(record: bytes) -> tuple[int, list[Value]]:
    """The step of an event and its values that may be ours."""
    step, values = 0, []
    for number, kind, field in protobuf.fields(record):
        if number == 2 and kind == VARINT:
            step = protobuf.signed(int(field))
        elif number == 5 and isinstance(field, bytes):
            for inner, _, value in protobuf.fields(field):
                if inner == 1 and isinstance(value, bytes):
                    read = _value(value)
                    if read is not None:
                        values.append(read)
    return step, values


def _value(data: bytes) -> Value | None:
    tag = plugin = ""
    worth: float | None = None
    content = picture = tensor = b""
    for number, kind, field in protobuf.fields(data):
        if number == 1 and isinstance(field, bytes):
            tag = field.decode("utf-8", "replace")
        elif number == 2 and kind == FIXED32 and isinstance(field, bytes):
            worth = _short(field)
        elif number == 4 and isinstance(field, bytes):
            picture = _encoded_picture(field, 4)
        elif number == 8 and isinstance(field, bytes):
            tensor = field
        elif number == 9 and isinstance(field, bytes):
            plugin, content = _metadata(field)
    if tensor and plugin == "images":
        picture = _encoded_picture(tensor, 8)
    elif tensor:
        worth = _tensor(tensor)
    if worth is None and not (content or plugin or picture):
        return None
    return Value(tag, plugin, worth, content, picture)


def _encoded_picture(data: bytes, place: int) -> bytes:
    """The file of a picture: Summary.Image holds one; a tensor of texts width, height, and one or more."""
    texts = [
        field for number, _, field in protobuf.fields(data) if number == place and isinstance(field, bytes)
    ]
    if place == 8:
        texts = texts[2:]
    return texts[0] if texts else b""


def _metadata(data: bytes) -> tuple[str, bytes]:
    """The plugin that a value is for, and what it says to it."""
    plugin, content = "", b""
    for number, kind, field in protobuf.fields(data):
        if number == 1 and kind == BYTES and isinstance(field, bytes):
            for inner, _, value in protobuf.fields(field):
                if inner == 1 and isinstance(value, bytes):
                    plugin = value.decode("utf-8", "replace")
                elif inner == 2 and isinstance(value, bytes):
                    content = value
    return plugin, content


def _tensor(data: bytes) -> float | None:
    """The number that a tensor of one element holds; None for any other."""
    dtype, content = 0, b""
    listed: bytes | int | None = None
    for number, _, field in protobuf.fields(data):
        if number == 1 and isinstance(field, int):
            dtype = field
        elif number == 2 and isinstance(field, bytes):
            if _elements(field) != 1:
                return None
        elif number == 4 and isinstance(field, bytes):
            content = field
        elif number in (5, 6, 7, 10, 13):
            listed = field
    if content and dtype in _CONTENT and len(content) == struct.calcsize(_CONTENT[dtype]):
        return _short(content) if dtype == _FLOAT else struct.unpack(_CONTENT[dtype], content)[0]
    if content and dtype == _BFLOAT16 and len(content) == 2:
        return protobuf.real(b"\0\0" + content, "f")
    return None if listed is None else _listed(dtype, listed)


def _elements(shape: bytes) -> int:
    """How many elements a tensor of this shape has."""
    count = 1
    for number, _, field in protobuf.fields(shape):
        if number == 2 and isinstance(field, bytes):
            count *= next((int(size) for key, _, size in protobuf.fields(field) if key == 1), 0)
    return count


def _listed(dtype: int, field: bytes | int) -> float | None:
    """The first number of a list, packed or alone."""
    if dtype == _FLOAT and isinstance(field, bytes):
        return _short(field)
    if dtype == _DOUBLE and isinstance(field, bytes):
        return protobuf.real(field, "d")
    if dtype in (_INT32, _INT64, _HALF, _BFLOAT16):
        value = field if isinstance(field, int) else protobuf.varint(field, 0)[0]
        if dtype == _HALF:
            half: float = struct.unpack("<e", (value & 0xFFFF).to_bytes(2, "little"))[0]
            return half
        if dtype == _BFLOAT16:
            return protobuf.real(b"\0\0" + (value & 0xFFFF).to_bytes(2, "little"), "f")
        return protobuf.signed(value)
    return None


def _short(data: bytes) -> float:
    """A 32-bit float as the shortest decimal that is it: 0.1, not 0.10000000149011612."""
    exact = protobuf.real(data, "f")
    if exact != exact or exact in (float("inf"), float("-inf")):
        return exact
    for digits in (6, 7, 8):
        shorter = float(f"{exact:.{digits}g}")
        try:
            if struct.pack("<f", shorter) == data:
                return shorter
        except OverflowError:  # rounded up beyond the largest
            continue
    return float(f"{exact:.9g}")


def _hparams(content: bytes) -> Iterator[Param]:
    """Hyperparameters, where a session begins (tensorboard/plugins/hparams/plugin_data.proto)."""
    for number, _, session in protobuf.fields(content):
        if number != 3 or not isinstance(session, bytes):
            continue
        for inner, _, entry in protobuf.fields(session):
            if inner == 1 and isinstance(entry, bytes):
                pair = {place: field for place, _, field in protobuf.fields(entry)}
                name, value = pair.get(1), pair.get(2)
                if isinstance(name, bytes) and isinstance(value, bytes):
                    key = name.decode("utf-8", "replace")
                    plain = _plain(value)
                    yield Param(key, MASK if hides(key, plain) else plain)


def _plain(data: bytes) -> Json:
    """A google.protobuf.Value: a number, a text or a truth value."""
    for number, kind, field in protobuf.fields(data):
        if number == 2 and kind == FIXED64 and isinstance(field, bytes):
            value = protobuf.real(field, "d")
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        if number == 3 and isinstance(field, bytes):
            return field.decode("utf-8", "replace")
        if number == 4:
            return bool(field)
    return None
