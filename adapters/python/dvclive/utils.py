"""What programs take from `dvclive.utils`: names of metrics as callbacks log them, and a run read back."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .live import Live

_LIGHTNING = (("train_", "train/"), ("val_", "val/"), ("test_", "test/"), ("eval_", "eval/"))
_GROUPS = {
    "dvclive.keras": (("val_", "eval/"), ("", "train/")),
    "dvclive.fastai": (("train_", "train/"), ("valid_", "eval/")),
    "dvclive.huggingface": (("train_", "train/"), ("eval_", "eval/")),
    "dvclive.lightning": _LIGHTNING,
    "dvclive.fabric": _LIGHTNING,
}
"""By framework: how the names of its metrics begin, and with which group that is replaced."""


def standardize_metric_name(metric_name: str, framework: str) -> str:
    """The name under which a callback logs a framework's metric.

    Parameters:
        metric_name: as the framework calls it.
        framework: "dvclive.keras", "dvclive.fastai", "dvclive.huggingface", "dvclive.lightning" or
            "dvclive.fabric"; for others the name stays.

    >>> standardize_metric_name("eval_loss", "dvclive.huggingface")
    'eval/loss'
    >>> standardize_metric_name("train_loss_epoch", "dvclive.lightning")
    'train/epoch/loss'
    """
    lightning = _GROUPS.get(framework) is _LIGHTNING
    folder, slash, leaf = metric_name.rpartition("/") if lightning else ("", "", metric_name)
    for prefix, group in _GROUPS.get(framework, ()):
        if not leaf.startswith(prefix):
            continue
        rest = leaf[len(prefix) :]
        for often in ("step", "epoch"):  # Lightning logs one metric in both rhythms
            if lightning and rest.endswith(f"_{often}"):
                rest = f"{often}/{rest[: -len(often) - 1]}"
                break
        return f"{folder}{slash}{group}{rest}"
    return metric_name


def parse_tsv(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """The rows of a TSV file, as texts by column."""
    import csv

    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def parse_json(path: str | os.PathLike[str]) -> Any:
    """The content of a JSON file."""
    from .serialize import load_json

    return load_json(path)


def parse_metrics(live: Live) -> tuple[dict[str, list[dict[str, str]]], dict[str, Any]]:
    """A run's metrics read back: the rows by path of the TSV file, and what metrics.json says.

    Parameters:
        live: the run.
    """
    history = {}
    top = os.path.join(live.plots_dir, "metrics")
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            if name.endswith(".tsv"):
                path = os.path.join(folder, name)
                history[path] = parse_tsv(path)
    return history, parse_json(live.metrics_file)


def read_history(live: Live, metric: str) -> tuple[list[int], list[float]]:
    """Steps and values of one metric."""
    rows = parse_tsv(os.path.join(live.plots_dir, "metrics", f"{metric}.tsv"))
    leaf = list(rows[0])[-1] if rows else ""
    return [int(row["step"]) for row in rows], [float(row[leaf]) for row in rows]


def read_latest(live: Live, metric_name: str) -> tuple[int, float]:
    """The last step and value of one metric."""
    steps, values = read_history(live, metric_name)
    return steps[-1], values[-1]


def env2bool(var: str, undefined: bool = False) -> bool:
    """Whether an environment variable says yes; `undefined` where it is not set."""
    from .env import is_on

    value = os.environ.get(var)
    return undefined if value is None else is_on(value)


def inside_notebook() -> bool:
    """Whether we run inside a Jupyter or Colab notebook."""
    from .place import in_notebook

    return in_notebook()


def matplotlib_installed() -> bool:
    """Whether Matplotlib can be imported."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None
