"""What has arrived at the server: an offset into each file of rows, a mark for each other thing.

Small, replaced atomically, without the token. It outlives the process: who goes on with the run, or
`dvclive studio sync`, sends what is missing and nothing twice. One directory has one ledger, that of its
latest run; what earlier runs could not send lies beside it (`spool.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from typing import Any

from dvclive_cli.disk import files
from dvclive_cli.events import Json

from .bodies import Identity

IN_RUN, FILE = ".dvclive-studio", "ledger.json"
_TEXTS, _SWITCHES = ("url", "prefix", "message", "subdir"), ("announces", "started", "done", "complete")

_OTHERS = ("identity", "run", "marks", "plots", "step", "posted_ms", "trouble", "failures", "ending")


def home(run_dir: str, dvc_root: str | None) -> str:
    """The folder of a run directory's ledger: where DVC keeps such things, unseen by Git, if there is DVC.

    Parameters:
        run_dir: absolute. dvc_root: of the DVC repository that it is in.
    """
    if dvc_root is None:
        return os.path.join(run_dir, IN_RUN)
    inside = os.path.relpath(os.path.realpath(run_dir), os.path.realpath(dvc_root))
    digest = hashlib.blake2b(os.fsencode(inside), digest_size=4).hexdigest()
    name = "".join(char if char.isalnum() else "-" for char in os.path.basename(inside))[:40]
    return os.path.join(dvc_root, ".dvc", "tmp", "dvclive", "studio", f"{name}-{digest}")


class Ledger:
    """The state of one experiment at the server.

    Parameters:
        folder: `home`.
        identity: the experiment.
        run: what tells this run from another one in the same directory (its start).
        about: url, prefix (how the server sees the run directory), message, subdir, announces (whether start
            and done are ours to say).

    Attributes:
        started, done: whether these events have arrived. complete: whether all has. ending: the body of the
            last event, once it is known. marks: by file of the run. step, plots: of the last snapshot.
            posted_ms: when the server last took something. trouble: why it did not take the last.
            failures: how many senders in a row had such trouble.
        lock: held while these change, or are written down.
    """

    def __init__(self, folder: str, identity: Identity, run: str, about: Mapping[str, Any]) -> None:
        self.path = os.path.join(folder, FILE)
        self.identity, self.run = identity, run
        self.url, self.prefix, self.message, self.subdir = (str(about.get(name) or "") for name in _TEXTS)
        self.announces = bool(about.get("announces", True))
        self.started = self.done = self.complete = False
        self.marks: dict[str, Json] = {}
        self.plots: dict[str, Mapping[str, Json]] = {}
        self.step = self.posted_ms = self.failures = 0
        self.trouble = ""
        self.ending: dict[str, Any] | None = None
        self.lock = threading.Lock()
        self.detached = False

    @classmethod
    def load(cls, folder: str) -> Ledger | None:
        """The ledger that is there; None where there is none that can be read."""
        try:
            with open(os.path.join(folder, FILE), encoding="utf-8") as file:
                known = json.load(file)
            repo_url, baseline, name = map(str, known["identity"])
            found = cls(folder, Identity(repo_url, baseline, name), str(known["run"]), known)
            for switch in _SWITCHES:
                setattr(found, switch, bool(known[switch]))
            found.marks, found.plots = dict(known["marks"]), dict(known["plots"])
            found.step, found.posted_ms = int(known["step"]), int(known["posted_ms"])
            found.failures = int(known["failures"])
            found.trouble, found.ending = str(known["trouble"]), known["ending"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return found

    def save(self) -> None:
        """Write it down. Raises OSError."""
        with self.lock:
            if self.detached:
                return
            state = {name: getattr(self, name) for name in (*_TEXTS, *_SWITCHES, *_OTHERS)}
            make_folder(os.path.dirname(self.path))
            files.swap(self.path, (json.dumps(state) + "\n").encode())

    def detach(self) -> None:
        """Another ledger takes this one's place: write no more."""
        with self.lock:
            self.detached = True


def announced(run_dir: str, dvc_root: str | None, started_ms: int) -> str | None:
    """The name under which Studio knows a run that somebody else began; None where it does not.

    Parameters:
        run_dir, dvc_root: as for `home`. started_ms: when the run began.
    """
    known = Ledger.load(home(run_dir, dvc_root))
    return known.identity.name if known is not None and known.run == str(started_ms) else None


def make_folder(folder: str) -> None:
    """The folder, for its owner alone: texts of params and metrics will lie there."""
    if not os.path.isdir(folder):
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        os.makedirs(folder, mode=0o700, exist_ok=True)
