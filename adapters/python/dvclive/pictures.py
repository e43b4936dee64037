"""A picture as the bytes of a file, made where the program runs.

For `supervised.py`: the recorder lives in another process, so a picture has to become a file before it is
sent. Arrays need no Pillow: a PNG is a header and rows behind zlib (RFC 2083). Whoever reads the file
converts it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".png": "PNG"}


def picture_name(name: str, source: Any) -> str | None:
    """The name with a suffix: its own, else that of the path it comes from; None if no picture's."""
    suffix = os.path.splitext(name)[1]
    if not suffix and isinstance(source, str):
        suffix = os.path.splitext(source)[1]
        name += suffix
    return name if suffix.lower() in FORMATS else None


def suffix_of(data: bytes) -> str:
    """The suffix for the bytes of a picture's file, by how they begin."""
    return ".gif" if data[:4] == b"GIF8" else ".jpg" if data[:2] == b"\xff\xd8" else ".png"


def is_figure(source: Any) -> bool:
    """Whether it is a Matplotlib figure."""
    return callable(getattr(source, "savefig", None))


def is_pil(source: Any) -> bool:
    """Whether it is a Pillow image."""
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(source, pil.Image)


def is_array(source: Any) -> bool:
    """Whether it is an array or tensor of two or three dimensions."""
    return hasattr(source, "__array__") and getattr(source, "ndim", None) in (2, 3)


def close_figure(source: Any) -> None:
    """Let Matplotlib forget a figure: open figures pile up in a training loop."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and is_figure(source):
        pyplot.close(source)


def encode(name: str, source: Any) -> tuple[bytes, str]:
    """The bytes of a picture and the suffix of their format: that of `name` where it can be made here, else
    ".png".

    Parameters:
        name: with a suffix of a picture.
        source: a Matplotlib figure, a PIL image, or an array: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4),
            integers 0-255 or floats 0-1.

    Raises:
        ValueError, TypeError, OSError: it is no picture.
    """
    from io import BytesIO

    suffix = os.path.splitext(name)[1].lower()
    kind = FORMATS[suffix]
    out = BytesIO()
    if is_figure(source):
        source.savefig(out, format=kind.lower())
        return out.getvalue(), suffix
    if is_pil(source):
        if kind == "JPEG" and source.mode not in ("RGB", "L", "CMYK"):
            source = source.convert("RGB")
        source.save(out, format=kind)
        return out.getvalue(), suffix
    array = _bytes_array(source)
    try:
        from PIL import Image
    except ImportError:
        return png(array), ".png"
    return encode(name, Image.fromarray(array))


def _bytes_array(source: Any) -> Any:
    """An array of bytes, as `dvclive_cli.writers.images` makes it of the same values."""
    import numpy

    array = numpy.asarray(source)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype == "uint8":
        return numpy.ascontiguousarray(array)
    if array.dtype.kind == "f":
        array = numpy.nan_to_num(array * 255 if array.size and array.max() <= 1 else array)
    elif array.dtype.kind == "b":
        array = array * 255
    elif array.dtype.kind not in "iu":
        raise TypeError(f"a {type(source).__name__} is no picture")
    return numpy.ascontiguousarray(numpy.clip(array, 0, 255).astype("uint8"))


def png(array: Any) -> bytes:
    """A PNG of an array of bytes of shape (H, W), (H, W, 2), (H, W, 3) or (H, W, 4)."""
    import struct
    import zlib

    height, width = array.shape[:2]
    channels = array.shape[2] if array.ndim == 3 else 1
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    raw, stride = array.tobytes(), width * channels
    lines = b"".join(b"\0" + raw[at : at + stride] for at in range(0, height * stride, stride))

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines, 1))
        + chunk(b"IEND", b"")
    )
