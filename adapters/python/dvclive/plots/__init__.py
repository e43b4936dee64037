"""What programs take from `dvclive.plots`: what can be logged, and the kinds of scikit-learn plots."""

from __future__ import annotations

from ..error import SKLEARN_KINDS
from .image import Image
from .metric import Metric

SKLEARN_PLOTS = dict.fromkeys(SKLEARN_KINDS, "sklearn")
"""The kinds that `Live.log_sklearn_plot` makes, with the folder under `plots` where they lie."""

__all__ = ["SKLEARN_PLOTS", "Image", "Metric"]
