"""What a run has that the server has not: its files against the ledger.

Reads the run's directory and changes nothing. A file that is being written is read as far as it is whole.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dvclive_cli.events import Json

from . import bodies
from .bodies import Part

METRICS, PLOTS, IMAGES = "plots/metrics", ("plots/sklearn", "plots/custom"), "plots/images"
BLOCK = 1 << 20  # bytes of a TSV that are looked at for one request


class Snapshot(NamedTuple):
    """The run at a moment, as its own thread says it.

    `metrics`: nested by `/`. `plots`: properties of plot files, by path relative to the run directory.
    """

    step: int
    metrics: Mapping[str, Any]
    params: Mapping[str, Json]
    plots: Mapping[str, Mapping[str, Json]]


def parts(folder: str, prefix: str, now: Snapshot, marks: Mapping[str, Json]) -> Iterator[Part]:
    """Everything that is new, in the order in which it is worth sending.

    Parameters:
        folder: the run directory. prefix: the same as the server is to see it, posix, "" or ending in "/".
        marks: of the ledger.
    """
    yield from _view("params", f"{prefix}params.yaml", now.params, marks)
    yield from _view("metrics", f"{prefix}metrics.json", now.metrics, marks)
    for name in _files(folder, METRICS, ".tsv"):
        yield from _rows(folder, prefix, name, marks)
    for place in PLOTS:
        for name in _files(folder, place, ".json"):
            yield from _file(folder, prefix, name, now, marks)
    for name in _files(folder, IMAGES, ""):
        yield from _file(folder, prefix, name, now, marks)


def _view(section: str, path: str, values: Mapping[str, Any], marks: Mapping[str, Json]) -> Iterator[Part]:
    if not values:
        return
    part = bodies.metrics(path, values) if section == "metrics" else bodies.params(path, values)
    digest = hashlib.blake2b(repr(part.content).encode("utf-8", "replace"), digest_size=12).hexdigest()
    if marks.get(section) != digest:
        yield part._replace(key=section, mark=digest)


def _files(folder: str, place: str, suffix: str) -> Iterator[str]:
    for base, folders, names in os.walk(os.path.join(folder, place)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(suffix) and not name.startswith("."):
                yield os.path.relpath(os.path.join(base, name), folder).replace(os.sep, "/")


def _rows(folder: str, prefix: str, name: str, marks: Mapping[str, Json]) -> Iterator[Part]:
    """The rows behind the ledger's offset, in parts that fit a request."""
    path, known = os.path.join(folder, name), marks.get(name)
    try:
        stat = os.stat(path)  # what comes meanwhile is for the next time
        same, begins, at = _mark(known)
        if same == str(stat.st_ino) and stat.st_size <= at:
            return
        with open(path, "rb") as file:
            head = file.readline()
            begun = f"{zlib.crc32(head + file.readline()):x}"
            at = max(at if begins == begun else 0, len(head))
            most = max(1, bodies.MAX_PLOT // (2 * len(head) + 100))  # rows of one part
            while head.endswith(b"\n") and at < stat.st_size:
                file.seek(at)
                lines = file.readlines(BLOCK)[:most]
                while lines and (not lines[-1].endswith(b"\n") or _open_quote(lines)):
                    lines.pop()
                if not lines:
                    return
                at += sum(map(len, lines))
                text = b"".join(lines).decode("utf-8", "replace")
                mark = f"{stat.st_ino}:{begun}:{at}"
                yield bodies.curve(prefix + name, head.decode("utf-8", "replace"), text, name, mark)
    except OSError:
        return


def _mark(known: Json) -> tuple[str, str, int]:
    """Of which file which rows were sent: inode, checksum of its first row, offset.

    A file that was removed and begun anew begins with another row; one that a recorder made again, in the
    place of one that was killed, begins with the same, and the same rows follow.
    """
    inode, _, rest = str(known or "").partition(":")
    begun, _, at = rest.partition(":")
    return inode, begun, int(at) if at.isdecimal() else 0


def _open_quote(lines: list[bytes]) -> bool:
    """Whether the last of these rows goes on in a line that is not here yet."""
    return sum(line.count(b'"') for line in lines) % 2 == 1


def _file(folder: str, prefix: str, name: str, now: Snapshot, marks: Mapping[str, Json]) -> Iterator[Part]:
    path = os.path.join(folder, name)
    try:
        stat = os.stat(path)
        mark = f"{stat.st_size}-{stat.st_mtime_ns}"
        if marks.get(name) == mark:
            return
        if stat.st_size > bodies.MAX_PLOT:  # not even read
            yield Part("plots", prefix + name, None, 0, name, mark, bodies.TOO_LARGE)
            return
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return
    props = now.plots.get(name, {})
    if name.startswith(IMAGES):
        yield bodies.image(prefix + name, content, props, name, mark)
    else:
        yield bodies.plot(prefix + name, content.decode("utf-8", "replace"), props, name, mark)
