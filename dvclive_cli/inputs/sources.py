"""Finished files as bytes: opened, decompressed, and how far they have been read.

What is compressed shows in the first bytes, not in the name. Knows no format of what is inside.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import DvcliveError

STDIN = "-"
CHUNK = 1 << 20
_SUFFIXES = (".gz", ".bz2", ".xz", ".lzma", ".zst")
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma", b"\x28\xb5\x2f\xfd": "zstd"}
_OPENERS = {  # module, class, and the name of its argument
    "gzip": ("gzip", "GzipFile", "fileobj"),
    "bz2": ("bz2", "BZ2File", "filename"),
    "lzma": ("lzma", "LZMAFile", "filename"),
    "zstd": ("compression.zstd", "ZstdFile", "file"),  # in the standard library from Python 3.14 on
}


def plain_name(path: str) -> str:
    """The name without what compression adds to it.

    >>> plain_name("logs/train.log.gz")
    'logs/train.log'
    """
    base, suffix = os.path.splitext(path)
    return base if suffix.lower() in _SUFFIXES else path


def check_readable(path: str) -> None:
    """Raise DvcliveError for a file that cannot be opened; a pipe is not opened, it can be read only once."""
    try:
        if stat.S_ISREG(os.stat(path).st_mode):
            os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        raise _unreadable(path, error) from None


class Source:
    """An open file (`-`: our standard input).

    Attributes:
        total: its size on disk in bytes; None where that is unknown.

    Raises:
        DvcliveError: it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            fd = os.dup(0) if path == STDIN else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._raw = io.FileIO(fd, "r")
            size = os.fstat(fd).st_size
        except OSError as error:
            raise _unreadable(path, error) from None
        self.total = size if size and path != STDIN else None
        self._counted = _Counted(self._raw)

    @property
    def done(self) -> int:
        """Bytes on disk that have been read."""
        return self._counted.done

    def chunks(self) -> Iterator[bytes]:
        """The content, in pieces; the file is closed behind the last one.

        Raises:
            DvcliveError: it cannot be read on: `log-damaged` where the compressed data end too early.
        """
        buffered = io.BufferedReader(self._counted, CHUNK)
        try:
            with buffered:
                file = self._decompressed(buffered)
                while data := file.read1(CHUNK):  # `read` would lose what stands before a fault
                    yield data
        except OSError as error:
            if error.errno is None:  # gzip's and bz2's own
                raise self._damaged(error) from None
            raise _unreadable(self.path, error) from None
        except EOFError as error:
            raise self._damaged(error) from None
        except Exception as error:
            if type(error).__name__ in ("LZMAError", "ZstdError", "error"):  # zlib's is called so
                raise self._damaged(error) from None
            raise

    def _decompressed(self, buffered: io.BufferedReader[Any]) -> Any:
        start = buffered.peek(6)
        how = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "")
        if not how:
            return buffered
        from importlib import import_module

        module, opener, argument = _OPENERS[how]
        try:
            open_as: Callable[..., Any] = getattr(import_module(module), opener)
        except ImportError:
            raise DvcliveError(
                "log-compressed",
                f"{self.path}: this Python cannot read {how}",
                f"Write e.g. `{how} -dc FILE | dvclive import -`.",
                2,
            ) from None
        return open_as(**{argument: buffered})

    def _damaged(self, error: BaseException) -> DvcliveError:
        return DvcliveError(
            "log-damaged",
            f"{self.path}: the compressed data cannot be read to their end: {error}",
            "What stands before that was read.",
        )


class _Counted(io.RawIOBase):
    """A raw file that counts what is read from it: a pipe has no position."""

    def __init__(self, raw: io.FileIO) -> None:
        super().__init__()
        self._raw, self.done = raw, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._raw.readinto(buffer)
        self.done += count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _unreadable(path: str, error: OSError) -> DvcliveError:
    reason = (error.strerror or str(error)).lower()
    return DvcliveError(
        "log-unreadable", f"{path} cannot be read: {reason}", "Give a file, or - for standard input.", 2
    )
