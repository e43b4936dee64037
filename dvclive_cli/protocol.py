"""The line protocol: one line of text <-> events, in a text form and in a JSON form.

It decides what a record may say, and in which column a bad one is wrong. It must not know where a line came
from (stdout, FIFO, file), nor what becomes of an event: trust, sizes and the step in force are its callers'.

    body   = verb *(SP word) *(SP pair) / pair *(SP pair) / json-object
    pair   = key "=" value               key: bare word or JSON string
    value  = number / nan / inf / true / false / null / bare word / JSON string, list or object
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from dvclive_cli.events import (
    Artifact,
    End,
    Event,
    Image,
    Json,
    Message,
    Metric,
    NextStep,
    Param,
    Plot,
    Progress,
    Scalar,
    SklearnPlot,
    Spilled,
    Step,
    Summary,
    Sync,
)

SENTINEL = "@dvclive"
"""Marks a record on stdout and stderr; optional on the FIFO."""

RESERVED = frozenset({"step", "timestamp", "plot", "rank"})
"""Keys on `metric` that are not metrics, unless written as a JSON string: `"step"=3`."""

MAX_DIGITS = 4300
"""CPython's own limit for text <-> int (sys.set_int_max_str_digits), the same in every interpreter for us:
beyond it the conversion takes quadratic time."""


class Refusal(Exception):  # noqa: N818 - the protocol's word; not a failure of ours
    """A line that is not a record.

    Parameters:
        column: where, 1-based, in characters of the body.
        reason: what is wrong, without a final full stop; safe to print (control characters are escaped).
    """

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason

    def __str__(self) -> str:
        return f"column {self.column}: {self.reason}"


# --- where the sentinel may stand ---------------------------------------------------------------------------

# A log prefix that leaves no space: "INFO:root:", "[1,0]<stdout>:", "svc|".
_PREFIX_END = re.compile(r"""(?:^|\s)[^\s"'`]*[:|\]>)]\Z""")
# sh -x ("+ cmd", "++ cmd", PS4 "+ train.sh:3: cmd"), zsh ("+train.sh:3> cmd"); log prefixes may come first.
_TRACE = re.compile(r"(?:^|[:|\]>)]\s)\s*\++(?:\s|\S+[:>]\s)")
# sh -v, make and CI systems show the command instead of running it: "echo @dvclive …".
_COMMAND = re.compile(r"(?:^|[\s;&|(])(?:echo|printf|print|puts|cat)(?:\s+-\S+)*\s+\Z")


def find_sentinel(line: str) -> int:
    """Where the body of a record starts: after `@dvclive` and one space, wherever the sentinel may stand.

    It may follow the line's start, white space or a log prefix; not a shell trace, not an opened quote.

    Returns:
        The index of the body, or -1 when the line holds no record.
    """
    start = 0 if line.startswith(SENTINEL) else line.find(SENTINEL)
    while start >= 0:
        end = start + len(SENTINEL)
        if line[end : end + 1] in (" ", "\t") and (start == 0 or _may_follow(line[:start])):
            return end + 1
        start = line.find(SENTINEL, end)
    return -1


def _may_follow(before: str) -> bool:
    if not (before[-1].isspace() or _PREFIX_END.search(before)):
        return False
    return not (_TRACE.match(before) or _COMMAND.search(before) or _quote_is_open(before))


def _quote_is_open(before: str) -> bool:
    if not ('"' in before or "'" in before or "`" in before):
        return False
    quote, previous = "", " "
    for char in before:
        if quote:
            if char == quote and previous != "\\":
                quote = ""
        elif char in "\"'`" and (previous.isspace() or previous in "([{=,:<>+"):
            quote = char  # an apostrophe after a letter ("don't") opens nothing
        previous = char
    return bool(quote)


# --- numbers and words --------------------------------------------------------------------------------------

# What printf, bc (".5"), awk, R ("1e-04") and Go ("+Inf") print; more than JSON allows.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_CONSTANTS: dict[str, Json] = {"true": True, "True": True, "false": False, "False": False, "null": None}

_SPACE = re.compile(r"\s*")
_BARE_KEY = re.compile(r'[^\s="]+')
_BARE_VALUE = re.compile(r'[^\s"]+')
# Written bare by us: no control character, nothing that ends or hides a line, no lone surrogate.
_INVISIBLE = "\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff"
_PLAIN_KEY = re.compile(rf'(?!\{{)[^\s="{_INVISIBLE}]+')
_PLAIN_VALUE = re.compile(rf'(?![\[{{])[^\s"{_INVISIBLE}]*[^\s",;{_INVISIBLE}]')
_PLAIN_TEXT = re.compile(rf'(?!["\s])[^{_INVISIBLE}]*[^\s{_INVISIBLE}]')
_TO_ESCAPE = re.compile(f"[{_INVISIBLE}]")

