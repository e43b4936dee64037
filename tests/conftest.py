"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Place, Terminal


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place to run commands in; after the test no process, FIFO or temporary file may be left."""
    here = Place(str(tmp_path))
    yield here
    assert here.end() == []


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal of 24 rows and 80 columns."""
    screen = Terminal()
    yield screen
    screen.close()
