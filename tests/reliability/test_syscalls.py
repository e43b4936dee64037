"""A run killed at its system calls leaves whole files, and `dvclive recover` makes a whole run of them."""

from __future__ import annotations

import shutil

import pytest
from syscalls import main


@pytest.mark.parametrize(
    "every", [250, pytest.param(11, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_killed_at_any_system_call(every: int) -> None:
    """Every one of them: `python tests/reliability/syscalls.py`."""
    if shutil.which("strace") is None:
        pytest.skip("no strace(1) to kill at a system call with")
    kills, wrong = main(every, first=1 + every // 3, quiet=True)
    assert kills
    assert wrong == []
