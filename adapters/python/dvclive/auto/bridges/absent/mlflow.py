"""mlflow where it is not installed: runs that keep what scripts read back, and the shape of the package.

Models that a script logs are written as `pickle` has them: the formats of mlflow are its own.
"""

from __future__ import annotations

import os
import sys
import types

from .. import alone
from .nothing import Module, Nothing, TrackerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_module: Any = None
_active: list[Run] = []
_runs: dict[str, Run] = {}
_last: list[Run] = []
_models: dict[str, Any] = {}  # by uri


class Run:
    """A run, and what `with mlflow.start_run()` gives."""

    def __init__(self, name: str | None = None, experiment: str = "0", tags: Any = None) -> None:
        import time
        import uuid

        run = uuid.uuid4().hex
        folder = os.path.join(alone.folder(), run, "artifacts")
        self.info = types.SimpleNamespace(
            run_id=run, run_uuid=run, run_name=name or f"run-{run[:8]}", experiment_id=experiment,
            status="RUNNING", artifact_uri=folder,
            start_time=int(time.time() * 1000), end_time=None, lifecycle_stage="active",
        )  # fmt: skip
        self.data = types.SimpleNamespace(metrics={}, params={}, tags=dict(tags or {}))
        _runs[run] = self

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        end_run("FINISHED" if kind is None else "FAILED")


class Entity:
    """What a batch is made of: a metric, a parameter or a tag."""

    def __init__(self, key: str, value: Any, timestamp: Any = None, step: Any = 0, **more: Any) -> None:
        self.key, self.value, self.timestamp, self.step = key, value, timestamp, step


