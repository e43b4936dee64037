"""What can happen in a run: small frozen values, valid once built, ignorant of files and processes.

Stdout, FIFO, one-shot commands, shims, `Live` and the system monitor differ only in how an event arrives.
`protocol.py` gives each event its one text form. Named tuples, because a run may see 10^8 of them: they are
immutable and cost a third of a frozen dataclass to build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Scalar = int | float | str | bool
"""A metric's value."""

Json = Any
"""What JSON can say: None, bool, int, float, str, lists and string-keyed dicts of these."""


class Metric(NamedTuple):
    """One point of one series (`Live.log_metric`).

    `step` None means the run's current step. `timestamp`: epoch milliseconds, or None for no time column;
    `plot` False keeps the point out of the TSV. `rank`: the distributed rank that reported it. `text` is the
    value as the program printed it, where that is not `str(value)` ("0.30"): the TSV keeps it.
    """

    name: str
    value: Scalar
    step: int | None = None
    timestamp: int | None = None
    plot: bool = True
    rank: int | None = None
    text: str | None = None


class Points(NamedTuple):
    """Points of one series that came one after another, in columns: 10^8 of them pass a hundred at a time.

    Stands for `metrics()` wherever events are taken in bulk, and has no line of its own. `texts`: the values
    as the program printed them, which no cell of a table has to quote. `steps` None: the run's current step.
    """

    name: str
    steps: Sequence[int] | None
    values: Sequence[float]
    texts: Sequence[str]

    def metrics(self) -> list[Metric]:
        """The points one by one.

        >>> Points("loss", [1, 2], [0.5, 0.25], ["0.5", "0.250"]).metrics()[1]
        Metric(name='loss', value=0.25, step=2, timestamp=None, plot=True, rank=None, text='0.250')
        """
        steps = [None] * len(self.values) if self.steps is None else self.steps
        return [
            Metric(self.name, value, step, text=None if text == str(value) else text)
            for step, value, text in zip(steps, self.values, self.texts, strict=True)
        ]


class Param(NamedTuple):
    """One hyperparameter (`Live.log_param`)."""

    name: str
    value: Json


class Summary(NamedTuple):
    """One value for metrics.json only (`Live.summary[name] = value`); it may be a list.

    None takes the name out (`del Live.summary[name]`), or all below it where it has no value itself.
    """

    name: str
    value: Json


class NextStep(NamedTuple):
    """`Live.next_step()`: views are written, the step goes up by one."""


class Step(NamedTuple):
    """`Live.step = step`."""

    step: int


class Image(NamedTuple):
    """An image file to copy or convert into plots/images/<name> (`Live.log_image`). `source` is a path;
    within one process it may be a picture's file as bytes, a PIL image, an array or a Matplotlib figure."""

    name: str
    source: Any


class Plot(NamedTuple):
    """A custom plot (`Live.log_plot`). `source`: path of a CSV, TSV or JSON file, or the rows themselves.
    `y` holds one or more column names."""

    name: str
    source: str | Sequence[Mapping[str, Json]]
    x: str
    y: tuple[str, ...]
    template: str | None = None
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None


class SklearnPlot(NamedTuple):
    """A scikit-learn plot (`Live.log_sklearn_plot`). `labels` and `predictions`: paths of CSV, TSV, JSON or
    npy files, or the values. `options` go to the scikit-learn function."""

    kind: str
    labels: Any
    predictions: Any
    name: str | None = None
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None
    normalized: bool = False
    options: Mapping[str, Json] = {}


class Artifact(NamedTuple):
    """A file or folder to track with DVC (`Live.log_artifact`)."""

    path: str
    type: str | None = None
    name: str | None = None
    desc: str | None = None
    labels: tuple[str, ...] = ()
    meta: Mapping[str, Json] = {}
    copy: bool = False
    cache: bool = True


class Progress(NamedTuple):
    """How far the program is: shown live, never stored as a metric."""

    done: float
    total: float | None = None


class Message(NamedTuple):
    """A line for the person who watches: shown live, kept in the run's log of messages."""

    text: str


class Printed(NamedTuple):
    """Metrics that the program prints under these names are logged already, under these or others.

    `over`: not any more; what is printed under these names from here on is something else.
    """

    names: tuple[str, ...]
    over: bool = False


class Follow(NamedTuple):
    """The program writes metrics into a file (CSV, JSON, TensorBoard's): they are read from it.

    `names`: of the series that count, the metric for each; without any, all of them count as they are called.
    """

    path: str
    names: Mapping[str, Json] = {}


class Open(NamedTuple):
    """A program begins to log (`Live(...)`): it joins the run, or begins the next one.

    `options`: the constructor's, as far as they are not the defaults: dir, resume, report, save_dvc_exp,
    dvcyaml, cache_images, exp_name, exp_message. `pid`: the process that logs. `ack`: FIFO for the answer.
    `beside`: no `Live`, but a job of a program with several; what it prints counts, and a `Live` in it joins
    its run.
    """

    options: Mapping[str, Json] = {}
    pid: int | None = None
    ack: str | None = None
    beside: bool = False


class MonitorSystem(NamedTuple):
    """Record CPU, memory, disks and GPUs from now on (`Live.monitor_system`).

    `interval`: seconds between samples. `num_samples`: how many make a point. `directories`: folder by name.
    """

    interval: float = 0.05
    num_samples: int = 20
    directories: Mapping[str, Json] = {"main": "/"}


class Sync(NamedTuple):
    """Write the views now; answer on the FIFO `ack` when they are on disk."""

    ack: str | None = None


class End(NamedTuple):
    """The program has finished logging; answer on the FIFO `ack` when everything is on disk.

    `status`: how it went, as far as the program knows: completed, failed or interrupted.
    """

    ack: str | None = None
    status: str | None = None


Event = (
    Metric
    | Param
    | Summary
    | NextStep
    | Step
    | Image
    | Plot
    | SklearnPlot
    | Artifact
    | Progress
    | Message
    | Printed
    | Follow
    | Open
    | MonitorSystem
    | Sync
    | End
)
