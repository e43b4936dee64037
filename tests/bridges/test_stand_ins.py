"""`--bridge-only` where the trackers are not there: scripts written for them run, and are recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
import scripted
import scripts
import wanted
from processes import PYTHON, Place, read_file


@pytest.mark.parametrize("tracker", sorted(wanted.POINTS))
def test_a_script_runs_without_its_tracker(tracker: str, tmp_path: Path) -> None:
    """Everything it told is in the run, and nothing else is on the disk."""
    ran = scripted.run(tracker, tmp_path, "--bridge-only", "--no-save-dvc-exp")
    assert ran.points() == wanted.POINTS[tracker]
    assert ran.params() == {**wanted.PARAMS[tracker], **wanted.ABOUT.get(tracker, {})}
    assert wanted.SUMMARY.get(tracker, {}).items() <= ran.summary().items()
    assert ran.images() == wanted.IMAGES[tracker]
    assert ran.artifacts() == wanted.ARTIFACTS.get(tracker)
    assert ran.written() == []
    assert "dvclive:" not in ran.err.replace("dvclive: completed", "")


def recorded(place: Place, program: str, *options: str) -> tuple[dict[str, object], set[str], bytes]:
    """params.yaml and the metrics of a script under `--bridge-only`, and what it says on stderr."""
    Path(place.cwd, "script.py").write_text(program)
    ended = place.under([PYTHON, "script.py"], "--bridge-only", *options)
    assert ended.code == 0, ended.err
    params = Path(place.dir, "params.yaml")
    folder = Path(place.dir, "plots", "metrics")
    names = {str(path.relative_to(folder))[:-4] for path in folder.rglob("*.tsv")}
    return scripts.yaml(params) if params.exists() else {}, names, ended.err


def test_secrets_are_left_out_wherever_they_are(place: Place) -> None:
    program = (
        "import aim\nrun = aim.Run()\nrun['a'] = {'lr': 1, 'api_key': 'x', 'deep': {'token': 'y', 'n': 2}}"
    )
    assert recorded(place, program)[0] == {"a": {"lr": 1, "deep": {"n": 2}}}


def test_a_second_run_has_a_group_of_its_own(place: Place) -> None:
    """As in a script that trains twice; what belongs to neither run is left alone."""
    program = """
import trackio, comet_ml
for rate in (0.1, 0.2):
    trackio.init(project="p", config={"rate": rate})
    trackio.log({"loss": rate})
    trackio.finish()
for rate in (0.3, 0.4):
    experiment = comet_ml.start(project_name="p")
    experiment.log_parameter("speed", rate)
    experiment.log_metric("error", rate, step=1)
    experiment.end()
"""
    params, names, _ = recorded(place, program)
    assert names == {"loss", "trackio_2/loss", "error", "comet_ml_2/error"}
    assert (params["rate"], params["speed"]) == (0.1, 0.3)
    assert (params["trackio_2"]["rate"], params["comet_ml_2"]["speed"]) == (0.2, 0.4)  # type: ignore[index]


def test_all_else_of_a_tracker_is_there_and_does_nothing(place: Place) -> None:
    """Names that no bridge knows: classes, decorators, contexts, errors, submodules."""
    program = """
import aim, clearml, comet_ml, neptune, trackio
from aim.pytorch_lightning import AimLogger
from clearml import Dataset, OutputModel, PipelineDecorator
from clearml.automation import HyperParameterOptimizer
from comet_ml.integration.pytorch import log_model, watch
from neptune.exceptions import NeptuneException
from neptune.utils import stringify_unsupported

class Logger(AimLogger):
    pass

@PipelineDecorator.component(return_values=["x"])
def step():
    return 3

try:
    assert step() == 3
    with comet_ml.start() as experiment:
        pass
    experiment.log_curve("roc", [0, 1], [0, 1])
    experiment.log_histogram_3d([1, 2])
    watch(object())
    data = Dataset.get(dataset_name="d").get_local_copy()
    task = clearml.Task.init("p", "t", tags=["a"])
    task.get_logger().report_table("t", "s", 0, table_plot=None)
    OutputModel(task=task).update_weights("m")
    run = neptune.init_run()
    run["a/b"].append(1)
    run["text"].append("line")
    run["config"] = stringify_unsupported({"x": None})
    run["tags"].add(["one"])
    run.sync(), run.get_url(), run["sys/id"].fetch()
    print(f"{run['a/b'].fetch_last()} {aim.Run().hash != aim.Run().hash} {trackio.Table()!r:.8}")
    trackio.init("p"), trackio.log({"h": trackio.Histogram([1]), "n": 1}), trackio.alert("title")
except NeptuneException:
    raise
"""
    _, names, err = recorded(place, program)
    assert names == {"a/b", "n"}
    assert err == b""


def test_a_shim_that_is_not_wanted_has_no_stand_in(place: Place) -> None:
    program = "import importlib.util as u\nprint(u.find_spec('aim'), u.find_spec('trackio') is not None)"
    Path(place.cwd, "script.py").write_text(program)
    ended = place.under([PYTHON, "script.py"], "--bridge-only", "--shims", "auto,-aim")
    assert ended.out == b"None True\n"
    assert read_file(f"{place.dir}/params.yaml") == ""
