"""`Metric`: whether a value can be logged, and where metrics lie. For libraries that ask before they log."""

from __future__ import annotations

from .. import convert
from ..error import InvalidDataTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Metric:
    """A metric's files: `<dir>/plots/metrics/<name>.tsv`."""

    subfolder = "metrics"
    suffixes = (".csv", ".tsv")

    @staticmethod
    def could_log(val: Any) -> bool:
        """Whether `Live.log_metric` takes this value.

        >>> Metric.could_log(0.5), Metric.could_log([0.5])
        (True, False)
        """
        try:
            convert.scalar("", val)
        except InvalidDataTypeError:
            return False
        return True