class MlflowClient:
    """`mlflow.MlflowClient`: the bridge hears what it is told."""

    def __init__(self, tracking_uri: Any = None, registry_uri: Any = None) -> None:
        self.tracking_uri = tracking_uri

    def create_run(
        self, experiment_id: str = "0", start_time: Any = None, tags: Any = None, run_name: Any = None
    ) -> Run:
        """A run that is not active."""
        return Run(run_name, experiment_id, tags)

    def get_run(self, run_id: str) -> Any:
        """A run of this process."""
        return _runs.get(run_id) or Nothing("mlflow.entities.Run")

    def log_metric(
        self, run_id: str, key: str, value: Any, timestamp: Any = None, step: Any = None, **more: Any
    ) -> None:
        """A point."""
        self.get_run(run_id).data.metrics[key] = value

    def log_batch(
        self, run_id: str, metrics: Any = (), params: Any = (), tags: Any = (), **more: Any
    ) -> None:
        """Several at once."""
        data = self.get_run(run_id).data
        for kept, given in ((data.metrics, metrics), (data.params, params), (data.tags, tags)):
            kept.update((entity.key, entity.value) for entity in given)

    def log_param(self, run_id: str, key: str, value: Any, **more: Any) -> Any:
        """A parameter."""
        self.get_run(run_id).data.params[key] = str(value)
        return value

    def set_tag(self, run_id: str, key: str, value: Any, **more: Any) -> None:
        """A tag."""
        self.get_run(run_id).data.tags[key] = str(value)

    def set_terminated(self, run_id: str, status: Any = None, end_time: Any = None) -> None:
        """The end of a run."""

    def log_artifact(self, run_id: str, local_path: Any, artifact_path: Any = None) -> None:
        """A file."""

    def log_artifacts(self, run_id: str, local_dir: Any, artifact_path: Any = None) -> None:
        """A folder."""

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """A text as a file."""

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """A dict as a file."""

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Rows of a table that is a file."""

    def log_figure(self, run_id: str, figure: Any, artifact_file: str, **more: Any) -> None:
        """A figure as a file."""

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: Any = None,
        key: Any = None,
        step: Any = None,
        **more: Any,
    ) -> None:
        """A picture."""

    def log_model_artifacts(self, model_id: str, local_dir: str, artifact_path: Any = None) -> None:
        """A model's files."""

    def get_logged_model(self, model_id: str) -> Any:
        """The name of a model is its id here."""
        return types.SimpleNamespace(name=model_id, source_run_id=None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(f"mlflow.MlflowClient.{name}")


def start_run(
    run_id: Any = None, experiment_id: Any = None, run_name: Any = None, nested: bool = False,
    parent_run_id: Any = None, tags: Any = None, description: Any = None, log_system_metrics: Any = None,
) -> Run:  # fmt: skip
    """Begin a run, or go on with one."""
    if _active and not nested:
        raise TrackerError(
            f"Run with UUID {_active[-1].info.run_id} is already active: call mlflow.end_run() first, or "
            "start_run(nested=True)."
        )
    run = _runs.get(run_id) or Run(run_name, experiment_id or "0", tags)
    _active.append(run)
    return run


def end_run(status: str = "FINISHED") -> None:
    """The end of the active run."""
    if _active:
        run = _active.pop()
        run.info.status = status
        _last[:] = [run]


def active_run() -> Run | None:
    """The run that is active."""
    return _active[-1] if _active else None


def last_active_run() -> Run | None:
    """The run that was active last."""
    return active_run() or (_last[-1] if _last else None)


def get_run(run_id: str) -> Any:
    """A run of this process."""
    return MlflowClient().get_run(run_id)


def get_artifact_uri(artifact_path: Any = None) -> str:
    """Where the files of the active run would be."""
    run = active_run() or start_run()
    return os.path.join(run.info.artifact_uri, artifact_path or "").rstrip("/")


def set_experiment(experiment_name: Any = None, experiment_id: Any = None, **more: Any) -> Any:
    """The experiment of the runs to come."""
    return types.SimpleNamespace(
        name=experiment_name, experiment_id=experiment_id or "0", artifact_location=alone.folder(), tags={},
        lifecycle_stage="active",
    )  # fmt: skip


def _run(run_id: Any = None) -> str:
    """Logging without a run begins one, as mlflow does."""
    return str(run_id or (active_run() or start_run()).info.run_id)


def log_metric(
    key: str, value: Any, step: Any = None, synchronous: Any = None, timestamp: Any = None,
    run_id: Any = None, **more: Any,
) -> None:  # fmt: skip
    """A point of the active run."""
    MlflowClient().log_metric(_run(run_id), key, value)


def log_metrics(
    metrics: Any, step: Any = None, synchronous: Any = None, run_id: Any = None, **more: Any
) -> None:
    """Points of the active run."""
    for key, value in metrics.items():
        MlflowClient().log_metric(_run(run_id), key, value)


def log_params(params: Any, synchronous: Any = None, run_id: Any = None) -> None:
    """Parameters of the active run."""
    for key, value in params.items():
        MlflowClient().log_param(_run(run_id), key, value)


def set_tags(tags: Any, synchronous: Any = None) -> None:
    """Tags of the active run."""
    for key, value in tags.items():
        _module.tracking.client.MlflowClient().set_tag(_run(), key, value)


def _of_client(name: str) -> Any:
    """The function of the package that has the active run's client do the same."""

    def function(*args: Any, run_id: Any = None, **kwargs: Any) -> Any:
        return getattr(MlflowClient(), name)(_run(run_id), *args, **kwargs)

    function.__name__ = name
    return function


class Flavor(Module):
    """`mlflow.sklearn`, `mlflow.pytorch` and all others."""

    def load_model(self, model_uri: str, *args: Any, **named: Any) -> Any:
        """A model that this process has logged."""
        model = _models.get(model_uri, Nothing("mlflow.models.Model"))
        if self.__name__ != "mlflow.pyfunc":
            return model
        predict = getattr(model, "predict", model)
        return types.SimpleNamespace(predict=lambda data, params=None: predict(data), metadata=None)

    def log_model(self, model: Any = None, artifact_path: Any = None, *_: Any, **named: Any) -> Any:
        """The model, as `pickle` writes it; one that it cannot write is not logged."""
        import pickle

        name = str(named.get("name") or artifact_path or "model")
        if model is None:
            model = next((value for key, value in named.items() if key.endswith("_model")), None)
        folder = os.path.join(alone.folder(), "models", os.path.basename(name))
        os.makedirs(folder, exist_ok=True)
        run = _run()
        try:
            with open(os.path.join(folder, "model.pkl"), "wb") as file:
                pickle.dump(model, file)
        except Exception:  # pickle and the model's own code raise what they like
            return Nothing("mlflow.models.model.ModelInfo")
        MlflowClient().log_model_artifacts(name, folder)
        uri = f"runs:/{run}/{name}"
        _models[uri] = model
        return types.SimpleNamespace(
            model_uri=uri, run_id=run, model_id=name, artifact_path=name, name=name,
            registered_model_version=None, signature=None, flavors={},
        )  # fmt: skip


def _end_all() -> None:
    while _active:
        end_run()


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    global _module
    _module = module
    for name in FLAVORS.split():
        flavor = Flavor(f"mlflow.{name}")
        setattr(module, name, flavor)
        sys.modules[flavor.__name__] = flavor
    names = [start_run, end_run, active_run, last_active_run, get_run, get_artifact_uri, set_experiment]
    names += [log_metric, log_metrics, log_params, set_tags]
    fluent = Module("mlflow.tracking.fluent")
    client = Module("mlflow.tracking.client")
    client.__dict__["MlflowClient"] = MlflowClient
    for function in [*names, *map(_of_client, OF_CLIENT.split())]:
        setattr(fluent, function.__name__, function)
    module.tracking = Module("mlflow.tracking")
    module.tracking.__dict__.update(fluent=fluent, client=client, MlflowClient=MlflowClient)
    module.utils = Module("mlflow.utils")
    module.utils.validation = Module("mlflow.utils.validation")
    module.utils.validation.__dict__.update(LIMITS)
    module.entities = Module("mlflow.entities")
    module.entities.__dict__.update(Metric=Entity, Param=Entity, RunTag=Entity, Run=Run)
    for part in (module.tracking, fluent, client, module.utils, module.utils.validation, module.entities):
        sys.modules[part.__name__] = part
    module.MlflowClient = MlflowClient
    from ..mlflow import patch

    patch(fluent)
    module.__dict__.update({name: value for name, value in vars(fluent).items() if callable(value)})
    import atexit

    atexit.register(_end_all)


LIMITS = {
    "MAX_ENTITY_KEY_LENGTH": 250,
    "MAX_METRICS_PER_BATCH": 1000,
    "MAX_PARAM_VAL_LENGTH": 6000,
    "MAX_PARAMS_TAGS_PER_BATCH": 100,
    "MAX_TAG_VAL_LENGTH": 8000,
}
"""What trainers count by, before they log: `mlflow.utils.validation`."""
FLAVORS = (
    "catboost fastai h2o keras langchain lightgbm onnx openai paddle pmdarima prophet pyfunc pytorch"
    " sentence_transformers sklearn spacy spark statsmodels tensorflow transformers xgboost"
)
OF_CLIENT = "log_param set_tag log_artifact log_artifacts log_text log_dict log_table log_figure log_image"
