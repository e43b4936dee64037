"""trackio where it shall not be: runs that count their rows and keep their configuration."""

from __future__ import annotations

from .nothing import Nothing, Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_module: Any = None


class Run(Some):
    """A run: what scripts ask it for, and methods that do nothing with what they are told."""

    def __init__(self, project: str, name: Any = None, group: Any = None, config: Any = None) -> None:
        import uuid

        self.id = uuid.uuid4().hex
        self.project, self.name, self.group = project, name or f"run-{self.id[:8]}", group
        self.config = dict(config or {})
        self.url = None
        self._next_step = 0

    def log(self, metrics: dict[str, Any], step: int | None = None) -> None:
        """A row."""
        self._next_step = max(self._next_step, (self._next_step if step is None else step) + 1)

    def log_artifact(
        self,
        artifact_or_path: Any,
        name: Any = None,
        type: Any = None,  # noqa: A002 - trackio's name
        aliases: Any = None,
        **more: Any,
    ) -> Any:
        """A file or folder."""
        return Nothing("trackio.Artifact")

    def finish(self) -> None:
        """The end."""
        if _module.run is self:
            _module.run = None


class TrackioImage:
    """`trackio.Image`: of a path, a PIL image or an array."""

    def __init__(self, value: Any, caption: str | None = None) -> None:
        self._value, self.caption = value, caption


def init(project: str, name: Any = None, group: Any = None, **more: Any) -> Run:
    """Begin a run."""
    run = Run(project, name, group, more.get("config"))
    _module.__dict__.update(run=run, config=run.config)
    return run


def _of_run(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        if _module.run is None:
            raise RuntimeError(f"Call trackio.init() before trackio.{name}().")
        return getattr(_module.run, name)(*args, **kwargs)

    return call


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    global _module
    _module = module
    module.__dict__.update(
        init=init, run=None, config={}, Run=Run, Image=TrackioImage,
        **{name: _of_run(name) for name in ("alert", "finish", "log", "log_artifact", "log_system")},
    )  # fmt: skip
