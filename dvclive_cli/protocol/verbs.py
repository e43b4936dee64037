"""The table of verbs: how each is read and written, and which act on stdout."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..events import Event, Json, Message, Metric, Param, Progress, Step, Summary
from . import metrics, records, words
from .words import Refusal, Value


def _params(body: str, at: int) -> list[Event]:
    found: list[Event] = []
    for token in words.tokens(body, at):
        value = token.pair()
        # 007 names something (a host, a patient); it is not the number 7
        padded = value.bare and re.fullmatch("[+-]?0[0-9]+", value.data)
        found.append(Param(token.text, value.data if padded else value.typed()))
    return found or _nothing(body, "parameter")


def _nothing(body: str, what: str) -> list[Event]:
    raise Refusal(words.after(body), f"no {what}: name=value is missing")


def _params_json(body: str, record: dict[str, Json]) -> list[Event]:
    """`found`: nobody has said that these are to be logged, so that none of them may be a secret."""
    words.only_keys(body, record, "param", ("found",))
    params = record["param"]
    if not isinstance(params, dict) or not params or "" in params:
        raise Refusal(words.where(body, "param"), "'param' must be an object of names and values")
    if metrics.flag("found", Value(words.where(body, "found"), record.get("found", False))):
        from ..masks import without_secrets  # shims are rare; each command inside a run comes by here

        params = without_secrets(params)
    return [Param(name, value) for name, value in params.items()]


def _summaries(body: str, at: int) -> list[Event]:
    pairs = [(token.text, token.pair()) for token in words.tokens(body, at)]
    found: list[Event] = [Summary(name, metrics.scalar(name, value)[0]) for name, value in pairs]
    return found or _nothing(body, "summary")


def _summaries_json(body: str, record: dict[str, Json]) -> list[Event]:
    words.only_keys(body, record, "summary", ())
    found = metrics.flat(body, record["summary"], "summary", lists=True)
    return [Summary(name, value) for name, value in found.items()]


def _checked(event: Param | Summary) -> Json:
    if isinstance(event, Summary) and event.value is not None and not isinstance(event.value, list):
        return metrics.checked_scalar(event.name, event.value)
    return words.checked(event.value, event.name)


def _pair(verb: str) -> Callable[[Any], str]:
    return lambda event: f"{verb} {words.write_key(event.name)}={words.write_typed(_checked(event))}"


def _pair_json(verb: str) -> Callable[[Any], str]:
    return lambda event: f'{{"{verb}":{{{words.dumps(_named(event.name))}:{words.dumps(_checked(event))}}}}}'


def _summary_pair(event: Summary) -> str:
    """A pair; lists, and null for what is taken out, only JSON can say."""
    as_pair = isinstance(event.value, (int, float, str))
    return _pair("summary")(event) if as_pair else _pair_json("summary")(event)


def _named(name: str) -> str:
    words.write_key(name)
    return name


def _word(body: str, at: int, verb: str, wanted: str) -> Value:
    tokens = words.tokens(body, at)
    if not tokens:
        raise Refusal(words.after(body), f"{verb!r} needs {wanted}")
    for token in tokens:
        if token.value is not None or token is not tokens[0]:
            raise Refusal(token.column, f"{verb!r} takes {wanted} alone, not {words.show(token.text)}")
    return Value(tokens[0].column, tokens[0].text, bare=not tokens[0].quoted)


def _step(body: str, at: int) -> list[Event]:
    return [Step(metrics.integer("step", _word(body, at, "step", "one whole number")))]


def _step_json(body: str, record: dict[str, Json]) -> list[Event]:
    words.only_keys(body, record, "step", ())
    return [Step(metrics.integer("step", Value(words.where(body, "step"), record["step"])))]


def _progress(body: str, at: int) -> list[Event]:
    """`30/100`, `30` or `30%`."""
    word = _word(body, at, "progress", "one number or done/total")
    done, slash, total = word.data.partition("/")
    if done.endswith("%") and not slash:
        done, slash, total = done[:-1], "/", "100"
    parts = [done, total] if slash else [done]
    found = [number for part in parts if (number := Value(word.column, part, word.bare).number())]
    if len(found) != len(parts):
        raise Refusal(word.column, f"'progress' must be a number or done/total, not {word.shown()}")
    return [Progress(*(number for number, _ in found))]


def _progress_json(body: str, record: dict[str, Json]) -> list[Event]:
    words.only_keys(body, record, "progress", ("total",))
    parts = [Value(words.where(body, key), record[key]) for key in ("progress", "total") if key in record]
    if len(parts) == 2 and parts[1].data is None:
        parts.pop()
    for part in parts:
        if part.number() is None:
            raise Refusal(part.column, f"'progress' and 'total' must be numbers, not {part.shown()}")
    return [Progress(*(part.data for part in parts))]


def _write_progress(event: Progress) -> str:
    parts = [event.done] if event.total is None else [event.done, event.total]
    return "progress " + "/".join(words.write_typed(part) for part in parts)


def _write_progress_json(event: Progress) -> str:
    total = {} if event.total is None else {"total": event.total}
    return words.dumps({"progress": event.done, **total})


def _message(body: str, at: int) -> list[Event]:
    """All that follows, as it stands; or one JSON string."""
    text = body[at:].strip()
    if not text:
        raise Refusal(words.after(body), "'message' needs a text")
    quoted = words.decode_string(text)
    return [Message(text if quoted is None else quoted)]


def _message_json(body: str, record: dict[str, Json]) -> list[Event]:
    words.only_keys(body, record, "message", ())
    if not isinstance(record["message"], str):
        raise Refusal(words.where(body, "message"), "'message' must be text")
    return [Message(record["message"])]


class Verb(NamedTuple):
    """How one verb is read and written.

    `event`: the type of what it makes. `from_text(body, at)`: reads from index `at`, behind the verb.
    `on_stdout`: it acts even where a program may quote somebody else's text.
    """

    event: type[Any]
    from_text: Callable[[str, int], list[Event]]
    from_json: Callable[[str, dict[str, Json]], list[Event]]
    to_text: Callable[[Any], str]
    to_json: Callable[[Any], str]
    on_stdout: bool = False


VERBS: dict[str, Verb] = {
    "metric": Verb(
        Metric,
        metrics.from_text,
        metrics.from_json,
        lambda event: metrics.encode_metrics([event]),
        lambda event: metrics.metrics_to_json([event]),
        on_stdout=True,
    ),
    "param": Verb(Param, _params, _params_json, _pair("param"), _pair_json("param")),
    "summary": Verb(
        Summary, _summaries, _summaries_json, _summary_pair, _pair_json("summary"), on_stdout=True
    ),
    "step": Verb(
        Step,
        _step,
        _step_json,
        lambda event: f"step {event.step}",
        lambda event: words.dumps({"step": event.step}),
        on_stdout=True,
    ),
    "progress": Verb(
        Progress, _progress, _progress_json, _write_progress, _write_progress_json, on_stdout=True
    ),
    "message": Verb(
        Message,
        _message,
        _message_json,
        lambda event: f"message {words.write_rest(event.text)}",
        lambda event: words.dumps({"message": event.text}),
        on_stdout=True,
    ),
    **{
        record.verb: Verb(
            record.event,
            record.from_text,
            record.from_json,
            record.to_text,
            record.to_json,
            on_stdout=record.verb == "next-step",
        )
        for record in records.RECORDS
    },
}
