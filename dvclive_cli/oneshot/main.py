"""One command from its words to its exit status: 0, 2 for words that make no sense, 125 with a reason.

Decides who takes the events: the recorder of the `dvclive run` around us, or the run that commands keep open
in a directory.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .. import env
from ..errors import EXIT_OURS, DvcliveError, UsageError
from ..saying import say
from .table import BY_COMMAND


def run(command: str, given: Mapping[str, Any], words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command of the table.

    Parameters:
        command: its name.
        given: its options, as far as given, by name.
        words: its other words.
        environ: the environment.

    Returns its exit status.
    """
    try:
        if words and not BY_COMMAND[command].words:
            raise UsageError("no-value", f"`dvclive {command}` takes no words, not {words[0]!r}")
        if given.get("exit_code") is not None and given.get("status") is not None:
            raise UsageError(
                "value-bad", "--status and --exit-code both say how it went", "Give one of them."
            )
        where = _recorder(given, environ)
        if command == "report" and (where is None or words):
            from . import reports

            return reports.run(given, words, environ)
        if command == "status":
            return _status(where, given, environ)
        if where is None:
            from . import alone

            return alone.run(command, given, words, environ)
        from . import inside

        return inside.run(where, command, given, words)
    except DvcliveError as error:
        say(str(error))
        return error.exit_code
    except BrokenPipeError:  # `dvclive status | head -1`
        sys.stdout = None  # what is left in it has nobody to go to
        return 128 + 13
    except OSError as error:
        named = f": {error.filename}" if error.filename else ""
        say(f"{error.strerror or error}{named} (os-error).")
        return EXIT_OURS
    except KeyboardInterrupt:
        return _die_of_interrupt()


def _die_of_interrupt() -> int:
    """As if we had not caught it: the shell ends a loop around us."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    return 128 + signal.SIGINT


def _recorder(given: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The FIFO of the recorder that records into the directory that is meant."""
    fifo, told = environ.get(env.FIFO), environ.get(env.DIR)
    if not fifo:
        return None
    wanted = given.get("dir")
    if wanted is None or (told and os.path.realpath(wanted) == os.path.realpath(told)):
        return fifo
    return None


def _status(fifo: str | None, given: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    from . import status
    from .alone import settings_of

    folder = given.get("dir")
    if fifo is not None:
        from .send import Sender

        folder = environ.get(env.DIR)
        sender = Sender(fifo, say)
        sender.open()
        sender.ask("sync")  # what was logged before is in the files then
        sender.close()
    found = status.look(os.path.abspath(folder or settings_of(given, environ).dir))
    print(json.dumps(found) if given.get("json") else status.text(found))  # noqa: T201
    return 0
