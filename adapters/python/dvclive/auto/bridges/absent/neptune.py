"""Neptune where it is not installed: runs whose fields queue the operations that Neptune's would."""

from __future__ import annotations

import sys
from typing import NamedTuple

from .nothing import Module, Nothing, Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Attribute:
    """A field of a run. All it does is to queue operations: nobody takes them."""

    def __init__(self, container: str, path: list[str]) -> None:
        self._container_id, self._path = container, path

    def _enqueue_operation(self, operation: Any, *, wait: bool = False) -> None:
        """Not sent."""


class AssignFloat(NamedTuple):
    """A number."""

    path: list[str]
    value: Any


class AssignInt(AssignFloat):
    """A whole number."""


class AssignBool(AssignFloat):
    """Yes or no."""


class AssignString(AssignFloat):
    """A text."""


class LogFloats(NamedTuple):
    """Points of a series."""

    path: list[str]
    values: list[Any]


class LogImages(LogFloats):
    """Pictures of a series."""


class UploadFile(NamedTuple):
    """A file."""

    path: list[str]
    file_path: str
    tmp_file_name: Any = None


class Point(NamedTuple):
    """A value of a series; that of a picture has its text in base64, `data`."""

    value: Any
    step: Any


class Data(NamedTuple):
    """What a picture's value holds."""

    data: str


class File:
    """`neptune.types.File`."""

    def __init__(self, path: Any = None, picture: Any = None) -> None:
        self.path, self.picture = path, picture

    @classmethod
    def as_image(cls, image: Any, autoscale: bool = True) -> File:
        """A picture: an array, a PIL image or a figure."""
        return cls(picture=image)

    def encoded(self) -> str:
        """The text of the picture's file."""
        import base64

        from .... import pictures

        return base64.b64encode(pictures.encode("picture.png", self.picture)[0]).decode()


KINDS = {bool: AssignBool, int: AssignInt, float: AssignFloat, str: AssignString}


class Handler(Some):
    """`run[path]`: a field, or the fields below it."""

    def __init__(self, run: Any, path: list[str]) -> None:
        self._run, self._path = run, path

    def __getitem__(self, path: str) -> Handler:
        return Handler(self._run, [*self._path, *path.split("/")])

    def __setitem__(self, path: str, value: Any) -> None:
        self[path].assign(value)

    def _queue(self, operation: Any) -> None:
        Attribute(self._run._id, self._path)._enqueue_operation(operation, wait=False)

    def assign(self, value: Any, *, wait: bool = False) -> None:
        """One value, or those of a mapping."""
        if hasattr(value, "items"):
            for key, item in value.items():
                self[str(key)].assign(item)
            return
        if isinstance(value, File):
            self.upload(value)
            return
        self._run._values["/".join(self._path)] = value
        kind = next((kind for base, kind in KINDS.items() if isinstance(value, base)), AssignString)
        self._queue(kind(self._path, str(value) if kind is AssignString else value))

    def append(
        self, value: Any, *, step: Any = None, timestamp: Any = None, wait: bool = False, **_: Any
    ) -> None:
        """A point of a series, or one of each series below."""
        if hasattr(value, "items"):
            for key, item in value.items():
                self[str(key)].append(item, step=step)
        else:
            self.extend([value], steps=None if step is None else [step])

    log = append

    def extend(self, values: Any, *, steps: Any = None, **more: Any) -> None:
        """Points of a series."""
        if hasattr(values, "items"):
            for key, items in values.items():
                self[str(key)].extend(items, steps=steps)
            return
        values = list(values)
        steps = [None] * len(values) if steps is None else list(steps)
        for value, step in zip(values, steps):  # noqa: B905 - Python 3.8
            if isinstance(value, File):
                if value.picture is not None:
                    self._queue(LogImages(self._path, [Point(Data(value.encoded()), step)]))
            elif not isinstance(value, str):
                self._run._values["/".join(self._path)] = value
                self._queue(LogFloats(self._path, [Point(float(value), step)]))

    def upload(self, value: Any, *, wait: bool = False, **more: Any) -> None:
        """A file."""
        path = value.path if isinstance(value, File) else value
        if isinstance(path, str):
            self._queue(UploadFile(self._path, path))

    def fetch(self) -> Any:
        """The value, or the last of a series."""
        return self._run._values.get("/".join(self._path), Nothing("neptune"))

    fetch_last = fetch


class Run(Handler):
    """A run, or another of Neptune's containers."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        import uuid

        super().__init__(self, [])
        self._id = str(uuid.uuid4())
        self._values: dict[str, Any] = {
            "sys/id": "NONE-0",
            "sys/name": str(settings.get("name") or "Untitled"),
        }

    def exists(self, path: str) -> bool:
        """Whether there is such a field."""
        return path in self._values

    def get_url(self) -> str:
        """There is no page."""
        return ""


def fill(module: Any) -> None:
    """Put into the package what scripts use of it, and the module that the bridge asks for."""
    makers = (
        "Run",
        "Model",
        "ModelVersion",
        "Project",
        "init",
        "init_run",
        "init_model",
        "init_model_version",
    )
    module.__dict__.update(dict.fromkeys((*makers, "init_project"), Run))
    for name, given in (
        ("attributes.attribute", {"Attribute": Attribute}),
        ("types", {"File": File}),
        ("utils", {"stringify_unsupported": lambda value, **_: value}),
    ):
        part = sys.modules[f"{module.__name__}.{name}"] = Module(f"{module.__name__}.{name}")
        part.__dict__.update(given)
        setattr(module, name.partition(".")[0], part)
