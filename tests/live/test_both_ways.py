"""The same program leaves the same files, whether it records itself or `dvclive run` records it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import scripts

HEAD = "import math\nfrom dvclive import Live\n"
SCRIPTS = {
    "metrics": """
        with Live() as live:
            for step in range(3):
                live.log_metric("train/loss", 1 / (step + 1))
                live.log_metric("acc", step, timestamp=False)
                live.log_metric("best", step, plot=False)
                live.log_metric("name with = and \\"quotes\\"", step)
                live.log_metric("step", step)
                live.log_metrics({"nan": math.nan, "inf": -math.inf})
                live.log_metrics({"text": "a\\tb", "flag": True, "big": 10**30})
                live.next_step()
    """,
    "without steps": """
        with Live() as live:
            live.log_metric("a", 1)
            live.log_metric("a", 2)
            live.log_metric("a/b", 3)
    """,
    "explicit steps": """
        live = Live()
        for step in (0, 10, 20, 15):
            live.step = step
            live.log_metric("x", step)
            live.next_step()
        live.log_metric("x", 1)
    """,
    "numpy": """
        import numpy
        with Live() as live:
            live.log_metric("f32", numpy.float32(0.1))
            live.log_metric("f64", numpy.float64(0.1))
            live.log_metric("zero-d", numpy.array(3))
            live.log_metric("flag", numpy.bool_(True))
    """,
    "summary": """
        with Live() as live:
            live.log_metric("a", 1)
            live.log_metric("b", 2)
            live.next_step()
            live.summary["best"] = {"acc": 0.9}
            live.summary["list"] = [1, 2]
            live.next_step()
            live.summary["best"]["acc"] = 0.95
            live.log_metric("a", 3)
    """,
    "summary, taken out": """
        live = Live()
        live.log_metric("a/b", 1)
        live.log_metric("a/c", 2)
        live.log_metric("kept", 3)
        live.next_step()
        live.summary["sizes"] = [1, [2.5, None], {"x": math.inf}]
        del live.summary["a"]["b"]
        live.next_step()
        live.summary["sizes"].append(3)
        del live.summary["kept"]
        live.sync()
        live.log_metric("a/b", 4)
        live.end()
    """,
    "params": """
        import argparse, pathlib
        with Live() as live:
            live.log_param("lr", 0.001)
            live.log_params({"nested": {"list": [1, "two", None, {"x": 1.5}]}, "path": pathlib.Path("a/b")})
            live.log_params(argparse.Namespace(epochs=3, name="res net", off=False))
            live.log_param("long", "x" * 9000)
    """,
    "images": """
        import numpy
        from PIL import Image
        with Live() as live:
            live.log_image("array.png", numpy.arange(300, dtype="uint8").reshape(10, 10, 3))
            live.log_image("gray.png", numpy.linspace(0, 1, 100).reshape(10, 10))
            live.log_image("pil.jpg", Image.new("RGBA", (8, 8), (1, 2, 3, 255)))
            Image.new("RGB", (4, 4), (1, 2, 3)).save("here.png")
            live.log_image("copied", "here.png")
            live.log_image("other.gif", "here.png")
            Image.new("RGB", (4, 4), (9, 9, 9)).save("here.png")  # at once: what was logged is what was there
            for step in range(2):
                live.log_image(f"slider/{live.step}.png", numpy.full((2, 2), step, "uint8"))
                live.next_step()
    """,
    "plots": """
        import numpy
        with Live() as live:
            points = [{"x": 1, "y": 0.5}, {"x": 2, "y": math.nan}]
            live.log_plot("mine", points, "x", "y", template="scatter", title="T")
            live.log_plot("several", numpy.array([[1, 2, 3], [4, 5, 6]]), 0, [1, 2], x_label="X", y_label="Y")
            live.log_plot("long", [{"i": i, "square": i * i} for i in range(1000)], x="i", y="square")
    """,
    "sklearn": """
        import numpy
        with Live() as live:
            score = numpy.array([0.1, 0.4, 0.35, 0.8], dtype="float32")
            live.log_sklearn_plot("roc", [0, 0, 1, 1], score, drop_intermediate=False)
            live.log_sklearn_plot("precision_recall", [0, 0, 1, 1], score, name="pr", title="PR")
            live.log_sklearn_plot("confusion_matrix", ["a", "b"], ["a", "a"], name="cf.json", normalized=True)
    """,
    "wrong calls": """
        from dvclive.error import DvcLiveError
        live = Live()
        for wrong in (
            lambda: live.log_metric("m", [1]),
            lambda: live.log_param("p", object()),
            lambda: live.log_image("x.bmp", "x"),
            lambda: live.log_sklearn_plot("nope", [0], [0]),
            lambda: live.log_artifact(5),
        ):
            try:
                wrong()
            except DvcLiveError:
                live.log_metric("refused", 1)
        live.log_image("missing.png", "missing.png")
        live.log_artifact("missing")
        live.end()
    """,
    "after the end": """
        live = Live()
        live.log_metric("x", 1)
        live.next_step()
        live.end()
        live.log_metric("x", 2)
        live.next_step()
    """,
    "prints what it logs": """
        with Live() as live:
            for epoch in range(3):
                live.log_metric("train/loss", 1 / (epoch + 1))
                print({"loss": 1 / (epoch + 1), "epoch": epoch}, flush=True)
                print(f"epoch={epoch} loss={1 / (epoch + 1):.4f} acc=0.5", flush=True)
                live.next_step()
            print("final loss=7.5", end="", flush=True)
    """,
    "chdir": """
        import os
        with Live("sub/run", dvcyaml="dvc.yaml") as live:
            os.makedirs("elsewhere")
            os.chdir("elsewhere")
            live.log_metric("x", 1)
    """,
}
DIRS = {"chdir": "sub/run"}


def program(name: str) -> str:
    import textwrap

    return HEAD + textwrap.dedent(SCRIPTS[name])


def both(tmp_path: Path, code: str, *options: str, directory: str = "dvclive") -> list[dict[str, object]]:
    trees = []
    for under in (False, True):
        cwd = tmp_path / ("under" if under else "alone") / "work"
        cwd.mkdir(parents=True)
        done = scripts.run(code, cwd, "--dir", directory, "--no-save-dvc-exp", *options, under=under)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        trees.append(scripts.tree(cwd))
    return trees


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_same_files(tmp_path: Path, name: str) -> None:
    alone, under = both(tmp_path, program(name), directory=DIRS.get(name, "dvclive"))
    assert len(alone) > 2
    assert under == alone


def test_a_failure_is_told_both_ways(tmp_path: Path) -> None:
    for under in (False, True):
        cwd = tmp_path / str(under) / "work"
        cwd.mkdir(parents=True)
        done = scripts.run(
            f"{HEAD}with Live() as live:\n  live.log_metric('x', 1)\n  1 / 0",
            cwd,
            "--no-save-dvc-exp",
            under=under,
        )
        assert done.returncode == 1
        assert scripts.tree(cwd)["dvclive/run.json"] == {"status": "failed"}


def test_the_seed_s_example_both_ways(tmp_path: Path) -> None:
    """Seed 000: its tree, 3.x's dvc.yaml at the root, and an experiment with the artifact's .dvc file."""
    code = """
