"""Kept for programs that import it: the recording sends live updates to Studio by itself."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_dvc_studio_config(live: Any) -> dict[str, Any]:
    """Studio's settings for a run; empty, since no update is sent from here."""
    return {}
