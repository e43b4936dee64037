"""The path is kept for programs that import it. Live updates to Studio are not sent by this version."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_dvc_studio_config(live: Any) -> dict[str, Any]:
    """Studio's settings for a run: none, since no update is sent."""
    return {}
