"""What a run of a tracker is told, as the run around this process records it.

Decides what a value becomes: a number is a point of a metric, a text a value of the summary, a picture an
image of its step, a file an artifact; names of nested values are joined by `/`, as DVCLive groups metrics.
Where a tracker is given no step, the points of a name are counted. What is none of these is left alone.
Knows no tracker.
"""

from __future__ import annotations

import _thread
import os

from ... import convert, frameworks, pictures
from ...error import InvalidDataTypeError
from .. import joined
from ..arguments import is_logged
from ..beside import Joined
from . import alone
from .absent.nothing import Nothing, Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ...recording import Point

    Scalar = tuple[str, Any, int | None]
    """A name, what may be a number, and its step."""

LONGEST_TEXT = 1000
"""Characters of a text that is still a value, and no document."""

MOST_IMAGES = 200
"""Images of one name that are kept step by step: a DVC experiment holds them all."""

MOST_ROWS = 100_000
"""Points of a chart."""

DEEPEST = 20


class Told:
    """One run of a tracker.

    Parameters:
        live: where it is logged.
    """

    def __init__(self, live: Joined) -> None:
        self.live = live
        self._lock = _thread.RLock()
        self._counts: dict[str, int] = {}  # of points without a step, by name
        self._images: dict[str, int] = {}
        self._params: dict[str, Any] = {}
        self._artifacts: set[tuple[str, str]] = set()

    def value(self, name: str, value: Any, step: int | None = None) -> None:
        """One value; of a mapping, each of its own."""
        self.row(self.scalars(name, value, step))

    def scalars(self, name: str, value: Any, step: int | None, depth: int = 0) -> Iterator[Scalar]:
        """What may be points in a value; pictures in it are logged."""
        if type(value) in convert.PLAIN:
            yield name, value, step
        elif isinstance(value, (Nothing, Some)):
            return
        elif isinstance(value, dict):
            for key, item in value.items() if depth < DEEPEST else ():
                yield from self.scalars(f"{name}/{key}", item, step, depth + 1)
        elif pictures.is_figure(value) or pictures.is_pil(value):
            self.image(name, value, step)
        else:
            yield name, value, step

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        """A point at its step, or the next of its name; a text becomes a value of the summary."""
        self.row(((name, value, step),))

    def row(self, scalars: Iterable[Scalar]) -> None:
        """Points that the program has told in one call; what is none among them is left out."""
        points: dict[int, list[Point]] = {}
        texts = {}
        with self._lock:
            for name, value, step in scalars:
                try:
                    plain, text = convert.scalar(name, value)
                except InvalidDataTypeError:
                    continue
                if isinstance(plain, str):
                    texts[name] = plain
                    continue
                if step is None:
                    step = self._counts[name] = self._counts.get(name, -1) + 1
                points.setdefault(step, []).append((name, plain, text))
            for step, of_step in points.items():
                self.live.step = step
                self.live._log_points(of_step)
        if texts:
            self.summary(texts)

    def summary(self, values: Mapping[str, Any], prefix: str = "") -> None:
        """Values of the whole run: metrics.json has them, no curve."""
        self.live._log_points(list(_texts_too(values, prefix)), plot=False)

    def params(self, values: Any) -> None:
        """Parameters: a mapping or a namespace."""
        new = {
            name: value
            for name, value in frameworks.described(values).items()
            if not is_logged(name, value) and (name not in self._params or self._params[name] != value)
        }
        if new:
            self._params.update(new)  # of a group, all are told each time: it is one parameter of the run
            self.live.log_params(self._params if self.live._group else new)

    def param(self, names: list[str], value: Any) -> None:
        """A parameter below names that others may be below, too; without a name: several."""
        for name in reversed(names[1:]):
            value = {name: value}
        if names:
            value = {names[0]: _merged(self._params.get(names[0]), value)}
        self.params(value)

    def about(self, tracker: str, values: Mapping[str, Any]) -> None:
        """How the program describes the run (name, tags, project): parameters below the tracker's name."""
        given = {name: value for name, value in values.items() if value not in (None, "", [], (), {})}
        if given:
            self.params({tracker: {**self.described(tracker), **frameworks.described(given)}})

    def described(self, tracker: str) -> dict[str, Any]:
        """What `about` was told so far."""
        return dict(self._params.get(tracker, {}))

    def image(self, name: str, source: Any, step: int | None = None, part: str = "") -> None:
        """A picture of a step, `<name>/<step>.png`; a name like a file's is kept where there is no step.

        Parameters:
            source: a path, a PIL image, an array, a figure, or the bytes of a file.
            part: its number among several of this step.
        """
        if isinstance(source, (str, os.PathLike)):
            source = os.path.abspath(os.fspath(source))
            if pictures.picture_name(name, source) is None or not os.path.isfile(source):
                return
            suffix = os.path.splitext(source)[1]
        elif isinstance(source, bytes):
            suffix = pictures.suffix_of(source)
        elif pictures.is_figure(source) or pictures.is_pil(source) or pictures.is_array(source):
            suffix = ".png"
        else:
            return
        with self._lock:
            count = self._images[name] = self._images.get(name, -1) + 1
            if count >= MOST_IMAGES:
                return
            at = count if step is None else step
            full = f"{self._grouped(name)}/{at}{part and '_'}{part}{suffix}"
            if step is None and pictures.picture_name(name, "") is not None:
                full = self._grouped(name)
            self.live._recording.image(full, source)  # `log_image` would close the program's figure

    def plot(
        self, name: str, rows: list[dict[str, Any]], x: str, y: str, template: str, **looks: Any
    ) -> None:
        """A chart with points of its own, as `Live.log_plot` takes it; none that is empty or endless."""
        if 0 < len(rows) <= MOST_ROWS:
            self.live.log_plot(self._grouped(name), rows, x, y, template, **looks)

    def sklearn(self, kind: str, name: str, labels: Any, predictions: Any, **looks: Any) -> None:
        """One of scikit-learn's plots, as `Live.log_sklearn_plot` takes it."""
        if 0 < len(labels) <= MOST_ROWS:
            self.live.log_sklearn_plot(kind, labels, predictions, name=self._grouped(name), **looks)

    def line(self, name: str, x: Any, y: Any, template: str = "simple", **looks: Any) -> None:
        """A curve of two columns."""
        rows = [{"x": a, "y": b} for a, b in zip(x, y)]  # noqa: B905 - Python 3.8
        self.plot(name, convert.rows(rows), "x", "y", template, **looks)

    def confusion(self, name: str, matrix: Any, actual: Any, predicted: Any, **looks: Any) -> None:
        """How often each class (a row) was taken for which, by the names of both."""
        counts = matrix.tolist() if hasattr(matrix, "tolist") else matrix
        rows, columns = (dict(enumerate([] if names is None else names)) for names in (actual, predicted))
        pairs = [
            {"actual": str(rows.get(at, at)), "predicted": str(columns.get(to, to))}
            for at, row in enumerate(counts)
            for to, count in enumerate(row)
            for _ in range(int(count))
        ]
        self.plot(name, pairs, "predicted", "actual", "confusion", **looks)

    def _grouped(self, name: str) -> str:
        """What is no metric does not get its group by itself."""
        return f"{self.live._group}/{name}" if self.live._group else name

    def model(self, name: str, path: Any) -> None:
        """A model's file or folder, which the tracker knows by `name`: a copy is tracked."""
        full = os.path.abspath(os.fspath(path))
        if os.path.exists(full):
            link = self._place(name)
            os.symlink(full, link)  # the copy follows it
            self.artifact(link, type="model", name=name)
            os.unlink(link)

    def document(self, name: str, text: str | bytes) -> None:
        """A text that the tracker keeps as a file of this name."""
        path = self._place(name)
        with open(path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        self.artifact(path)

    def _place(self, name: str) -> str:
        """Where to put a file for the moment, called like `name` without folders."""
        folder = os.path.join(alone.folder(), f"{self.live._group}-files")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, os.path.basename(name.rstrip("/")) or "unnamed")
        if os.path.lexists(path):
            os.unlink(path)
        return path

    def artifact(self, path: Any, **about: Any) -> None:
        """A file or folder; one that lies outside the working directory is copied first.

        Parameters:
            about: type, name, desc, labels, meta, as `Live.log_artifact` takes them, as far as known.
        """
        full = os.path.abspath(os.fspath(path))
        if not os.path.exists(full):
            return
        here = os.getcwd()
        inside = full.startswith(os.path.join(here, ""))
        given = {key: value for key, value in about.items() if value}
        given.setdefault("copy", not inside or _is_trackers(os.path.relpath(full, here)))
        if "name" in given:
            given["name"] = artifact_name(given["name"])
        self.live.log_artifact(full, **given)


