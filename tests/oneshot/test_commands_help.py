"""Help is the manual: each command has an example that works as it stands, and shells complete the words."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import scripts
from shell import environment, good, sh
from test_commands_alone import inputs

from dvclive_cli.cli import cli
from dvclive_cli.oneshot.build import BUILDERS
from dvclive_cli.oneshot.table import COMMANDS

EXAMPLES = [(command.name, example) for command in COMMANDS for example in command.examples]
SHELLS = ("bash", "zsh", "fish")


def prepared(tmp_path: Path) -> Path:
    """A repository with the files that examples name, and an open run."""
    place = scripts.repository(tmp_path / "here")
    inputs(place)
    (place / "out").mkdir()
    (place / "picture.png").rename(place / "out" / "matrix.png")
    (place / "points.csv").write_text("time,temperature\n1,20.5\n2,21\n")
    (place / "y.csv").write_text("label\n0\n1\n1\n0\n")
    (place / "p.csv").write_text("score\n0.1\n0.9\n0.8\n0.3\n")
    good("dvclive log-metric before 1", place, DVCLIVE_SAVE_DVC_EXP="1")
    return place


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_every_example_does_something(tmp_path: Path, name: str, example: str) -> None:
    """It succeeds, and the run is not what it was before."""
    place = prepared(tmp_path)
    state = place / "dvclive" / ".dvclive-open.json"
    before = state.read_text()
    done = sh(example, place, DVCLIVE_SAVE_DVC_EXP="1")
    assert done.returncode == 0, done.stderr
    if name == "status":
        assert "before" in done.stdout
    elif name == "report":
        assert "before" in (place / done.stdout.strip()).read_text()
    elif name == "end":
        assert len(scripts.experiments(place)) == 1
        assert not state.exists()
    elif name == "start":
        assert "was never ended" in done.stderr
        assert state.read_text() != before
    else:
        assert state.read_text() != before


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_shows_the_examples(tmp_path: Path, command) -> None:
    """In full, one a line, so that they can be copied; and every option."""
    shown = good(f"dvclive {command.name} --help", tmp_path)
    lines = [line.strip() for line in shown.splitlines()]
    assert command.examples
    for example in command.examples:
        assert example in lines
    for option in command.options:
        assert option.flags[0] in shown


def test_each_command_of_the_program_has_an_example(tmp_path: Path) -> None:
    for name, command in cli.commands.items():
        assert "Examples:" in (command.epilog or ""), name


def test_the_list_of_commands_names_them_all(tmp_path: Path) -> None:
    shown = good("dvclive --help", tmp_path)
    for command in COMMANDS:
        assert f"\n  {command.name} " in shown


def test_the_table_and_what_is_built_from_it_agree() -> None:
    others = {"start", "end", "status", "report"}
    assert {command.name for command in COMMANDS} == {*BUILDERS, *others}


# Completion -----------------------------------------------------------------------------------------------

COMPLETED = [
    ("log-sk", ["log-sklearn-plot"]),
    ("log-metric --st", ["--step"]),
    ("log-sklearn-plot ro", ["roc"]),
    ("end --status f", ["failed"]),
    ("completion z", ["zsh"]),
]


@pytest.mark.parametrize(("typed", "wanted"), COMPLETED)
@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_shell_is_told(tmp_path: Path, shell: str, typed: str, wanted: list[str]) -> None:
    """In the form in which the shell's script asks for it and reads it."""
    words = f"dvclive {typed}"
    env = {"_DVCLIVE_COMPLETE": f"{shell}_complete", "COMP_WORDS": words}
    env["COMP_CWORD"] = words.split()[-1] if shell == "fish" else str(len(words.split()) - 1)
    told = good("dvclive", tmp_path, **env)
    if shell == "zsh":  # type, value and help, a line each
        assert told.split("\n")[1::3] == wanted
    else:
        assert [line.split(",", 1)[1].split("\t")[0] for line in told.splitlines()] == wanted


def test_bash_completes(tmp_path: Path) -> None:
    """In a real bash, from the script that `completion` prints."""
    script = """
    eval "$(dvclive completion bash)"
    for line in "dvclive log-sk" "dvclive log-metric --st"; do
        COMP_WORDS=($line); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
        _dvclive_completion dvclive
        echo "${COMPREPLY[*]}"
    done
    complete -p dvclive
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.stdout.splitlines()[:2] == ["log-sklearn-plot", "--step"]
    assert "-F _dvclive_completion dvclive" in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_its_script(tmp_path: Path, shell: str) -> None:
    """Without a complaint."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    good(f"dvclive completion {shell} > script", tmp_path)
    before = "autoload -U compinit; compinit -D; " if shell == "zsh" else ""
    done = subprocess.run(
        [shell, "-c", f"{before}source ./script"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
