"""Verbs that make one event out of a subject and named fields: images, plots, artifacts, sync, end.

One table of fields a verb; the text form and the JSON form are both read and written from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..events import (
    Artifact,
    End,
    Event,
    Follow,
    Image,
    Json,
    MonitorSystem,
    NextStep,
    Open,
    Plot,
    Printed,
    SklearnPlot,
    Sync,
)
from . import words
from .metrics import flag, integer
from .words import Refusal, Value


def _wrong(key: str, value: Value, wanted: str) -> Refusal:
    return Refusal(value.column, f"{key!r} must be {wanted}, not {value.shown()}")


def _text(key: str, value: Value) -> str:
    if isinstance(value.data, str):
        return value.data
    raise _wrong(key, value, "text")


def _texts(key: str, value: Value) -> tuple[str, ...]:
    if isinstance(value.data, str):
        return (value.data,)
    if isinstance(value.data, list) and all(isinstance(item, str) for item in value.data):
        return tuple(value.data)
    raise _wrong(key, value, "text or a JSON list of texts")


def _object(key: str, value: Value) -> dict[str, Json]:
    if isinstance(value.data, dict):
        return value.data
    raise _wrong(key, value, "a JSON object")


_FLAG_OPTIONS = frozenset(("resume", "save_dvc_exp", "cache_images"))
_TEXT_OPTIONS = frozenset(("dir", "report", "dvcyaml", "exp_name", "exp_message"))


def _options(key: str, value: Value) -> dict[str, Json]:
    """The options of `Live(...)`; null for a text that is not given."""
    found = _object(key, value)
    for name, item in found.items():
        fits = isinstance(item, bool) if name in _FLAG_OPTIONS else item is None or isinstance(item, str)
        if name not in _FLAG_OPTIONS | _TEXT_OPTIONS:
            known = (*sorted(_FLAG_OPTIONS), *sorted(_TEXT_OPTIONS))
            raise Refusal(value.column, f"no option {words.show(name)}{words.near(name, known)}")
        if not fits:
            wanted = "true or false" if name in _FLAG_OPTIONS else "text or null"
            raise Refusal(value.column, f"option {name!r} must be {wanted}")
    return found


def _folders(key: str, value: Value) -> dict[str, Json]:
    return _of_texts(key, value, "an object of names and paths")


def _names(key: str, value: Value) -> dict[str, Json]:
    return _of_texts(key, value, "an object of names in the file and metrics")


def _of_texts(key: str, value: Value, wanted: str) -> dict[str, Json]:
    found = _object(key, value)
    if all(isinstance(text, str) for text in found.values()):
        return found
    raise _wrong(key, value, wanted)


def _seconds(key: str, value: Value) -> float:
    number = value.number()
    if number is None or not 0 < number[0] < 1e9:
        raise _wrong(key, value, "a number of seconds")
    return float(number[0])


def _status(key: str, value: Value) -> str:
    if value.data in ("completed", "failed", "interrupted"):
        return str(value.data)
    raise _wrong(key, value, "completed, failed or interrupted")


def _path_or_list(key: str, value: Value) -> str | list[Json]:
    if isinstance(value.data, (str, list)):
        return value.data
    raise _wrong(key, value, "a path or a JSON list")


def _rows(key: str, value: Value) -> list[dict[str, Json]]:
    if isinstance(value.data, list) and all(isinstance(row, dict) for row in value.data):
        return value.data
    raise _wrong(key, value, "a JSON list of objects")


class Field(NamedTuple):
    """One key of a record, how it is read, and the event's attribute where that is not the key."""

    key: str
    read: Callable[[str, Value], Any] = _text
    attribute: str = ""

    @property
    def name(self) -> str:
        """The event's attribute."""
        return self.attribute or self.key


