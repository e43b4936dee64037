"""Values of programs become plain ones, or are refused with words."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import math
import pathlib
import re
import types
from typing import Any

import numpy
import pytest

from dvclive import convert
from dvclive.error import InvalidDataTypeError, InvalidParameterTypeError


def shown(value: object) -> str:
    """A test's name for a value: without addresses, which differ from worker to worker."""
    return re.sub(r" at 0x[0-9a-f]+|<object object[^>]*>", "", repr(value))


class Colour(enum.Enum):
    RED = "red"
    MIXED = object()


class Size(enum.IntEnum):
    BIG = 3


class Named(str, enum.Enum):
    A = "a"


class Tensor:
    """Like torch's: one value by `item()`, a text that is no number."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def item(self) -> float:
        if len(self.values) != 1:
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
        return self.values[0]

    def __str__(self) -> str:
        return f"tensor({self.values})"


class EagerTensor:
    """Like tensorflow's: no `item()`, a numpy value by `numpy()`."""

    def numpy(self) -> Any:
        return numpy.float32(0.5)


@dataclasses.dataclass
class Settings:
    lr: float
    path: pathlib.Path
    inner: Any = None


SCALARS: list[tuple[Any, Any, str | None]] = [
    (1, 1, None),
    (0.5, 0.5, None),
    ("text", "text", None),
    (True, True, None),
    (numpy.int64(3), 3, None),
    (numpy.float64(0.1), 0.1, None),
    (numpy.float32(0.1), 0.10000000149011612, "0.1"),
    (numpy.float16(0.1), 0.0999755859375, "0.1"),
    (numpy.bool_(True), True, None),
    (numpy.str_("x"), "x", None),
    (numpy.array(0.5), 0.5, None),
    (numpy.array([7]), 7, None),
    (Tensor(0.25), 0.25, None),
    (EagerTensor(), 0.5, None),
    (decimal.Decimal("0.50"), 0.5, "0.50"),
    (fractions.Fraction(1, 4), 0.25, None),
    (Size.BIG, 3, None),
    (Named.A, "a", None),
    (Colour.RED, "red", None),
]


@pytest.mark.parametrize(("given", "value", "text"), SCALARS, ids=[shown(row[0]) for row in SCALARS])
def test_one_value(given: Any, value: Any, text: str | None) -> None:
    found, printed = convert.scalar("m", given)
    assert (type(found), found, printed) == (type(value), value, text)


@pytest.mark.parametrize("given", [numpy.float32("nan"), Tensor(math.nan), decimal.Decimal("nan")])
def test_nan_stays_nan(given: Any) -> None:
    found, printed = convert.scalar("m", given)
    assert isinstance(found, float)
    assert math.isnan(found)
    assert printed is None


@pytest.mark.parametrize(
    "given", [None, [1], {}, numpy.zeros(2), Tensor(1, 2), 1j, b"x", object(), Colour.MIXED, len]
)
def test_no_single_value(given: Any) -> None:
    with pytest.raises(InvalidDataTypeError) as caught:
        convert.scalar("m", given)
    assert str(caught.value).startswith("Data 'm' has not supported type <class ")


PARAMS: list[tuple[Any, Any]] = [
    (None, None),
    (0.1, 0.1),
    ([1, (2, 3)], [1, [2, 3]]),
    ({"a": {"b": 1}, 2: "two"}, {"a": {"b": 1}, "2": "two"}),
    ({3, 1}, [1, 3]),
    (numpy.float64(0.5), 0.5),
    (numpy.array([[1, 2]]), [[1, 2]]),
    (pathlib.Path("a/b"), "a/b"),
    (Colour.RED, "red"),
    (Colour.MIXED, "MIXED"),
    (Size.BIG, 3),
    (Settings(0.1, pathlib.Path("x")), {"lr": 0.1, "path": "x", "inner": None}),
    (argparse.Namespace(a=1), {"a": 1}),
    (types.SimpleNamespace(a=[numpy.int32(1)]), {"a": [1]}),
    (datetime.date(2024, 1, 2), "2024-01-02"),
    (decimal.Decimal("0.5"), 0.5),
    (collections.OrderedDict(a=1), {"a": 1}),
    (range(3), [0, 1, 2]),
]


@pytest.mark.parametrize(("given", "value"), PARAMS, ids=[shown(row[0]) for row in PARAMS])
def test_a_param(given: Any, value: Any) -> None:
    found = convert.param(given)
    assert (type(found), found) == (type(value), value)


def test_what_no_yaml_can_say_is_refused() -> None:
    itself: list[Any] = []
    itself.append(itself)
    for given in (object(), len, Settings, b"x", 1j, itself, {"a": object()}):
        with pytest.raises(InvalidParameterTypeError, match="cannot represent an object"):
            convert.param(given)


def test_params_from_whatever_has_names_and_values() -> None:
    class Pairs:  # as ultralytics' namespace: iterates over pairs
        def __iter__(self) -> Any:
            return iter({"a": 1}.items())

    class Plain:
        def __init__(self) -> None:
            self.a = 1

    for given in ({"a": 1}, [("a", 1)], Pairs(), Plain(), argparse.Namespace(a=1), iter([("a", 1)])):
        assert convert.params(given) == {"a": 1}
    with pytest.raises(InvalidParameterTypeError, match="no names and values in 5"):
        convert.params(5)


def test_rows_of_every_kind_of_table() -> None:
    wanted = [{"a": 1, "b": 0.5}, {"a": 2, "b": 1.5}]
    structured = numpy.array([(1, 0.5), (2, 1.5)], dtype=[("a", "i4"), ("b", "f8")])

    class Frame:  # pandas
        columns = ("a", "b")

        def to_dict(self, orient: str) -> Any:
            assert orient == "records"
            return [{"a": numpy.int64(1), "b": 0.5}, {"a": 2, "b": 1.5}]

    class Polars:
        def to_dicts(self) -> Any:
            return wanted

    for given in (wanted, structured, Frame(), Polars(), tuple(wanted)):
        assert convert.rows(given) == wanted
    assert convert.rows(numpy.array([[1, 2], [3, 4]])) == [{"0": 1, "1": 2}, {"0": 3, "1": 4}]
    assert convert.rows([{1: 2}]) == [{"1": 2}]
    assert convert.rows([]) == []


@pytest.mark.parametrize("given", [5, "x", [1, 2], numpy.zeros((1, 1, 1)), [{"a": object()}]])
def test_no_table(given: Any) -> None:
    with pytest.raises(InvalidDataTypeError, match="Data 'datapoints' has not supported type"):
        convert.rows(given)


def test_labels_as_a_plain_list() -> None:
    for given in ([0, 1], (0, 1), numpy.array([0, 1]), iter([0, 1]), [numpy.int8(0), numpy.int64(1)]):
        found = convert.values("labels", given)
        assert found == [0, 1]
        assert {type(item) for item in found} == {int}
    for wrong in (5, "01", None, [object()]):
        with pytest.raises(InvalidDataTypeError):
            convert.values("labels", wrong)
