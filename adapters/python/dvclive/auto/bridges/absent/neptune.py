"""Neptune where it is not installed: runs whose fields queue the operations that Neptune's would."""

from __future__ import annotations

import sys
from types import SimpleNamespace
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


class Field(Attribute):
    """One that holds a file."""

    def upload(self, value: Any, *, wait: bool = False) -> None:
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


class UploadFileSet(NamedTuple):
    """Files, by patterns."""

    path: list[str]
    file_globs: list[str]


class Point(NamedTuple):
    """A value of a series; that of a picture has its text in base64, `data`."""

    value: Any
    step: Any


class Data(NamedTuple):
    """What a picture's value holds."""

    data: str


class File:
    """`neptune.types.File`."""

    def __init__(
        self, path: Any = None, content: bytes | None = None, extension: str = "", picture: Any = None
    ) -> None:
        self.path, self.content, self.extension, self.picture = path, content, extension, picture

    @property
    def file_type(self) -> Any:
        """Where its bytes are; STREAM stands for nowhere."""
        kind = "LOCAL_FILE" if self.path else "STREAM" if self.content is None else "IN_MEMORY"
        return SimpleNamespace(name=kind)

    @classmethod
    def from_path(cls, path: str, extension: Any = None) -> File:
        """A file on the disk."""
        return cls(path)

    @classmethod
    def from_content(cls, content: Any, extension: Any = None) -> File:
        """A text, or bytes."""
        data = content.encode() if isinstance(content, str) else bytes(content)
        return cls(content=data, extension=extension or ("txt" if isinstance(content, str) else "bin"))

    @classmethod
    def from_stream(cls, stream: Any, seek: Any = 0, extension: Any = None) -> File:
        """What a file that is open holds."""
        if seek is not None and stream.seekable():
            stream.seek(seek)
        return cls.from_content(stream.read(), extension)

    @classmethod
    def as_html(cls, chart: Any) -> File:
        """A chart as a page: nobody makes it here."""
        return cls()

    as_pickle = as_html

    @classmethod
    def as_image(cls, image: Any, autoscale: bool = True) -> File:
        """A picture: an array, a PIL image or a figure."""
        from .... import pictures

        return cls(content=pictures.encode("picture.png", image)[0], extension="png", picture=image)


def _text(content: Any) -> str:
    import base64

    return base64.b64encode(content).decode()


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
                    self._queue(LogImages(self._path, [Point(Data(_text(value.content)), step)]))
            elif not isinstance(value, str):
                self._run._values["/".join(self._path)] = value
                self._queue(LogFloats(self._path, [Point(float(value), step)]))

    def upload(self, value: Any, *, wait: bool = False, **more: Any) -> None:
        """A file, a picture, or what a file is to hold."""
        file = value if isinstance(value, File) else File(value)
        Field(self._run._id, self._path).upload(file, wait=wait)

    def upload_files(self, value: Any, *, wait: bool = False) -> None:
        """Files, by patterns."""
        self._queue(UploadFileSet(self._path, [value] if isinstance(value, str) else list(value)))

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
        ("attributes.atoms.file", {"File": Field}),
        ("types", {"File": File}),
        ("utils", {"stringify_unsupported": lambda value, **_: value}),
    ):
        part = sys.modules[f"{module.__name__}.{name}"] = Module(f"{module.__name__}.{name}")
        part.__dict__.update(given)
        setattr(module, name.partition(".")[0], part)