_DECODER = json.JSONDecoder(strict=False)  # a raw tab in a string is what shells write


class _Printed(str):
    """A JSON number with its text."""

    __slots__ = ()


_PRINTED_DECODER = json.JSONDecoder(strict=False, parse_float=_Printed)


def _number(raw: str) -> tuple[int | float, str | None] | None:
    """The number and its text where that is not `str(number)`; None if `raw` is no number."""
    match = _NUMBER.fullmatch(raw)
    if match is None:
        return (float(raw), None) if _NOT_FINITE.fullmatch(raw) else None
    value = float(raw) if match.lastindex else int(raw)
    text = str(value)
    return value, None if text == raw or text in ("inf", "-inf") else raw


def _show(text: str) -> str:
    """A piece of the user's text as it may stand in a reason."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def _near(word: str, known: Sequence[str]) -> str:
    import difflib

    found = difflib.get_close_matches(word.lower().replace("_", "-"), known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else f" (known: {', '.join(known)})"


class _Value(NamedTuple):
    """What stands after `=`: bare text, or decoded JSON."""

    column: int
    data: Json
    bare: bool

    def typed(self) -> Json:
        """Numbers and constants, where bare text spells one."""
        if not self.bare or self.data in _CONSTANTS:
            return _CONSTANTS[self.data] if self.bare else self.data
        number = self.number()
        return self.data if number is None else number[0]

    def number(self) -> tuple[int | float, str | None] | None:
        if not self.bare:
            plain = isinstance(self.data, (int, float)) and not isinstance(self.data, bool)
            return (self.data, None) if plain else None
        if len(self.data) > MAX_DIGITS and _NUMBER.fullmatch(self.data):
            raise Refusal(self.column, f"a number of more than {MAX_DIGITS} digits")
        return _number(self.data)

    def shown(self) -> str:
        return _show(self.data if self.bare else _dumps(self.data))


class _Token(NamedTuple):
    """One word, or one pair. `quoted`: the word or key was a JSON string."""

    column: int
    text: str
    quoted: bool
    value: _Value | None


def _json_at(body: str, at: int) -> tuple[Json, int]:
    try:
        value, end = _DECODER.raw_decode(body, at)
    except json.JSONDecodeError as error:
        fault = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
        raise Refusal(error.pos + 1, f"not JSON: {fault}") from None
    except ValueError:
        raise Refusal(at + 1, f"a number of more than {MAX_DIGITS} digits") from None
    return value, end


def _tokens(body: str) -> list[_Token]:
    found: list[_Token] = []
    at, size = _end(_SPACE, body, 0), len(body)
    while at < size:
        start, quoted = at, body[at] == '"'
        if quoted:
            text, at = _json_at(body, at)
        else:
            at = _end(_BARE_KEY, body, at)
            text = body[start:at]
        value = None
        if at < size and body[at] == "=":
            if not text:
                reason = "an empty name" if quoted else "no name before '=' (no spaces around '=')"
                raise Refusal(start + 1, reason)
            value, at = _value_at(body, at + 1, text)
        if at < size and not body[at].isspace():
            raise Refusal(at + 1, f"a space is missing before {_show(body[at:])}")
        found.append(_Token(start + 1, text, quoted, value))
        at = _end(_SPACE, body, at)
    return found


def _value_at(body: str, at: int, key: str) -> tuple[_Value, int]:
    if at < len(body) and body[at] in '"[{':
        data, end = _json_at(body, at)
        return _Value(at + 1, data, bare=False), end
    end = _end(_BARE_VALUE, body, at)
    if end == at:
        raise Refusal(at + 1, f"{_show(key)} has no value")
    if body[end - 1] in ",;":
        raise Refusal(end, f"pairs are separated by spaces, not by {body[end - 1]!r}")
    if end < len(body) and body[end] == '"':
        raise Refusal(end + 1, "a quote inside a bare value; write the whole value as a JSON string")
    return _Value(at + 1, body[at:end], bare=True), end


def _end(pattern: re.Pattern[str], body: str, at: int) -> int:
    match = pattern.match(body, at)
    return match.end() if match else at


# --- writing values -----------------------------------------------------------------------------------------


def _dumps(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _checked(value: Json, what: str) -> Json:
    """`value` as JSON would give it back, or TypeError."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_checked(item, what) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _checked(item, what) for key, item in value.items()}
    raise TypeError(
        f"{what}: a {type(value).__module__}.{type(value).__qualname__} lives in one process only and has "
        "no line; save it to a file and give the path"
    )


