"""What run.json says of the program besides how it ended: who ran what, where, from which commit.

Secrets are masked here, before anything is written. Git is asked in a thread of its own: the program and the
recording do not wait for it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

from .. import __version__, masks
from ..repository import vcs


class Facts:
    """The facts of one run, as a mapping that is filled in while the run goes on.

    Parameters:
        command: the program and its arguments as given.
        cwd: where it was started.
        environ: its environment, for the values of secrets.
        started_ms: when, epoch milliseconds.
        pids: process ids by role: `pid`, to stop the run by; `child`, the program.
    """

    def __init__(
        self,
        command: list[str],
        cwd: str,
        environ: Mapping[str, str],
        started_ms: int,
        pids: Mapping[str, int],
    ) -> None:
        self.cwd = cwd  # as it is; what is written down is masked
        secrets = masks.secret_values(environ)
        self.values: dict[str, Any] = {
            "start_ms": started_ms,
            "argv": masks.mask_argv(command, environ),
            "cwd": masks.mask_text(cwd, secrets),
            "host": os.uname().nodename,
            "user": _user(environ),
            **pids,
            "git": None,
            "versions": {"dvclive": __version__, "python": sys.version.split()[0]},
        }
        self._asking: threading.Thread | None = None

    def ask_git(self) -> None:
        """Begin to find out commit, branch and whether tracked files differ, as they are at the start."""
        if vcs.find_root(self.cwd) is not None:
            self._asking = threading.Thread(target=self._ask, name="ask-git", daemon=True)
            self._asking.start()

    def _ask(self) -> None:
        git = vcs.facts(self.cwd)
        if git is not None:
            self.values["git"] = {"commit": git.commit, "branch": git.branch, "dirty": git.dirty}

    def complete(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """All of it, with what is known at the end: Git's answer, versions of what was used, counts."""
        if self._asking is not None:
            self._asking.join(vcs.FACTS_TIMEOUT)
        if "dvc" in sys.modules:
            from importlib.metadata import version

            self.values["versions"]["dvc"] = version("dvc")
        self.values["counts"] = dict(counts)
        return self.values


def _user(environ: Mapping[str, str]) -> str:
    """The user's name, or the number where the system knows no name (containers)."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return environ.get("USER") or str(os.getuid())
