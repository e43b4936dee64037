"""Words -> names and values. What looks like a number and is none is refused: a guess would be a wrong curve.

Knows no file and no run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import UsageError
from ..events import Metric, Scalar
from ..protocol import words as spoken

_CONSTANTS = {"true": True, "True": True, "false": False, "False": False}


def pairs(words: Sequence[str], command: str) -> list[tuple[str, str]]:
    """`NAME VALUE`, or `NAME=VALUE` once or more.

    >>> pairs(["loss", "0.5"], "log-metric"), pairs(["a=1", "b=2"], "log-metric")
    ([('loss', '0.5')], [('a', '1'), ('b', '2')])
    """
    if not words:
        raise _no_pairs(command, "nothing")
    if "=" not in words[0]:
        if len(words) == 2 and words[0]:
            return [(words[0], words[1])]
        shown = " ".join(words)
        raise _no_pairs(command, repr(shown))
    found = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise _no_pairs(command, repr(word))
        found.append((name, value))
    return found


def _no_pairs(command: str, what: str) -> UsageError:
    return UsageError(
        "no-value",
        f"`dvclive {command}` wants NAME VALUE, or NAME=VALUE once or more, not {what}",
        f"Write e.g. `dvclive {command} loss 0.5`, or `dvclive {command} loss=0.5 acc=0.9`.",
    )


def value(name: str, word: str) -> tuple[Scalar, str | None]:
    """A metric's value, and its text where that is not `str(value)`.

    >>> value("loss", "0.50"), value("done", "true"), value("verdict", "passed")
    ((0.5, '0.50'), (True, None), ('passed', None))
    """
    word = word.strip()
    try:
        number = spoken.number(word)
    except ValueError as error:
        raise UsageError("not-a-number", f"{name}: {error}") from None
    if number is not None:
        return number
    if word in _CONSTANTS:
        return _CONSTANTS[word], None
    if word[:1] == '"':
        text = spoken.decode_string(word)
        if text is not None:
            return text, None
    if not word:
        raise UsageError("no-value", f"{name}: the value is empty", "Was a variable of the script not set?")
    if word.lstrip("+-.$€£¥~<>=≈ ")[:1].isdecimal():
        raise _no_number(name, word)
    return word, None


def _no_number(name: str, word: str) -> UsageError:
    slug, fact = "not-a-number", f"{name}: {spoken.show(word)} is not a number"
    try:
        head, comma, tail = word.partition(",")
        if comma and len(tail) != 3 and tail.isdecimal() and spoken.number(head) is not None:
            return UsageError(slug, fact, f"Its comma is no decimal point: write {head}.{tail}.")
        plain = word.replace(",", "").replace("_", "").replace("'", "").replace(" ", "")
        if plain != word and spoken.number(plain) is not None:
            return UsageError(slug, f"{fact}: it has thousands separators", f"Write {plain}.")
        bare = word
        while bare and spoken.number(bare) is None:
            bare = bare[:-1]
        unit = word[len(bare) :].strip()
        if bare and not any(char.isdecimal() for char in unit):
            hint = f"and put the unit into the name, e.g. {name}_{unit}" if unit.isalpha() else "without unit"
            return UsageError(slug, f"{fact}: {spoken.show(unit)} stands behind it", f"Write {bare}, {hint}.")
    except ValueError:
        pass
    return UsageError(
        slug, fact, f"Write digits only; if it is to be a text, quote it for JSON too: '\"{word}\"'."
    )


def metric(name: str, given: Any, step: int | None, timestamp: int | None, plot: bool) -> Metric:
    """A point, from a word of the command line or a value of a file."""
    if isinstance(given, str):
        found, text = value(name, given)
        return Metric(name, found, step, timestamp, plot, text=text)
    if isinstance(given, (bool, int, float)):
        return Metric(name, given, step, timestamp, plot)
    raise UsageError("not-a-number", f"{name}: {given!r} is no value of a metric", "Give a number.")


def flattened(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping as one of whole names: `{"train": {"loss": 1}}` has `train/loss`."""
    flat: dict[str, Any] = {}
    for key, item in tree.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            flat.update(flattened(item, f"{name}/"))
        else:
            flat[name] = item
    return flat


def whole(what: str, word: str) -> int:
    """A whole number."""
    try:
        return int(word)
    except ValueError:
        raise UsageError("not-a-number", f"{what}: {word!r} is no whole number", "Write e.g. 3.") from None
