"""Every case of the table has its test, and no test of this folder is without a case."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest
from cases import CASES

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.dirname(os.path.abspath(__file__))


def functions_in(path: str) -> set[str]:
    with open(os.path.join(TESTS, path), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    return {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"
    }


@pytest.mark.parametrize(("case", "path", "test"), CASES)
def test_the_case_has_its_test(case: str, path: str, test: str) -> None:
    found = functions_in(path)
    assert found, f"{case}: {path} holds no test"
    assert not test or test in found, f"{case}: {path} has no {test}"


def test_every_test_of_this_folder_is_in_the_table() -> None:
    listed = {(path, test) for _, path, test in CASES}
    for name in sorted(os.listdir(HERE)):
        if name.startswith("test_") and name != "test_cases.py":
            path = f"reliability/{name}"
            missing = [test for test in functions_in(path) if {(path, test), (path, "")}.isdisjoint(listed)]
            assert missing == [], f"{path}: {missing}"


def test_the_cases_hold_however_they_are_started() -> None:
    """`nohup pytest &`, as on a machine over night: the signals ignored there are not those of the tests."""
    died = f"{TESTS}/supervision/test_supervisor.py::test_a_command_killed_by_a_signal_has_us_die_of_it"
    words = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    script = "trap '' HUP INT QUIT; \"$@\"; exit $?"
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words, f"{died}[1]", f"{died}[2]"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
