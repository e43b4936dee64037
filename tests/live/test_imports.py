"""What the import costs and offers: nothing heavy, old interpreters, names that other libraries take."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scripts

import dvclive

PACKAGE = Path(dvclive.__file__).parent


def modules_after(code: str) -> set[str]:
    code = f"import os, sys; before = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before, flush=True)"
    code += "\nos._exit(0)"  # nobody answers the end
    environ = {**os.environ, "PYTHONPATH": scripts.PATHS}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_import_loads_nothing_but_ourselves() -> None:
    """0.3 s in the reference."""
    loaded = modules_after("from dvclive import Live")
    cheap = {"__future__", "_signal", "errno", "time"}  # built in, or a screen long
    assert {name.partition(".")[0] for name in loaded} - cheap == {"dvclive"}


def test_logging_under_a_supervisor_loads_the_standard_library_only(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    loaded = modules_after(
        f"fifo, folder = {str(tmp_path / 'fifo')!r}, {str(tmp_path)!r}\n"
        "os.environ.update(DVCLIVE_FIFO=fifo, DVCLIVE_DIR=folder)\n"
        "from dvclive import Live\nlive = Live(folder)\nlive.log_metric('x', 1)\n"
        "live.next_step()\n"
        "live.log_param('x', 1)\nlive.log_plot('x', [{'a': 1}], 'a', 'a')"
    )
    opened, rest = os.read(reader, 1000).split(b"\n", 1)
    assert b'"open"' in opened
    assert rest.startswith(b'x=1\nnext-step\n{"param":{"x":1}}\n')
    os.close(reader)
    assert {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) == {"dvclive"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_the_source_is_python_3_8(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 8))


def works(python: str) -> bool:
    """A version manager's stand-in does not, with nothing in its environment."""
    return subprocess.run([python, "-c", ""], env={}, capture_output=True, check=False).returncode == 0


OLD = [found for minor in (8, 9) if (found := shutil.which(f"python3.{minor}")) and works(found)]


EVERYTHING = """
import sys
assert "dvclive_cli" not in sys.modules
import dvclive.plots, dvclive.serialize, dvclive.utils
from dvclive import Live
with Live() as live:
    live.log_params({"lr": 0.1, "sizes": [1, 2]})
    for step in range(3):
        live.log_metric("a/loss", step / 3)
        live.log_metric("none", float("nan"), timestamp=step > 5)
        live.next_step()
    live.summary["best"] = 5
    live.log_plot("p", [{"x": 1, "y": 2}], x="x", y="y")
    live.log_sklearn_plot("roc", [0, 1], [0.1, 0.9])
    live.log_artifact(__file__, name="script", type="model", cache=False)
"""


