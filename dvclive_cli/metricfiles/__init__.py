"""Metric files to events: values in, values out; nothing here opens a file.

A file's kind is told by its name. `reader_for` gives what takes its bytes, in pieces of any size: the events
are the same however the bytes are cut, and a record that is not all there yet waits. Logs are `capture`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import ALL, HEAD, Reader

if TYPE_CHECKING:
    from ..capture import CaptureOptions

__all__ = ["ALL", "HEAD", "LOG", "Reader", "belongs_in_folder", "kind_of", "reader_for"]

LOG = "log"
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
_IN_FOLDERS = frozenset({"csv", "tsv", "jsonl", "tfevents"})


def kind_of(path: str) -> str:
    """The kind of a file, by its name: csv, tsv, json, jsonl, tfevents; a log if it says nothing.

    >>> kind_of("runs/a/events.out.tfevents.1700000000.host.1.0"), kind_of("results.csv"), kind_of("out.txt")
    ('tfevents', 'csv', 'log')
    """
    name = path.rpartition("/")[2].lower()
    if "tfevents" in name:
        return "tfevents"
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), LOG)


def belongs_in_folder(path: str) -> bool:
    """Whether a file is read when only its folder is named; not so logs, and .json, which may be anything."""
    return kind_of(path) in _IN_FOLDERS


def reader_for(kind: str, options: CaptureOptions) -> Reader:
    """What reads a file of this kind."""
    if kind == "tfevents":
        from .tfevents import EventFileReader

        return EventFileReader(options.names)
    if kind == "json":
        from .jsonfile import JsonFileReader

        return JsonFileReader(options.names)
    if kind == "jsonl":
        from .jsonlines import JsonLinesReader

        return JsonLinesReader(options.names)
    if kind in ("csv", "tsv"):
        from .delimited import DelimitedReader

        return DelimitedReader(kind, options.names)
    from .logs import LogReader

    return LogReader(options)