def _texts_too(values: Mapping[str, Any], prefix: str, depth: int = 0) -> Iterator[Point]:
    """What a summary takes of values."""
    for name, value in values.items():
        if isinstance(value, dict) and depth < DEEPEST:
            yield from _texts_too(value, f"{prefix}{name}/", depth + 1)
            continue
        try:
            plain, text = convert.scalar(name, value)
        except InvalidDataTypeError:
            continue
        if not isinstance(plain, str) or len(plain) <= LONGEST_TEXT:
            yield f"{prefix}{name}", plain, text


def artifact_name(name: str) -> str:
    """A name as DVC takes it for an artifact: letters and digits, with `-`, `_` and `/` between them.

    >>> artifact_name("My model_v1.0:best")
    'My-model_v1-0-best'
    """
    text = "".join(char if char.isascii() and (char.isalnum() or char in "_/") else "-" for char in name)
    return text.strip("-_/") or "unnamed"


def _is_trackers(path: str) -> bool:
    """Whether a path below the working directory is in a tracker's own folder: another one each time."""
    return path.partition(os.sep)[0] in ("aim", ".aim", ".comet", "mlartifacts", "mlruns", "wandb")


def _merged(old: Any, new: Any) -> Any:
    """Parameters of which some are told anew."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}


class Runs:
    """The runs of a tracker in this process.

    Parameters:
        tracker: its package.
    """

    def __init__(self, tracker: str) -> None:
        self.tracker = tracker
        self._known: dict[str, Told] = {}
        self._within: dict[str, bool] = {}
        self._lock = _thread.RLock()

    def began(self, key: str, within: bool | None = None) -> None:
        """A run has begun, which may come to log something.

        Parameters:
            key: the tracker's name for the run.
            within: whether inside a training that is logged; None for: as it is just now.
        """
        self._within.setdefault(key, joined.inside() if within is None else within)

    def told(self, key: str) -> Told | None:
        """Where a run is logged; None where it is not: beside the program's own `Live`, in a forked process,
        and where it has begun inside a training that is logged.

        Parameters:
            key: the tracker's name for the run.
        """
        with self._lock:
            way = joined.channel()
            if way is None:
                return None
            known = self._known.get(key)
            if known is not None and known.live._way is not way:  # from before a fork
                self._known.clear()
                known = None
            self.began(key)
            if known is None and not self._within[key]:
                live = joined.begin(self.tracker, found=False, within=True)
                if live is not None:
                    known = self._known[key] = Told(live)
            return known
