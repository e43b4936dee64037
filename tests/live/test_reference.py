"""The same scripts under DVCLive 3.x and ours, in their own interpreters: the files compared by meaning.

Needs an interpreter with `dvclive<4`, numpy, Pillow and scikit-learn: its path in DVCLIVE_REFERENCE, or
"install" there for the test to make one from the package index (minutes), with XGBoost, LightGBM and Optuna.
The trainings of tests/callbacks run with those of their frameworks that it has; for Keras the reference
wants tensorflow.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import scripts
from interpreters import Interpreter

REFERENCE = Interpreter("DVCLIVE_REFERENCE", "tests/live/test_reference.py", minutes=15)
pytestmark = REFERENCE.marks

SCRIPTS = {
    "loop": """
        with Live(save_dvc_exp=False) as live:
            for step in range(3):
                live.log_metric("train/loss", 1 / (step + 1))
                live.log_metric("acc", step)
                live.next_step()
    """,
    "timestamps": """
        live = Live(save_dvc_exp=False)
        live.log_metric("a", 1)
        live.log_metric("a", 2, plot=False)
        live.end()
    """,
    "values": """
        live = Live(save_dvc_exp=False)
        live.log_metric("nan", math.nan)
        live.log_metric("inf", -math.inf)
        live.log_metric("text", "some text")
        live.log_metric("quoted", "a\\tb")
        live.log_metric("flag", True)
        live.log_metric("small", 1e-20)
        live.log_metric("name with = and \\"quotes\\"", 1)
        live.end()
    """,
    "numpy": """
        import numpy
        live = Live(save_dvc_exp=False)
        for name in ("float16", "float32", "float64", "int8", "uint64"):
            live.log_metric(name, getattr(numpy, name)(3.3))
        live.end()
    """,
    "no steps": """
        with Live(save_dvc_exp=False) as live:
            live.log_metric("a", 1)
            live.log_metric("a", 2)
    """,
    "explicit steps": """
        with Live(save_dvc_exp=False) as live:
            for step in (0, 10, 20):
                live.step = step
                live.log_metric("x", step)
                live.make_summary()
    """,
    "step, then next_step": """
        with Live(save_dvc_exp=False) as live:
            for step in (3, 6):
                live.step = step
                live.log_metric("x", step)
                live.next_step()
    """,
    "summary": """
        with Live(save_dvc_exp=False) as live:
            live.log_metric("a/b", 1)
            live.next_step()
            live.summary["best"] = {"acc": 0.9}
            live.summary["a"]["c"] = 2
    """,
    "summary, lists and removals": """
        live = Live(save_dvc_exp=False)
        live.log_metric("a/b", 1)
        live.log_metric("c", 2)
        live.next_step()
        live.summary["sizes"] = [1, 2.5]
        del live.summary["c"]
        live.next_step()
        live.summary["sizes"].append(3)
        live.next_step()
        live.end()
    """,
    "summary replaced": """
        live = Live(save_dvc_exp=False)
        live.log_metric("a", 1)
        live.summary = {"only": 1}
        live.make_summary()
        live.end()
    """,
    "a value of the whole run": """
        with Live(save_dvc_exp=False) as live:
            for step in range(3):
                live.log_metric("loss", step)
                live.next_step()
            live.log_metric("test/acc", 0.5, plot=False)
    """,
    "params": """
        with Live(save_dvc_exp=False) as live:
            live.log_param("lr", 0.001)
            live.log_params({"z": [1, "two", None, {"x": 1.5}], "a": True, "text": "a: b # c", "empty": {}})
    """,
    "images": """
        import numpy
        from PIL import Image
        live = Live(save_dvc_exp=False)
        live.log_image("array.png", numpy.arange(300).astype("uint8").reshape(10, 10, 3))
        live.log_image("sub/pil.png", Image.new("RGB", (8, 8), (1, 2, 3)))
        Image.new("RGB", (4, 4)).save("here.png")
        live.log_image("copied.png", "here.png")
        live.end()
    """,
    "plots": """
        live = Live(save_dvc_exp=False)
        points = [{"x": 1, "y": 0.5, "z": 1}, {"x": 2, "y": 1.5, "z": 2}]
        live.log_plot("mine", points, "x", "y", template="scatter", title="T", x_label="X")
        live.log_plot("several", points, x="x", y=["y", "z"])
        live.end()
    """,
    "sklearn": """
        live = Live(save_dvc_exp=False)
        labels, scores = [0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.9]
        for kind in ("roc", "det", "calibration", "precision_recall"):
            live.log_sklearn_plot(kind, labels, scores)
        live.log_sklearn_plot("confusion_matrix", labels, [0, 1, 1, 1, 0, 1], name="cf.json", normalized=True)
        live.log_sklearn_plot("roc", labels, scores, name="sub/mine", title="T", x_label="X", y_label="Y")
        live.end()
    """,
    "artifacts": """
        from pathlib import Path
        Path("model.pt").write_text("w")
        live = Live(save_dvc_exp=False)
        about = {"type": "model", "name": "mine", "desc": "d", "labels": ["a"], "meta": {"k": 1}}
        live.log_artifact("model.pt", **about, copy=True)
        live.log_artifact("model.pt", name="uncached", cache=False)
        live.log_artifact(Path("model.pt"), type="model")
        live.end()
    """,
    "dvcyaml inside": """
        live = Live("sub/run", dvcyaml="sub/run/dvc.yaml", save_dvc_exp=False)
        live.log_metric("x", 1)
        live.log_param("p", 1)
        live.next_step()
        live.end()
    """,
    "resume": """
        live = Live(save_dvc_exp=False)
        for step in range(3):
            live.log_metric("x", step)
            live.next_step()
        live.end()
        live = Live(save_dvc_exp=False, resume=True)
        live.log_metric("x", live.step)
        live.next_step()
        live.end()
    """,
}


Better = Callable[[str, Any], Any]


def no_run_json(name: str, content: Any) -> Any:
    """Ours says how each run ended, and has a metrics.json beside it even where only params were logged."""
    if name.endswith("run.json") or (name.endswith("metrics.json") and not set(content) - {"step"}):
        return None
    if name.endswith("dvc.yaml"):
        return {key: value for key, value in content.items() if key != "metrics"}
    return content


def strict_json(name: str, content: Any) -> Any:
    """The reference writes Infinity and NaN into plots, which is no JSON: ours says null."""
    if isinstance(content, dict):
        return {key: strict_json(name, value) for key, value in content.items()}
    if isinstance(content, list):
        return [strict_json(name, value) for value in content]
    if "/plots/" in name and isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def each_entry_once(name: str, content: Any) -> Any:
    """The reference lists what lies beside its dvc.yaml twice."""
    if not name.endswith("dvc.yaml"):
        return content
    return {
        key: [entry for at, entry in enumerate(value) if entry not in value[:at]]
        if isinstance(value, list)
        else value
        for key, value in content.items()
    }


BETTER = (no_run_json, strict_json, each_entry_once)
"""Where ours differs on purpose; applied to both trees before they are compared."""


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter that has DVCLive 3.x, and what the scripts use besides."""
    packages = ("dvclive<4", "numpy", "pillow", "scikit-learn", "xgboost", "lightgbm", "optuna", "pandas")
    return REFERENCE.made(tmp_path_factory.mktemp("reference"), *packages)