def _typed_text(value: Json) -> str:
    """The shortest text that `_Value.typed` reads as `value`."""
    if isinstance(value, str):
        plain = _PLAIN_VALUE.fullmatch(value) and value not in _CONSTANTS and not _is_number(value)
        return value if plain else _dumps(value)
    if isinstance(value, float):
        return float.__repr__(value)  # numpy's own repr says np.float64(0.5)
    return _dumps(value)


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text))


def _key(name: str, reserved: frozenset[str] = frozenset()) -> str:
    if not name:
        raise ValueError("an event with an empty name has no line")
    return name if _PLAIN_KEY.fullmatch(name) and name not in reserved else _dumps(name)


# --- metrics ------------------------------------------------------------------------------------------------


def _numbers(body: str) -> list[Event] | None:
    """The common line, `train/loss=0.52 acc=0.91 step=3`, in two microseconds; None: read it with care."""
    if '"' in body:
        return None
    tokens = body.split()
    if tokens and tokens[0] == "metric":
        del tokens[0]
    step: int | None = None
    points: list[tuple[str, int | float, str | None]] = []
    for token in tokens:
        name, _, raw = token.partition("=")
        if raw.isdigit():
            if len(raw) > 18:
                return None
            value: int | float = int(raw)
            text = None if str(value) == raw else raw
            if name in RESERVED:
                if name != "step" or step is not None or text:
                    return None
                step = int(raw)
                continue
            if text and not raw.isascii():
                return None
        else:
            if name in RESERVED:
                return None
            try:
                value = float(raw)
            except ValueError:
                return None
            text = None
            if repr(value) != raw:
                found = _number(raw) if len(raw) <= MAX_DIGITS else None
                if found is None:
                    return None
                value, text = found
        if not name:
            return None
        points.append((name, value, text))
    if not points:
        return None
    new = tuple.__new__  # half the cost of Metric(...)
    return [new(Metric, (name, value, step, None, True, None, text)) for name, value, text in points]


def _metric_from_tokens(body: str, tokens: list[_Token]) -> list[Event]:
    points: list[tuple[str, Scalar, str | None]] = []
    about: dict[str, Any] = {}
    for token in tokens:
        value = _pair_value(token)
        if token.text not in RESERVED or token.quoted:
            points.append((token.text, *_scalar(token.text, value)))
        elif token.text in about:
            raise Refusal(token.column, f"{token.text!r} is given twice")
        else:
            about[token.text] = (_flag if token.text == "plot" else _integer)(token.text, value)
    if not points and list(about) == ["step"]:
        return [Step(about["step"])]  # `step=3` alone can mean only one thing
    if not points:
        raise Refusal(len(body.rstrip()) + 1, "no metric: name=value is missing")
    return [Metric(name, value, text=text, **about) for name, value, text in points]


def _metric_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    if "." in body or "e" in body or "E" in body:
        record = _decode(body, _PRINTED_DECODER)
    _only_keys(body, record, ("metric", *sorted(RESERVED), "text"))
    about: dict[str, Any] = {
        key: (_flag if key == "plot" else _integer)(
            key, _Value(_where(body, key), _plain(record[key]), False)
        )
        for key in sorted(RESERVED)
        if record.get(key) is not None
    }
    texts = record.get("text") or {}
    if not isinstance(texts, dict) or any(type(text) is not str for text in texts.values()):
        raise Refusal(_where(body, "text"), "'text' must be an object of strings")
    points = _flat(body, record["metric"], "metric")
    for name in texts:
        if name not in points:
            raise Refusal(
                _where(body, "text"), f"'text' names {_show(name)}, which is no metric of this line"
            )
    events: list[Event] = []
    for name, data in points.items():
        value, text = (_number(data) or (data, None)) if type(data) is _Printed else (data, None)
        events.append(Metric(name, value, text=texts.get(name, text), **about))
    return events


def _scalar(name: str, value: _Value) -> tuple[Scalar, str | None]:
    number = value.number()
    if number is not None:
        return number
    data = value.typed()
    if isinstance(data, (str, bool)):
        return data, None
    raise Refusal(value.column, f"{_show(name)} must be a number, true, false or text, not {value.shown()}")


