"""Files of a run that DVC keeps in its cache (`cache_images`): where a commit has `plots/images.dvc` only.

Reads that file, DVC's configuration and its cache; DVC is not asked, nothing is fetched or checked out.
Layout: dvc.org/doc/user-guide/project-structure/internal-files, "Structure of the cache directory".
"""

from __future__ import annotations

import configparser
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .. import yamltext
from ..repository import vcs
from .recorded import Folder, Place

CONFIGS = ("config", "config.local")  # the later one counts
HASH = 32  # hexadecimal digits of an MD5 sum


class Cached:
    """A place, and what its `.dvc` files stand for. `cwd`: where the repository is looked for."""

    def __init__(self, place: Place, cwd: str) -> None:
        self.place = place
        self._caches = _caches(place.path if isinstance(place, Folder) else place.root, cwd)
        self._known: dict[str, Mapping[str, str]] = {}

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        data = self.place.read(name)
        if data is not None:
            return data
        for folder, files in self._known.items():
            path = files.get(name[len(folder) + 1 :]) if name.startswith(f"{folder}/") else None
            if path is not None:
                return _content(path)
        return None

    def names(self, folder: str) -> list[tuple[str, int]]:
        """Path and size (bytes) of every file below a folder, both relative to the run."""
        found = self.place.names(folder)
        if found:
            return found
        files = self._known[folder] = self._tracked(folder)
        return sorted((f"{folder}/{name}", os.path.getsize(path)) for name, path in files.items())

    def _tracked(self, folder: str) -> dict[str, str]:
        """The files of a folder that DVC tracks, and where the cache has them."""
        digest = _digest(self.place.read(f"{folder}.dvc"))
        listed = _content(self._in_cache(f"{digest}.dir")) if digest else None
        try:
            entries = json.loads(listed or b"[]")
        except ValueError:
            return {}
        found = {}
        for entry in entries if isinstance(entries, list) else ():
            name, digest = (str(entry.get(key)) for key in ("relpath", "md5"))
            path = self._in_cache(digest) if _is_digest(digest) else ""
            if path:
                found[name] = path
        return found

    def _in_cache(self, digest: str) -> str:
        """Where an object is; empty where no cache has it. Caches of DVC 1 and 2 have no `files/md5`."""
        for cache in self._caches:
            for top in ("files/md5", ""):
                path = os.path.join(cache, top, digest[:2], digest[2:])
                if os.path.isfile(path):
                    return path
        return ""


def _digest(data: bytes | None) -> str:
    """Of the folder that a `.dvc` file tracks; empty where it says none."""
    try:
        document: Any = yamltext.parse((data or b"").decode("utf-8", "replace"))
        (out,) = document["outs"]
        digest = str(out["md5"]).removesuffix(".dir")
    except (ValueError, KeyError, TypeError):
        return ""
    return digest if _is_digest(digest) else ""


def _is_digest(text: str) -> bool:
    """A name that leads nowhere but into the cache."""
    return len(text) == HASH and not text.strip("0123456789abcdef")


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


@lru_cache(maxsize=8)
def _caches(path: str, cwd: str) -> tuple[str, ...]:
    """The caches of the DVC repositories that hold a path: the nearest one's first."""
    here = os.path.realpath(os.path.join(cwd, path))
    top = vcs.find_root(here) or here
    found = []
    while True:
        folder = os.path.join(here, ".dvc")
        if os.path.isdir(folder):
            found.append(_configured(folder) or os.path.join(folder, "cache"))
        if here == top or here == os.path.dirname(here):
            return tuple(found)
        here = os.path.dirname(here)


def _configured(folder: str) -> str:
    """`cache.dir` of DVC's configuration in the repository, relative to the file; empty where unset."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read([os.path.join(folder, name) for name in CONFIGS], encoding="utf-8")
        said = parser.get("cache", "dir", fallback="")
    except (configparser.Error, ValueError):
        return ""
    return os.path.normpath(os.path.join(folder, os.path.expanduser(said))) if said else ""
