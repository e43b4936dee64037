"""A run as other tools take it: OpenMetrics, CSV, JSON, and Markdown for pull requests and CI summaries.

Values in, text out; where the values come from (`recorded.py`) and where the text goes is others' business.
"""

from __future__ import annotations

from .formats import FORMATS, render
from .values import Curve, Recorded

__all__ = ["FORMATS", "Curve", "Recorded", "render"]
