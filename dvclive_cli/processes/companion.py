"""Our own processes: started on our own path, and the recorder started again when it is lost.

Knows processes and their ends; nothing of taps, tapes, or what is recorded. Standard library only.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import time

from .. import env

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

TRIES = 3  # recorders in a row that end within LIVES seconds and are followed at once
LIVES = 1.0
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds before each further one, while the program runs
_DONE = (0, 3)  # exit statuses of a recorder that finished; 3: --strict found a bad line

# The first words of such a process. Its imports come from our own path, the user's folders last: a `json.py`
# or `rich.py` beside a training is not for us. This very package comes from where it is, even so.
_BOOT = (
    "import marshal,os,sys;p=marshal.loads(os.pread(int(sys.argv[1]),1<<24,0));"
    "sys.path[:]=[p['home']];import dvclive_cli;sys.path[:]=p['path'];"
    "from importlib import import_module;sys.exit(import_module('dvclive_cli.'+p['module']).main(p))"
)
_HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def start(plumbing: int, title: str, environ: Mapping[str, str]) -> int:
    """Start one of our own modules in a session of its own: the terminal's signals are not for it."""
    argv = [sys.executable, "-I", "-c", _BOOT, str(plumbing), title]
    ours = (signal.SIGPIPE, signal.SIGXFSZ)
    return os.posix_spawn(sys.executable, argv, environ, setsid=True, setsigmask=(), setsigdef=ours)


def plumb(name: str, description: dict[str, Any]) -> int:
    """Write what such a process has to know into memory that it inherits."""
    fd = os.memfd_create(name)
    os.set_inheritable(fd, True)
    os.write(fd, marshal.dumps({"home": _HOME, "path": _path(), **description}))
    return fd


def _path() -> list[str]:
    """Where our modules and libraries are: as here, but for PYTHONPATH and the first, the script's folder."""
    theirs = {os.path.abspath(entry) for entry in os.environ.get(env.PYTHONPATH, "").split(os.pathsep)}
    theirs.add(os.path.abspath(sys.path[0]))
    path = [os.path.abspath(entry) for entry in sys.path if entry]
    return sorted(path, key=theirs.__contains__)


class Recorder:
    """The recorder beside the program.

    Killed ones are followed by others, a few at once and then with pauses, as long as the program runs: what
    it printed meanwhile waits on the tapes. Only when the program is over as well is there an end of it.

    Parameters:
        plumbing: what it has to know, from `plumb`.
        run_dir: for its title and for messages.
        environ: its environment.
        say: tells the user something.

    Attributes:
        pid: of the living one, None while there is none. `status`: wait status of the last one.
        due: when the next one is to be started (monotonic seconds); None while none is waited for.
    """

    def __init__(
        self, plumbing: int, run_dir: str, environ: Mapping[str, str], say: Callable[[str], None], quiet: bool
    ) -> None:
        self.plumbing, self.run_dir, self.environ = plumbing, run_dir, environ
        self.say, self.quiet = say, quiet
        self.pid: int | None = None
        self.status: int | None = None
        self.due: float | None = None
        self._tries = 0
        self._since = 0.0
        self._last_words = False  # the program is over: no more pauses

    @property
    def expected(self) -> bool:
        """Whether there is one, or will be."""
        return self.pid is not None or self.due is not None

    def start(self) -> None:
        """Start one now."""
        self._tries += 1
        self._since, self.due = time.monotonic(), None
        try:
            self.pid = start(self.plumbing, f"recorder of {self.run_dir}", self.environ)
        except OSError as error:
            self._follow(f"cannot start ({os.strerror(error.errno or 0)})")

    def start_if_due(self) -> None:
        """Start the next one when its pause is over."""
        if self.due is not None and time.monotonic() >= self.due:
            self.start()

    def program_ended(self) -> None:
        """No pauses any more: whoever starts now finds everything, and a few have to be enough."""
        self._last_words = True
        self._tries = 0
        if self.due is not None:
            self.start()

    def ended(self, status: int, *, follow: bool) -> None:
        """It ended: done where it finished its work, else followed by another (if `follow`)."""
        self.pid, self.status = None, status
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) in _DONE:
            return
        if time.monotonic() - self._since > LIVES and not self._last_words:
            self._tries = 0  # it did work: whoever ended it may end the next one, too
        how = (
            f"was killed by signal {os.WTERMSIG(status)}"
            if os.WIFSIGNALED(status)
            else f"failed with status {os.WEXITSTATUS(status)}"
        )
        if follow:
            self._follow(how)
        else:
            self._give_up(how)

    def _follow(self, how: str) -> None:
        if self._tries < TRIES:
            if not self.quiet:
                self.say(f"the recorder {how}; another one takes over.")
            self.start()
        elif self._last_words:
            self._give_up(f"{how}, {TRIES} times in a row")
        else:
            pause = PAUSES[min(self._tries - TRIES, len(PAUSES) - 1)]
            if self._tries == TRIES and not self.quiet:
                self.say(
                    f"the recorder {how}, {TRIES} times in a row; the program is not touched, what it "
                    "prints is kept, and others are tried later."
                )
            self.due = time.monotonic() + pause

    def _give_up(self, how: str) -> None:
        self.say(
            f"the recorder {how}; the program is not touched, but from here on nothing is recorded "
            f"in {self.run_dir}. To finish what is there: dvclive recover {self.run_dir}"
        )

    def kill(self) -> None:
        """End it, finished or not."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = None
        self.due = None
