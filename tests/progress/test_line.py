"""`dvclive run --progress` on a real terminal: it is there, and what the program shows is what it would show.

tmux is the terminal; the oracle is the same program run bare in another one.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from panes import Pane
from processes import PYTHON, Place, read_file, until

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
PROGRAMS = {"stream": 2, "partial": 4, "wide_bar": 2, "nested_bars": 2, "rich_bars": 2, "clear": 2}
"""Files in `programs`, and how often they wait until the test has seen the line."""


@pytest.fixture
def panes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Pane]]:
    """Makes terminals."""
    made: list[Pane] = []

    def make() -> Pane:
        made.append(Pane(str(tmp_path_factory.mktemp("t"))))
        return made[-1]

    yield make
    for pane in made:
        pane.close()


def is_there(pane: Pane) -> bool:
    """Whether the line is the last thing on the screen."""
    lines = pane.screen().rstrip("\n").split("\n")
    return " · 0:" in lines[-1] or lines[-1].startswith("0:")


def under(place: Place, *argv: str) -> list[str]:
    return place.command(argv, "--progress")


def program(place: Place, text: str) -> list[str]:
    """The command line of a program that can pause."""
    with open(place.path("program.py"), "w") as file:
        file.write(f"import os\nfrom pauses import pause, write\n{text}")
    place.env["PYTHONPATH"] += f":{FOLDER}"
    return [PYTHON, "program.py"]


def go(place: Place, number: int) -> None:
    """Let the program go on after this pause."""
    with open(place.path(f"go{number}"), "w"):
        pass


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_screen_is_what_it_would_have_been(name: str, place: Place, panes: Callable[[], Pane]) -> None:
    argv = [PYTHON, os.path.join(FOLDER, f"{name}.py")]
    pane = panes()
    pane.start(under(place, *argv), place.cwd, place.env)
    for number in range(1, PROGRAMS[name] + 1):
        until(partial(os.path.exists, place.path(f"paused{number}")))
        until(partial(is_there, pane), f"the line, at pause {number}")
        go(place, number)
    pane.ended()
    bare = panes()
    bare.start(argv, place.cwd, place.env)  # nothing holds it up any more
    bare.ended()
    assert pane.transcript() == bare.transcript()


def test_it_makes_way_for_who_takes_the_screen(place: Place, panes: Callable[[], Pane]) -> None:
    """As an editor does; and then it is back."""
    taken = r"write('\x1b[?1049h\x1b[2J\x1b[1;20r\x1b[5;5Hall of it\x1b[20;1Hlast row')"
    left = r"write('\x1b[r\x1b[?1049l' + 'two\n')"
    argv = program(place, f"write('one\\n'); pause(); {taken}; pause(); {left}; pause()")
    pane = panes()
    pane.start(under(place, *argv), place.cwd, place.env)
    until(lambda: is_there(pane), "the line")
    go(place, 1)
    until(pane.other_screen)
    pane.see("last row")
    pane.resize(20, 60)  # would have it drawn
    assert pane.screen().split() == ["all", "of", "it", "last", "row"]
    pane.resize(20, 70)
    go(place, 2)
    pane.see("two")
    until(lambda: is_there(pane), "the line again")
    go(place, 3)
    pane.ended()
    assert pane.transcript() == ["one", "two", "cursor at line 2, column 0"]


def test_keys_and_prompts(place: Place, panes: Callable[[], Pane]) -> None:
    """What is typed stands where it would, Enter moves no remains of the line up, a password is not shown."""
    script = (
        "read -p 'name: ' name; echo hello $name; read -sp 'secret: ' x; echo; echo got ${#x}; read; echo end"
    )
    pane = panes()
    pane.start(under(place, "bash", "-c", script), place.cwd, place.env)
    pane.see("name:")
    until(lambda: is_there(pane), "the line")
    pane.type("Bo", "b")
    pane.see("name: Bob")
    until(lambda: is_there(pane), "the line, below what is typed")
    pane.type("Enter")
    pane.see("secret:")
    until(lambda: not is_there(pane), "the line makes way")
    pane.type("abcd", "Enter")
    pane.see("got 4")
    until(lambda: is_there(pane), "the line again")
    pane.type("Enter")
    pane.see("end")
    pane.ended()
    assert pane.transcript() == [
        *("name: Bob", "hello Bob", "secret:", "got 4", "", "end"),
        "cursor at line 6, column 0",
    ]


def test_enter_pressed_while_nobody_reads(place: Place, panes: Callable[[], Pane]) -> None:
    pane = panes()
    pane.start(
        under(place, *program(place, "write('working\\n'); pause(); write('done\\n')")), place.cwd, place.env
    )
    for _ in range(3):
        until(lambda: is_there(pane), "the line")
        pane.type("Enter")
        until(lambda: is_there(pane), "the line again")
    go(place, 1)
    pane.see("done")
    pane.ended()
    assert pane.transcript() == ["working", "", "", "", "done", "cursor at line 5, column 0"]


def test_suspended_and_back(place: Place, panes: Callable[[], Pane]) -> None:
    """The shell finds no line where it writes; in the background none is drawn; `fg` brings it back."""
    argv = under(place, *program(place, "write('working\\n'); pause(); write('done\\n')"))
    pane = panes()
    pane.start(["bash", "--norc", "-i"], place.cwd, {**place.env, "PS1": "$ "})
    pane.see("$")
    with open(place.path("start"), "w") as file:
        file.write(" ".join(f"'{word}'" for word in argv))
    pane.type(". ./start", "Enter")
    pane.see("working")
    until(lambda: is_there(pane), "the line")
    pane.type("C-z")
    pane.see("Stopped")
    pane.type("bg; echo in the back''ground", "Enter")
    pane.see("in the background")
    assert " 0:" not in pane.screen()
    pane.type("fg", "Enter")
    until(lambda: is_there(pane), "the line again")
    go(place, 1)
    pane.see("done")
    pane.type("exit", "Enter")
    pane.ended()
    assert " 0:" not in "\n".join(pane.transcript())


def test_another_size(place: Place, panes: Callable[[], Pane]) -> None:
    """The line is as wide as the terminal is; one that is too small has none."""
    argv = program(place, "write('@dvclive a_name=0.5 a_longer_name=0.25 step=1\\n'); pause()")
    pane = panes()
    pane.start(under(place, *argv), place.cwd, place.env)
    pane.see("a_longer_name 0.25")
    pane.resize(20, 40)
    until(lambda: is_there(pane) and "a_longer_name 0.25" not in pane.screen())
    pane.resize(4, 40)
    until(lambda: not is_there(pane))
    pane.resize(20, 70)
    pane.see("a_longer_name 0.25")
    go(place, 1)
    pane.ended()
    assert "a_longer_name 0.25" not in pane.screen()


def test_whoever_is_killed_the_terminal_is_as_it_was(place: Place, panes: Callable[[], Pane]) -> None:
    """The supervisor by SIGKILL: its line is wiped by the recorder, and the terminal is in no other mode."""
    argv = program(place, "write('working\\n'); pause(); write('done\\n' * 30)")
    pane = panes()
    pane.start(under(place, *argv), place.cwd, place.env)
    until(lambda: is_there(pane), "the line")
    supervisor = int(read_file(f"/proc/{place.recorders()[0]}/stat").rpartition(") ")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: "0:" not in pane.screen(), "the line is gone")
    go(place, 1)
    pane.see("done")
    until(lambda: pane.transcript()[-2:] == ["done", "cursor at line 32, column 0"])
    assert [line for line in pane.transcript()[:-1] if line not in ("working", "Killed")] == ["done"] * 30


def test_without_a_terminal_there_is_none(place: Place) -> None:
    """Nor with a pipe beside the terminal; the bytes are the program's."""
    argv = [PYTHON, "-c", "import time; print('one', flush=True); time.sleep(1); print('two')"]
    ended = place.under(argv, "--progress")
    assert (ended.out, ended.err) == (b"one\ntwo\n", b"")
