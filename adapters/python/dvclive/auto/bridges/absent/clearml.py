"""ClearML where it shall not be: tasks with a name, a logger, and what was connected to them."""

from __future__ import annotations

from .nothing import Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Task(Some):
    """A task."""

    _current: Any = None

    def __init__(self, project_name: Any = None, task_name: Any = None) -> None:
        import uuid

        self.id = self.task_id = uuid.uuid4().hex
        self.project, self.name = project_name or "", task_name or ""
        self._tags: list[str] = []
        self._params: dict[str, Any] = {}
        self._logger = Logger(self)

    @classmethod
    def init(cls, project_name: Any = None, task_name: Any = None, *args: Any, **kwargs: Any) -> Task:
        """The task of this program."""
        if cls._current is None:
            cls._current = cls(project_name, task_name)
        return cls._current  # type: ignore[no-any-return]

    @classmethod
    def create(cls, project_name: Any = None, task_name: Any = None, *args: Any, **kwargs: Any) -> Task:
        """Another task."""
        return cls(project_name, task_name)

    @classmethod
    def current_task(cls) -> Any:
        """The task of this program, if there is one."""
        return cls._current

    get_task = current_task

    @classmethod
    def set_offline(cls, offline_mode: bool = False) -> None:
        """Nothing goes to a server anyway."""

    set_credentials = add_requirements = force_requirements_env_freeze = set_random_seed = set_offline

    @staticmethod
    def is_offline() -> bool:
        """Whether nothing goes to a server."""
        return True

    @staticmethod
    def running_locally() -> bool:
        """Whether no agent of ClearML runs this."""
        return True

    def get_logger(self) -> Logger:
        """The task's logger."""
        return self._logger

    logger = property(get_logger)

    def get_project_name(self) -> Any:
        """The project."""
        return self.project

    def connect(self, mutable: Any, name: Any = None, ignore_remote_overrides: bool = False) -> Any:
        """Parameters, which nobody overrides."""
        return mutable

    def connect_configuration(self, configuration: Any, name: Any = None, *args: Any, **kwargs: Any) -> Any:
        """A configuration, which nobody overrides."""
        return configuration

    def set_parameter(self, name: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """A parameter."""
        self._params[name] = value

    def set_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Parameters."""
        for values in (*args, kwargs):
            self._params.update(dict(values))

    def set_parameters_as_dict(self, dictionary: dict[str, Any]) -> None:
        """Parameters."""
        self._params.update(dictionary)

    def get_parameters(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What was set."""
        return dict(self._params)

    get_parameters_as_dict = get_parameters

    def get_parameter(self, name: str, default: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What was set."""
        return self._params.get(name, default)

    def upload_artifact(
        self, name: str, artifact_object: Any, metadata: Any = None, *args: Any, **kwargs: Any
    ) -> bool:
        """A file."""
        return True

    def add_tags(self, tags: Any) -> None:
        """Tags."""
        self._tags += tags.split(" ") if isinstance(tags, str) else list(tags)

    def get_tags(self) -> list[str]:
        """Tags."""
        return list(self._tags)

    def close(self) -> None:
        """The end."""
        if Task._current is self:
            Task._current = None


class Logger(Some):
    """The logger of a task."""

    def __init__(self, task: Any) -> None:
        self._task = task

    @classmethod
    def current_logger(cls) -> Any:
        """That of this program's task."""
        return Task.init().get_logger()

    def report_scalar(self, title: str, series: str, value: float, iteration: int) -> None:
        """A point."""

    def report_single_value(self, name: str, value: float) -> None:
        """A value of the whole task."""

    def report_image(
        self, title: str, series: str, iteration: Any = None, local_path: Any = None, image: Any = None,
        matrix: Any = None, *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        """A picture."""

    def report_matplotlib_figure(
        self, title: str, series: str, figure: Any, iteration: Any = None, **more: Any
    ) -> None:
        """A figure."""

    def report_line_plot(
        self, title: str, series: Any, xaxis: str, yaxis: str, mode: str = "lines", iteration: Any = None,
        **more: Any,
    ) -> None:  # fmt: skip
        """Curves."""

    def report_scatter2d(
        self, title: str, series: str, scatter: Any, iteration: Any = None, xaxis: Any = None,
        yaxis: Any = None, labels: Any = None, mode: str = "lines", **more: Any,
    ) -> None:  # fmt: skip
        """Points, which are a line where nothing else is said."""

    def report_confusion_matrix(
        self, title: str, series: str, matrix: Any, iteration: Any = None, xaxis: Any = None,
        yaxis: Any = None, xlabels: Any = None, ylabels: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """How often each class was taken for which."""


class OutputModel(Some):
    """A model of a task."""

    def __init__(
        self, task: Any = None, config_text: Any = None, config_dict: Any = None,
        label_enumeration: Any = None, name: Any = None, *args: Any, **more: Any,
    ) -> None:  # fmt: skip
        import uuid

        self.id, self.name = uuid.uuid4().hex, name
        self._task = task or Task.current_task()

    def update_weights(self, weights_filename: Any = None, *args: Any, **more: Any) -> str:
        """A file of it."""
        return str(weights_filename)


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    module.__dict__.update(Task=Task, Logger=Logger, OutputModel=OutputModel)
