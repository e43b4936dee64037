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

from .. import config, env, files, userfiles
from ..errors import EXIT_OURS, DvcliveError, UsageError
from .table import BY_COMMAND, OPTIONS_OF_START

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kept import Kept

_VALUES_ONLY = ("log-metric", "summary", "set-step")
"""Commands that leave dvc.yaml, which may have to be parsed, to the others."""


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
        if command == "status":
            return _status(where, given, environ)
        if where is None:
            return _alone(command, given, words, environ)
        return _supervised(where, command, given, words)
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


def say(text: str) -> None:
    """Tell the user something."""
    from ..texts import clean

    try:
        print(f"dvclive: {clean(text, 2000)}", file=sys.stderr)  # noqa: T201
    except (OSError, ValueError):  # closed
        pass


def _recorder(given: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The FIFO of the recorder that records into the directory that is meant."""
    fifo, told = environ.get(env.FIFO), environ.get(env.DIR)
    if not fifo:
        return None
    wanted = given.get("dir")
    if wanted is None or (told and os.path.realpath(wanted) == os.path.realpath(told)):
        return fifo
    return None


# Inside `dvclive run` -------------------------------------------------------------------------------------


def _supervised(fifo: str, command: str, given: Mapping[str, Any], words: Sequence[str]) -> int:
    from .send import Sender

    sender = Sender(fifo, say)
    if command == "report":
        raise DvcliveError(
            "no-report",
            "Inside `dvclive run` the report is the recorder's",
            "Use `dvclive run --report html`.",
        )
    if command not in ("start", "end"):
        from .build import events

        found = events(command, given, words)
        sender.open()
        sender.send(found)
    elif command == "end":
        sender.open()
        answer = sender.ask("end", {"status": _outcome(given).status})
        if given.get("json"):
            print(json.dumps({"acknowledged": answer is not None, "experiment": None}))  # noqa: T201
    else:
        _join(sender, given)
    sender.close()
    return 0


def _join(sender: Any, given: Mapping[str, Any]) -> None:
    """`start`: what `Live(...)` does there; the script is the program that logs."""
    from .build import params_given

    told = {name: given[name] for name in OPTIONS_OF_START if name in given and name != "quiet"}
    settings = config.resolve(told, {}, {})
    options = {name: getattr(settings, name) for name in told}
    if options.get("dvcyaml"):
        options["dvcyaml"] = os.path.abspath(options["dvcyaml"])
    params = params_given(given)
    sender.open()
    answer = sender.ask("open", {"options": options, "pid": os.getppid()}) or b""
    if answer.startswith(b"no"):
        pid = json.loads(answer.partition(b" ")[2])["pid"]
        raise DvcliveError(
            "run-taken",
            f"Process {pid} logs this run already",
            "Wait until it has ended its run, or give this one another directory (--dir).",
        )
    sender.send(params)


# Alone ----------------------------------------------------------------------------------------------------


def _alone(command: str, given: Mapping[str, Any], words: Sequence[str], environ: Mapping[str, str]) -> int:
    from . import turn
    from .build import events, params_given

    found = params_given(given) if command == "start" else []
    if command not in ("start", "end", "report"):
        found = events(command, given, words)  # before the lock: standard input may take its time
    settings = _settings(given, environ)
    folder = os.path.abspath(settings.dir)
    if command in ("end", "report") and not os.path.isdir(folder):
        raise _nothing_open(folder)
    place = turn.hold(folder)
    try:
        kept = _take_up(folder, environ)
        if command == "end":
            return _end(kept, folder, given, environ, settings.quiet)
        if command == "report":
            return _report(kept, folder, given)
        if command == "start" and kept is not None and not settings.resume:
            say(kept.abandon())
            kept = None
        fresh = kept is None
        if kept is None:
            kept = _begin(folder, settings, environ, command)
            kept.put_down(views=False)  # open from here on, even if what follows cannot be carried out
        elif command == "start":
            kept.change(settings)
        kept.feed(found)
        kept.put_down(views=command not in _VALUES_ONLY)
        if (command == "start" or (fresh and _watched())) and not settings.quiet:
            _told_start(kept, fresh)
        return 0
    except BaseException:
        for name in place.made if not _is_open(folder) else ():
            _remove_empty(name)
        raise
    finally:
        files.unlock(place.lock)


def _take_up(folder: str, environ: Mapping[str, str]) -> Kept | None:
    if not _is_open(folder):
        return None
    from .kept import Kept

    return Kept.take_up(folder, say, environ)


def _is_open(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, files.OPEN_RUN))


def _begin(folder: str, settings: config.Config, environ: Mapping[str, str], command: str) -> Kept:
    from .kept import Kept

    try:
        return Kept.begin(folder, settings, say, environ, prepare=command == "start")
    except BaseException:
        files.remove(os.path.join(folder, files.OPEN_RUN))
        raise


def _watched() -> bool:
    """Whether a person sees what we say: who has typed the first value learns what comes next."""
    return sys.stderr is not None and sys.stderr.isatty()


def _told_start(kept: Kept, fresh: bool) -> None:
    shown = os.path.relpath(kept.folder)
    what = "begins" if fresh else f"goes on at step {kept.session.run.step}"
    named = f"; its experiment will be {kept.exp_name}" if kept.exp_name else ""
    say(f"A run {what} in {shown}{named}. `dvclive end` ends it.")


def _remove_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass


def _settings(given: Mapping[str, Any], environ: Mapping[str, str]) -> config.Config:
    from ..rundir import current_folder

    table, path = userfiles.read_settings(current_folder())
    known = {name: given[name] for name in ("dir", *OPTIONS_OF_START) if name in given}
    return config.resolve(known, environ, table, path)


def _nothing_open(folder: str) -> DvcliveError:
    return DvcliveError(
        "no-open-run",
        f"No run is open in {os.path.relpath(folder)}",
        "`dvclive status` tells what is there; `dvclive start`, or the first value logged, opens one.",
    )


def _outcome(given: Mapping[str, Any]) -> Any:
    from ..outcome import COMPLETED, outcome_of_shell
    from .kept import outcome_now

    code = given.get("exit_code")
    if code is None:
        return outcome_now(given.get("status") or COMPLETED)
    return outcome_of_shell(code, outcome_now(COMPLETED).end_ms)


def _end(
    kept: Kept | None, folder: str, given: Mapping[str, Any], environ: Mapping[str, str], quiet: bool
) -> int:
    if kept is None:
        raise _nothing_open(folder)
    from . import ending

    notes: dict[str, int] = {}
    kept.note = kept.session.warn = kept.session.outputs.warn = lambda text: notes.__setitem__(
        text, notes.get(text, 0) + 1
    )
    outcome = _outcome(given)
    failure: DvcliveError | None = None
    try:
        kept.end(outcome)
    except DvcliveError as error:
        failure = error
    trouble = ending.summarise(kept, given, environ)
    if trouble:
        kept.note(trouble)
    if given.get("json"):
        print(json.dumps(ending.facts(kept, outcome, notes, failure)))  # noqa: T201
    elif not quiet:
        ending.show(kept, outcome, notes, environ)
    if failure is not None:
        raise failure
    return 0


def _report(kept: Kept | None, folder: str, given: Mapping[str, Any]) -> int:
    if kept is None:
        raise _nothing_open(folder)
    path = kept.report(given.get("format") or "html")
    kept.put_down(views=True)
    print(os.path.relpath(path))  # noqa: T201
    return 0


def _status(fifo: str | None, given: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    from . import status

    folder = given.get("dir")
    if fifo is not None:
        from .send import Sender

        folder = environ.get(env.DIR)
        sender = Sender(fifo, say)
        sender.open()
        sender.ask("sync")  # what was logged before is in the files then
        sender.close()
    found = status.look(os.path.abspath(folder or _settings(given, environ).dir))
    print(json.dumps(found) if given.get("json") else status.text(found))  # noqa: T201
    return 0