def _flat(body: str, value: Json, verb: str) -> dict[str, Any]:
    """Nested objects as one, names joined by `/`."""
    if not isinstance(value, dict):
        raise Refusal(_where(body, verb), f"{verb!r} must be an object of names and values")
    flat: dict[str, Any] = {}

    def walk(part: dict[str, Json], prefix: str) -> None:
        for key, item in part.items():
            if not key:
                raise Refusal(_where(body, key), "an empty name")
            if isinstance(item, dict):
                walk(item, f"{prefix}{key}/")
            elif isinstance(item, (str, int, float)):
                flat[prefix + key] = item
            else:
                shown = _show(_dumps(item))
                raise Refusal(
                    _where(body, key), f"{_show(key)} must be a number, true, false or text, not {shown}"
                )

    walk(value, "")
    if not flat:
        raise Refusal(_where(body, verb), f"{verb!r} holds no name and value")
    return flat


def _plain(data: Json) -> Json:
    return float(data) if type(data) is _Printed else data


def _metric_to_text(event: Metric) -> str:
    return encode_metrics([event])


def _metric_to_json(event: Metric) -> str:
    return _metrics_to_json([event])


def encode_metrics(metrics: Sequence[Metric]) -> str:
    """One line body for several metrics that share step, timestamp, plot and rank; read back in this order.

    Raises:
        ValueError: they do not share them, there are none, or a name is empty.
        TypeError: a value is no number, bool or str.
    """
    if not metrics or any(metric[2:6] != metrics[0][2:6] for metric in metrics):
        raise ValueError("one line holds metrics of one step, timestamp, plot and rank")
    words = []
    for metric in metrics:
        value = _checked_scalar(metric.name, metric.value)
        word = _typed_text(value)
        if metric.text is not None:
            word = metric.text
            if not isinstance(value, (int, float)) or not _prints(value, word):
                return _metrics_to_json(metrics)
        words.append(f"{_key(metric.name, RESERVED)}={word}")
    words += [f"{key}={_typed_text(value)}" for key, value in _about(metrics[0])]
    return " ".join(words)


def _metrics_to_json(metrics: Sequence[Metric]) -> str:
    points = {metric.name: _checked_scalar(metric.name, metric.value) for metric in metrics}
    if len(points) != len(metrics):
        raise ValueError("a JSON line holds each name once")
    if "" in points:
        raise ValueError("an event with an empty name has no line")
    texts = {metric.name: metric.text for metric in metrics if metric.text is not None}
    return _dumps({"metric": points, **dict(_about(metrics[0])), **({"text": texts} if texts else {})})


def _about(metric: Metric) -> list[tuple[str, Json]]:
    given = [("step", metric.step), ("timestamp", metric.timestamp), ("rank", metric.rank)]
    return [pair for pair in given if pair[1] is not None] + ([] if metric.plot else [("plot", False)])


def _prints(value: Scalar, text: str) -> bool:
    """Whether the text form gives this value and this text back."""
    if len(text) > MAX_DIGITS or not text.isascii():
        return False
    found = _number(text)
    return found is not None and found == (value, text) and type(found[0]) is type(value)


def _checked_scalar(name: str, value: Any) -> Scalar:
    if isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{name!r}: a value must be a number, bool or str, not {type(value).__qualname__}")


# --- pairs: params, summary ---------------------------------------------------------------------------------


def _param_from_tokens(body: str, tokens: list[_Token]) -> list[Event]:
    if not tokens:
        raise Refusal(len(body.rstrip()) + 1, "no parameter: name=value is missing")
    found: list[Event] = []
    for token in tokens:
        value = _pair_value(token)
        number = value.number()
        # 007 is a name (of a host, a patient), not the number 7
        padded = value.bare and isinstance(number and number[0], int) and re.match("[+-]?0[0-9]", value.data)
        found.append(Param(token.text, value.data if padded else value.typed()))
    return found


def _param_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    _only_keys(body, record, ("param",))
    params = record["param"]
    if not isinstance(params, dict) or not params or "" in params:
        raise Refusal(_where(body, "param"), "'param' must be an object of names and values")
    return [Param(name, value) for name, value in params.items()]


def _summary_from_tokens(body: str, tokens: list[_Token]) -> list[Event]:
    if not tokens:
        raise Refusal(len(body.rstrip()) + 1, "no summary: name=value is missing")
    return [Summary(token.text, _scalar(token.text, _pair_value(token))[0]) for token in tokens]


def _summary_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    _only_keys(body, record, ("summary",))
    return [Summary(name, value) for name, value in _flat(body, record["summary"], "summary").items()]


