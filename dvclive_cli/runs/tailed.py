"""A run directory that grows: the rows that came since the last look, and only those.

Reads files, takes no lock, and keeps of each series what `run.Series` keeps. What was there before is read
whole where it is short, and sampled where it is long.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ..disk import pathnames
from ..export.values import Curve, Recorded, curve_of, number
from ..series import Series
from . import curves, outputs, recorded

WHOLE, SAMPLES = 64 << 10, 240  # of a curve that is already there: bytes read whole, else rows
MOST = 1 << 20  # bytes of one file that are taken at one look, so that the screen lives
SUFFIX = recorded.SUFFIX
VIEWS = (outputs.METRICS_JSON, outputs.PARAMS_YAML)


class _Place(NamedTuple):
    """How far a file was read. `head`: its first line, which tells its columns."""

    inode: int
    offset: int
    head: bytes = b""


class Tailed:
    """The run in a directory, as of the last `look`.

    Parameters:
        folder: the run directory.

    Attributes:
        points: rows that came since the first look.
        behind: whether a file has more than was taken.
    """

    def __init__(self, folder: str) -> None:
        self.folder = recorded.Folder(folder)
        self.points = 0
        self.behind = False
        self._forget()

    def _forget(self) -> None:
        self._series: dict[str, Series] = {}
        self._sampled: set[str] = set()
        self._places: dict[str, _Place] = {}
        self._begun = False
        self._views: dict[str, tuple[int, int, int]] = {}
        self._metrics: dict[str, Any] = {}
        self._params: dict[str, Any] = {}
        self._step: int | None = None

    def look(self) -> bool:
        """Take what came; whether anything did. A new run in the directory begins anew."""
        before, self.behind = self.points, False
        if not self._take_all():  # what was known is of a run that is gone
            self._forget()
            self._take_all()
        self._begun = True
        views = self._take_views()
        return self.points != before or views

    def run(self, title: str) -> Recorded:
        """All that is known, as others show it."""
        metrics = dict(self._metrics)
        names = {pathnames.safe_name(name): name for name in metrics}  # a file's name may not be the metric's
        found, steps = [], [] if self._step is None else [self._step]
        for series in self._series.values():
            if series.last is not None:
                name = names.get(series.name, series.name)
                metrics[name] = series.last
                found.append(self._curve(series)._replace(name=name))
                steps.append(series.last_step)
        order = {name: index for index, name in enumerate(metrics)}
        found.sort(key=lambda curve: order[curve.name])
        return Recorded(title, None, None, max(steps, default=None), metrics, self._params, found)

    def _curve(self, series: Series) -> Curve:
        """What is known of a series; of one whose beginning was sampled, the extremes are not."""
        curve = curve_of(series)
        return curve._replace(whole=False, extremes=()) if series.name in self._sampled else curve

    def _take_views(self) -> bool:
        """Read metrics.json and params.yaml if they were replaced; whether one was."""
        old, self._views = (
            self._views,
            {name: _identity(os.path.join(self.folder.path, name)) for name in VIEWS},
        )
        if self._views.get(outputs.METRICS_JSON) != old.get(outputs.METRICS_JSON):
            self._metrics, self._step = recorded.metrics(self.folder)
        if self._views.get(outputs.PARAMS_YAML) != old.get(outputs.PARAMS_YAML):
            self._params = recorded.params(self.folder)
        return self._views != old

    def _take_all(self) -> bool:
        """Take the new rows of every file; False where one is not the file that it was."""
        found = [path for path, _ in self.folder.names(outputs.METRICS) if path.endswith(SUFFIX)]
        return self._places.keys() <= set(found) and all(self._take(path) for path in found)

    def _take(self, path: str) -> bool:
        """The new rows of one file; False where it is not the file that it was."""
        try:
            now = os.stat(os.path.join(self.folder.path, path))
        except OSError:
            return False
        place = self._places.get(path)
        if place is None:
            try:
                self._places[path] = self._first(path, now.st_ino, now.st_size)
            except OSError:  # removed at this moment
                return False
            return True
        if (now.st_ino, max(now.st_size, place.offset)) != (place.inode, now.st_size):
            return False
        if now.st_size > place.offset:
            self._places[path] = self._next(path, place, now.st_size)
        return True

    def _first(self, path: str, inode: int, size: int) -> _Place:
        if self._begun or size <= WHOLE:
            return self._next(path, _Place(inode, 0), size)
        data = self.folder.sample(path, size, SAMPLES)
        self._sampled.add(self._feed(path, data))
        tail = _read(os.path.join(self.folder.path, path), size - recorded.PIECE, recorded.PIECE)
        end = size - len(tail) + tail.rfind(b"\n") + 1
        return _Place(inode, end, data[: data.find(b"\n") + 1])

    def _next(self, path: str, place: _Place, size: int) -> _Place:
        data = _read(os.path.join(self.folder.path, path), place.offset, min(MOST, size - place.offset))
        data = data[: data.rfind(b"\n") + 1]  # a row that is still being written comes whole the next time
        self.behind = self.behind or size - place.offset > MOST
        head = place.head or data[: data.find(b"\n") + 1]
        name = self._feed(path, (place.head + data) if place.offset else data)
        if self._begun:
            self.points += data.count(b"\n") - (not place.head and bool(data))
        self._series[name].fold()
        return place._replace(offset=place.offset + len(data), head=head)

    def _feed(self, path: str, data: bytes) -> str:
        name = path[len(outputs.METRICS) + 1 : -len(SUFFIX)].replace(os.sep, "/")
        series = self._series.setdefault(name, Series(name))
        rows = [point for point in curves.points(data) if number(point.step) is not None]
        if rows:
            values: list[Any] = [point.value for point in rows]
            series.extend([point.step for point in rows], values)
        return name


def _read(path: str, offset: int, size: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(fd, size, offset)
    finally:
        os.close(fd)


def _identity(path: str) -> tuple[int, int, int]:
    try:
        now = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return now.st_ino, now.st_mtime_ns, now.st_size
