"""DVC as a quiet guest in this process: not a byte on stdout or stderr, no question, no thread left behind.

Decides how DVC's Python API is imported and opened. Knows nothing of experiments. `dvc` is imported here, in
`tracking` and in `saver`, always under `quiet`, and nowhere else.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_TURN = threading.RLock()
"""One user of DVC at a time: its loggers and its console are one for the whole process."""

LOCK_PATIENCE = 20.0
"""Seconds to wait for another DVC command in the same repository."""


def reason(error: BaseException) -> str:
    """Say an exception in one line, with its cause: "failed to push cache" alone helps nobody."""
    said = getattr(error, "fact", None) or str(error) or type(error).__name__
    cause = error.__cause__
    if cause is not None and str(cause) not in said and not hasattr(error, "fact"):
        said = f"{said}: {cause}"
    return " ".join(said.split()).rstrip(".")


def patiently(action: Callable[[], Any]) -> Any:
    """Run a DVC command, again and again while another one holds the repository's lock."""
    import time

    from dvc.lock import LockError

    until = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return action()
        except LockError:  # DVC itself gives up after 3 s
            if time.monotonic() > until:
                raise


@contextmanager
def initialising(root: str) -> Iterator[None]:
    """One at a time: `dvc init` makes a folder visible before it is complete, and then removes its caches,
    which a run that began at the same moment may have opened."""
    held = _hold(root, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def _hold(root: str, kind: int) -> int | None:
    """A lock on `.git`, a folder or a file that is there for as long as the repository; None for none."""
    try:
        fd = os.open(os.path.join(root, ".git"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, kind)
    except OSError:  # a file system without locks
        os.close(fd)
        return None
    return fd


@contextmanager
def open_repo(root: str) -> Iterator[Any]:
    """Open the DVC repository at `root` (`dvc.repo.Repo`), quietly, and close it."""
    complete = _hold(root, fcntl.LOCK_SH)
    if complete is not None:
        os.close(complete)
    with quiet():
        from dvc.repo import Repo

        try:
            os.getcwd()
        except FileNotFoundError:  # removed while the run went on; DVC needs one, and this is as good as any
            os.chdir(root)
        repo = Repo(root)
        try:
            yield repo
        finally:
            repo.close()


@contextmanager
def no_questions() -> Iterator[None]:
    """No password prompt: nobody may be there to answer, and the terminal is the training's."""
    before = os.environ.get("GIT_TERMINAL_PROMPT")
    os.environ["GIT_TERMINAL_PROMPT"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["GIT_TERMINAL_PROMPT"]
        else:
            os.environ["GIT_TERMINAL_PROMPT"] = before


@contextmanager
def quiet() -> Iterator[None]:
    """Use dvc without a byte on stdout or stderr: no log, bar, spinner or message, and no thread of tqdm."""
    with _TURN:
        _import_dvc()
        with _muted():
            yield


@contextmanager
def _muted() -> Iterator[None]:
    import logging

    from dvc.progress import tqdm
    from dvc.ui import ui
    from rich.console import Console

    mute = Console(quiet=True)
    bars = logging.getLogger("dvc.progress")
    names = ("dvc", "dvc_data", "dvc_objects", "dvc_task", "scmrepo")
    loggers = [(logger, logger.handlers, logger.propagate) for logger in map(logging.getLogger, names)]
    kept, level, interval = dict(vars(ui)), bars.level, tqdm.monitor_interval
    try:
        for logger, _, _ in loggers:
            logger.handlers, logger.propagate = [logging.NullHandler()], False
        bars.setLevel(logging.CRITICAL)  # Tqdm shows itself up to level ERROR
        vars(ui).update(write=_say_nothing, rich_console=mute, error_console=mute)
        tqdm.monitor_interval = 0
        yield
    finally:
        for logger, handlers, propagate in loggers:
            logger.handlers, logger.propagate = handlers, propagate
        bars.setLevel(level)
        vars(ui).clear()
        vars(ui).update(kept)
        tqdm.monitor_interval = interval


def _say_nothing(*objects: Any, **options: Any) -> None:
    """In place of `dvc.ui.ui.write`."""


def _import_dvc() -> None:
    """Import dvc without what that does to its host.

    colorama replaces sys.stdout and sys.stderr by wrappers that strip colours, and writes a reset sequence to
    stdout at exit.
    """
    if "dvc" in sys.modules:
        return
    import atexit
    import importlib

    initialise: Any = importlib.import_module("colorama.initialise")
    streams, registered = (sys.stdout, sys.stderr), initialise.atexit_done
    importlib.import_module("dvc")
    sys.stdout, sys.stderr = streams
    if not registered:
        atexit.unregister(initialise.reset_all)
        initialise.atexit_done = False
