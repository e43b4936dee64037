"""Runs that were recorded, read back: from a directory, a Git revision or an experiment.

Decides what a word like `main`, `quick-otter` or `runs/a` means, and where in it the run is. Only reads
files and Git objects; nothing is checked out and DVC is not asked.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..disk import pathnames
from ..errors import UsageError
from ..export.values import Curve, Recorded
from ..outcome import Outcome
from ..repository import vcs
from ..writers import metrics_json, params_yaml
from . import curves, outputs

WHOLE_BYTES = 4 << 20  # of curves whose points are kept, in one run; of longer ones stretches are
SAMPLES = 1000  # rows of a curve that is sampled
PIECE = 512  # bytes that are read for one of them; rows are far shorter
BLOCK = 1 << 20  # bytes of a long file that are read at a time
SUFFIX = ".tsv"


class Folder(NamedTuple):
    """A run directory on the disk."""

    path: str

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def names(self, folder: str) -> list[tuple[str, int]]:
        """Path and size (bytes) of every file below a folder, both relative to the run."""
        found = []
        for base, _, names in os.walk(os.path.join(self.path, folder)):
            for name in names:
                path = os.path.join(base, name)
                try:
                    found.append((os.path.relpath(path, self.path), os.path.getsize(path)))
                except OSError:  # a new run removes the files of the last one
                    continue
        return sorted(found)

    def read_many(self, names: Sequence[str]) -> Iterator[bytes]:
        """The content of each of several files, empty where there is none."""
        for name in names:
            yield self.read(name) or b""

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a file, bit by bit."""
        with open(os.path.join(self.path, name), "rb") as file:
            while piece := file.read(BLOCK):
                yield piece

    def sample(self, name: str, size: int, rows: int = SAMPLES) -> bytes:
        """The first line and `rows` whole lines at even distances, without reading what lies between."""
        fd = os.open(os.path.join(self.path, name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            head = _line(os.pread(fd, PIECE, 0))
            tail = os.pread(fd, PIECE, max(0, size - PIECE))
            room = max(0, size - PIECE - len(head))
            lines = [_line(os.pread(fd, PIECE, len(head)))]
            for index in range(1, rows - 1):  # what comes first is most likely the rest of a line
                piece = os.pread(fd, PIECE, len(head) + index * room // (rows - 1))
                lines.append(_line(piece[piece.find(b"\n") + 1 :]))
        finally:
            os.close(fd)
        *_, last = tail[: tail.rfind(b"\n") + 1].splitlines(keepends=True)[-1:] or [b""]
        return b"".join([head, *lines, last])


def _line(piece: bytes) -> bytes:
    """Its first line, empty where that has no end."""
    return piece[: piece.find(b"\n") + 1]


class Revision(NamedTuple):
    """A run directory in a commit. `path`: of the directory, relative to the repository, posix."""

    root: str
    commit: str
    path: str

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        try:
            path = posixpath.normpath(f"{self.path}/{name}")  # Git takes no `..` behind the colon
            text = vcs.git(self.root, "cat-file", "blob", f"{self.commit}:{path}")
        except vcs.GitError as error:
            if error.status == 128:  # no such path in that commit
                return None
            raise
        return os.fsencode(text)

    def names(self, folder: str) -> list[tuple[str, int]]:
        """Path and size (bytes) of every file below a folder, both relative to the run."""
        top = f"{self.path}/{folder}"
        listed = vcs.git(self.root, "ls-tree", "-r", "-l", "-z", "--full-tree", self.commit, top)
        found = []
        for entry in filter(None, listed.split("\0")):
            about, _, path = entry.partition("\t")
            size = about.split()[-1]
            found.append((path[len(self.path) + 1 :], int(size) if size.isdigit() else 0))
        return found

    def read_many(self, names: Sequence[str]) -> Iterator[bytes]:
        """The content of each of several files, empty where there is none; Git is started once."""
        yield from blobs(self.root, [f"{self.commit}:{self.path}/{name}" for name in names])

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a file, bit by bit; Git unpacks all of an object anyway."""
        data = self.read(name) or b""
        for at in range(0, len(data), BLOCK):
            yield data[at : at + BLOCK]

    def sample(self, name: str, size: int, rows: int = SAMPLES) -> bytes:
        """The first line and `rows` lines at even distances; Git unpacks all of an object anyway."""
        head, *lines = (self.read(name) or b"").splitlines(keepends=True) or [b""]
        if len(lines) > rows:
            lines = [lines[index * (len(lines) - 1) // (rows - 1)] for index in range(rows)]
        return b"".join([head, *lines])


def blobs(root: str, objects: Sequence[str]) -> Iterator[bytes]:
    """The content of each object (`COMMIT:PATH`), empty where there is none. Git is started once for all."""
    asked = [one if "\n" not in one else "-" for one in objects]  # a line each; `-` is no object
    said = os.fsencode(vcs.git(root, "cat-file", "--batch", stdin=os.fsencode("\n".join([*asked, ""]))))
    at = 0
    for _ in asked:
        end = said.index(b"\n", at)
        _, kind, size = [*said[at:end].rsplit(b" ", 2), b"", b""][:3]  # git-cat-file(1), "BATCH OUTPUT"
        at = end + 1
        if kind in (b"blob", b"tree", b"commit", b"tag"):  # else: OBJECT missing
            yield said[at : at + int(size)] if kind == b"blob" else b""
            at += int(size) + 1
        else:
            yield b""


Place = Folder | Revision


def find(word: str, cwd: str, run_dir: str, but: str = "") -> tuple[str, Place]:
    """What a person means by a word: a directory with a run, an experiment's name, or a Git revision.

    Parameters:
        word: what was typed.
        cwd: absolute; relative paths and the repository start here.
        run_dir: the run directory to look for in revisions, absolute or relative to `cwd`.
        but: an experiment that is not meant: the one that is to be compared.

    Returns:
        The run's title, and its place.

    Raises UsageError `run-not-found`.
    """
    path = os.path.join(cwd, word)
    if os.path.isdir(path):
        name = os.path.relpath(path, cwd)
        return (os.path.basename(cwd) if name == os.curdir else name), Folder(path)
    root = vcs.find_root(cwd)
    if root is None:
        raise UsageError("run-not-found", f"{word} is no directory", "Give the directory of a run.")
    inside = os.path.relpath(os.path.realpath(os.path.join(cwd, run_dir)), os.path.realpath(root))
    for commit in _commits(root, word):
        name = commit.rpartition("/")[2] if commit.startswith("refs/") else ""
        if name and name == but:
            continue
        place = Revision(root, commit, inside.replace(os.sep, "/"))
        if any(place.read(file) is not None for file in (outputs.METRICS_JSON, outputs.PARAMS_YAML)):
            return (f"{word} ({name})" if name and name != word else word), place
        other = only_run(root, commit) if name else None
        if other is not None:
            return (f"{word} ({name})" if name != word else word), Revision(root, commit, other)
    raise UsageError(
        "run-not-found",
        f"{word} is no directory, and no experiment or Git revision with a run in {inside}",
        "`dvc exp show` lists experiments.",
    )


def only_run(root: str, commit: str) -> str | None:
    """The directory of the one run that a commit holds; None where there is none, or several."""
    listed = vcs.git(root, "ls-tree", "-r", "--name-only", "-z", "--full-tree", commit).split("\0")
    found = [path for path in listed if path.endswith(f"/{outputs.RUN_JSON}")]
    return os.path.dirname(found[0]) if len(found) == 1 else None


def _commits(root: str, word: str) -> Iterator[str]:
    """Commits that a word may mean: the experiments of that name, the revision, the experiments on it."""
    listed = vcs.git(root, "for-each-ref", "--sort=-creatordate", "--format=%(refname)", "refs/exps/")
    refs = [ref for ref in listed.splitlines() if ref.count("/") == 4]
    yield from (ref for ref in refs if ref.rpartition("/")[2] == word)
    try:
        commit = vcs.git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}")
    except vcs.GitError:
        return
    commit = commit.strip()
    yield commit
    yield from (ref for ref in refs if ref.startswith(f"refs/exps/{commit[:2]}/{commit[2:]}/"))


def read(title: str, place: Place, whole: int = WHOLE_BYTES, samples: int | None = None) -> Recorded:
    """All that a run's files say. A file that does not parse says nothing.

    Parameters:
        title: of the run.
        place: where it is.
        whole: bytes of curves whose points are kept; of longer ones what `curves.digest` keeps.
        samples: read only so many rows of these: in no time, but peaks are missed.

    Raises UsageError `run-not-found` where there is no run.
    """
    status = _parsed(place.read(outputs.RUN_JSON))
    last, step = metrics(place)
    given = params(place)
    names = {pathnames.safe_name(name): name for name in last}  # a file's name may not be the metric's
    found = _curves(place, whole, samples)
    series = [curve._replace(name=names.get(curve.name, curve.name)) for curve in found]
    if not (status or last or given or series):
        raise UsageError("run-not-found", f"{title} holds no run", "Give the directory of one (--dir).")
    known = {curve.name for curve in series}
    for curve in series:  # a run that was killed may have rows that metrics.json does not show yet
        if curve.points and curve.name not in last:
            last[curve.name] = curve.points[-1].value
    order = [*(name for name in last if name in known), *sorted(known - last.keys())]
    rank = {name: index for index, name in enumerate(order)}
    seconds = status.get("duration")
    return Recorded(
        title,
        _outcome(status),
        seconds if isinstance(seconds, (int, float)) else None,
        step,
        last,
        given,
        sorted(series, key=lambda curve: rank[curve.name]),
    )


def _parsed(data: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(data or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _outcome(status: dict[str, Any]) -> Outcome | None:
    said = status.get("status")
    if not isinstance(said, str) or said == "running":
        return None
    return Outcome(said, status.get("exit_code"), status.get("signal"), 0)


def metrics(place: Place) -> tuple[dict[str, Any], int | None]:
    """The last values by name, and the step, as metrics.json has them; nothing where it does not parse."""
    data = place.read(outputs.METRICS_JSON)
    try:
        return metrics_json.parse((data or b"{}").decode("utf-8", "replace"))
    except ValueError:
        return {}, None


def params(place: Place) -> dict[str, Any]:
    """The params by name; none where the file does not parse."""
    data = place.read(outputs.PARAMS_YAML)
    try:
        return params_yaml.parse(data.decode("utf-8", "replace")) if data else {}
    except ValueError:
        return {}


def _curves(place: Place, room: int, samples: int | None) -> Iterator[Curve]:
    listed = [(path, size) for path, size in place.names(outputs.METRICS) if path.endswith(SUFFIX)]
    small: list[str] = []
    large: list[tuple[str, int]] = []
    for path, size in listed:
        if size <= room:
            room -= size
            small.append(path)
        else:
            large.append((path, size))
    for path, data in zip(small, place.read_many(small), strict=True):
        yield Curve(_series_name(path), curves.points(data))
    for path, size in large:
        name = _series_name(path)
        if samples is None:
            yield curves.digest(name, place.pieces(path))
        else:
            yield Curve(name, curves.points(place.sample(path, size, samples)), whole=False)


def _series_name(path: str) -> str:
    return path[len(outputs.METRICS) + 1 : -len(SUFFIX)].replace(os.sep, "/")
