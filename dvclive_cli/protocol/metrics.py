"""The verb `metric`: the one that comes 10^8 times, with a short way for the common line.

`step`, `timestamp`, `plot` and `rank` hold for the whole line; a metric of such a name has a JSON string key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..events import Event, Json, Metric, Scalar, Step
from . import words
from .words import Refusal, Value

RESERVED = frozenset({"step", "timestamp", "plot", "rank"})
"""Keys on `metric` that are not metrics, unless written as a JSON string: `"step"=3`."""

_KEYS = ("step", "timestamp", "rank", "plot")
_JSON_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?=[.eE])(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def numbers(body: str) -> list[Event] | None:
    """The metrics of a line of plain numbers, a step, a time; None: read it with care.

    Two microseconds for `train/loss=0.52 acc=0.91 step=3`. Whatever this returns, `from_text` returns too.
    """
    parts = body.split()
    if not parts or '"' in body or parts[0].startswith("{"):
        return None
    if parts[0] == "metric":
        del parts[0]
    events: list[Event] = []
    add, new = events.append, tuple.__new__  # tuple.__new__ costs half of Metric(...)
    try:
        step = timestamp = None
        if parts[-1].startswith("timestamp="):
            written = parts.pop()[10:]
            timestamp = int(written)
            if written != str(timestamp):
                return None
        at = -1 if parts[-1].startswith("step=") else 0
        if at or parts[0].startswith("step="):
            written = parts.pop(at)[5:]
            step = int(written)
            if written != str(step):
                return None
        for part in parts:
            name, _, raw = part.partition("=")
            if name in RESERVED or not name:
                return None
            text = None
            if raw.isdigit():
                value: int | float = int(raw)
                if str(value) != raw:
                    return None
            else:
                value = float(raw)
                if repr(value) != raw:
                    found = _as_float_read_it(raw, value)
                    if found is None:
                        return None
                    value, text = found
            add(new(Metric, (name, value, step, timestamp, True, None, text)))
    except (ValueError, IndexError):
        return None
    return events or None


def _as_float_read_it(raw: str, value: float) -> tuple[int | float, str | None] | None:
    """`words.number` of a text that `float` has accepted: it takes more ("1_0", other scripts' digits)."""
    if "_" in raw or not raw.isascii():
        return None
    if "." in raw or "e" in raw or "E" in raw:
        return value, raw if value - value == 0 else None  # 1e999 is inf
    return words.number(raw)


def from_text(body: str, at: int) -> list[Event]:
    """The metrics of a line of pairs; a line with nothing but a step sets the step."""
    points: list[tuple[str, Scalar, str | None]] = []
    about: dict[str, Any] = {}
    for token in words.tokens(body, at):
        value = token.pair()
        if token.text not in RESERVED or token.quoted:
            points.append((token.text, *scalar(token.text, value)))
        elif token.text in about:
            raise Refusal(token.column, f"{token.text!r} is given twice")
        else:
            about[token.text] = _about(token.text, value)
    if points:
        return [Metric(name, value, text=text, **about) for name, value, text in points]
    if list(about) == ["step"]:
        return [Step(about["step"])]
    raise Refusal(words.after(body), "no metric: name=value is missing")


def from_json(body: str, record: dict[str, Json]) -> list[Event]:
    """The metrics of `{"metric": {...}, "step": ...}`; `text` holds the printed forms that JSON forbids."""
    words.only_keys(body, record, "metric", (*_KEYS, "text"))
    about: dict[str, Any] = {
        key: _about(key, Value(words.where(body, key), _unprinted(record[key])))
        for key in _KEYS
        if record.get(key) is not None
    }
    texts = record.get("text") or {}
    points = flat(body, record["metric"], "metric")
    if not isinstance(texts, dict) or any(
        type(texts[name]) is not str or name not in points for name in texts
    ):
        raise Refusal(
            words.where(body, "text"), "'text' must be an object: a printed text for some of the metrics"
        )
    events: list[Event] = []
    for name, data in points.items():
        value, text = (words.number(data) or (data, None)) if type(data) is words.Printed else (data, None)
        events.append(Metric(name, value, text=texts.get(name, text), **about))
    return events


def _about(key: str, value: Value) -> int | bool:
    return flag(key, value) if key == "plot" else integer(key, value)


def _unprinted(data: Json) -> Json:
    return float(data) if type(data) is words.Printed else data


def scalar(name: str, value: Value) -> tuple[Scalar, str | None]:
    """The value of a metric, with its text where that differs."""
    number = value.number()
    if number is not None:
        return number
    data = value.typed()
    if value.bare and isinstance(data, str) and words.almost_number(data):
        reason = f"{words.show(data)} is no number: a point, no comma, no unit; as text it stands in quotes"
        raise Refusal(value.column, reason)
    if isinstance(data, (str, bool)):
        return data, None
    raise _not_scalar(value.column, name, value.shown())


def _not_scalar(column: int, name: str, shown: str) -> Refusal:
    return Refusal(column, f"{words.show(name)} must be a number, true, false or text, not {shown}")


def flag(key: str, value: Value) -> bool:
    """true or false."""
    data = value.typed()
    if isinstance(data, bool):
        return data
    raise Refusal(value.column, f"{key!r} must be true or false, not {value.shown()}")


def integer(key: str, value: Value) -> int:
    """A whole number, also as Lua, Julia and awk print it: `3.0`."""
    number = value.number()
    if number is not None and (isinstance(number[0], int) or number[0].is_integer()):
        return int(number[0])
    raise Refusal(value.column, f"{key!r} must be a whole number, not {value.shown()}")


def flat(body: str, value: Json, verb: str, lists: bool = False) -> dict[str, Any]:
    """Nested objects as one, names joined by `/`. `lists`: lists and null are values too."""
    found: dict[str, Any] = {}

    def walk(part: dict[str, Json], prefix: str) -> None:
        for key, item in part.items():
            if not key:
                raise Refusal(words.where(body, key), "an empty name")
            if isinstance(item, dict):
                walk(item, f"{prefix}{key}/")
            elif isinstance(item, (str, int, float)) or (lists and (item is None or isinstance(item, list))):
                found[prefix + key] = item
            else:
                raise _not_scalar(words.where(body, key), key, words.show(words.dumps(item)))

    if isinstance(value, dict):
        walk(value, "")
    if not found:
        raise Refusal(words.where(body, verb), f"{verb!r} must be an object of names and values")
    return found


def encode_metrics(metrics: Sequence[Metric]) -> str:
    """One line body for metrics that share step, timestamp, plot and rank; `parse` gives them back in order.

    Raises:
        ValueError: they do not share them, there are none, a name is empty, or a name comes twice where
            only JSON can carry a text.
        TypeError: a value is no number, bool or str.
    """
    if not metrics or any(metric[2:6] != metrics[0][2:6] for metric in metrics):
        raise ValueError("one line holds metrics of one step, timestamp, plot and rank")
    pairs = []
    for metric in metrics:
        word = words.write_typed(checked_scalar(metric.name, metric.value))
        if metric.text is not None:
            word = metric.text
            if not _prints(word, metric.value):
                return metrics_to_json(metrics)
        pairs.append(f"{words.write_key(metric.name, RESERVED)}={word}")
    return " ".join(pairs + [f"{key}={words.dumps(value)}" for key, value in _given(metrics[0]).items()])


def metrics_to_json(metrics: Sequence[Metric]) -> str:
    """`encode_metrics` as one JSON object."""
    points, texts = {}, {}
    for metric in metrics:
        points[words.write_key(metric.name)] = words.dumps(checked_scalar(metric.name, metric.value))
        if (
            metric.text is not None
            and _JSON_FLOAT.fullmatch(metric.text)
            and _prints(metric.text, metric.value)
        ):
            points[words.write_key(metric.name)] = metric.text
        elif metric.text is not None:
            texts[metric.name] = metric.text
    if len(points) != len(metrics):
        raise ValueError("a JSON line holds each name once")
    pairs = ",".join(
        f"{words.dumps(metric.name)}:{word}" for metric, word in zip(metrics, points.values(), strict=True)
    )
    rest = words.dumps({**_given(metrics[0]), **({"text": texts} if texts else {})})
    return f'{{"metric":{{{pairs}}}}}' if rest == "{}" else f'{{"metric":{{{pairs}}},{rest[1:]}'


def _given(metric: Metric) -> dict[str, Json]:
    about = {"step": metric.step, "timestamp": metric.timestamp, "rank": metric.rank}
    given: dict[str, Json] = {key: value for key, value in about.items() if value is not None}
    return given if metric.plot else {**given, "plot": False}


def _prints(text: str, value: Scalar) -> bool:
    """Whether `text`, as a bare word, is read as this value with this text."""
    if isinstance(value, (bool, str)) or len(text) > words.MAX_DIGITS:
        return False
    found = words.number(text)
    return found == (value, text) and isinstance(found[0], int) is isinstance(value, int)


def checked_scalar(name: str, value: object) -> Scalar:
    """`value`, or TypeError."""
    if isinstance(value, (str, int, float)):
        return value
    raise words.no_line(value, name)
