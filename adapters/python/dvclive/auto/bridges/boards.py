"""What TensorBoard would show: the names that points have which several writers tell, each in a folder.

A folder called train, validation, test, ... stands before its names, as everybody means it. Other folders
(`version_0`, `Nov21_09-15-57_host`) change from run to run and would make runs incomparable: they are left
out, unless another folder has told the name already. `dvclive run --watch` names event files by this rule.
"""

from __future__ import annotations

import os

from .. import joined
from ..beside import Joined
from .told import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SPLITS = frozenset(
    "dev eval evaluation holdout learn test testing tr train training val valid validation".split()  # noqa: SIM905
)
MOST_NAMES = 10_000
"""Names that are told apart; what a program makes up beyond them is too much for anybody."""


class Boards:
    """The writers of one process, which log to one run."""

    def __init__(self) -> None:
        self._told: Told | None = None
        self._names: dict[tuple[str, str], str] = {}  # by folder and tag
        self._owners: dict[str, str] = {}  # the folder of each name
        self._followed: set[tuple[str, str]] = set()

    def told(self) -> Told | None:
        """Where writers log; None beside the program's own `Live`, and inside a training that is logged."""
        way = joined.channel()
        if way is None or joined.inside():
            return None
        if self._told is None or self._told.live._way is not way:  # the first, or forked
            self._told = Told(Joined(way, found=False))
        return self._told

    def name(self, folder: str, tag: str) -> str | None:
        """The name of a series in the run; None for one too many."""
        name = self._names.get((folder, tag))
        if name is None and len(self._names) < MOST_NAMES:
            name = self._names[folder, tag] = self._new(folder, tag)
        return name

    def _new(self, folder: str, tag: str) -> str:
        parts = [part for part in folder.split(os.sep) if part not in ("", os.curdir, os.pardir)]
        name, split = tag, parts[-1] if parts else ""
        if split.lower() in SPLITS and not tag.lower().startswith(tuple(split.lower() + c for c in "/_.-")):
            name = f"{split}/{tag}"
        depth = 0
        while self._owners.setdefault(name, folder) != folder and depth < len(parts):
            depth += 1
            name = "/".join([*parts[-depth:], tag])
        return name

    def value(self, folder: str, tag: str, value: Any, step: Any) -> None:
        """A number or text of a tag; without a step, the next of its points."""
        told = self.told()
        name = None if told is None else self.name(folder, tag)
        if told is not None and name is not None and (folder, tag) not in self._followed:
            told.value(name, value, None if step is None else int(step))

    def follow(self, folder: str, tag: str, paths: list[str]) -> None:
        """A series that is written into these files where nobody sees it: it is read from them.

        The files hold all its points. One that was told before goes on being told.
        """
        told = self.told()
        if told is None or (folder, tag) in self._names:
            return
        name = self.name(folder, tag)
        if name is not None:
            self._followed.add((folder, tag))
            for path in paths:
                told.live._recording.follow(path, {tag: name})  # type: ignore[attr-defined]

    def picture(self, folder: str, tag: str, picture: bytes, step: Any) -> None:
        """A picture, as the bytes of its file."""
        told = self.told()
        name = None if told is None else self.name(folder, tag)
        if told is not None and name is not None and (folder, tag) not in self._followed:
            told.image(name, picture, None if step is None else int(step))


boards = Boards()
"""Those of this process."""
