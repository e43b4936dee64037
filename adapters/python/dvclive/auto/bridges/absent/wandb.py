"""wandb where it is not installed: runs that keep what scripts read back, and the shape of the package."""

from __future__ import annotations

import os
import sys
import types

from .. import alone
from .nothing import Module, Nothing, Some, TrackerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Items(dict):  # type: ignore[type-arg]
    """A dict whose items are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Config(Items):
    """`run.config`."""

    def update(self, d: Any, allow_val_change: Any = None) -> None:  # type: ignore[override]
        """Takes also namespaces."""
        super().update(_plain(d))

    def setdefaults(self, d: Any) -> None:
        """Where there is none yet."""
        super().update({name: value for name, value in _plain(d).items() if name not in self})

    def update_locked(self, d: Any, user: Any = None, _allow_val_change: Any = None) -> None:
        """As a sweep does."""
        super().update(d)

    def as_dict(self) -> dict[str, Any]:
        """A copy."""
        return dict(self)

    def __setitem__(self, key: str, val: Any) -> None:
        super().__setitem__(key, val)

    def __setattr__(self, key: str, val: Any) -> None:
        super().__setitem__(key, val)


class SummaryDict(Items):
    """`run.summary`."""

    def update(self, d: Any) -> None:  # type: ignore[override]
        """Of several values."""
        super().update(d)

    def __setitem__(self, key: str, val: Any) -> None:
        self.update({key: val})

    def __setattr__(self, key: str, val: Any) -> None:
        self.update({key: val})


def _plain(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    return dict(given) if isinstance(given, dict) or hasattr(given, "keys") else dict(vars(given))


class Artifact(Some):
    """`wandb.Artifact`."""

    def __init__(
        self,
        name: str,
        type: str,  # noqa: A002 - wandb's name
        description: str | None = None,
        metadata: Any = None,
        **more: Any,
    ) -> None:
        self.name, self.type, self.description, self.metadata = name, type, description, metadata or {}
        self.id = self.version = None

    def add_file(self, local_path: str, name: str | None = None, **more: Any) -> Any:
        """A file."""
        return Nothing("wandb.ArtifactManifestEntry")

    def add_dir(self, local_path: str, name: str | None = None, **more: Any) -> None:
        """A folder."""

    def new_file(self, name: str, mode: str = "x", encoding: str | None = None) -> Any:
        """A file to write, which is part of the artifact."""
        path = os.path.join(alone.folder(), self.name.replace(os.sep, "-"), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        file = open(path, mode.replace("x", "w"), encoding=encoding)  # noqa: SIM115
        self.add_file(path)
        return file

    def wait(self, timeout: int | None = None) -> Artifact:
        """It is there."""
        return self


class Image:
    """`wandb.Image`: of a path, a PIL image, an array, a tensor or a figure."""

    def __init__(self, data_or_path: Any = None, mode: Any = None, caption: Any = None, **more: Any) -> None:
        self.picture = _picture(data_or_path)
        self.caption = caption


def _picture(data: Any) -> Any:
    """Tensors of PyTorch have their channels first."""
    if isinstance(data, Image):
        return data.picture
    if type(data).__module__.partition(".")[0] == "torch":
        data = data.detach().cpu().numpy()
        if data.ndim == 3 and data.shape[0] in (1, 3, 4):
            data = data.transpose(1, 2, 0)
    return data


class Table(Some):
    """`wandb.Table`: its rows, for charts."""

    def __init__(self, columns: Any = None, data: Any = None, dataframe: Any = None, **more: Any) -> None:
        if dataframe is not None:
            columns, data = list(dataframe.columns), dataframe.to_numpy().tolist()
        self.columns = list(columns or ("Input", "Output", "Expected"))
        self.data = [list(row) for row in (() if data is None else data)]

    def add_data(self, *data: Any) -> None:
        """A row."""
        self.data.append(list(data))

    def add_row(self, *row: Any) -> None:
        """The same, as it was called before."""
        self.add_data(*row)

    def add_column(self, name: str, data: Any, optional: bool = False) -> None:
        """A column beside the others."""
        self.columns.append(name)
        values = list(data)
        self.data = self.data or [[] for _ in values]
        for row, value in zip(self.data, values):  # noqa: B905 - Python 3.8
            row.append(value)

    def get_column(self, name: str, convert_to: str | None = None) -> Any:
        """The values of a column."""
        values = [row[self.columns.index(name)] for row in self.data]
        if convert_to != "numpy":
            return values
        import numpy

        return numpy.array(values)

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """The rows with their numbers."""
        return iter(enumerate(self.data))


class Run:
    """A run: what scripts ask it for, and methods that do nothing with what they are told."""

    def __init__(self, settings: dict[str, Any]) -> None:
        import uuid

        self.id = str(settings.get("id") or uuid.uuid4().hex[:8])
        self.name = settings.get("name") or f"dummy-{self.id}"
        self.project = settings.get("project") or "dummy"
        self.entity = settings.get("entity") or "dummy"
        self.group = settings.get("group") or ""
        self.job_type = settings.get("job_type") or ""
        self.notes = settings.get("notes")
        self.tags = tuple(settings.get("tags") or ())
        self.config, self.summary = Config(), SummaryDict()
        self.step = self.starting_step = 0
        self.url = self.project_url = self.sweep_id = self.sweep_url = None
        self.path = f"{self.entity}/{self.project}/{self.id}"
        self.disabled, self.offline, self.resumed = True, True, False
        self.dir = os.path.join(alone.folder(), f"run-{self.id}", "files")
        os.makedirs(self.dir, exist_ok=True)

    def log(
        self, data: dict[str, Any], step: int | None = None, commit: bool | None = None, **more: Any
    ) -> None:
        """A row."""
        if step is not None:
            self.step = max(self.step, step)
        if commit or (step is None and commit is None):
            self.step += 1
        dict.update(self.summary, data)

    def define_metric(self, name: str, step_metric: Any = None, **more: Any) -> Any:
        """The step of a metric."""
        return Nothing("wandb.Metric")

    def save(self, glob_str: Any = None, base_path: Any = None, policy: str = "live") -> list[str]:
        """Files."""
        return []

    def log_artifact(
        self,
        artifact_or_path: Any,
        name: Any = None,
        type: Any = None,  # noqa: A002
        aliases: Any = None,
        **more: Any,
    ) -> Any:
        """Files with a name."""
        return artifact_or_path if isinstance(artifact_or_path, Artifact) else Artifact(str(name), str(type))

    def log_model(self, path: Any, name: Any = None, aliases: Any = None) -> None:
        """A model's files."""

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """The end."""
        _leave(self)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *error: object) -> None:
        self.finish()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(f"wandb.Run.{name}")


