"""What a run could not send, kept when its directory is used again: one file a run, a line for each thing.

Bounded in size and number; what does not fit is counted. The order is the one in which it would have been
sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dvclive_cli.disk import files

from .bodies import Identity, Part
from .ledger import Ledger, make_folder

PREFIX, SUFFIX, SENT = "earlier-", ".jsonl", ".sent"
MAX_BYTES = 64_000_000  # of one run
MAX_RUNS = 20  # of one directory; the oldest go first


class Spooled(NamedTuple):
    """One such file.

    Parameters:
        path: of the file.
        identity, announces, started, message, subdir, ending: as in the ledger that it comes from.
        step: the last one of the run.
    """

    path: str
    identity: Identity
    announces: bool
    started: bool
    message: str
    subdir: str
    ending: dict[str, Any] | None
    step: int


def keep(ledger: Ledger, parts: Iterable[Part]) -> int:
    """Write down what has not arrived; how many things had no room. Raises OSError."""
    folder = os.path.dirname(ledger.path)
    head = {
        "identity": list(ledger.identity),
        **{name: getattr(ledger, name) for name in Spooled._fields if name not in ("path", "identity")},
    }
    path = os.path.join(folder, f"{PREFIX}{ledger.run}{SUFFIX}")
    make_folder(folder)
    dropped, room = 0, MAX_BYTES
    part_path = f"{path}.part"
    with open(part_path, "w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for part in parts:
            line = json.dumps([part.section, part.path, part.content])
            room -= len(line)
            if room < 0 or part.fault:
                dropped += 1
                continue
            file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.rename(part_path, path)
    for old in listed(folder)[:-MAX_RUNS]:
        forget(old)
        dropped += 1
    return dropped


def listed(folder: str) -> list[str]:
    """The files in a ledger's folder, oldest first."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(PREFIX) and name.endswith(SUFFIX)]
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names, key=lambda name: (len(name), name))]


def read(path: str) -> Spooled | None:
    """The head of a file; None for one that cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            head = json.loads(file.readline())
        repo_url, baseline, name = map(str, head.pop("identity"))
        return Spooled(path=path, identity=Identity(repo_url, baseline, name), **head)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def parts(spooled: Spooled) -> Iterator[Part]:
    """What is left of it; the mark of each is how many have arrived when this one has."""
    done = arrived(spooled)
    with open(spooled.path, encoding="utf-8") as file:
        file.readline()
        for number, line in enumerate(file, start=1):
            if number > done:
                section, path, content = json.loads(line)
                yield Part(section, path, content, len(line), "lines", number)


def arrived(spooled: Spooled) -> int:
    """How many things of it are at the server."""
    try:
        with open(spooled.path + SENT, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def mark(spooled: Spooled, number: int) -> None:
    """So many have arrived. Raises OSError."""
    files.replace(spooled.path + SENT, b"%d" % number)


def forget(path: str) -> None:
    """It has all been sent, or there is no room for it."""
    files.remove(path)
    files.remove(path + SENT)