from pathlib import Path
from dvclive import Live
from PIL import Image

EPOCHS = 2

with Live(save_dvc_exp=True, report="html", exp_name="seed") as live:
    live.log_param("epochs", EPOCHS)

    for i in range(EPOCHS):
        live.log_metric("metric", i + 0.25)
        live.log_metric("nested/metric", i + 0.5)
        live.log_image("img.png", Image.new("RGB", (50, 50), (i, i, i)))
        Path("model.pt").write_text(str(i))
        live.next_step()

    live.log_artifact("model.pt")
    live.log_sklearn_plot("confusion_matrix", [0, 0, 1, 1], [0, 1, 0, 1])
    live.summary["additional_metric"] = 1.0
"""
    wanted = {
        ".dvcignore", ".gitignore", "code.py", "dvc.yaml", "model.pt", "model.pt.dvc",
        "dvclive/metrics.json", "dvclive/params.yaml", "dvclive/run.json", "dvclive/report.html",
        "dvclive/plots/images/img.png", "dvclive/plots/metrics/metric.tsv",
        "dvclive/plots/metrics/nested/metric.tsv", "dvclive/plots/sklearn/confusion_matrix.json",
    }  # fmt: skip
    trees = []
    for under in (False, True):
        cwd = scripts.repository(tmp_path / str(under) / "work", dvc=False)
        done = scripts.run(code, cwd, "--exp-name", "seed", "--report", "html", under=under)
        assert done.returncode == 0, done.stderr
        found = scripts.tree(cwd)
        assert set(found) == wanted
        assert scripts.experiments(cwd) == ["seed"]
        ref = scripts.git(cwd, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/*").split()[0]
        saved = set(scripts.git(cwd, "ls-tree", "-r", "--name-only", ref).split())
        assert wanted - {"model.pt"} <= saved
        assert "model.pt" not in saved
        report = found.pop("dvclive/report.html")
        assert isinstance(report, bytes)
        trees.append(found)
    assert trees[0] == trees[1]


def test_several_runs_in_one_process_and_a_nested_directory(tmp_path: Path) -> None:
    """Under a supervisor, a run in another directory records itself."""
    code = HEAD + (
        "with Live('outer') as outer:\n  outer.log_metric('x', 1)\n"
        "  for trial in range(2):\n"
        "    with Live(f'trials/{trial}', save_dvc_exp=False, dvcyaml=None) as live:\n"
        "      live.log_metric('y', trial)\n      live.next_step()\n  outer.log_metric('x', 2)\n"
    )
    alone, under = both(tmp_path, code, directory="outer")
    assert under == alone
    assert {"trials/0/metrics.json", "trials/1/plots/metrics/y.tsv", "outer/plots/metrics/x.tsv"} <= set(
        alone
    )


def test_the_default_directory_joins_the_run_around_it(tmp_path: Path) -> None:
    cwd = tmp_path / "work"
    cwd.mkdir()
    done = scripts.run(
        f"{HEAD}live = Live()\nlive.log_metric('x', 1)\nprint(live.dir)",
        cwd,
        *("--dir", "results", "--no-save-dvc-exp"),
        under=True,
    )
    assert done.stdout == f"{cwd}/results\n"
    assert (cwd / "results/plots/metrics/x.tsv").exists()
    assert not (cwd / "dvclive").exists()


def test_end_returns_when_the_files_are_on_disk(tmp_path: Path) -> None:
    cwd = tmp_path / "work"
    cwd.mkdir()
    code = HEAD + (
        "import json\nlive = Live()\nlive.log_metric('x', 1)\nlive.next_step()\nlive.end()\n"
        "assert json.load(open(live.metrics_file)) == {'step': 0, 'x': 1}\n"
        "assert live.read_latest()['x'] == 1\n"
        "live.summary['late'] = 2\nlive.sync()\nassert live.read_latest()['late'] == 2"
    )
    done = scripts.run(code, cwd, "--no-save-dvc-exp", under=True)
    assert done.returncode == 0, done.stderr


def test_resume_under_a_supervisor(tmp_path: Path) -> None:
    cwd = tmp_path / "work"
    cwd.mkdir()
    code = (
        HEAD + "live = Live(resume=True)\nprint(live.step, live.summary.get('x'))\n"
        "live.log_metric('x', live.step)\nlive.next_step()"
    )
    seen = [scripts.run(code, cwd, "--no-save-dvc-exp", "--resume", under=True).stdout for _ in range(3)]
    assert seen == ["0 None\n", "1 0\n", "2 1\n"]
    assert scripts.rows(cwd / "dvclive/plots/metrics/x.tsv")[1:] == [["0", "0"], ["1", "1"], ["2", "2"]]


def test_an_environment_without_the_engine_records_through_the_supervisor(tmp_path: Path) -> None:
    """The program's Python has nothing but the adapter and its standard library."""
    cwd = tmp_path / "work"
    cwd.mkdir()
    adapter = scripts.PATHS.split(os.pathsep)[1]
    code = (
        f"import sys; sys.path.insert(0, {adapter!r})\nfrom dvclive import Live\n"
        "with Live() as live:\n  live.log_metric('x', 1)\n  live.log_param('p', {'a': [1]})\n"
        "  live.next_step()\n"
        "assert not {'dvclive_cli', 'numpy', 'ruamel', 'PIL'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "dvclive_cli", "run", "--no-save-dvc-exp", "--quiet", "--",
         sys.executable, "-I", "-S", "-c", code],
        cwd=cwd, env=scripts.environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = scripts.tree(cwd)
    assert found["dvclive/metrics.json"] == {"step": 0, "x": 1}
    assert found["dvclive/params.yaml"] == {"p": {"a": [1]}}


def test_a_recorder_that_is_gone_never_stops_the_program(tmp_path: Path) -> None:
    cwd = tmp_path / "work"
    cwd.mkdir()
    os.mkfifo(tmp_path / "fifo")
    code = HEAD + (
        "import numpy\nwith Live() as live:\n  live.log_metric('x', 1)\n"
        "  live.log_image('a.png', numpy.zeros((2, 2)))\n"
        "  live.log_plot('p', [{'a': 1}], 'a', 'a')\n  live.next_step()\nprint('done')"
    )
    around = {"DVCLIVE_FIFO": str(tmp_path / "fifo"), "DVCLIVE_DIR": str(cwd / "dvclive")}
    done = scripts.run(code, cwd, env=around)
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert done.stderr.count("cannot be reached") == 1
