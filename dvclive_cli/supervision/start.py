"""`dvclive run` from its words to the supervisor: settings put together, errors turned into a status."""

from __future__ import annotations

import os
import signal

from .. import config, env
from ..disk import rundir
from ..errors import DvcliveError
from ..inputs import userfiles
from . import supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def run(given: Mapping[str, object], command: list[str]) -> int:
    """Run `command` with the options `given` on the command line; the exit status that is to become ours."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C before the start is no traceback of ours
    try:
        settings, path = userfiles.read_settings(rundir.current_folder())
        environ = env.callers(os.environ)
        merged = config.resolve(given, environ, settings, path)
        return supervisor.supervise(merged, command, environ)
    except DvcliveError as error:
        supervisor.say(str(error) + _about_globs(error, given, command))
        return error.exit_code


def _about_globs(error: DvcliveError, given: Mapping[str, object], command: list[str]) -> str:
    """The shell makes `--watch *.csv` several words, and the second of them the command."""
    if not error.slug.startswith("command-") or "watch" not in given:
        return ""
    return " A glob after --watch has to be in quotes." if os.path.isfile(command[0]) else ""