@pytest.mark.skipif(not OLD, reason="no python3.8 or 3.9 on PATH")
@pytest.mark.parametrize("python", OLD)
def test_an_old_interpreter_leaves_the_same_files(python: str, tmp_path: Path) -> None:
    """It has the adapter and its standard library, nothing else."""
    script = tmp_path / "script.py"
    script.write_text(EVERYTHING)
    trees = []
    for number, words in enumerate(([python, "-S"], [sys.executable])):
        cwd = tmp_path / str(number)
        cwd.mkdir()
        environ = scripts.environment(tmp_path)
        adapter = f"PYTHONPATH={environ['PYTHONPATH'].split(os.pathsep)[1]}"
        run = [sys.executable, "-m", "dvclive_cli", "run", "--no-save-dvc-exp", "--quiet", "--"]
        done = subprocess.run(
            [*run, "env", adapter, *words, script],
            cwd=cwd,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        trees.append(
            {name: data for name, data in scripts.tree(cwd).items() if not name.endswith("run.json")}
        )
    assert trees[0] == trees[1]
    assert len(trees[0]) == 7


NAMES = {
    "dvclive": ["Live", "__version__"],
    "dvclive.live": ["Live", "get_dvc_repo"],
    "dvclive.plots": ["Metric", "Image", "SKLEARN_PLOTS"],
    "dvclive.plots.metric": ["Metric"],
    "dvclive.utils": ["standardize_metric_name", "parse_metrics", "parse_tsv", "parse_json"],
    "dvclive.serialize": ["load_yaml", "dump_yaml", "dump_json", "YAMLError", "YAMLFileCorruptedError"],
    "dvclive.error": [
        *("DvcLiveError", "InvalidDataTypeError", "InvalidDvcyamlError", "InvalidImageNameError"),
        *(
            "InvalidParameterTypeError",
            "InvalidPlotTypeError",
            "InvalidReportModeError",
            "DataAlreadyLoggedError",
        ),
    ],
    "dvclive.env": ["DVCLIVE_LOGLEVEL", "DVCLIVE_OPEN", "DVCLIVE_RESUME", "DVCLIVE_TEST", "DVC_EXP_NAME"],
    "dvclive.studio": ["get_dvc_studio_config"],
    "dvclive.vscode": [],
    "dvclive.dvc": ["get_dvc_repo"],
}


@pytest.mark.parametrize("module", NAMES)
def test_names_that_others_import(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in NAMES[module] if not hasattr(found, name)] == []


def test_what_transformers_asks_for() -> None:
    from dvclive.plots import Metric
    from dvclive.utils import standardize_metric_name

    assert importlib.util.find_spec("dvclive")
    assert [Metric.could_log(value) for value in (1, 0.5, "x", True)] == [True] * 4
    assert [Metric.could_log(value) for value in (None, [1], {}, object())] == [False] * 4
    names = ("train_loss", "eval_loss", "epoch", "grad_norm")
    found = [standardize_metric_name(name, "dvclive.huggingface") for name in names]
    assert found == ["train/loss", "eval/loss", "epoch", "grad_norm"]


@pytest.mark.parametrize(
    ("framework", "name", "wanted"),
    [
        ("dvclive.keras", "val_loss", "eval/loss"),
        ("dvclive.keras", "loss", "train/loss"),
        ("dvclive.fastai", "valid_loss", "eval/loss"),
        ("dvclive.fastai", "train_loss", "train/loss"),
        ("dvclive.lightning", "train_loss_epoch", "train/epoch/loss"),
        ("dvclive.lightning", "val_acc_top_1", "val/acc_top_1"),
        ("dvclive.lightning", "lr-Adam", "lr-Adam"),
        ("dvclive.fabric", "a/test_loss_step", "a/test/step/loss"),
        ("other", "val_loss", "val_loss"),
    ],
)
def test_names_of_frameworks(framework: str, name: str, wanted: str) -> None:
    from dvclive.utils import standardize_metric_name

    assert standardize_metric_name(name, framework) == wanted


ACCELERATE = """
from unittest import mock
with mock.patch("dvclive.live.get_dvc_repo", return_value=None):
    from dvclive import Live
    from dvclive.plots.metric import Metric
    from dvclive.serialize import load_yaml
    from dvclive.utils import parse_metrics
    import os
    live = Live(dir="run", save_dvc_exp=False, dvcyaml=None)
    live.log_params({"num_iterations": 12, "seed": 21, "some_text": "x"})
    live.step = 0
    for name, value in {"total_loss": 0.1, "iteration": 1, "my_text": "some_value"}.items():
        live.log_metric(name, value)
    live.next_step()
    live.end()
    assert load_yaml(live.params_file) == {"num_iterations": 12, "seed": 21, "some_text": "x"}
    logs, latest = parse_metrics(live)
    scalars = os.path.join(live.plots_dir, Metric.subfolder)
    assert logs[os.path.join(scalars, "total_loss.tsv")] == [{"step": "0", "total_loss": "0.1"}], logs
    assert latest == {"step": 0, "total_loss": 0.1, "iteration": 1, "my_text": "some_value"}, latest
"""


def test_what_accelerate_does(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    done = scripts.run(ACCELERATE, tmp_path / "work")
    assert done.returncode == 0, done.stderr


def test_a_run_read_back(tmp_path: Path) -> None:
    from dvclive import Live
    from dvclive.serialize import YAMLFileCorruptedError, dump_json, dump_yaml, load_json, load_yaml
    from dvclive.utils import read_history, read_latest

    with Live(tmp_path / "run", save_dvc_exp=False, dvcyaml=None) as live:
        for step in range(3):
            live.log_metric("a/loss", step / 2)
            live.next_step()
    assert read_history(live, "a/loss") == ([0, 1, 2], [0.0, 0.5, 1.0])
    assert read_latest(live, "a/loss") == (2, 1.0)
    dump_yaml({"z": 1, "a": [1]}, tmp_path / "sub/x.yaml")
    assert load_yaml(tmp_path / "sub/x.yaml") == {"z": 1, "a": [1]}
    dump_json({"a": 1}, tmp_path / "x.json")
    assert load_json(tmp_path / "x.json") == {"a": 1}
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(YAMLFileCorruptedError):
        load_yaml(tmp_path / "bad.yaml")
