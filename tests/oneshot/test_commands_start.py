"""A command starts quickly: what it may import, and that click is left out."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest
from shell import PYTHON, environment, good

WATCH = """
import sys
at_start = set(sys.modules)
from dvclive_cli.__main__ import main
code = main()
print(sorted(set(sys.modules) - at_start))
sys.exit(code)
"""
OURS_ALONE = """
__main__ config disk disk.claims disk.files disk.locks disk.pathnames disk.rows disk.rundir env errors
events inputs inputs.userfiles masks oneshot oneshot.alone oneshot.build oneshot.kept oneshot.main
oneshot.reading oneshot.table oneshot.turn oneshot.updates oneshot.values options outcome params plots
protocol protocol.metrics protocol.records protocol.sentinel protocol.verbs protocol.words recording
recording.description recording.runstate recording.session recording.trouble repository repository.vcs
repository.workspace run runs runs.outputs saying series studio studio.settings texts writers
writers.artifacts writers.images writers.metrics_json writers.metrics_tsv writers.params_yaml
writers.plots_json writers.run_json writers.vscode
"""
OURS_INSIDE = """
__main__ config disk disk.claims disk.files env errors events inputs inputs.userfiles oneshot oneshot.build
oneshot.inside oneshot.main oneshot.reading oneshot.send oneshot.table oneshot.values options outcome
processes processes.fifo protocol protocol.metrics protocol.records protocol.sentinel protocol.verbs
protocol.words saying texts
"""
NEVER = """
click rich dvc ruamel PIL numpy sklearn psutil re2 subprocess logging dataclasses pathlib tempfile shutil
argparse socket asyncio threading inspect tomllib csv difflib
"""


def modules(cwd: Path, *words: str, **env: str) -> set[str]:
    """What a command has imported at its end."""
    done = subprocess.run(
        [PYTHON, "-c", WATCH, *words],
        cwd=cwd,
        env=environment(cwd, **env),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


def ours(found: set[str]) -> set[str]:
    names = {name.removeprefix("dvclive_cli.") for name in found if name.startswith("dvclive_cli.")}
    return {name.removesuffix(".__init__") for name in names}


@pytest.mark.parametrize("words", [("log-metric", "a", "1"), ("summary", "a=1"), ("set-step", "3")])
def test_alone_a_value_needs_the_session_and_no_more(tmp_path: Path, words: tuple[str, ...]) -> None:
    good("dvclive log-metric b 1", tmp_path)
    found = modules(tmp_path, *words)
    assert ours(found) - set(OURS_ALONE.split()) == set()
    assert {name for name in found if name.split(".")[0] in NEVER.split()} == set()


def test_the_first_value_asks_git_and_does_not_meet_dvc(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    found = modules(tmp_path, "log-metric", "a", "1")
    assert not {"click", "rich", "dvc", "ruamel", "PIL", "numpy"} & {name.split(".")[0] for name in found}


def test_a_step_needs_no_yaml_parser_where_nothing_new_is_said(tmp_path: Path) -> None:
    """The user's dvc.yaml is merged when what we say in it changes, and at the end."""
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    good("dvclive log-metric a 1; dvclive next-step; dvclive log-metric a 1", tmp_path)
    assert "ruamel" not in {name.split(".")[0] for name in modules(tmp_path, "next-step")}


def test_inside_a_run_a_value_needs_the_protocol_and_no_more(tmp_path: Path) -> None:
    line = f'{PYTHON} -c "$WATCH" log-metric a 1 > modules'
    good(f"dvclive run -q -- sh -c '{line}'", tmp_path, WATCH=WATCH)
    found = set(ast.literal_eval((tmp_path / "modules").read_text().splitlines()[-1]))
    assert ours(found) - set(OURS_INSIDE.split()) == set()
    assert {name for name in found if name.split(".")[0] in NEVER.split()} == set()
