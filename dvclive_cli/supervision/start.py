"""`dvclive run` from its words to the supervisor, and what happens before a program is started.

The settings are put together, options that need more are checked, the run directory and the channel taken;
errors become an exit status, and then nothing is left behind.
"""

from __future__ import annotations

import os
import signal

from .. import env
from ..config import Config, resolve
from ..disk import rundir
from ..errors import EXIT_OURS, EXIT_USAGE, DvcliveError
from ..inputs import userfiles
from ..processes import child, fifo, limits
from . import supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKED = ("param", "params_file", "artifact", "format", "pattern", "user_formats")
"""Options that only heavier modules understand; where none is given, nothing has to be checked."""


def run(given: Mapping[str, object], command: list[str]) -> int:
    """Run `command` with the options `given` on the command line; the exit status that is to become ours."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C before the start is no traceback of ours
    try:
        settings, path = userfiles.read_settings(rundir.current_folder())
        environ = env.callers(os.environ)
        merged = resolve(given, environ, settings, path)
        return _supervise(merged, command, environ)
    except DvcliveError as error:
        supervisor.say(str(error) + _about_globs(error, given, command))
        return error.exit_code


def _about_globs(error: DvcliveError, given: Mapping[str, object], command: list[str]) -> str:
    """The shell makes `--watch *.csv` several words, and the second of them the command."""
    if not error.slug.startswith("command-") or "watch" not in given:
        return ""
    return " A glob after --watch has to be in quotes." if os.path.isfile(command[0]) else ""


def _supervise(config: Config, command: list[str], environ: Mapping[str, str]) -> int:
    """Run `command` under supervision and return the exit status that is to become ours.

    May not return at all: where a signal killed the child, this process dies of the same one.

    Raises:
        DvcliveError: before the child starts: the directory cannot be written, another run holds it, the
            command is not there. Nothing is left behind then.
    """
    run_dir = os.path.abspath(config.dir)
    if environ.get(env.FIFO) and os.path.abspath(environ.get(env.DIR, "")) == run_dir:
        child.become(command, environ)  # the run around this one records the directory already
    _reserve_standard_descriptors()
    if any(getattr(config, name) for name in CHECKED):
        refused = _preflight(config, environ)
        if refused:
            return refused
    ours = limits.Limits()
    ours.widen()
    claimed = rundir.claim(run_dir)
    channel = _open_channel(environ)
    try:
        process = supervisor.Supervisor(config, command, environ, claimed, channel, ours)
        process.start()
    except BaseException:
        if channel is not None:
            channel.close()
        claimed.abandon()
        raise
    return process.wait()


def _reserve_standard_descriptors() -> None:
    """Keep 0, 1 and 2 taken where the caller closed them; close-on-exec: the child finds them closed too."""
    while True:
        fd = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        if fd > 2:
            os.close(fd)
            return


def _preflight(config: Config, environ: Mapping[str, str]) -> int:
    """Let another process check what only heavier modules understand; 0, or the exit status to end with."""
    from ..processes import companion

    plumbing = companion.plumb(
        "dvclive-preflight", {"module": "supervision.preflight", "config": config.values()}
    )
    status = os.waitpid(companion.start(plumbing, "check of the options", environ), 0)[1]
    os.close(plumbing)
    expected = os.WIFEXITED(status) and os.WEXITSTATUS(status) in (0, EXIT_USAGE)
    return os.WEXITSTATUS(status) if expected else EXIT_OURS


def _open_channel(environ: Mapping[str, str]) -> fifo.Channel | None:
    try:
        return fifo.create(environ)
    except DvcliveError as error:
        supervisor.say(str(error))
        return None
