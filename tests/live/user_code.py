"""A program as users write it, for the type checker; it runs, too."""

from __future__ import annotations

import argparse
from pathlib import Path

from dvclive import Live
from dvclive.error import InvalidDataTypeError
from dvclive.plots import Metric
from dvclive.utils import parse_metrics


def train(folder: Path, arguments: argparse.Namespace) -> float:
    best: float = 0.0
    with Live(folder, resume=False, report=None, save_dvc_exp=False, dvcyaml=None, exp_name="typed") as live:
        live.log_params(arguments)
        live.log_params({"lr": 0.1, "layers": [64, 64]})
        live.log_params([("seed", 1)])
        live.log_param("path", folder)
        for epoch in range(2):
            live.log_metric("train/loss", 1 / (epoch + 1), timestamp=True)
            live.log_metric("best", best, plot=False)
            live.log_metrics({"acc": epoch, "name": "text"})
            live.next_step()
        live.step = 7
        live.summary["best"] = {"acc": best}
        live.log_plot("curve", [{"x": 1, "y": 2.0}], x="x", y=["y"], template="simple", title="T")
        live.log_sklearn_plot("roc", [0, 1], [0.1, 0.9], name="r", drop_intermediate=True)
        live.log_artifact(folder / "missing", type="model", labels=["a"], meta={"k": 1}, copy=True)
        live.make_summary()
        try:
            live.log_metric("bad", object())
        except InvalidDataTypeError as error:
            print(error)
    step: int = live.step
    report: str | None = live.report_file
    history, latest = parse_metrics(live)
    path: str = live.metrics_file
    assert Metric.could_log(1.0)
    assert (step, report, sorted(latest)) == (7, None, ["acc", "best", "name", "step", "train"])
    return float(len(history)) + len(path) * 0


if __name__ == "__main__":
    import sys

    print(train(Path(sys.argv[1]), argparse.Namespace(epochs=2)))
