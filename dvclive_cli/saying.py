"""How a command speaks to whoever runs it: lines on standard error, harmless on a terminal, and its status.

Knows no command. `dvclive run` has words of its own, which need less to be imported.
"""

from __future__ import annotations

import os
import sys

from .errors import DvcliveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def say(text: str) -> None:
    """Tell the user something, on one line."""
    from .texts import clean

    try:
        print(f"dvclive: {clean(text, 2000)}", file=sys.stderr)  # noqa: T201
    except (OSError, ValueError):  # closed
        pass


def answered(body: Callable[[], None]) -> int:
    """Do what a command is for; its exit status. What a person can act on is said, and is no traceback."""
    try:
        body()
        sys.stdout.flush()
    except DvcliveError as error:
        say(str(error))
        return error.exit_code
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0
