"""Metric files that a program writes: which there are, and all of them followed while it runs.

Polls; how far each file has been read is `followed.py`'s business, and readers (`metricfiles`) make events of
the bytes. What we write ourselves is never watched.

The supervisor looks at the files with `snapshot` before it starts the program, so nothing is imported here
that it does not have already.
"""

from __future__ import annotations

import os

from .followed import Followed, Seen, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..events import Event
    from ..metricfiles import Reader

MOST_FILES = 256  # followed at once; each holds a descriptor, so that a renamed file is read to its end
MOST_SEEN = 20_000
MOST_LOOKED_AT = 2000  # names in folders, for a hint at the end of a run
_DEEP = 5
_NOT_OURS = frozenset({"node_modules", "site-packages", "__pycache__", "venv"})
MOST_CHUNKS = 4  # that one poll reads: the program's output waits meanwhile


class Place:
    """What a user asks to watch: a file, a glob, or a folder (all metric files below it).

    `root` is the part that names no choice: names of files below it may tell series apart.
    """

    __slots__ = ("pattern", "root", "text")

    def __init__(self, text: str, folder: str) -> None:
        self.text = text
        self.pattern = os.path.normpath(os.path.join(folder, os.path.expanduser(text)))
        parts = self.pattern.split(os.sep)
        wild = next((at for at, part in enumerate(parts) if _is_wild(part)), len(parts) - 1)
        self.root = os.sep.join(parts[:wild]) or os.sep

    def files(self, without: str) -> Iterator[tuple[str, str]]:
        """The files there now, in order, each with its path below the root; none in the folder `without`."""
        if os.path.isdir(self.pattern):
            yield from _below(self.pattern, without)
            return
        if not _is_wild(self.pattern):
            if os.path.isfile(self.pattern):
                yield self.pattern, os.path.basename(self.pattern)
            return
        import glob

        for path in sorted(glob.glob(self.pattern, recursive=True)):
            if os.path.isdir(path):
                for found, _ in _below(path, without):
                    yield found, os.path.relpath(found, self.root)
            elif not _within(path, without):
                yield path, os.path.relpath(path, self.root)


def _is_wild(text: str) -> bool:
    return any(mark in text for mark in "*?[")


def _below(root: str, without: str) -> Iterator[tuple[str, str]]:
    from ..metricfiles import belongs_in_folder

    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        if _within(folder, without):
            folders.clear()
            continue
        for name in sorted(names):
            path = os.path.join(folder, name)
            if belongs_in_folder(path):
                yield path, os.path.relpath(path, root)


def _within(path: str, folder: str) -> bool:
    return bool(folder) and (os.path.abspath(path) + os.sep).startswith(folder.rstrip(os.sep) + os.sep)


def written_since(folder: str, ms: int, without: str) -> list[str]:
    """What to watch next time: metric files below `folder` that were changed since `ms` (epoch milliseconds).

    A file in the folder itself, or the folder in it that holds such files, relative and at most once; none in
    `without`. Looks at a bounded part of a large tree.
    """
    found: dict[str, None] = {}
    left = MOST_LOOKED_AT
    for place, folders, names in os.walk(folder):
        inner = os.path.relpath(place, folder).split(os.sep)
        hidden = [name for name in folders if name.startswith(".") or name in _NOT_OURS]
        folders[:] = sorted(set(folders) - set(hidden)) if len(inner) < _DEEP else []
        left -= len(names) + len(folders)
        if _within(place, without):
            folders.clear()
            continue
        for name in sorted(names):
            if _changed_metric_file(os.path.join(place, name), ms):
                found[name if inner == ["."] else inner[0]] = None
        if left < 0:
            break
    return list(found)


def _changed_metric_file(path: str, ms: int) -> bool:
    from ..metricfiles import belongs_in_folder

    try:
        return belongs_in_folder(path) and os.stat(path).st_mtime_ns >= ms * 1_000_000
    except OSError:
        return False


