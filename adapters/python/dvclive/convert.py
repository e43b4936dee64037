"""Values of programs as plain Python values: numbers of numpy and torch, enumerations, paths, tables, arrays.

Decides what can be logged. Knows no file and no way of recording; imports none of the libraries whose
values it takes (they are recognised by what they can do, or because the program has imported them).
"""

from __future__ import annotations

import os
import sys

from .error import InvalidDataTypeError, InvalidParameterTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Scalar = int | float | str | bool

PLAIN = frozenset((int, float, str, bool))
SCALAR_ADVICE = (
    "Log an int, float, str or bool, or something with one value: a 0-d array, a tensor, a Decimal."
)
ROWS_ADVICE = "Give a list of dicts, a data frame or an array."


# One value --------------------------------------------------------------------------------------------------


def scalar(name: str, value: Any) -> tuple[Scalar, str | None]:
    """A metric's value as an int, float, str or bool, and its text where that is not `str()` of it.

    Takes numbers and texts, and whatever holds exactly one of these and gives it by `item()` (numpy, torch,
    jax) or `numpy()` (tensorflow); Decimal, Fraction and enumerations. The text is the shorter one that the
    program would print: float32 0.1 is 0.10000000149011612, shown as "0.1".

    Raises:
        InvalidDataTypeError: for anything else.
    """
    if type(value) in PLAIN:
        return value, None
    if _is_enum(value):
        return scalar(name, value.value)
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value), None
    try:
        plain = _only_item(value)
        if plain is None:
            plain = _number(value)
    except Exception:  # several elements, no number, an overflow: each library has its own errors
        plain = None
    if type(plain) not in PLAIN:
        raise InvalidDataTypeError(name, value, SCALAR_ADVICE)
    return plain, _printed(value, plain)


def _only_item(value: Any) -> Any:
    """The single element of an array, tensor or numpy scalar; None for what is none of these."""
    item = getattr(value, "item", None)
    if not callable(item):
        numpy = getattr(value, "numpy", None)
        item = getattr(numpy(), "item", None) if callable(numpy) else None
    if not callable(item):
        return None
    plain = item()
    return plain if type(plain) in PLAIN else scalar("", plain)[0]


def _number(value: Any) -> float | int | None:
    import numbers

    if isinstance(value, numbers.Integral):
        return int(value)
    decimal = sys.modules.get("decimal")
    if isinstance(value, numbers.Real) or (decimal is not None and isinstance(value, decimal.Decimal)):
        return float(value)
    return None


def _printed(value: Any, plain: Any) -> str | None:
    """`str(value)`, where that is a number spelt differently than `str(plain)`."""
    if type(plain) is not float or plain - plain != 0.0:
        return None
    text = str(value)
    try:
        float(text)
    except ValueError:  # "tensor(0.5)", "1/3"
        return None
    return text if text != str(plain) and text.isascii() and "_" not in text else None


def _is_enum(value: Any) -> bool:
    enum = sys.modules.get("enum")
    return enum is not None and isinstance(value, enum.Enum)


# Parameters -------------------------------------------------------------------------------------------------