OF_RUN = (
    "log",
    "define_metric",
    "save",
    "log_artifact",
    "log_model",
    "watch",
    "unwatch",
    "alert",
    "use_artifact",
)
_module: Any = None


def init(
    entity: Any = None, project: Any = None, dir: Any = None, id: Any = None, name: Any = None,  # noqa: A002
    notes: Any = None, tags: Any = None, config: Any = None, group: Any = None, job_type: Any = None,
    mode: Any = None, **more: Any,
) -> Run:  # fmt: skip
    """Begin a run; while there is one, that one."""
    if _module.run is not None and more.get("reinit") in (None, False, "default", "return_previous"):
        return _module.run  # type: ignore[no-any-return]
    run = Run({"entity": entity, "project": project, "id": id, "name": name, "notes": notes, "tags": tags,
               "group": group, "job_type": job_type})  # fmt: skip
    if isinstance(config, str):
        config = None  # a file of wandb's
    run.config.update(config)
    _module.__dict__.update(run=run, config=run.config, summary=run.summary)
    _module.__dict__.update({name: getattr(run, name) for name in OF_RUN})
    return run


def _leave(run: Run) -> None:
    if _module.run is run:
        _module.run = None


def _finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    if _module.run is not None:
        _module.run.finish()


def agent(*args: Any, **kwargs: Any) -> None:
    """A sweep's agent, and a sweep: without the server that hands out the trials, none would be trained."""
    raise TrackerError(
        "Sweeps need wandb's server, which `dvclive run --bridge-only` does without. Run the trials without "
        "--bridge-only, or let DVC queue them: `dvc exp run --queue -S ...`."
    )


def _charts(plot: Any) -> None:
    """`wandb.plot`: the charts of a table; those that compute something first are not drawn."""

    def chart(kind: str, *fields: str) -> Any:
        def make(table: Any, *columns: Any, title: Any = None, **named: Any) -> Any:
            given = dict(zip(fields, columns))  # noqa: B905 - Python 3.8
            given.update({field: named[field] for field in fields if field in named})
            return CustomChart(table, kind, given, {"title": title or ""})

        return make

    plot.line = chart("wandb/line/v0", "x", "y", "stroke")
    plot.scatter = chart("wandb/scatter/v0", "x", "y")
    plot.bar = chart("wandb/bar/v0", "label", "value")
    plot.confusion_matrix = confusion_matrix
    plot.line_series = line_series
    plot.roc_curve = plot.roc = _scored("roc")
    plot.pr_curve = _scored("precision_recall")


