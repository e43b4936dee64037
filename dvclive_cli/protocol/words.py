"""Text of a record <-> words, pairs and values. Knows no verb and no event.

    pair  = key "=" value        key: bare word or JSON string
    value = number / nan / inf / true / false / null / bare word / JSON string, list or object

Reading is lenient where printf, awk, R or Go print what JSON forbids (`.5`, `1.`, `+Inf`); writing is strict:
one line, valid UTF-8, no control character, whatever the values hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..events import Json

MAX_DIGITS = 4300
"""CPython's own limit for an int in text (sys.set_int_max_str_digits), made the same in every interpreter:
the conversion takes quadratic time."""


class Refusal(Exception):  # noqa: N818 - the protocol's word; the fault is the line's, not ours
    """A line that is not a record.

    Parameters:
        column: where, 1-based, in characters of the body.
        reason: what is wrong, without a final full stop; control characters in it are escaped.
    """

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason

    def __str__(self) -> str:
        return f"column {self.column}: {self.reason}"


_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# what a decimal comma, separators or a unit make of a number: 0,5  1,234.5  95%  12ms
_ALMOST = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:,[0-9.,]*[0-9]|\.?(?:%|[^\W\d_]+))")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE | re.ASCII)
# Python's own spelling too: print(f"@dvclive done={flag}")
_CONSTANTS: dict[str, Json] = {"true": True, "True": True, "false": False, "False": False, "null": None}

_SPACE = re.compile(r"\s*")
_BARE_KEY = re.compile(r'[^\s="]+')
_BARE_VALUE = re.compile(r'[^\s"]+')

# Never written bare: controls, what splits or hides lines for some reader, lone surrogates (no UTF-8).
_INVISIBLE = "\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff"
_TO_ESCAPE = re.compile(f"[{_INVISIBLE}]")
_PLAIN_KEY = re.compile(rf'(?!\{{)[^\s="{_INVISIBLE}]+')
_PLAIN_VALUE = re.compile(rf'(?![\[{{])[^\s"{_INVISIBLE}]*[^\s",;{_INVISIBLE}]')
_PLAIN_TEXT = re.compile(rf'(?!["\s])[^{_INVISIBLE}]*[^\s{_INVISIBLE}]')

# strict=False: a raw tab in a string is what shells write
_DECODER = json.JSONDecoder(strict=False)
# printf("%f") says nan, -nan and inf; Python's reader knows NaN and Infinity only
_C_NOT_FINITE = re.compile(r'"(?:[^"\\]|\\.)*"|([+-]?)\b(?:(nan)|inf(?:inity)?)\b', re.IGNORECASE | re.ASCII)


class Printed(str):
    """A float of a JSON record, as printed."""

    __slots__ = ()


_PRINTED_DECODER = json.JSONDecoder(strict=False, parse_float=Printed)


def number(raw: str) -> tuple[int | float, str | None] | None:
    """The number that `raw` spells, with `raw` where it is not `str(number)`; None if it spells none.

    Raises:
        ValueError: an integer of more than MAX_DIGITS digits.
    """
    if _INTEGER.fullmatch(raw):
        if len(raw) > MAX_DIGITS:
            raise ValueError(f"a number of more than {MAX_DIGITS} digits")
        whole = int(raw)
        return whole, None if str(whole) == raw else raw
    if _FLOAT.fullmatch(raw):
        value = float(raw)
        text = repr(value)
        return value, None if text == raw or text in ("inf", "-inf") else raw
    return (float(raw), None) if _NOT_FINITE.fullmatch(raw) else None


def almost_number(raw: str) -> bool:
    """Whether a bare word is a number but for commas or a unit; as text it stands in quotes."""
    return _ALMOST.fullmatch(raw) is not None and number(raw) is None


def show(text: str) -> str:
    """A piece of the user's text as it may stand in a reason: short, escaped, in quotes."""
    return ascii_safe(repr(text if len(text) <= 40 else f"{text[:37]}..."))


def ascii_safe(text: str) -> str:
    """`text` with each invisible character as `\\uXXXX`."""
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def near(word: str, known: Sequence[str]) -> str:
    """What to say of an unknown word: the known one it resembles, if any."""
    import difflib

    found = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def after(body: str) -> int:
    """The column behind the last word: where something is missing."""
    return len(body.rstrip()) + 1


class Value(NamedTuple):
    """What stands after `=`: bare text, or decoded JSON."""

    column: int
    data: Json
    bare: bool = False

    def typed(self) -> Json:
        """`data`, or the number or constant that bare text spells."""
        if not self.bare:
            return self.data
        if self.data in _CONSTANTS:
            return _CONSTANTS[self.data]
        found = self.number()
        return found[0] if found else self.data

    def number(self) -> tuple[int | float, str | None] | None:
        """As the function `number`; a JSON number has no text of its own here."""
        if not self.bare:
            is_number = isinstance(self.data, (int, float)) and not isinstance(self.data, bool)
            return (self.data, None) if is_number else None
        try:
            return number(self.data)
        except ValueError as error:
            raise Refusal(self.column, str(error)) from None

    def shown(self) -> str:
        """For a reason."""
        return show(self.data if self.bare else dumps(self.data))


class Token(NamedTuple):
    """A word, or a pair. `quoted`: the word or key was a JSON string."""

    column: int
    text: str
    quoted: bool
    value: Value | None

    def pair(self) -> Value:
        """The value, where a pair is needed."""
        if self.value is None:
            raise Refusal(self.column, f"expected name=value, not {show(self.text)}")
        return self.value


