"""The program starts quickly: what the supervisor has imported before that is a short list."""

from __future__ import annotations

import ast
import os
import shutil
import sys

import pytest
from processes import DVCLIVE, PYTHON, ROOT, Ended, Place, finish, read_file

# Runs `dvclive` in this process and writes down the modules at the moments when processes are started, and at
# the end. An audit hook sees the real run: nothing is replaced.
WATCH = """
import os, sys
at_start, moments = set(sys.modules), []
def note(event, arguments):
    if event == "os.posix_spawn":
        moments.append(sorted(set(sys.modules) - at_start))
sys.addaudithook(note)
from dvclive_cli.__main__ import main
code = main()
moments.append(sorted(set(sys.modules) - at_start))
with open("modules", "w") as file:
    file.write(repr(moments))
sys.exit(code)
"""

OURS = """
__main__ config disk disk.claims disk.files disk.locks disk.rundir env errors inputs inputs.userfiles
options processes processes.child processes.fifo processes.forwarding processes.limits processes.shims
processes.tape processes.taps processes.witness supervision supervision.start supervision.supervisor
"""
# The standard library's modules that the interpreter's own start lacks; some only in some versions.
THEIRS = """
__future__ _collections _functools _operator _signal _struct _weakrefset collections collections.abc enum
errno fcntl functools itertools keyword operator reprlib resource select signal stat struct termios threading
time types
"""
NEVER = """
click rich dvc ruamel PIL numpy sklearn psutil re json typing dataclasses subprocess logging inspect pathlib
tempfile shutil contextlib importlib.util tomllib argparse socket
"""


def modules(place: Place, *options: str) -> list[set[str]]:
    """What a run of `true` has imported: before each process that it starts, and at its end."""
    words = ["run", "--dir", place.dir, "-q", *options, "--", "true"]
    place.env["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    ended = finish(place.popen([PYTHON, "-S", "-c", WATCH, *words]))
    assert (ended.code, ended.err) == (0, b"")
    return [set(names) for names in ast.literal_eval(read_file(place.path("modules")))]


def test_before_the_program_starts_little_is_imported(place: Place) -> None:
    """Only what is named here; nothing but the witness is started before the program."""
    moments = modules(place, "--no-save-dvc-exp")
    assert len(moments) == 4  # the witness, the program, the recorder, the end
    allowed = {"dvclive_cli", *(f"dvclive_cli.{name}" for name in OURS.split()), *THEIRS.split()}
    assert moments[1] - allowed == set()
    for name in OURS.split():
        assert f"dvclive_cli.{name}" in moments[1]


def test_the_supervisor_never_imports_what_is_heavy(place: Place) -> None:
    """Not later either: capture, files and DVC are the recorder's."""
    moments = modules(place)
    heavy = {name for name in moments[-1] if name.split(".")[0] in NEVER.split() or name in NEVER.split()}
    assert heavy == set()
    assert (
        not {f"dvclive_cli.{name}" for name in ("capture", "writers", "recording", "repository")}
        & moments[-1]
    )


def test_options_that_need_more_are_checked_in_another_process(place: Place) -> None:
    """A pattern is compiled before the program starts, but not here."""
    moments = modules(place, "--no-save-dvc-exp", "--pattern", "loss is (?P<loss>.*)")
    assert len(moments) == 5  # the check, the witness, the program, the recorder, the end
    assert not moments[2] & {"re", "re2", "json", "dvclive_cli.capture", "dvclive_cli.params"}


def test_a_start_under_a_limit_on_files_leaves_no_broken_bytecode(place: Place) -> None:
    """Freshly installed, first run under `ulimit -f`: the runs after that find whole modules."""
    shutil.copytree(os.path.join(ROOT, "dvclive_cli"), place.path("dvclive_cli"), ignore=_without_bytecode)
    place.env["PYTHONPATH"] = ":".join([place.cwd, *(path for path in sys.path if path and path != ROOT)])
    command = [
        PYTHON,
        "-S",
        "-m",
        "dvclive_cli",
        "run",
        "--dir",
        place.dir,
        "-q",
        "--no-save-dvc-exp",
        "--",
        "true",
    ]
    limited = finish(place.popen(["bash", "-c", 'ulimit -f 8; "$@"', "bash", *command]))
    assert limited.code in (0, 125)  # root may go beyond a hard limit: getrlimit(2)
    assert finish(place.popen(command)) == Ended(b"", b"", 0)


def _without_bytecode(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__"]


@pytest.mark.parametrize("module", ["dvclive_cli.cli", "click"])
def test_help_takes_the_long_way(place: Place, module: str) -> None:
    """Click is there where click is needed: the hook above would see it."""
    program = "import sys; from dvclive_cli.__main__ import main\ntry: main()\nfinally: print(*sys.modules)"
    ended = finish(place.popen([PYTHON, "-c", program, "run", "--help"]))
    assert ended.code == 0
    assert module in ended.out.decode().split()
    assert finish(place.popen([*DVCLIVE, "run", "--help"])).out.startswith(b"Usage: dvclive run")
