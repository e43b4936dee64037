"""What has arrived at the server: an offset into each file of rows, a mark for each other thing.

Small, replaced atomically, without the token. It outlives the process: who goes on with the run, or
`dvclive studio sync`, sends what is missing and nothing twice.
"""

from __future__ import annotations

import json
import os
from typing import Any

from dvclive_cli import files
from dvclive_cli.events import Json

from .bodies import Identity

NAME = ".dvclive-studio.json"


class Ledger:
    """The state of one experiment at the server.

    Parameters:
        path: of the file; it is read if it is about the same experiment and the same run.
        identity: the experiment.
        run: what tells this run from another one in the same directory (its start).

    Attributes:
        started, done: whether these events have arrived. marks: by file of the run. ending: the body of the
            last event, once it is known.
    """

    def __init__(self, path: str, identity: Identity, run: str) -> None:
        self.path, self.identity, self.run = path, identity, run
        self.started = self.done = False
        self.marks: dict[str, Json] = {}
        self.ending: dict[str, Any] | None = None
        known = read(path)
        if known is not None and known.get("identity") == list(identity) and known.get("run") == run:
            self.started, self.done = bool(known.get("started")), bool(known.get("done"))
            self.marks, self.ending = dict(known.get("marks", {})), known.get("ending")

    def save(self) -> None:
        """Write it down. Raises OSError."""
        state = {
            "identity": list(self.identity),
            "run": self.run,
            "started": self.started,
            "done": self.done,
            "marks": self.marks,
            "ending": self.ending,
        }
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        files.swap(self.path, (json.dumps(state) + "\n").encode())


def read(path: str) -> dict[str, Any] | None:
    """The file's content; None where there is none that can be read."""
    try:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None
