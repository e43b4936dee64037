"""`--bridge-only`: whether trackers are to write nothing, and the folder for what they cannot do without."""

from __future__ import annotations

import os

from ... import env

_folders: dict[int, str] = {}  # by process


def is_wanted() -> bool:
    """Whether `dvclive run --bridge-only` runs this program."""
    return "bridge-only" in os.environ.get(env.DVCLIVE_SHIM, "").split(",")


def folder() -> str:
    """A folder of this process for files that scripts expect a tracker to have; removed at the end."""
    pid = os.getpid()
    if pid not in _folders:
        import atexit
        import tempfile

        _folders[pid] = tempfile.mkdtemp(prefix="dvclive-bridge-")
        atexit.register(_remove, pid)
    return _folders[pid]


def _remove(pid: int) -> None:
    if pid == os.getpid():  # a forked process ends without it
        import shutil

        shutil.rmtree(_folders.pop(pid), ignore_errors=True)
