"""What `dvclive import` is given: which files make one run, of which kind each is, and a name for the run.

Looks at names and opens nothing but to see that it can be opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import UsageError
from ..metricfiles import LOG, kind_of
from .sources import STDIN, check_readable, plain_name
from .watch import Place


class Part(NamedTuple):
    """One file of a run: its path, its path below what was named, its kind, and for logs the stream."""

    path: str
    below: str
    kind: str
    stream: str = "stdout"


class Job(NamedTuple):
    """One run to be: what the user named, a name made of it, and the files."""

    source: str
    name: str
    parts: Sequence[Part]


def jobs_of(logs: Sequence[str], stderr_log: str | None) -> list[Job]:
    """One job for each of the logs.

    Raises:
        UsageError: a file is not there, a folder holds nothing to read, or the options do not go together.
    """
    named = [*logs, *([stderr_log] if stderr_log else [])]
    if named.count(STDIN) > 1:
        raise UsageError("stdin-twice", "standard input can only be one log", "Give the other one as a file.")
    if stderr_log and len(logs) > 1:
        raise UsageError("stderr-of-which", "--stderr belongs to one log", "Import several logs one by one.")
    jobs = [Job(log, name, _parts(log)) for log, name in zip(logs, _names(logs), strict=True)]
    if stderr_log:
        parts = [*jobs[0].parts, Part(stderr_log, os.path.basename(stderr_log), LOG, "stderr")]
        jobs = [jobs[0]._replace(parts=parts)]
    for job in jobs:
        for part in job.parts:
            if part.path != STDIN:  # before anything is changed
                check_readable(part.path)
    return jobs


def _parts(log: str) -> list[Part]:
    if log == STDIN:
        return [Part(STDIN, "stdin", LOG)]
    if not os.path.isdir(log):
        return [Part(log, os.path.basename(plain_name(log)), kind_of(plain_name(log)))]
    found = [Part(path, below, kind_of(path)) for path, below in Place(log, os.getcwd()).files("")]
    if not found:
        raise UsageError(
            "folder-empty",
            f"{log} holds no metric files",
            "CSV, TSV, JSON lines (.jsonl) and TensorBoard event files are read; name logs one by one.",
        )
    return found


def _names(logs: Sequence[str]) -> list[str]:
    """A name for each log, made of its own, and of its folder's where two would be alike."""
    plain = [os.path.abspath(plain_name(log)) if log != STDIN else STDIN for log in logs]
    short = [_stem(path) for path in plain]
    names = [
        stem if short.count(stem) == 1 else f"{_safe(os.path.basename(os.path.dirname(path)))}-{stem}"
        for path, stem in zip(plain, short, strict=True)
    ]
    return [name if names.count(name) == 1 else f"{name}-{at}" for at, name in enumerate(names, 1)]


def _stem(path: str) -> str:
    folder, name = os.path.split(path)
    if kind_of(name) == "tfevents":  # the name holds nothing but a time and a machine
        name = os.path.basename(folder)
    return "stdin" if path == STDIN else _safe(name if os.path.isdir(path) else os.path.splitext(name)[0])


def _safe(name: str) -> str:
    """The name as a folder and an experiment may be called."""
    return re.sub(r"[^A-Za-z0-9_.-]+|\.{2,}", "-", name).strip("-.").removesuffix(".lock") or "log"
