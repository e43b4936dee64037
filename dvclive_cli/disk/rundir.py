"""The run's directory before anything runs: made, found writable, locked; and unmade if nothing starts."""

from __future__ import annotations

import os

from ..errors import DvcliveError
from . import files, locks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class RunDir:
    """A claimed directory.

    `lock` is the descriptor that holds it, given on to the recorder, so that the claim outlives the
    supervisor; `made` are the folders that did not exist before, innermost first.
    """

    __slots__ = ("lock", "made", "path")

    def __init__(self, path: str, lock: int, made: list[str]) -> None:
        self.path, self.lock, self.made = path, lock, made

    def abandon(self) -> None:
        """Let go, and remove the folders that were made for it: nothing was started."""
        locks.unlock(self.lock)
        _unmake(self.made)


def claim(path: str, lock: Callable[[str], int] = locks.lock_dir) -> RunDir:
    """Make the directory `path` (absolute) if need be and take it for this run.

    Parameters:
        path: the directory.
        lock: how it is taken: at once, or in turn.

    Raises:
        DvcliveError: it cannot be made or written, or another run holds it; nothing is left behind.
    """
    made: list[str] = []
    try:
        _make(path, made)
        _check_writable(path)
        return RunDir(path, lock(path), made)
    except OSError as error:
        _unmake(made)
        raise DvcliveError(
            "dir-not-writable",
            f"The directory {path!r} cannot be written: {os.strerror(error.errno or 0)}",
            "Give another one with --dir, or mend its permissions. Nothing was started.",
        ) from None
    except DvcliveError:
        _unmake(made)
        raise


def _make(path: str, made: list[str]) -> None:
    """mkdir -p that remembers what it made."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        try:
            os.mkdir(folder)
        except FileExistsError:  # another process made it at the same moment
            continue
        made.insert(0, folder)


def _check_writable(path: str) -> None:
    """Write a file without a name, or with one that goes at once: permission bits alone do not tell."""
    try:
        fd = os.open(path, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except OSError:  # the file system may not know O_TMPFILE
        probe = os.path.join(path, f"{files.TEMP_PREFIX}{os.getpid()}-0{files.TEMP_SUFFIX}")
        fd = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        os.unlink(probe)
    os.close(fd)


def _unmake(made: list[str]) -> None:
    for folder in made:
        try:
            os.rmdir(folder)
        except OSError:
            return


def current_folder() -> str:
    """The current folder. Raises DvcliveError `folder-gone` where it has been removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise DvcliveError(
            "folder-gone", "the current folder has been removed", "Change to one that exists."
        ) from None
