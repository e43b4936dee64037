"""What becomes of open runs when the process ends, is told to end, or forks.

Decides how a run ended where the program does not say so itself: an uncaught exception, `sys.exit(3)`,
SIGTERM, a forgotten `end()`. Nothing is installed before the first run opens, and all but the fork hook
goes with the last.
"""

from __future__ import annotations

import _thread
import os
import sys

from .recording import COMPLETED, FAILED, INTERRUPTED, Ending, Silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Owner(Protocol):
        """What has an open run: a `Live`."""

        _dir: str
        _recording: Any

        def _finish(self, ending: Ending) -> None: ...


_open: list[Owner] = []
_hooked_fork = False
_exit: Any = None  # the sys.exit that ours stands before
_exit_code: Any = None  # what sys.exit was last given, by the thread that opened the first run
_catching_sigterm = False


def add(owner: Owner) -> None:
    """A run has been opened: see that it is finished whatever happens."""
    global _hooked_fork
    if not _open:
        import atexit

        atexit.register(_at_exit)
        _watch_exit()
        _catch_sigterm()
    _open.append(owner)
    if not _hooked_fork:
        _hooked_fork = True
        os.register_at_fork(after_in_child=_forked)


def remove(owner: Owner) -> None:
    """The run has been finished."""
    if owner in _open:
        _open.remove(owner)
        if not _open:
            import atexit

            atexit.unregister(_at_exit)
            _unwatch_exit()
            _release_sigterm()


def others(directory: str) -> list[Owner]:
    """Open runs of this process in the same directory."""
    return [owner for owner in _open if owner._dir == directory]


# The end of the process -------------------------------------------------------------------------------------


def _at_exit() -> None:
    ending = _ending_at_exit()
    for owner in list(_open):
        owner._finish(ending)
    if ending.signal == "SIGINT":
        _die_of_it_still()


def _die_of_it_still() -> None:
    """Have the interpreter end by the signal, as it would without us.

    It remembers that nobody caught a KeyboardInterrupt until the next code that comes as a text, and each
    NamedTuple of a module that is imported meanwhile has some: pythonrun.c, run_eval_code_obj.
    """
    try:
        exec("raise KeyboardInterrupt")  # noqa: S102 - no other way reaches that flag
    except KeyboardInterrupt:
        pass


def _ending_at_exit() -> Ending:
    """How the program ends, as far as an exit handler can see."""
    # The interpreter sets sys.last_value when it shows an exception that nobody caught; at a prompt each
    # mistake that was typed does so too.
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    if error is not None:
        return ending_of(error)
    return ending_of(SystemExit(_exit_code))


def ending_of(error: BaseException | None) -> Ending:
    """How a run ended that this exception ends; None for no exception."""
    if error is None:
        return Ending(COMPLETED)
    if isinstance(error, KeyboardInterrupt):
        return Ending(INTERRUPTED, signal="SIGINT")
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or code == 0:
            return Ending(COMPLETED)
        return Ending(FAILED, code & 0xFF if isinstance(code, int) else 1)  # as Python itself exits: sys.exit
    if isinstance(error, GeneratorExit):
        return Ending(COMPLETED)
    return Ending(FAILED)


def _watch_exit() -> None:
    """Note the status that the program asks for: an exit handler is not told."""
    global _exit
    inner = _exit = sys.exit
    here = _thread.get_ident()

    def watched(status: Any = None, /) -> Any:
        global _exit_code
        if _thread.get_ident() == here:  # elsewhere it ends a thread, not the program
            _exit_code = status
        inner(status)

    watched.__doc__ = inner.__doc__
    watched.__name__ = "exit"
    sys.exit = watched


def _unwatch_exit() -> None:
    if getattr(sys.exit, "__module__", "") == __name__:  # nobody has put another before ours
        sys.exit = _exit


# SIGTERM ----------------------------------------------------------------------------------------------------


def _catch_sigterm() -> None:
    """Finish on SIGTERM, unless the program handles it itself."""
    global _catching_sigterm
    import signal

    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)
            _catching_sigterm = True
    except ValueError:  # only the main thread may
        pass


def _release_sigterm() -> None:
    global _catching_sigterm
    if not _catching_sigterm:
        return
    _catching_sigterm = False
    import signal

    try:
        if signal.getsignal(signal.SIGTERM) is _on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    except ValueError:
        pass


def _on_sigterm(number: int, frame: object) -> None:
    """Finish truthfully, then die of it. A second one kills at once."""
    import signal

    signal.signal(number, signal.SIG_DFL)
    global dying
    dying = number
    if not any(owner._recording.busy() for owner in _open):
        die_if_told()


dying = 0


def die_if_told() -> None:
    """Carry out a SIGTERM that came in the middle of a record; called when the record is complete."""
    global dying
    if not dying:
        return
    number, dying = dying, 0
    import signal

    for owner in list(_open):
        owner._finish(Ending(INTERRUPTED, signal=signal.Signals(number).name))
    os.kill(os.getpid(), number)


# Forks ------------------------------------------------------------------------------------------------------


def _forked() -> None:
    """A forked process (a data loader's worker) records nothing: the run stays its parent's."""
    for owner in _open:
        owner._recording = Silent(
            f"The process {os.getpid()} was forked from the one that records {owner._dir}: what it logs is "
            "not recorded. Return the values to the parent and log them there."
        )
    if _open:
        _open.clear()
        import atexit

        atexit.unregister(_at_exit)
        _unwatch_exit()
        _release_sigterm()
