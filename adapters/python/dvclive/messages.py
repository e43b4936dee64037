"""What `Live` has to say goes to the logger "dvclive", shown on stderr as `LEVEL:dvclive:text`.

`logging` is imported with the first message: most runs have none. Level: that of the logger if the program
has set one, else `DVCLIVE_LOGLEVEL`, else WARNING. Where the program has given the root logger handlers,
those show the message and ours does not show it again.
"""

from __future__ import annotations

import os
import sys

from . import env

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

NAME = "dvclive"

_ready = False
_said: set[tuple[int, str]] = set()


def logger() -> logging.Logger:
    """The logger "dvclive", made ready."""
    global _ready
    import logging

    log = logging.getLogger(NAME)
    if _ready:
        return log
    _ready = True

    class Stderr(logging.Handler):
        """Shows messages on the standard error stream of the moment, unless the root logger shows them."""

        def emit(self, record: logging.LogRecord) -> None:
            stream = sys.stderr
            if stream is None or logging.getLogger().handlers:
                return
            try:
                stream.write(f"{self.format(record)}\n")
                stream.flush()
            except (OSError, ValueError):  # closed or full: a message is not worth a training
                pass

    handler = Stderr()
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    log.addHandler(handler)
    if log.level == logging.NOTSET:
        wanted = os.environ.get(env.DVCLIVE_LOGLEVEL, "WARNING").upper()
        level = logging.getLevelName(int(wanted) if wanted.isdigit() else wanted)
        if isinstance(level, str) and wanted.isdigit():
            log.setLevel(int(wanted))
        else:
            log.setLevel(level if isinstance(level, int) else logging.WARNING)
    return log


def warn(text: str) -> None:
    """Say what the user should know."""
    logger().warning("%s", text)


def warn_once(text: str) -> None:
    """Say it, but only the first time in this process (a forked process is another one)."""
    key = (os.getpid(), text)
    if key not in _said:
        _said.add(key)
        warn(text)
