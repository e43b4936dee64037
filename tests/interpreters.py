"""Interpreters with packages that the tests alone want: each is named by an environment variable, or made on
the spot where that says `install`. Nothing is installed into one that is given.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

TORCH = "torch==2.13.0"  # the newest would come with gigabytes of CUDA where a CPU build of this is at hand
OURS = [line for line in requires("dvclive") or () if "extra ==" not in line]
"""What our distribution needs, which is lent to these interpreters as it is in this tree."""

FINDS = "import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"


class Interpreter:
    """One such interpreter.

    Parameters:
        variable: of the environment; without it the tests are skipped.
        tests: that want it, for the words of a skipped one.
        minutes: that one of them may take.
    """

    def __init__(self, variable: str, tests: str, minutes: int = 30) -> None:
        self.given = os.environ.get(variable, "")
        how = f"{variable}=install (or an interpreter) python -m pytest -m integration {tests}"
        self.marks = [
            pytest.mark.integration,
            pytest.mark.skipif(not self.given, reason=f"run `{how}`"),
            pytest.mark.timeout(minutes * 60),
        ]

    def made(self, folder: Path, *packages: str) -> str:
        """Its path: the one that was given, else a fresh one in `folder`, with the packages."""
        if self.given != "install":
            return os.path.abspath(self.given)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(folder / "bin" / "python")
        self.add(python, *packages)
        return python

    def add(self, python: str, *packages: str) -> None:
        """Further packages, where it is ours to change."""
        if self.given == "install":
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)


def need(python: str, *modules: str) -> None:
    """Skip the test where the interpreter has not all of these."""
    if subprocess.run([python, "-c", FINDS, *modules], check=False).returncode:
        pytest.skip(f"{python} has not all of {', '.join(modules)}")


def without(python: str, folder: Path, *packages: str) -> str:
    """An interpreter in `folder` with all that another one has installed, but for these packages."""
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    (own,) = folder.glob("lib/python*/site-packages")
    for entry in Path(site).iterdir():
        if entry.name.partition("-")[0] not in packages:
            (own / entry.name).symlink_to(entry)
    return str(folder / "bin" / "python")
