"""Comet where it shall not be: experiments with a step, a context, and what scripts read back."""

from __future__ import annotations

from contextlib import contextmanager

from .nothing import Some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_module: Any = None


class CometExperiment(Some):
    """An experiment of any kind; what scripts tell it goes through the functions that Comet has for it."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        import uuid

        self.id = uuid.uuid4().hex
        self.alive, self.disabled, self.url = True, True, ""
        self.project_name = settings.get("project_name") or "general"
        self.workspace = settings.get("workspace") or "default"
        self.name = settings.get("experiment_name")
        self.context: str | None = None
        self.curr_step: int | None = None
        self.curr_epoch: int | None = None
        self.metrics: dict[str, Any] = {}
        self.params: dict[str, Any] = {}
        self.others: dict[str, Any] = {}
        self.tags: set[str] = set()
        _module.experiment = self

    def get_key(self) -> str:
        """The name of the experiment."""
        return self.id

    def get_name(self) -> Any:
        """The name that a script gave it."""
        return self.name

    def _fullname(self, name: str, include_context: bool = True) -> str:
        return f"{self.context}_{name}" if self.context and include_context else name

    @contextmanager
    def context_manager(self, context: str) -> Iterator[Any]:
        """Names are of a part of the training."""
        before, self.context = self.context, context
        try:
            yield self
        finally:
            self.context = before

    def train(self) -> Any:
        """Of the training."""
        return self.context_manager("train")

    def validate(self) -> Any:
        """Of the validation."""
        return self.context_manager("validate")

    def test(self) -> Any:
        """Of the test."""
        return self.context_manager("test")

    def set_step(self, step: Any) -> None:
        """The step of what follows."""
        self.curr_step = self.curr_step if step is None else int(step)

    def set_epoch(self, epoch: Any) -> None:
        """The epoch of what follows."""
        self.curr_epoch = epoch

    def _log_metric(
        self, name: Any, value: Any, step: Any = None, epoch: Any = None, include_context: bool = True,
        framework: Any = None,
    ) -> None:  # fmt: skip
        self.set_step(step)
        self.metrics[str(name)] = value

    def log_metric(
        self, name: Any, value: Any, step: Any = None, epoch: Any = None, include_context: bool = True
    ) -> None:
        """A point."""
        self._log_metric(name, value, step, epoch, include_context)

    def log_metrics(
        self, dic: Any, prefix: Any = None, step: Any = None, epoch: Any = None, include_context: bool = True
    ) -> None:
        """Several points."""
        for name, value in _flat(dic, "/"):
            self._log_metric(f"{prefix}_{name}" if prefix else name, value, step, epoch, include_context)

    def _log_parameter(
        self, name: Any, value: Any, step: Any = None, framework: Any = None, source: Any = None,
        include_context: bool = True,
    ) -> None:  # fmt: skip
        self.set_step(step)
        self.params[self._fullname(str(name), include_context)] = value

    def log_parameter(self, name: Any, value: Any, step: Any = None) -> None:
        """A parameter."""
        self._log_parameter(name, value, step, source="manual")

    def log_parameters(
        self, parameters: Any, prefix: Any = None, step: Any = None, nested_support: bool = True
    ) -> None:
        """Several parameters: a mapping or an object."""
        values = parameters if hasattr(parameters, "keys") else vars(parameters)
        for name, value in _flat(values, "|"):
            self._log_parameter(f"{prefix}_{name}" if prefix else name, value, step, source="manual")

    def get_parameter(self, name: str) -> Any:
        """What was logged."""
        return self.params.get(name)

    def get_metric(self, name: str) -> Any:
        """The last value."""
        return self.metrics.get(name)

    def log_image(
        self, image_data: Any, name: Any = None, overwrite: bool = False, image_format: str = "png",
        image_scale: float = 1.0, image_shape: Any = None, image_colormap: Any = None,
        image_minmax: Any = None, image_channels: str = "last", copy_to_tmp: bool = True, step: Any = None,
        **more: Any,
    ) -> Any:  # fmt: skip
        """A picture."""
        return {"web": None, "api": None, "imageId": None}

    def log_figure(
        self, figure_name: Any = None, figure: Any = None, overwrite: bool = False, step: Any = None,
        **more: Any,
    ) -> Any:  # fmt: skip
        """A figure."""
        return {"web": None, "api": None, "imageId": None}

    def log_confusion_matrix(
        self, y_true: Any = None, y_predicted: Any = None, matrix: Any = None, labels: Any = None,
        title: str = "Confusion Matrix", file_name: str = "confusion-matrix.json", **more: Any,
    ) -> Any:  # fmt: skip
        """A confusion matrix."""
        return {"web": None, "api": None, "assetId": None}

    def log_curve(self, name: str, x: Any, y: Any, overwrite: bool = False, step: Any = None) -> Any:
        """A curve with values of its own for the horizontal axis."""
        return {"web": None, "api": None, "assetId": None}

    def log_table(
        self, filename: str, tabular_data: Any = None, headers: Any = False, **format_kwargs: Any
    ) -> Any:
        """Rows, or a file of them."""
        return {"web": None, "api": None, "assetId": None}

    def log_asset_data(self, data: Any, name: Any = "asset", **more: Any) -> Any:
        """A document."""
        return {"web": None, "api": None, "assetId": None}

    def log_asset(self, file_data: Any, file_name: Any = None, **more: Any) -> Any:
        """A file."""
        return {"web": None, "api": None, "assetId": None}

    def log_model(
        self, name: str, file_or_folder: Any, file_name: Any = None, overwrite: bool = False,
        metadata: Any = None, **more: Any,
    ) -> Any:  # fmt: skip
        """A model's files."""
        return {"web": None, "api": None, "assetId": None}

    def log_other(self, key: Any, value: Any) -> None:
        """Anything with a name."""
        self.others[str(key)] = value

    def log_others(self, dictionary: Any) -> None:
        """Several of them."""
        for key, value in dictionary.items():
            self.log_other(key, value)

    def set_name(self, name: str) -> None:
        """The experiment's name."""
        self.name = name

    def add_tag(self, tag: str) -> bool:
        """A tag."""
        self.tags.add(tag)
        return True

    def add_tags(self, tags: Any) -> bool:
        """Several tags."""
        self.tags.update(tags)
        return True

    def get_tags(self) -> list[str]:
        """The tags."""
        return list(self.tags)

    def end(self) -> None:
        """The end."""
        self.alive = False


def _flat(values: Any, between: str, before: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values; Comet has them sorted."""
    for name in sorted(values, key=str):
        value = values[name]
        if isinstance(value, dict) and value:
            yield from _flat(value, between, f"{before}{name}{between}")
        else:
            yield f"{before}{name}", value


def _running(*args: Any, **kwargs: Any) -> Any:
    return _module.experiment


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    global _module
    _module = module
    kinds = ("Experiment", "ExistingExperiment", "ExistingOfflineExperiment", "OfflineExperiment", "start")
    module.__dict__.update(
        experiment=None, CometExperiment=CometExperiment, ExperimentBase=CometExperiment,
        get_global_experiment=_running, get_running_experiment=_running,
        **dict.fromkeys(kinds, CometExperiment),
    )  # fmt: skip