def _pair_to_text(event: Param | Summary) -> str:
    return f"{verb_of(event)} {_key(event.name)}={_typed_text(_pair_data(event))}"


def _pair_to_json(event: Param | Summary) -> str:
    _key(event.name)
    return _dumps({verb_of(event): {event.name: _pair_data(event)}})


def _pair_data(event: Param | Summary) -> Json:
    if isinstance(event, Summary):
        return _checked_scalar(event.name, event.value)
    return _checked(event.value, event.name)


def _pair_value(token: _Token) -> _Value:
    if token.value is None:
        raise Refusal(token.column, f"expected name=value, not {_show(token.text)}")
    return token.value


# --- records: a subject and named fields --------------------------------------------------------------------


def _text(key: str, value: _Value) -> str:
    if isinstance(value.data, str):
        return value.data
    raise Refusal(value.column, f"{key!r} must be text, not {value.shown()}")


def _texts(key: str, value: _Value) -> tuple[str, ...]:
    if isinstance(value.data, str):
        return (value.data,)
    if isinstance(value.data, list) and all(isinstance(item, str) for item in value.data):
        return tuple(value.data)
    raise Refusal(value.column, f"{key!r} must be text or a JSON list of texts, not {value.shown()}")


def _flag(key: str, value: _Value) -> bool:
    data = value.typed()
    if isinstance(data, bool):
        return data
    raise Refusal(value.column, f"{key!r} must be true or false, not {value.shown()}")


def _integer(key: str, value: _Value) -> int:
    number = value.number()
    # Lua, Julia and awk print 3.0 for 3
    if number is not None and (isinstance(number[0], int) or number[0].is_integer()):
        return int(number[0])
    raise Refusal(value.column, f"{key!r} must be a whole number, not {value.shown()}")


def _object(key: str, value: _Value) -> dict[str, Json]:
    if isinstance(value.data, dict):
        return value.data
    raise Refusal(value.column, f"{key!r} must be a JSON object, not {value.shown()}")


def _path_or_list(key: str, value: _Value) -> str | list[Json]:
    if isinstance(value.data, (str, list)):
        return value.data
    raise Refusal(value.column, f"{key!r} must be a path or a JSON list, not {value.shown()}")


def _rows(key: str, value: _Value) -> list[dict[str, Json]]:
    if isinstance(value.data, list) and all(isinstance(row, dict) for row in value.data):
        return value.data
    raise Refusal(value.column, f"{key!r} must be a JSON list of objects, not {value.shown()}")


class _Field(NamedTuple):
    key: str
    read: Callable[[str, _Value], Any] = _text
    attribute: str = ""  # where it is not the key

    @property
    def name(self) -> str:
        return self.attribute or self.key


