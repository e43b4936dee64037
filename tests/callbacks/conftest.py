"""An interpreter with the frameworks, made once by the tests that ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import trainings


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with what ours needs: one given, or a fresh one."""
    if trainings.WANTED != "install":
        return os.path.abspath(trainings.WANTED)
    folder = tmp_path_factory.mktemp("frameworks")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *trainings.OURS], check=True)
    return python


@pytest.fixture(scope="module")
def python(room: str, request: pytest.FixtureRequest) -> str:
    """The interpreter, with the module's PACKAGES in it. Nothing is installed into a given one."""
    packages = request.module.PACKAGES
    if trainings.WANTED == "install":
        subprocess.run([room, "-m", "pip", "install", "--quiet", *packages], check=True)
        return room
    finds = "import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
    if subprocess.run([room, "-c", finds, *request.module.IMPORTS], check=False).returncode:
        pytest.skip(f"{room} has no {' and '.join(request.module.IMPORTS)}")
    return room
