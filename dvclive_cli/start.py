"""`dvclive run` from its words to the supervisor: settings put together, errors turned into a status."""

from __future__ import annotations

import os

from . import config, rundir, supervisor, userfiles
from .errors import DvcliveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def run(given: Mapping[str, object], command: list[str]) -> int:
    """Run `command` with the options `given` on the command line; the exit status that is to become ours."""
    try:
        settings, path = userfiles.read_settings(rundir.current_folder())
        merged = config.resolve(given, os.environ, settings, path)
        return supervisor.supervise(merged, command, os.environ)
    except DvcliveError as error:
        supervisor.say(str(error))
        return error.exit_code
