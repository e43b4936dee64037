"""`Image`: whether a value can be logged as a picture, and where pictures lie."""

from __future__ import annotations

import os

from .. import pictures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Image:
    """A picture's file: `<dir>/plots/images/<name>`."""

    subfolder = "images"
    suffixes = tuple(pictures.FORMATS)

    @staticmethod
    def could_log(val: Any) -> bool:
        """Whether `Live.log_image` takes this value."""
        return (
            isinstance(val, (str, os.PathLike))
            or pictures.is_figure(val)
            or pictures.is_pil(val)
            or pictures.is_array(val)
        )