class _Record(NamedTuple):
    """A verb that makes one event: its subject (the word after it) and its fields."""

    event: type[Any]
    subject: str | None
    fields: tuple[_Field, ...]

    def from_values(
        self, body: str, verb: str, subject: str | None, given: Mapping[str, _Value]
    ) -> list[Event]:
        values: dict[str, Any] = {} if self.subject is None else {self.subject: subject}
        for field in self.fields:
            if field.key in given and field.name in values:
                raise Refusal(given[field.key].column, f"{field.key!r}: {field.name} is given twice")
            if field.key in given:
                values[field.name] = field.read(field.key, given[field.key])
        for name in self.event._fields:
            if name not in values and name not in self.event._field_defaults:
                keys = " or ".join(f"{field.key}=" for field in self.fields if field.name == name)
                raise Refusal(len(body.rstrip()) + 1, f"{verb!r} needs {keys}")
        return [self.event(**values)]

    def from_tokens(self, body: str, verb: str, tokens: list[_Token]) -> list[Event]:
        subject, rest = None, tokens
        if self.subject is not None:
            if not tokens or tokens[0].value is not None or not tokens[0].text:
                column = tokens[0].column if tokens else len(body.rstrip()) + 1
                raise Refusal(column, f"{verb!r} needs its {self.subject} first")
            subject, rest = tokens[0].text, tokens[1:]
        known = tuple(field.key for field in self.fields)
        given: dict[str, _Value] = {}
        for token in rest:
            if token.value is not None and token.text not in known:
                raise Refusal(token.column, f"{verb!r} has no {_show(token.text)}{_near(token.text, known)}")
            if token.text in given:
                raise Refusal(token.column, f"{token.text!r} is given twice")
            given[token.text] = _pair_value(token)
        return self.from_values(body, verb, subject, given)

    def from_json(self, body: str, verb: str, record: dict[str, Json]) -> list[Event]:
        _only_keys(body, record, (verb, *(field.key for field in self.fields)))
        subject = record[verb]
        if self.subject is not None and (not isinstance(subject, str) or not subject):
            raise Refusal(_where(body, verb), f"{verb!r} must be text, not {_show(_dumps(subject))}")
        if self.subject is None and subject not in (True, None, {}):
            raise Refusal(_where(body, verb), f"{verb!r} takes true, not {_show(_dumps(subject))}")
        given = {
            key: _Value(_where(body, key), value, bare=False)
            for key, value in record.items()
            if key != verb and value is not None
        }
        return self.from_values(body, verb, subject if self.subject else None, given)

    def values(self, event: Event) -> dict[str, Json]:
        """The fields that are not at their default, as JSON."""
        found: dict[str, Json] = {}
        for field in self.fields:
            value = getattr(event, field.name)
            default = self.event._field_defaults.get(field.name, self)
            if value == default and type(value) is type(default):
                continue
            if field.name == "source" and isinstance(value, str) is (field.read is _rows):
                continue  # Plot: a path, or else rows
            if field.read is _text and not isinstance(value, str):
                _checked(value, field.name)
                raise TypeError(f"{field.name}: a {type(value).__qualname__} has no line; text is needed")
            if field.read is _texts and not isinstance(value, str):
                value = value[0] if len(value) == 1 else list(value)
            found[field.key] = _checked(value, field.name)
        return found

    def to_text(self, event: Event) -> str:
        words = [verb_of(event)]
        if self.subject is not None:
            words.append(_key(getattr(event, self.subject)))
        for key, value in self.values(event).items():
            plain = isinstance(value, str) and _PLAIN_VALUE.fullmatch(value)
            words.append(f"{key}={value if plain else _dumps(value)}")
        return " ".join(words)

    def to_json(self, event: Event) -> str:
        subject = True if self.subject is None else getattr(event, self.subject)
        if not subject:
            raise ValueError("an event with an empty name has no line")
        return _dumps({verb_of(event): subject, **self.values(event)})


# --- step, progress, message --------------------------------------------------------------------------------


def _one_word(body: str, verb: str, tokens: list[_Token], what: str) -> _Value:
    if not tokens:
        raise Refusal(len(body.rstrip()) + 1, f"{verb!r} needs {what}")
    extra = tokens[1] if len(tokens) > 1 else tokens[0] if tokens[0].value else None
    if extra is not None:
        raise Refusal(extra.column, f"{verb!r} takes {what} alone, not {_show(extra.text)}")
    return _Value(tokens[0].column, tokens[0].text, bare=not tokens[0].quoted)


def _step_from_tokens(body: str, tokens: list[_Token]) -> list[Event]:
    return [Step(_integer("step", _one_word(body, "step", tokens, "one whole number")))]


def _step_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    _only_keys(body, record, ("step",))
    return [Step(_integer("step", _Value(_where(body, "step"), record["step"], bare=False)))]


def _progress_from_tokens(body: str, tokens: list[_Token]) -> list[Event]:
    """`30/100`, `30` or `30%`."""
    word = _one_word(body, "progress", tokens, "one number or done/total")
    done, slash, total = str(word.data).partition("/")
    if done.endswith("%") and not slash:
        done, slash, total = done[:-1], "/", "100"
    numbers = [
        _Value(word.column, part, bare=word.bare).number() for part in ([done, total] if slash else [done])
    ]
    if any(number is None for number in numbers):
        raise Refusal(word.column, f"'progress' must be a number or done/total, not {word.shown()}")
    return [Progress(*(number[0] for number in numbers if number))]


def _progress_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    _only_keys(body, record, ("progress", "total"))
    numbers = [record["progress"]] + ([] if record.get("total") is None else [record["total"]])
    if any(isinstance(number, bool) or not isinstance(number, (int, float)) for number in numbers):
        raise Refusal(_where(body, "progress"), "'progress' and 'total' must be numbers")
    return [Progress(*numbers)]


def _progress_to_text(event: Progress) -> str:
    parts = [event.done] if event.total is None else [event.done, event.total]
    return "progress " + "/".join(_typed_text(part) for part in parts)


def _progress_to_json(event: Progress) -> str:
    total = {} if event.total is None else {"total": event.total}
    return _dumps({"progress": event.done, **total})


