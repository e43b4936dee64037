"""Which way a metric is good, as far as its name says: losses and errors down, accuracies and scores up."""

from __future__ import annotations

import re

LOW, HIGH = "low", "high"

_LOWER = re.compile(
    r"loss|error|err(?![a-z])|rmse|mse|mae|mape|ppl|perplexity|cer(?![a-z])|wer(?![a-z])|nll", re.I
)
_HIGHER = re.compile(r"acc|auc|f1|precision|recall|map(?![a-z])|bleu|rouge|iou|dice|r2|reward|score", re.I)


def better(name: str) -> str | None:
    """`LOW`, `HIGH`, or None where the name says neither.

    >>> better("val/loss"), better("val/acc"), better("temperature")
    ('low', 'high', None)
    """
    if _LOWER.search(name):
        return LOW
    return HIGH if _HIGHER.search(name) else None