class Record(NamedTuple):
    """A verb that makes one event. `subject`: the attribute that the word after the verb gives."""

    verb: str
    event: type[Any]
    subject: str | None = None
    fields: tuple[Field, ...] = ()

    def from_text(self, body: str, at: int) -> list[Event]:
        """The event of `verb subject key=value …`."""
        tokens = words.tokens(body, at)
        subject = None
        if self.subject is not None:
            if not tokens or tokens[0].value is not None or not tokens[0].text:
                column = tokens[0].column if tokens else words.after(body)
                raise Refusal(column, f"{self.verb!r} needs its {self.subject} first")
            subject = tokens.pop(0).text
        known = [field.key for field in self.fields]
        given: dict[str, Value] = {}
        for token in tokens:
            value = token.pair() if known else None
            if value is None or token.text not in known:
                shown = words.show(token.text)
                raise Refusal(token.column, f"{self.verb!r} has no {shown}{words.near(token.text, known)}")
            if token.text in given:
                raise Refusal(token.column, f"{token.text!r} is given twice")
            given[token.text] = value
        return self._build(body, subject, given)

    def from_json(self, body: str, record: dict[str, Json]) -> list[Event]:
        """The event of `{verb: subject, key: value, …}`; without a subject the verb's value is true."""
        words.only_keys(body, record, self.verb, [field.key for field in self.fields])
        subject = record[self.verb]
        if not (
            isinstance(subject, str) and subject if self.subject else subject is True or subject in (None, {})
        ):
            wanted = "text" if self.subject else "true"
            raise _wrong(self.verb, Value(words.where(body, self.verb), subject), wanted)
        given = {
            key: Value(words.where(body, key), value)
            for key, value in record.items()
            if key != self.verb and value is not None
        }
        return self._build(body, subject, given)

    def _build(self, body: str, subject: str | None, given: Mapping[str, Value]) -> list[Event]:
        values: dict[str, Any] = {self.subject: subject} if self.subject else {}
        for field in self.fields:
            if field.key not in given:
                continue
            if field.name in values:
                raise Refusal(
                    given[field.key].column, f"{self.verb!r} takes one source, not also {field.key!r}"
                )
            values[field.name] = field.read(field.key, given[field.key])
        for name in self.event._fields:
            if name not in values and name not in self.event._field_defaults:
                keys = " or ".join(f"{field.key}=" for field in self.fields if field.name == name)
                raise Refusal(words.after(body), f"{self.verb!r} needs {keys}")
        return [self.event(**values)]

    def to_text(self, event: Event) -> str:
        """As `from_text` reads it."""
        parts = [self.verb]
        if self.subject:
            parts.append(words.write_key(getattr(event, self.subject)))
        for key, value in self._given(event).items():
            parts.append(f"{key}={words.write_text(value) if isinstance(value, str) else words.dumps(value)}")
        return " ".join(parts)

    def to_json(self, event: Event) -> str:
        """As `from_json` reads it."""
        subject = getattr(event, self.subject) if self.subject else True
        if not subject:
            raise ValueError("an event with an empty name has no line")
        return words.dumps({self.verb: subject, **self._given(event)})

    def _given(self, event: Event) -> dict[str, Json]:
        """The fields that differ from their defaults, as JSON has them."""
        found: dict[str, Json] = {}
        defaults = self.event._field_defaults
        for field in self.fields:
            value = getattr(event, field.name)
            # the type first: an array compares with anything, by element
            if (
                field.name in defaults
                and type(value) is type(defaults[field.name])
                and value == defaults[field.name]
            ):
                continue
            if field.read is _rows and isinstance(value, str):
                continue  # Plot.source: a path, or else rows
            if field.read is _text and not isinstance(value, str):
                if field.name == "source" and isinstance(value, (list, tuple)) and self.event is Plot:
                    continue
                raise words.no_line(value, field.name)
            if field.read is _texts and not isinstance(value, str):
                value = value[0] if len(value) == 1 else list(value)
            found[field.key] = words.checked(value, field.name)
        return found


_LABELS = (Field("title"), Field("x_label"), Field("y_label"))

RECORDS = (
    Record("next-step", NextStep),
    Record("image", Image, "name", (Field("path", attribute="source"),)),
    Record(
        "plot",
        Plot,
        "name",
        (
            Field("path", attribute="source"),
            Field("rows", _rows, "source"),
            Field("x"),
            Field("y", _texts),
            Field("template"),
            *_LABELS,
        ),
    ),
    Record(
        "sklearn",
        SklearnPlot,
        "kind",
        (
            Field("labels", _path_or_list),
            Field("predictions", _path_or_list),
            Field("name"),
            *_LABELS,
            Field("normalized", flag),
            Field("options", _object),
        ),
    ),
    Record(
        "artifact",
        Artifact,
        "path",
        (
            Field("type"),
            Field("name"),
            Field("desc"),
            Field("labels", _texts),
            Field("meta", _object),
            Field("copy", flag),
            Field("cache", flag),
        ),
    ),
    Record(
        "open",
        Open,
        None,
        (Field("options", _options), Field("pid", integer), Field("ack"), Field("beside", flag)),
    ),
    Record(
        "monitor",
        MonitorSystem,
        None,
        (
            Field("interval", _seconds),
            Field("num_samples", integer),
            Field("directories", _folders),
        ),
    ),
    Record("follow", Follow, "path", (Field("names", _names),)),
    Record("printed", Printed, None, (Field("names", _texts), Field("over", flag))),
    Record("sync", Sync, None, (Field("ack"),)),
    Record("end", End, None, (Field("ack"), Field("status", _status))),
)