def snapshot(patterns: Sequence[str], folder: str, run_dir: str) -> dict[str, Seen]:
    """The watched files that are there already, by path: taken before the program starts."""
    seen: dict[str, Seen] = {}
    for text in patterns:
        for path, _ in Place(text, folder).files(run_dir):
            now = look(path)
            if now is not None and len(seen) < MOST_SEEN:
                seen[path] = now
    return seen


class Follower:
    """Every watched file. Picklable between two calls.

    Parameters:
        patterns: what the user asks for. `folder`: relative ones are below it.
        run_dir: what we write ourselves, never read.
        old: from `snapshot`.
        reader: gives a new reader for a kind of file.

    Attributes:
        unfollowed: files beyond those that are followed at once.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        folder: str,
        run_dir: str,
        old: Mapping[str, Seen],
        reader: Callable[[str], Reader],
    ) -> None:
        from ..metricfiles.origins import Origins

        self._places = [Place(text, folder) for text in patterns]
        self._run_dir, self._old, self._new_reader = run_dir, dict(old), reader
        self._files: dict[str, Followed] = {}
        self._origins = Origins()
        self._next = 0
        self.unfollowed = 0

    def look(self) -> None:
        """Find files that have come, or have changed since the program started."""
        self.unfollowed = 0
        for place in self._places:
            for path, below in place.files(self._run_dir):
                if path in self._files or self._is_old(path) or self._is_read(path):
                    continue
                if len(self._files) >= MOST_FILES:
                    self.unfollowed += 1
                    continue
                self._files[path] = Followed(
                    path, below, _Making(self._new_reader, path), self._old.get(path)
                )

    def _is_read(self, path: str) -> bool:
        seen = look(path)
        return seen is not None and any(file.has_read(path, seen) for file in self._files.values())

    def _is_old(self, path: str) -> bool:
        old = self._old.get(path)
        try:
            now = os.stat(path)
        except OSError:
            return True
        return old is not None and (now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size) == old[:4]

    def program_ended(self) -> None:
        """Find what the program has written; what comes later does not count."""
        self.look()
        for file in self._files.values():
            file.program_ended()

    def poll(self) -> tuple[list[Event], bool]:
        """What is new in the files, of some megabytes; and whether there is more to read at once."""
        events: list[Event] = []
        files = list(self._files.values())
        files = files[self._next :] + files[: self._next]  # those that had to wait come first
        self._next = 0
        behind, read = False, 0
        for number, file in enumerate(files):
            if read >= MOST_CHUNKS:
                self._next = list(self._files).index(files[number].path)
                return events, True
            try:
                events += self._named(file, file.poll())
            except OSError:  # a file system that is away for a moment; the next poll tries again
                continue
            if file.behind:
                behind, read = True, read + 1
        return events, behind

    def end(self) -> list[Event]:
        """Everything has been read."""
        return [event for file in self._files.values() for event in self._named(file, file.end())]

    def faults(self) -> dict[str, int]:
        """What could not be read, by file."""
        return {f"{file.below}: {text}": count for file in self._files.values()
                for text, count in file.faults().items()}  # fmt: skip

    def unmatched(self) -> list[str]:
        """What the user asked for and no file of this run came to."""
        quiet = []
        for place in self._places:
            if not any(path in self._files for path, _ in place.files(self._run_dir)):
                quiet.append(place.text)
        return quiet

    def _named(self, file: Followed, events: list[Event]) -> list[Event]:
        from ..metricfiles import kind_of

        return self._origins.named(file.below, kind_of(file.path) == "tfevents", events)


class _Making:
    """Makes a reader for one file; a value, so that whoever holds it can be pickled."""

    def __init__(self, make: Callable[[str], Reader], path: str) -> None:
        self._make, self._path = make, path

    def __call__(self) -> Reader:
        from ..metricfiles import kind_of

        return self._make(kind_of(self._path))
