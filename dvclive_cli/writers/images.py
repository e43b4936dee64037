"""plots/images/<name>: a picture as a file of its own, from a path, a Pillow image, an array or a figure."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any

from dvclive_cli.errors import UsageError

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".png": "PNG"}


def image_name(name: str, source: Any) -> str:
    """The name with a suffix: its own, else that of the path it comes from.

    Raises UsageError `image-name` where that is not one of .jpg .jpeg .gif .png.
    """
    suffix = os.path.splitext(name)[1]
    if not suffix and isinstance(source, (str, os.PathLike)):
        suffix = os.path.splitext(os.fspath(source))[1]
        name += suffix
    if suffix.lower() not in FORMATS:
        allowed = ", ".join(FORMATS)
        raise UsageError(
            "image-name", f"The image name {name!r} has no suffix of a picture", f"Use {allowed}."
        )
    return name


def render(name: str, source: Any) -> bytes:
    """The bytes of the file `name` (with suffix); a file of that same type is taken as it is.

    Parameters:
        name: from `image_name`.
        source: a path; a picture's file as bytes; a PIL image; an array of shape (H, W), (H, W, 1), (H, W, 3)
            or (H, W, 4), integers 0-255 or floats 0-1; a Matplotlib figure.

    Raises UsageError `image-data`.
    """
    kind = FORMATS[os.path.splitext(name)[1].lower()]
    try:
        if isinstance(source, (str, os.PathLike)):
            with open(source, "rb") as file:
                data = file.read()
            if FORMATS.get(os.path.splitext(os.fspath(source))[1].lower()) == kind:
                return data
            source = BytesIO(data)
        elif isinstance(source, bytes):
            source = BytesIO(source)
        out = BytesIO()
        if hasattr(source, "savefig"):
            source.savefig(out, format=kind.lower())
        else:
            picture = _open(source)
            if kind == "JPEG" and picture.mode not in ("RGB", "L", "CMYK"):
                picture = picture.convert("RGB")
            picture.save(out, format=kind)
        return out.getvalue()
    except (OSError, ValueError, TypeError, SyntaxError) as error:  # Pillow raises each of these on bad data
        reason = getattr(error, "strerror", None) or str(error)
        if "identify" in reason:  # Pillow names our buffer
            reason = "it is no picture of a kind that Pillow knows"
        raise UsageError("image-data", f"The image {name!r} cannot be made: {reason}") from None


def _open(source: Any) -> Any:
    from PIL import Image

    if isinstance(source, BytesIO):
        return Image.open(source)
    if isinstance(source, Image.Image):
        return source
    import numpy

    array = numpy.asarray(source)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype.kind == "f":
        array = numpy.nan_to_num(array * 255 if array.size and array.max() <= 1 else array)
    elif array.dtype.kind == "b":
        array = array * 255
    elif array.dtype.kind not in "iu":
        raise TypeError(f"a {type(source).__name__} is no picture")
    if array.ndim not in (2, 3):
        raise TypeError(f"an array of shape {array.shape} is no picture")
    if array.dtype != "uint8":  # bytes need no two copies more
        array = numpy.clip(array, 0, 255).astype("uint8")
    return Image.fromarray(array)
