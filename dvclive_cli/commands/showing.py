"""`dvclive show` and `dvclive compare`: runs found, read, and put on the terminal or into a page."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .. import config
from ..disk import files, locks
from ..export import Recorded
from ..inputs import userfiles
from ..runs import outputs, recorded
from ..saying import answered
from ..screens import paint, several
from ..screens import run as one
from ..screens.standing import Standing, standing

WHOLE, SAMPLES = 2 << 20, 240
"""Bytes of curves that are read whole, and rows of each of the others: an answer within a second."""
ANNOUNCED = 200_000_000  # bytes of points


def show(words: Sequence[str], globs: Sequence[str], width: int | None, environ: Mapping[str, str]) -> int:
    """`dvclive show` from its words to its exit status: one run, or several beside each other."""

    def body() -> None:
        runs, how = read(words, globs, environ)
        size = paint.columns(sys.stdout, width)
        curves, now = paint.speaks_unicode(sys.stdout), time.time()
        if len(runs) == 1:
            lines = one.lines(runs[0], how[0], now, size, curves=curves, chosen=bool(globs))
        else:
            lines = several.lines(runs, how, now, size, curves=curves, chosen=bool(globs))
        paint.show(lines, sys.stdout, environ, size)

    return answered(body)


def read(
    words: Sequence[str], globs: Sequence[str], environ: Mapping[str, str]
) -> tuple[list[Recorded], list[Standing]]:
    """The runs that the words mean, or the one in the run directory; and how they stand."""
    cwd = os.getcwd()
    run_dir = run_folder(environ)
    runs, how = [], []
    for word in words or [run_dir]:
        title, place = recorded.find(word, cwd, run_dir)
        runs.append(several.chosen(recorded.read(title, place, WHOLE, SAMPLES), globs))
        how.append(stands(place))
    return runs, how


def announce(place: recorded.Place) -> None:
    """Say what takes a while: points by the gigabyte are read at some 40 MB a second."""
    size = sum(size for _, size in place.names(outputs.METRICS))
    if size > ANNOUNCED and sys.stderr.isatty():
        sys.stderr.write(f"dvclive: reading {size / 1e9:.1f} GB of points\n")


def run_folder(environ: Mapping[str, str]) -> str:
    """The run directory that is configured here."""
    table, path = userfiles.read_settings(os.getcwd())
    return config.resolve({}, environ, table, path).dir


def stands(place: recorded.Place) -> Standing:
    """How the run in a place stands now."""
    record = parsed(place.read(outputs.RUN_JSON))
    host = os.uname().nodename
    if isinstance(place, recorded.Revision):
        return standing(record, time.time(), host, held=None)
    opened = os.path.exists(os.path.join(place.path, files.OPEN_RUN))
    return standing(record, time.time(), host, held=bool(locks.holder(place.path)), opened=opened)


def parsed(data: bytes | None) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
