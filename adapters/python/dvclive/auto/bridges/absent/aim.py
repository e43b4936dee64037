"""Aim where it shall not be: runs with a name and the parameters that scripts read back."""

from __future__ import annotations

from .nothing import Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Run(Some):
    """A run."""

    def __init__(
        self, run_hash: Any = None, *, repo: Any = None, read_only: bool = False, experiment: Any = None,
        **more: Any,
    ) -> None:  # fmt: skip
        import uuid

        self.hash = run_hash or uuid.uuid4().hex[:24]
        self.experiment = experiment or "default"
        self.name = f"Run: {self.hash}"
        self.description = self.end_time = None
        self.active, self.archived = True, False
        self.tags: list[str] = []
        self._params: dict[Any, Any] = {}

    def track(
        self, value: Any, name: Any = None, step: Any = None, epoch: Any = None, *, context: Any = None
    ) -> None:
        """A point, or something else of a series."""

    def __setitem__(self, key: Any, val: Any) -> None:
        if key is ...:
            self._params = dict(val)
            return
        place = self._params
        names = key if isinstance(key, tuple) else (key,)
        for name in names[:-1]:
            place = place.setdefault(name, {})
        place[names[-1]] = val

    def set(self, key: Any, val: Any, strict: bool = True) -> None:
        """A parameter."""
        self[key] = val

    def __getitem__(self, key: Any) -> Any:
        place: Any = self._params
        for name in () if key is ... else key if isinstance(key, tuple) else (key,):
            place = place[name]
        return place

    def get(self, key: Any, default: Any = None, *args: Any, **kwargs: Any) -> Any:
        """A parameter."""
        try:
            return self[key]
        except KeyError:
            return default

    def __delitem__(self, key: Any) -> None:
        self._params.pop(key, None)

    def add_tag(self, value: str) -> None:
        """A tag."""
        self.tags.append(value)

    def log_artifact(self, path: str, name: Any = None, *, block: bool = False) -> None:
        """A file."""


class Image:
    """`aim.Image`: of a PIL image, a path, an array, a tensor or a figure."""

    def __init__(self, image: Any, caption: str = "", **more: Any) -> None:
        self.picture, self.caption = image, caption

    def to_pil_image(self) -> Any:
        """What it was made of."""
        return self.picture


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    module.__dict__.update(Run=Run, Image=Image)