def confusion_matrix(
    probs: Any = None,
    y_true: Any = None,
    preds: Any = None,
    class_names: Any = None,
    title: Any = None,
    **more: Any,
) -> Any:
    """How often each class was taken for which."""
    if preds is None and probs is not None:
        preds = [max(range(len(row)), key=row.__getitem__) for row in probs]
    pairs = list(zip(y_true, preds))  # noqa: B905 - Python 3.8

    def name(index: Any) -> Any:
        return str(index) if class_names is None else class_names[int(index)]

    table = Table(columns=["Actual", "Predicted", "nPredictions"])
    for actual, predicted in pairs:
        table.add_data(name(actual), name(predicted), 1)
    fields = {column: column for column in table.columns}
    return CustomChart(table, "wandb/confusion_matrix/v1", fields, {"title": title or ""})


def line_series(xs: Any, ys: Any, keys: Any = None, title: Any = None, *more: Any, **named: Any) -> Any:
    """Several lines, of the same values for the horizontal axis or of its own each."""
    table = Table(columns=["step", "lineKey", "lineVal"])
    several = [list(line) for line in ys]
    own = len(xs) > 0 and hasattr(xs[0], "__len__")
    for number, line in enumerate(several):
        key = f"line_{number}" if keys is None else keys[number]
        for x, y in zip(xs[number] if own else xs, line):  # noqa: B905 - Python 3.8
            table.add_data(x, key, y)
    fields = {column: column for column in table.columns}
    return CustomChart(table, "wandb/lineseries/v0", fields, {"title": title or ""})


def _scored(kind: str) -> Any:
    """A chart that is computed from classes and their scores: the recorder does that."""

    def make(
        y_true: Any = None, y_probas: Any = None, labels: Any = None, classes_to_plot: Any = None,
        title: Any = None, **more: Any,
    ) -> Any:  # fmt: skip
        return Scored(kind, y_true, y_probas, labels, classes_to_plot, title)

    return make


class Scored:
    """`wandb.plot.roc_curve` and `pr_curve`.

    Parameters:
        truth: the class of each sample. scores: a column for each class, in the order of the classes.
        labels: names of the classes, by their numbers. wanted: the classes to show; None for all.
    """

    def __init__(self, kind: str, truth: Any, scores: Any, labels: Any, wanted: Any, title: Any) -> None:
        self.kind, self.title = kind, title
        truth = list(truth)
        self.parts: dict[str, tuple[list[int], list[float]]] = {}
        for number, one in enumerate(sorted(set(truth))):
            if wanted is None or one in list(wanted):
                name = str(one if labels is None or isinstance(one, str) else labels[int(one)])
                self.parts[name] = (
                    [int(item == one) for item in truth],
                    [float(row[number]) for row in scores],
                )


class CustomChart:
    """What `wandb.plot` gives."""

    def __init__(self, table: Any, kind: str, fields: dict[str, Any], texts: dict[str, Any]) -> None:
        self.table = table
        self.spec = types.SimpleNamespace(spec_name=kind, fields=fields, string_fields=texts)


def _part(name: str, **names: Any) -> Module:
    part = Module(f"wandb.{name}")
    part.__dict__.update(names)
    sys.modules[part.__name__] = part
    return part


def fill(module: Any) -> None:
    """Put into the package what scripts use of it."""
    global _module
    _module = module
    module.__dict__.update(
        init=init, finish=_finish, run=None, config=Config(), summary=SummaryDict(),
        login=lambda *_, **__: True,
        agent=agent, sweep=agent,
        Artifact=Artifact, Image=Image, Table=Table, Run=Run, Config=Config,
        plot=Nothing("wandb.plot"),
        wandb_run=_part("wandb_run", Run=Run),
        sdk=_part(
            "sdk",
            wandb_run=_part("sdk.wandb_run", Run=Run),
            wandb_config=_part("sdk.wandb_config", Config=Config),
            wandb_summary=_part("sdk.wandb_summary", SummaryDict=SummaryDict),
        ),
    )  # fmt: skip
    _charts(module.plot)