def param(value: Any, depth: int = 0) -> Any:
    """A parameter as JSON can say it: None, numbers, texts, lists and dicts with text keys.

    Takes also numpy values and arrays, paths, enumerations, dataclasses, namespaces, dates, Decimal and
    Fraction.

    Raises:
        InvalidParameterTypeError: for anything else, and for what contains itself.
    """
    if value is None or type(value) in PLAIN:
        return value
    if depth > 100:
        raise InvalidParameterTypeError("cannot represent an object that contains itself")
    if _is_enum(value):
        try:
            return param(value.value, depth + 1)
        except InvalidParameterTypeError:
            return str(value.name)
    if isinstance(value, os.PathLike):
        return os.fsdecode(os.fspath(value))
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, type) or callable(value):
        raise _no_param(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [param(item, depth + 1) for item in items]
    fields = _fields(value)
    if fields is not None:
        return {_key(key): param(item, depth + 1) for key, item in fields}
    return _other_param(value, depth)


def _other_param(value: Any, depth: int) -> Any:
    from collections.abc import Sequence

    if isinstance(value, (bytes, bytearray, memoryview, complex)):
        raise _no_param(value)
    if callable(getattr(value, "tolist", None)):
        return param(value.tolist(), depth + 1)
    if callable(getattr(value, "isoformat", None)):
        return value.isoformat()
    if isinstance(value, Sequence):
        return [param(item, depth + 1) for item in value]
    try:
        return scalar("", value)[0]
    except InvalidDataTypeError:
        raise _no_param(value) from None


def _no_param(value: Any) -> InvalidParameterTypeError:
    return InvalidParameterTypeError(f"cannot represent an object: {value!r}"[:300])


def _key(key: Any) -> str:
    return key if type(key) is str else str(param(key))


def _fields(value: Any) -> Iterable[tuple[Any, Any]] | None:
    """Names and values of a mapping, a dataclass or a namespace; None for what is none of these."""
    from collections.abc import Mapping

    if isinstance(value, Mapping):
        return list(value.items())
    names = getattr(value, "__dataclass_fields__", None)
    if names is not None and not isinstance(value, type):
        return [(name, getattr(value, name)) for name in names]
    import types

    argparse = sys.modules.get("argparse")
    if isinstance(value, types.SimpleNamespace) or (
        argparse is not None and isinstance(value, argparse.Namespace)
    ):
        return list(vars(value).items())
    return None


def params(given: Any) -> dict[str, Any]:
    """Parameters by name, from a mapping, a namespace, a dataclass or an iterable of pairs.

    Raises:
        InvalidParameterTypeError: it is none of these, or a value is none that `param` takes.
    """
    found = _fields(given)
    if found is None:
        try:
            found = [(name, value) for name, value in given]
        except (TypeError, ValueError):
            try:
                found = list(vars(given).items())
            except TypeError:
                raise InvalidParameterTypeError(f"no names and values in {given!r}"[:300]) from None
    return {str(name): param(value) for name, value in found}


# Tables and lists -------------------------------------------------------------------------------------------


def rows(datapoints: Any) -> list[dict[str, Any]]:
    """The points of a plot as a list of dicts with text keys.

    Takes a list of dicts, a data frame (pandas, polars), a structured array, or a plain array, whose
    columns are then called "0", "1", ...

    Raises:
        InvalidDataTypeError: for anything else.
    """
    if isinstance(datapoints, (list, tuple)):
        records: Any = datapoints
    elif callable(getattr(datapoints, "to_dicts", None)):  # polars
        records = datapoints.to_dicts()
    elif callable(getattr(datapoints, "to_dict", None)) and hasattr(datapoints, "columns"):  # pandas
        records = datapoints.to_dict(orient="records")
    elif hasattr(datapoints, "tolist") and hasattr(datapoints, "ndim"):
        records = _records(datapoints)
    else:
        raise InvalidDataTypeError("datapoints", datapoints, ROWS_ADVICE)
    from collections.abc import Mapping

    table = []
    for record in records:
        if not isinstance(record, Mapping):
            raise InvalidDataTypeError("datapoints", record, ROWS_ADVICE)
        table.append({str(key): _cell(value) for key, value in record.items()})
    return table


def _records(array: Any) -> list[dict[str, Any]]:
    names = getattr(getattr(array, "dtype", None), "names", None)
    lines = array.tolist()
    if names:
        return [dict(zip(names, line)) for line in (lines if array.ndim else [lines])]  # noqa: B905 - Python 3.8
    if array.ndim == 1:
        return [{"0": value} for value in lines]
    if array.ndim != 2:
        raise InvalidDataTypeError("datapoints", array, "Give an array of one or two dimensions.")
    return [{str(index): value for index, value in enumerate(line)} for line in lines]


def _cell(value: Any) -> Any:
    if value is None or type(value) in PLAIN:
        return value
    try:
        return param(value)
    except InvalidParameterTypeError:
        raise InvalidDataTypeError("datapoints", value, ROWS_ADVICE) from None


def values(name: str, given: Any) -> list[Any]:
    """Labels or predictions as a plain list.

    Raises:
        InvalidDataTypeError: it is no list, array, tensor or other iterable.
    """
    if isinstance(given, (str, bytes)):
        raise InvalidDataTypeError(name, given, "Give a list or an array.")
    tolist = getattr(given, "tolist", None)
    if tolist is None:
        inner = getattr(given, "numpy", None)  # tensorflow
        tolist = getattr(inner(), "tolist", None) if callable(inner) else None
    try:
        plain = tolist() if callable(tolist) else list(given)
        return [item if type(item) in PLAIN else param(item) for item in plain]
    except (TypeError, InvalidParameterTypeError):
        raise InvalidDataTypeError(name, given, "Give a list or an array.") from None
