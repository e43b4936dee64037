"""The line protocol: one line of text <-> events, in a text form and in a JSON form.

    body = verb *(SP word) *(SP pair) / pair *(SP pair) / json-object

It decides what a record may say, and where a bad one is wrong. It must not know where a line came
from (stdout, FIFO, file) nor what becomes of an event: trust, sizes and the step in force are its callers'.
"""

from __future__ import annotations

import re

from ..events import Event
from . import metrics, words
from .metrics import RESERVED, encode_metrics
from .sentinel import SENTINEL, find_sentinel
from .verbs import VERBS, Verb
from .words import Refusal

__all__ = [
    "HELP",
    "RESERVED",
    "SENTINEL",
    "STDOUT_VERBS",
    "TRUSTED_VERBS",
    "VERBS",
    "Refusal",
    "Verb",
    "encode",
    "encode_json",
    "encode_metrics",
    "find_sentinel",
    "parse",
    "parse_file_reference",
    "verb_of",
]

STDOUT_VERBS = frozenset(name for name, verb in VERBS.items() if verb.on_stdout)
"""Verbs that act on stdout and stderr."""

TRUSTED_VERBS = frozenset(VERBS) - STDOUT_VERBS
"""Verbs that need a trusted way in (FIFO, one-shot command) or `--trust-stdout`."""

_VERB_OF = {verb.event: name for name, verb in VERBS.items()}


def verb_of(event: Event) -> str:
    """The verb that makes this event."""
    return _VERB_OF[type(event)]


def parse(body: str) -> list[Event]:
    """The events of one record, in its order.

    Parameters:
        body: one line without the sentinel; white space around it is ignored.

    Raises:
        Refusal: it is not a record; says where and why.
    """
    return metrics.numbers(body) or _parse_with_care(body)


def _parse_with_care(body: str) -> list[Event]:
    try:
        if body.lstrip().startswith("{"):
            return _parse_json(body)
        word, end = words.first_word(body)
        if not word:
            if not body.strip():
                raise Refusal(1, "an empty record")
            return metrics.from_text(body, 0)
        verb = VERBS.get(word)
        if verb is None:
            raise Refusal(end - len(word) + 1, _unknown(word, body[end:]))
        if body[end : end + 1].strip():
            raise Refusal(end + 1, f"a space is missing before {words.show(body[end:])}")
        return verb.from_text(body, end)
    except RecursionError:
        raise Refusal(1, "too deeply nested") from None


def _unknown(word: str, rest: str) -> str:
    if rest.lstrip().startswith("="):
        return "expected name=value, without spaces around '='"
    return f"{words.show(word)} is neither a verb nor name=value{words.near(word, tuple(VERBS))}"


def _parse_json(body: str) -> list[Event]:
    record = words.decode_object(body, printed=True)
    if "metric" in record:
        return metrics.from_json(body, record)
    if "@file" in record:
        raise Refusal(words.where(body, "@file"), "a file reference has no meaning here, only on the FIFO")
    verbs = [key for key in record if key in VERBS]
    if not verbs:
        key = next(iter(record), "")
        hint = words.near(key, tuple(VERBS))
        raise Refusal(words.where(body, key), f'no verb in the object, as in {{"metric": {{...}}}}{hint}')
    if len(verbs) > 1:
        raise Refusal(words.where(body, verbs[1]), f"two verbs in one object: {verbs[0]!r} and {verbs[1]!r}")
    return VERBS[verbs[0]].from_json(body, words.decode_object(body))


def parse_file_reference(body: str) -> str | None:
    """The name in `{"@file": "name"}`, which stands for a record too long for the FIFO; else None.

    Raises:
        Refusal: the name is not a plain file name.
    """
    if '"@file"' not in body or not body.lstrip().startswith("{"):
        return None
    record = words.decode_object(body)
    if "@file" not in record:
        return None
    name = record["@file"]
    if len(record) > 1 or not isinstance(name, str) or not name.strip(".") or re.search(r"[/\\\0]", name):
        raise Refusal(words.where(body, "@file"), "'@file' must be one file name, without a folder")
    return name


def encode(event: Event) -> str:
    """The line body of an event: text where that can carry it, else JSON; no sentinel, no newline.

    Raises:
        TypeError: it holds an array, a figure or the like, which has no line.
        ValueError: its name is empty, or an integer has more than 4300 digits.
    """
    return VERBS[verb_of(event)].to_text(event)


def encode_json(event: Event) -> str:
    """The line body of an event as one JSON object; raises as `encode`."""
    return VERBS[verb_of(event)].to_json(event)


HELP = """\
A program under `dvclive run -- CMD` logs by printing one line a record:

  @dvclive train/loss=0.52 acc=0.91 step=3     metrics, at step 3
  @dvclive metric loss=0.52                    at the run's current step
  @dvclive {"metric": {"loss": 0.5}, "step": 3}
  @dvclive next-step                           the step goes up by one
  @dvclive step 7
  @dvclive summary best_acc=0.93               kept in metrics.json, not plotted
  @dvclive progress 30/100                     shown live, not stored
  @dvclive message warm-up done

Flush after it: output into a pipe is buffered. The same lines, with or without
"@dvclive", go out of sight through the FIFO that $DVCLIVE_FIFO names:

  echo "loss=0.3 step=1" > "$DVCLIVE_FIFO"

There, and on stdout with --trust-stdout, these act too (a program may print
somebody else's text):

  param lr=0.001 model="res net" layers=[64,64]
  image confusion.png path=out/c.png
  plot roc path=pts.csv x=fpr y=tpr template=simple
  sklearn confusion_matrix labels=y.csv predictions=p.csv
  artifact model.pt type=model name=m labels=["a"] copy=true
  monitor                                      record CPU, memory, disks and GPUs
  follow history.csv                           metrics that are written into a file
  printed names=["val_loss"]                   a print that is logged as another metric
  printed names=["val_loss"] over=true         from here on it is not
  open options={"exp_name":"two"}              join the run, or begin the next one
  open beside=true                             the same; what is printed still counts
  sync                                         write all files now
  end                                          nothing more will be logged

Names and values without spaces, quotes or "=" are bare words; others are JSON
strings: "my loss"=0.5. nan and inf are numbers; no comma stands behind a value.
A metric called step, timestamp, plot or rank is written "step"=3.
The FIFO takes lines up to 4096 bytes. A longer one goes into a new file beside
it, and {"@file": "ITS NAME"} into the FIFO.

`dvclive adapter` lists files that do all this for bash, C, C++, Go, Java, Julia,
Node, Octave, Perl, R and Rust; Python has `from dvclive import Live`."""
