"""An interpreter with the frameworks, made once by the tests that ask for it."""

from __future__ import annotations

import interpreters
import pytest
from trainings import FRAMEWORKS


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with what ours needs."""
    return FRAMEWORKS.made(tmp_path_factory.mktemp("frameworks"), *interpreters.OURS)


@pytest.fixture(scope="module")
def python(room: str, request: pytest.FixtureRequest) -> str:
    """The interpreter, with the module's PACKAGES in it. Nothing is installed into a given one."""
    FRAMEWORKS.add(room, *request.module.PACKAGES)
    interpreters.need(room, *request.module.IMPORTS)
    return room