def first_word(body: str) -> tuple[str, int]:
    """The bare word at the start of a body and where it ends; "" if a pair or a JSON string stands there."""
    start = _skip(_SPACE, body, 0)
    end = _skip(_BARE_KEY, body, start)
    return ("", start) if body[end : end + 1] == "=" else (body[start:end], end)


def tokens(body: str, at: int = 0) -> list[Token]:
    """The words and pairs of `body` from index `at` on."""
    found: list[Token] = []
    size = len(body)
    while True:
        gap = at
        at = _skip(_SPACE, body, at)
        if at == size:
            return found
        if 0 < gap == at:
            raise Refusal(at + 1, f"a space is missing before {show(body[at:])}")
        start, quoted = at, body[at] == '"'
        if quoted:
            text, at = _json_at(body, at)
        else:
            at = _skip(_BARE_KEY, body, at)
            text = body[start:at]
        value = None
        if body[at : at + 1] == "=":
            if not text:
                empty = "an empty name" if quoted else "no name before '=' (no spaces around '=')"
                raise Refusal(start + 1, empty)
            value, at = _value_at(body, at + 1, text)
        found.append(Token(start + 1, text, quoted, value))


def _value_at(body: str, at: int, key: str) -> tuple[Value, int]:
    if body[at : at + 1] in ('"', "[", "{"):
        data, end = _json_at(body, at)
        return Value(at + 1, data), end
    end = _skip(_BARE_VALUE, body, at)
    if end == at:
        raise Refusal(at + 1, f"{show(key)} has no value")
    if body[end - 1] in ",;":
        raise Refusal(end, f"pairs are separated by spaces, not by {body[end - 1]!r}")
    if body[end : end + 1] == '"':
        raise Refusal(end + 1, "a quote inside a bare value; write the whole value as a JSON string")
    return Value(at + 1, body[at:end], bare=True), end


def _skip(pattern: re.Pattern[str], body: str, at: int) -> int:
    match = pattern.match(body, at)
    return match.end() if match else at


def _json_at(body: str, at: int) -> tuple[Json, int]:
    try:
        return _DECODER.raw_decode(body, at)
    except ValueError as error:
        raise _not_json(error, at) from None


def _not_json(error: ValueError, at: int) -> Refusal:
    if isinstance(error, json.JSONDecodeError):
        fault = error.msg.removesuffix(" at").removesuffix(" starting")
        return Refusal(error.pos + 1, f"not JSON: {fault[0].lower()}{fault[1:]}")
    return Refusal(at + 1, f"a number of more than {MAX_DIGITS} digits")


def decode_string(text: str) -> str | None:
    """The JSON string that `text` is as a whole; None if it is anything else."""
    try:
        data = _DECODER.decode(text) if text.startswith('"') else None
    except ValueError:
        return None
    return data if isinstance(data, str) else None


def decode_object(body: str, printed: bool = False) -> dict[str, Json]:
    """The JSON object that `body` is. `printed`: its floats as `Printed` text."""
    decoder = _PRINTED_DECODER if printed else _DECODER
    try:
        record = decoder.decode(body)
    except ValueError as error:
        try:
            record = decoder.decode(_C_NOT_FINITE.sub(_json_not_finite, body))
        except ValueError:
            raise _not_json(error, 0) from None
    if not isinstance(record, dict):
        raise Refusal(1, "not a JSON object")
    return record


def _json_not_finite(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]  # a string
    return "NaN" if match[2] else ("-Infinity" if match[1] == "-" else "Infinity")


def where(body: str, key: str) -> int:
    """The column of a key of a JSON record: its first mention, or 1 where it is spelt with escapes."""
    return max(body.find(f'"{key}"'), 0) + 1


def only_keys(body: str, record: Mapping[str, Json], verb: str, known: Sequence[str]) -> None:
    """Refuse a JSON record with a key that is neither its verb nor known."""
    for key in record:
        if key != verb and key not in known:
            raise Refusal(where(body, key), f"{verb!r} has no {show(key)}{near(key, known)}")


def dumps(value: Json) -> str:
    """`value` as JSON: compact, one line, valid UTF-8."""
    return ascii_safe(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def checked(value: Json, what: str) -> Json:
    """`value` as JSON would give it back.

    Raises:
        TypeError: it holds something that JSON cannot say, an array or a figure.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [checked(item, what) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: checked(item, what) for key, item in value.items()}
    raise no_line(value, what)


def no_line(value: object, what: str) -> TypeError:
    """The error for a value that lives in one process only."""
    kind = type(value)
    advice = "save it to a file and give the path as text"
    return TypeError(f"{what}: a {kind.__module__}.{kind.__qualname__} cannot be written as a line; {advice}")


def write_typed(value: Json) -> str:
    """The shortest word that `Value.typed` reads as `value`."""
    if isinstance(value, str):
        spells_more = value in _CONSTANTS or any(
            form.fullmatch(value) for form in (_FLOAT, _NOT_FINITE, _ALMOST)
        )
        return dumps(value) if spells_more else write_text(value)
    if isinstance(value, float):
        return float.__repr__(value)  # numpy's own says np.float64(0.5)
    return dumps(value)


def write_text(value: str) -> str:
    """The shortest word for a value that is always text."""
    return value if _PLAIN_VALUE.fullmatch(value) else dumps(value)


def write_key(name: str, reserved: frozenset[str] = frozenset()) -> str:
    """A name as a key or a word.

    Raises:
        ValueError: it is empty.
    """
    if not name:
        raise ValueError("an event with an empty name has no line")
    return name if _PLAIN_KEY.fullmatch(name) and name not in reserved else dumps(name)


def write_rest(text: str) -> str:
    """Free text up to the end of the line."""
    return text if _PLAIN_TEXT.fullmatch(text) else dumps(text)