def _message(body: str) -> list[Event]:
    """All that follows the verb, as it stands; or one JSON string."""
    text = body.strip().partition("message")[2].strip()
    if text.startswith('"'):
        try:
            quoted = _DECODER.decode(text)
        except ValueError:
            pass  # `message "a" and "b"`: the quotes are part of it
        else:
            return [Message(quoted)]
    if not text:
        raise Refusal(len(body.rstrip()) + 1, "'message' needs a text")
    return [Message(text)]


def _message_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    _only_keys(body, record, ("message",))
    return [Message(_text("message", _Value(_where(body, "message"), record["message"], bare=False)))]


# --- the verbs ----------------------------------------------------------------------------------------------


def _spilled_from_tokens(body: str, tokens: list[_Token]) -> list[Event]:
    raise Refusal(1, 'write {"@file": "name"}')


def _spilled_from_json(body: str, record: dict[str, Json]) -> list[Event]:
    """`{"@file": "name"}`, a record too long for the FIFO."""
    _only_keys(body, record, ("@file",))
    name = record["@file"]
    if not isinstance(name, str) or not name.strip(".") or re.search(r"[/\\\0]", name):
        raise Refusal(_where(body, "@file"), "'@file' must be one file name, without a folder")
    return [Spilled(name)]


def _spilled_to_json(event: Spilled) -> str:
    return _dumps({"@file": event.name})


class Verb(NamedTuple):
    """How one verb is read and written; `event` is the type of what it makes.

    `on_stdout`: it acts even where a program may quote somebody else's text.
    """

    event: type[Any]
    from_tokens: Callable[[str, list[_Token]], list[Event]]
    from_json: Callable[[str, dict[str, Json]], list[Event]]
    to_text: Callable[[Any], str]
    to_json: Callable[[Any], str]
    on_stdout: bool = False


def _record_verb(verb: str, record: _Record, on_stdout: bool = False) -> Verb:
    return Verb(
        record.event,
        lambda body, tokens: record.from_tokens(body, verb, tokens),
        lambda body, found: record.from_json(body, verb, found),
        record.to_text,
        record.to_json,
        on_stdout,
    )


_LABELS = (_Field("title"), _Field("x_label"), _Field("y_label"))
_ACK = (_Field("ack"),)
_PLOT = (
    _Field("path", _text, "source"),
    _Field("rows", _rows, "source"),
    _Field("x"),
    _Field("y", _texts),
    _Field("template"),
    *_LABELS,
)
_SKLEARN = (
    _Field("labels", _path_or_list),
    _Field("predictions", _path_or_list),
    _Field("name"),
    *_LABELS,
    _Field("normalized", _flag),
    _Field("options", _object),
)
_ARTIFACT = (
    _Field("type"),
    _Field("name"),
    _Field("desc"),
    _Field("labels", _texts),
    _Field("meta", _object),
    _Field("copy", _flag),
    _Field("cache", _flag),
)

VERBS: dict[str, Verb] = {
    "metric": Verb(Metric, _metric_from_tokens, _metric_from_json, _metric_to_text, _metric_to_json, True),
    "param": Verb(Param, _param_from_tokens, _param_from_json, _pair_to_text, _pair_to_json),
    "next-step": _record_verb("next-step", _Record(NextStep, None, ()), True),
    "step": Verb(
        Step,
        _step_from_tokens,
        _step_from_json,
        lambda event: f"step {event.step}",
        lambda event: _dumps({"step": event.step}),
        True,
    ),
    "summary": Verb(Summary, _summary_from_tokens, _summary_from_json, _pair_to_text, _pair_to_json, True),
    "image": _record_verb("image", _Record(Image, "name", (_Field("path", _text, "source"),))),
    "plot": _record_verb("plot", _Record(Plot, "name", _PLOT)),
    "sklearn": _record_verb("sklearn", _Record(SklearnPlot, "kind", _SKLEARN)),
    "artifact": _record_verb("artifact", _Record(Artifact, "path", _ARTIFACT)),
    "progress": Verb(
        Progress, _progress_from_tokens, _progress_from_json, _progress_to_text, _progress_to_json, True
    ),
    "message": Verb(
        Message,
        lambda body, tokens: _message(body),
        _message_from_json,
        lambda event: f"message {event.text if _PLAIN_TEXT.fullmatch(event.text) else _dumps(event.text)}",
        lambda event: _dumps({"message": event.text}),
        True,
    ),
    "sync": _record_verb("sync", _Record(Sync, None, _ACK)),
    "end": _record_verb("end", _Record(End, None, _ACK)),
    "@file": Verb(Spilled, _spilled_from_tokens, _spilled_from_json, _spilled_to_json, _spilled_to_json),
}

