"""plots/images as pictures: those that differ in their step only come together, for a slider.

Reads the files' bytes through what it is given. Large ones and too many are named instead of shown, so that
the page opens.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Sequence

from .sheet import Picture, Shot

MAX_BYTES = 1 << 20  # of one image
ALL_BYTES = 16 << 20  # of all in one page
MAX_IMAGES = 400
_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif"}
_STEP = re.compile(r"(?:(?<=/)|(?<=^)|(?<=[_.-])|(?<=step)|(?<=epoch)|(?<=iter))(\d{1,15})(?=/|\.[A-Za-z]+$)")


def pictures(names: Sequence[tuple[str, int]], read: Callable[[str], bytes | None]) -> list[Picture]:
    """The pictures.

    Parameters:
        names: path below plots/images and size (bytes) of each file.
        read: the bytes of one of them.
    """
    groups: dict[str, list[tuple[int | None, str, int]]] = {}
    for path, size in names:
        if os.path.splitext(path)[1].lower() in _TYPES:
            group, step = grouped(path)
            groups.setdefault(group, []).append((step, path, size))
    found: list[Picture] = []
    room = ALL_BYTES
    left = MAX_IMAGES
    for group, members in groups.items():
        members.sort(key=lambda one: (one[0] or 0, one[1]))
        shots = []
        for step, path, size in _spread(members, max(1, MAX_IMAGES // len(groups))):
            if left <= 0:
                break
            left -= 1
            shot = _shot(path, step, size, read, room)
            room -= size if shot.source else 0
            shots.append(shot)
        if shots:
            single = len(members) == 1
            found.append(Picture(members[0][1] if single else group, shots))
    return found


def grouped(path: str) -> tuple[str, int | None]:
    """The path without its step, and the step; None where it names none.

    >>> grouped("samples/12.png"), grouped("epoch_3/mask.png"), grouped("roc.png")
    (('samples/*.png', 12), ('epoch_*/mask.png', 3), ('roc.png', None))
    """
    matches = list(_STEP.finditer(path))
    if not matches:
        return path, None
    last = matches[-1]
    return f"{path[: last.start()]}*{path[last.end() :]}", int(last[1])


def _spread(members: list[tuple[int | None, str, int]], most: int) -> list[tuple[int | None, str, int]]:
    """At most so many of them at even distances, the first and the last among them."""
    if len(members) <= most:
        return members
    if most == 1:
        return members[-1:]
    return [members[index * (len(members) - 1) // (most - 1)] for index in range(most)]


def _shot(path: str, step: int | None, size: int, read: Callable[[str], bytes | None], room: int) -> Shot:
    if size > MAX_BYTES:
        return Shot(path, step, "", "It is too large for this page.")
    if size > room:
        return Shot(path, step, "", "This page is full; the file is in plots/images.")
    try:
        data = read(path)
    except OSError:
        data = None
    if data is None:
        return Shot(path, step, "", "It cannot be read.")
    kind = _TYPES[os.path.splitext(path)[1].lower()]
    return Shot(path, step, f"data:image/{kind};base64,{base64.b64encode(data).decode()}")
