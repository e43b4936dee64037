"""Whose turn it is in a run directory: commands wait for each other, and not for a program that keeps it.

A `Live` or a `dvclive run` holds the directory for hours; waiting for it would hang a script.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable

from ..disk import files, locks, rundir

PATIENCE = 300.0
"""Seconds to wait for other commands. An `end` that pushes a large artifact takes its time."""


def hold(folder: str) -> rundir.RunDir:
    """Take the directory, in turn.

    Raises:
        DvcliveError `dir-locked`: a program that keeps it holds it (the message names it).
    """
    while True:
        place = rundir.claim(folder, lambda path: locks.lock_dir_in_turn(path, _give_up(path)))
        if _is_still(folder, place.lock):
            return place
        locks.unlock(place.lock)  # a command before us made the directory, failed and took it away


def _is_still(folder: str, lock: int) -> bool:
    held = os.fstat(lock)
    try:
        return os.path.samestat(held, os.stat(folder)) or not stat.S_ISDIR(held.st_mode)
    except FileNotFoundError:
        return False


def _give_up(folder: str) -> Callable[[], bool]:
    until = time.monotonic() + PATIENCE
    kept_before = False

    def ask() -> bool:
        # Seen twice: a command that begins here takes the lock a moment before it says who it is.
        nonlocal kept_before
        before, kept_before = kept_before, _kept_by_a_program(folder)
        return (before and kept_before) or time.monotonic() > until

    return ask


def _kept_by_a_program(folder: str) -> bool:
    if os.path.exists(os.path.join(folder, files.OPEN_RUN)):
        return False
    try:
        with open(os.path.join(folder, "run.json"), "rb") as file:
            return b'"status": "running"' in file.read(400)
    except OSError:
        return False