ORDERS = """
import itertools, json, os, shutil, sys
from dvclive import Live

calls = {
    "L": lambda live: live.log_metric("m", 1),
    "P": lambda live: live.log_metric("q", 2, plot=False),
    "U": lambda live: live.summary.update(u=3),
    "N": lambda live: live.next_step(),
    "S": lambda live: setattr(live, "step", 7),
    "M": lambda live: live.make_summary(),
    "Y": lambda live: live.sync(),
    "E": lambda live: live.end(),
}
found = {}
orders = [order for n in (1, 2, 3) for order in itertools.product(calls, repeat=n)]
orders += itertools.product("LNSMUE", repeat=4)
for number, order in enumerate(orders):
    if "E" in order[:-1]:
        continue
    live = Live(str(number), save_dvc_exp=False, dvcyaml=None)
    for call in order:
        calls[call](live)
    try:
        with open(os.path.join(str(number), "metrics.json")) as file:
            shown = json.load(file)
    except FileNotFoundError:
        shown = None
    found["".join(order)] = {"file": shown, "step": live.step, "summary": dict(live.summary)}
    live.end()
    shutil.rmtree(str(number))
json.dump(found, sys.stdout)
"""
"""What is shown after each order of calls, up to three of all and four of those that move the step."""


def without_steps(shown: Any) -> Any:
    return {
        part: {key: each for key, each in value.items() if key != "step"}
        for part, value in shown.items()
        if part != "step"
    }


