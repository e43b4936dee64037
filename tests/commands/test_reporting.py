"""`dvclive report RUN`: the page of a run that is over, from its files or from Git."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dvclive_cli.commands import showing
from dvclive_cli.runs.recorded import Folder

GIT = "git -c user.name=a -c user.email=a@example.com"
PROGRAM = """
from PIL import Image
from dvclive import Live
with Live(save_dvc_exp=False) as live:
    live.log_param("lr", 0.1)
    for step in range(5):
        live.log_metric("loss", 1 / (step + 1))
        live.log_image(f"s/{step}.png", Image.effect_noise((13, 10), step))
        live.next_step()
    live.log_sklearn_plot("roc", [0, 1, 0, 1], [0.2, 0.9, 0.4, 0.3])
    live.log_plot("cloud", [{"a": 1, "b": 2}, {"a": 2, "b": 1}], x="a", y="b", template="scatter", title="T")
"""


def sh(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    folder = os.path.dirname(sys.executable)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DVC", "GITHUB"))}
    kept["PATH"] = f"{folder}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        ["sh", "-c", command], cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )


def told(cwd: Path, *words: str) -> Any:
    done = sh(f"dvclive report {' '.join(words)} -o -", cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.split('id="data">')[1].split("</script>")[0])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose last commit holds a run."""
    cwd = tmp_path_factory.mktemp("project")
    (cwd / "train.py").write_text(PROGRAM)
    for command in ("git init -q", "python train.py", "git add -A", f"{GIT} commit -qm run"):
        done = sh(command, cwd)
        assert done.returncode == 0, done.stderr
    return cwd


@pytest.mark.parametrize("run", ["", "dvclive", "HEAD"])
def test_the_same_run_from_its_folder_and_from_git(project: Path, run: str) -> None:
    found = told(project, run)
    assert found["status"]["text"] == "completed"
    assert found["running"] is False
    assert found["metrics"][0] == ["loss", 0.2, 0.2, 4, 0.2, 1, 5]
    assert found["params"] == [["lr", 0.1]]
    assert found["lines"][0]["x"] == [0, 1, 2, 3, 4]
    assert dict(found["facts"])["Command"].endswith("python train.py")
    assert [(one["title"], one["form"]) for one in found["figures"]] == [
        ("Receiver operating characteristic (ROC)", "linear"),
        ("T", "scatter"),
    ]
    (picture,) = found["pictures"]
    assert [shot["step"] for shot in picture["shots"]] == [0, 1, 2, 3, 4]
    for shot in picture["shots"]:
        image = base64.b64decode(shot["source"].partition(",")[2])
        assert image == (project / "dvclive/plots/images" / shot["path"]).read_bytes()


def test_where_it_is_written(project: Path) -> None:
    done = sh(
        "dvclive report; dvclive report HEAD; dvclive report --format md; dvclive report HEAD -o x.md",
        project,
    )
    assert done.stdout.split() == ["dvclive/report.html", "HEAD.html", "dvclive/report.md", "x.md"]
    assert "| loss | 0.2 | 0.2 | 4 |" in (project / "x.md").read_text()
    assert (project / "HEAD.html").read_text().startswith("<!DOCTYPE html>")


def test_images_of_a_text_are_where_it_says(project: Path) -> None:
    """Those of a commit are put beside it; those of a directory are linked to from anywhere."""
    (project / "deep").mkdir()
    done = sh("dvclive report HEAD -o deep/x.md; dvclive report dvclive -o deep/y.md", project)
    assert done.stdout.split() == ["deep/x.md", "deep/y.md"]
    for name in ("x.md", "y.md"):
        (link,) = re.findall(r"!\[.*?\]\(<(.*?)>\)", (project / "deep" / name).read_text())
        newest = (project / "dvclive/plots/images/s/4.png").read_bytes()
        assert (project / "deep" / link).read_bytes() == newest
    assert [path.name for path in (project / "deep/x.md.images").rglob("*.png")] == ["4.png"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("dvclive report nothing", "run-not-found"),
        ("dvclive report HEAD HEAD", "too-many-words"),
        ("dvclive report HEAD -o no/such/file.html", "report-failed"),
        ("dvclive report --dir empty", "no-open-run"),
    ],
)
def test_what_cannot_be_done_is_said(project: Path, command: str, said: str) -> None:
    done = sh(command, project)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_with_nothing_but_rows(tmp_path: Path) -> None:
    """Killed before any view was written; or somebody else's."""
    folder = tmp_path / "run/plots/metrics"
    folder.mkdir(parents=True)
    (folder / "loss.tsv").write_text("step\tloss\n0\t0.5\n1\t0.25\n")
    (tmp_path / "run/run.json").write_text("[]")
    found = told(tmp_path, "run")
    assert found["status"]["text"] == "no end was recorded"
    assert found["lines"][0]["y"] == [0.5, 0.25]


def test_what_takes_a_while_is_said_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plots/metrics").mkdir(parents=True)
    with open(tmp_path / "plots/metrics/loss.tsv", "w") as file:
        file.truncate(1_600_000_000)  # takes no room on the disk
    showing.announce(Folder(str(tmp_path)))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    showing.announce(Folder(str(tmp_path)))
    assert capsys.readouterr().err == "dvclive: reading 1.6 GB of points\n"
