"""Kept for programs that import it: the recording writes DVC's VS Code signal files by itself."""

from __future__ import annotations

ONLY = "DVCLIVE_ONLY"
STEP_COMPLETED = "DVCLIVE_STEP_COMPLETED"