def test_every_order_of_calls_shows_what_the_reference_shows(reference: str, tmp_path: Path) -> None:
    """Better: the end does not go back to the last `next_step` when something came after it."""

    def found_by(python: str, home: Path, *drop: str) -> dict[str, Any]:
        home.mkdir()
        environ = scripts.environment(home, DVCLIVE_LOGLEVEL="CRITICAL")
        for name in drop:
            del environ[name]
        done = subprocess.run([python, "-c", ORDERS], cwd=home, env=environ, capture_output=True, check=True)
        return json.loads(done.stdout)

    theirs = found_by(reference, tmp_path / "theirs", "PYTHONPATH")
    ours = found_by(sys.executable, tmp_path / "ours")
    assert theirs.keys() == ours.keys()
    for order, shown in ours.items():
        after = order.rsplit("N", 1)[-1]
        if "N" in order and after.endswith("E") and set(after) & set("LS"):
            assert without_steps(shown) == without_steps(theirs[order]), order
            at = 7 if "S" in after else (7 if "S" in order else 0) + order.rsplit("S", 1)[-1].count("N")
            assert shown["step"] == shown["file"]["step"] == at, order
        else:
            assert shown == theirs[order], order


def ran(argv: list[str], cwd: Path, *, ours: bool) -> subprocess.CompletedProcess[str]:
    scripts.repository(cwd)
    environ = scripts.environment(cwd.parent, KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="")
    if not ours:
        del environ["PYTHONPATH"]
    return subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def left_by(argv: list[str], cwd: Path, *, ours: bool, more: tuple[Better, ...] = ()) -> dict[str, Any]:
    done = ran(argv, cwd, ours=ours)
    assert done.returncode == 0, done.stderr
    tree = scripts.tree(cwd)
    for better in (*BETTER, *more):
        tree = {name: better(name, content) for name, content in tree.items()}
    return {name: content for name, content in tree.items() if content is not None}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_same_files_as_the_reference(name: str, reference: str, tmp_path: Path) -> None:
    code = "import math\nfrom dvclive import Live\n" + textwrap.dedent(SCRIPTS[name])
    theirs = left_by([reference, "-c", code], tmp_path / "theirs" / "work", ours=False)
    ours = left_by([sys.executable, "-c", code], tmp_path / "ours" / "work", ours=True)
    assert ours == theirs


# The callbacks ----------------------------------------------------------------------------------------------

PROGRAMS = Path(__file__).parents[1] / "callbacks" / "programs"
NEEDS = {"fabric": "lightning", "huggingface": "transformers", "keras": "tensorflow"}
"""By how a program's name begins: the framework, where it is not called so."""

NEW = ("catboost", "ignite", "sb3", "sklearn")

REFERENCE_FAILS = {
    "fabric_first_step": "a tensor or a class among the parameters",
    "huggingface_model": "log_model=True with transformers 5",
    "xgboost_cv": "the mean and deviation of a metric over the folds",
}
"""Programs that end with an error under the reference, and at what."""

DIFFERENT = {
    "fastai_fine_tune": "validate() adds no row, and a further stage goes on with the steps",
    "keras_again": "a second fit() goes on with the steps, and is in the experiment",
    "lightgbm_cv": "the deviations over the folds are logged too",
    "lightning_crash": "step 0 is a step; the run is marked as failed",
    "optuna_failures": "what a trial reported on its way is its curve; a failed trial is marked as failed",
}
"""Programs after which the files differ on purpose, and in what."""


def no_models(name: str, content: Any) -> Any:
    """Checkpoints hold times and addresses: they differ from run to run, and so do their hashes."""
    if name.startswith(("out/", "ckpt/", "models/", "dvclive/artifacts/")) and not name.endswith(".dvc"):
        return None
    return [out["path"] for out in content["outs"]] if name.endswith(".dvc") else content


def no_times(name: str, content: Any) -> Any:
    """How long a training took."""
    if "runtime" in name or "per_second" in name:
        return None
    if isinstance(content, dict):
        kept = {key: no_times(key, value) for key, value in content.items()}
        return {key: value for key, value in kept.items() if key not in TIMED}
    return content


TIMED = ("runtime", "samples_per_second", "steps_per_second")


@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_the_same_files_from_a_callback(name: str, reference: str, tmp_path: Path) -> None:
    family = name.partition("_")[0]
    if family in NEW:
        pytest.skip(f"the reference has no callback for {family}")
    framework = NEEDS.get(family, family)
    if subprocess.run([reference, "-c", f"import {framework}"], capture_output=True, check=False).returncode:
        pytest.skip(f"{reference} has no {framework}")
    argv = [reference, str(PROGRAMS / f"{name}.py")]  # of ours and the installed one, PYTHONPATH says which
    ours = left_by(argv, tmp_path / "ours" / "work", ours=True, more=(no_models, no_times))
    if name in REFERENCE_FAILS:
        assert ran(argv, tmp_path / "theirs" / "work", ours=False).returncode != 0
        return
    theirs = left_by(argv, tmp_path / "theirs" / "work", ours=False, more=(no_models, no_times))
    if name in DIFFERENT:
        assert ours != theirs
    else:
        assert ours == theirs
