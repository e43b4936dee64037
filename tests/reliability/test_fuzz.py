"""Whatever bytes a reader is given, what `targets.py` says of it holds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import PIECES, TARGETS


@pytest.mark.parametrize("examples", [60, pytest.param(5000, marks=[pytest.mark.slow])])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.timeout(900)
def test_any_bytes(name: str, examples: int) -> None:
    pieces = st.lists(st.sampled_from(PIECES[name]) | st.binary(max_size=6), max_size=12).map(b"".join)

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), database=None)
    @given(pieces | st.binary(max_size=60))
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()