STDOUT_VERBS = frozenset(name for name, verb in VERBS.items() if verb.on_stdout)
"""Verbs that act on stdout and stderr."""

TRUSTED_VERBS = frozenset(VERBS) - STDOUT_VERBS
"""Verbs that need a trusted way in (FIFO, one-shot command), or `--trust-stdout`."""

_VERB_OF = {verb.event: name for name, verb in VERBS.items()}


def verb_of(event: Event) -> str:
    """The verb that makes this event."""
    return _VERB_OF[type(event)]


# --- a whole record -----------------------------------------------------------------------------------------


def parse(body: str) -> list[Event]:
    """The events of one record, in its order.

    Parameters:
        body: one line without the sentinel; white space around it is ignored.

    Raises:
        Refusal: it is not a record; says where and why.
    """
    return _numbers(body) or _parse_with_care(body)


def _parse_with_care(body: str) -> list[Event]:
    try:
        if body.lstrip().startswith("{"):
            return _parse_json(body)
        word = _BARE_KEY.match(body, _end(_SPACE, body, 0))
        if word is not None and word[0] == "message" and body[word.end() : word.end() + 1] != "=":
            return _message(body)  # free text: not cut into words
        tokens = _tokens(body)
    except RecursionError:
        raise Refusal(1, "too deeply nested") from None
    if not tokens:
        raise Refusal(1, "an empty record")
    first = tokens[0]
    if first.value is not None:
        return _metric_from_tokens(body, tokens)
    verb = None if first.quoted else VERBS.get(first.text)
    if verb is None:
        _refuse_verb(first.column, first.text)
    return verb.from_tokens(body, tokens[1:])


def _refuse_verb(column: int, word: str) -> NoReturn:
    raise Refusal(column, f"{_show(word)} is neither a verb nor name=value{_near(word, tuple(VERBS))}")


def _parse_json(body: str) -> list[Event]:
    record = _decode(body, _DECODER)
    verbs = ["metric"] if "metric" in record else [key for key in record if key in VERBS]
    if not verbs:
        key = next(iter(record), "")
        hint = _near(key, tuple(VERBS)) if key else ""
        raise Refusal(_where(body, key) if key else 1, f'no verb; write {{"metric": {{...}}}}{hint}')
    if len(verbs) > 1:
        raise Refusal(_where(body, verbs[1]), f"two verbs in one object: {verbs[0]!r} and {verbs[1]!r}")
    return VERBS[verbs[0]].from_json(body, record)


# printf("%f") says nan, -nan and inf, which JSON readers of Python know as NaN and Infinity
_BARE_NOT_FINITE = re.compile(
    r'"(?:[^"\\]|\\.)*"|([+-]?)\b(?:(nan)|inf(?:inity)?)\b', re.IGNORECASE | re.ASCII
)


def _decode(body: str, decoder: json.JSONDecoder) -> dict[str, Json]:
    try:
        record = decoder.decode(body)
    except json.JSONDecodeError as error:
        try:
            record = decoder.decode(_BARE_NOT_FINITE.sub(_json_not_finite, body))
        except ValueError:
            fault = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
            raise Refusal(error.pos + 1, f"not JSON: {fault}") from None
    except ValueError:
        raise Refusal(1, f"a number of more than {MAX_DIGITS} digits") from None
    if not isinstance(record, dict):
        raise Refusal(1, "not a JSON object")
    return record


def _json_not_finite(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]  # a string
    return "NaN" if match[2] else ("-Infinity" if match[1] == "-" else "Infinity")


def _only_keys(body: str, record: Mapping[str, Json], known: tuple[str, ...]) -> None:
    for key in record:
        if key not in known:
            raise Refusal(
                _where(body, key), f"{known[0]!r} has no {_show(key)}{_near(key, known[1:] or known)}"
            )


def _where(body: str, key: str) -> int:
    """The column of a JSON key: its first mention, or 1 where it is spelt with escapes."""
    return max(body.find(json.dumps(key, ensure_ascii=False)), 0) + 1


def encode(event: Event) -> str:
    """The line body of an event: text where that can carry it, else JSON; no sentinel, no newline.

    Raises:
        TypeError: it holds an array, a figure or the like, which has no line.
        ValueError: its name is empty, or a number has more than 4300 digits.
    """
    return VERBS[verb_of(event)].to_text(event)


def encode_json(event: Event) -> str:
    """The line body of an event as one JSON object; raises as `encode`."""
    return VERBS[verb_of(event)].to_json(event)
