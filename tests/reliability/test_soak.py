"""A run with faults at random loses nothing, and nothing grows; for long: `python soak.py --minutes 20`."""

from __future__ import annotations

import pytest
from soak import main


@pytest.mark.parametrize(
    "minutes", [0.15, pytest.param(3.0, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_soak(minutes: float) -> None:
    assert main(minutes, seed=1, fault_every=0.5 if minutes < 1 else 2.0) == []
