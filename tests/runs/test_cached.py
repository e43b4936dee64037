"""Images that DVC keeps in its cache are seen where a commit, or a folder, has their .dvc file only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dvclive_cli.runs.cached import Cached
from dvclive_cli.runs.recorded import Folder, Revision

PROGRAM = """
from PIL import Image
from dvclive import Live
with Live(cache_images=True, exp_name="cached") as live:
    for step in range(3):
        live.log_image(f"a/{step}.png", Image.new("L", (4, 4), step * 100))
"""


@pytest.fixture(scope="module")
def recorded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with such an experiment."""
    cwd = tmp_path_factory.mktemp("project")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (
        ["git", "init", "-q"],
        [*git, "commit", "-q", "--allow-empty", "-m", "first"],
        [sys.executable, "-m", "dvc", "init", "-q"],
        [*git, "commit", "-qam", "dvc"],
        [sys.executable, "-c", PROGRAM],
    ):
        subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    return cwd


@pytest.fixture
def project(recorded_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(recorded_once, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def images(project: Path, place: Folder | Revision) -> dict[str, bytes | None]:
    seen = Cached(place, str(project))
    return {name: seen.read(name) for name, _ in seen.names("plots/images")}


def experiment(project: Path) -> Revision:
    ref = "for-each-ref", "--format=%(refname)", "refs/exps/**/cached"
    found = subprocess.run(["git", *ref], cwd=project, check=True, capture_output=True, text=True)
    return Revision(str(project), found.stdout.strip(), "dvclive")


def logged(project: Path) -> dict[str, bytes | None]:
    folder = project / "dvclive"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.glob("plots/images/**/*.png"))
    }


def test_of_an_experiment(project: Path) -> None:
    expected = logged(project)
    assert len(expected) == 3
    assert images(project, experiment(project)) == expected
    sizes = dict(Cached(experiment(project), str(project)).names("plots/images"))
    assert sizes == {name: len(data or b"") for name, data in expected.items()}


def test_of_a_folder_that_was_not_checked_out(project: Path) -> None:
    expected = logged(project)
    shutil.rmtree(project / "dvclive/plots/images")
    assert images(project, Folder(str(project / "dvclive"))) == expected


@pytest.mark.parametrize("config", ["config", "config.local"])
def test_from_a_cache_elsewhere(project: Path, config: str) -> None:
    expected = logged(project)
    (project / ".dvc/cache").rename(project.parent / "far away")
    with open(project / ".dvc" / config, "a") as file:
        file.write("['remote \"r\"']\n    url = x%20y\n[cache]\n    dir = ../../far away\n")
    assert images(project, experiment(project)) == expected


def test_from_a_cache_of_an_older_dvc(project: Path) -> None:
    expected = logged(project)
    cache = project / ".dvc/cache"
    (cache / "files/md5").rename(project / "old")
    shutil.rmtree(cache)
    (project / "old").rename(cache)
    assert images(project, experiment(project)) == expected


def test_what_no_cache_has_is_not_there(project: Path) -> None:
    shutil.rmtree(project / ".dvc/cache")
    assert images(project, experiment(project)) == {}


@pytest.mark.parametrize(
    "said",
    [
        "outs: 1",
        "outs:\n- path: images",
        "outs:\n- md5: ../../../../../etc/passwd\n  path: images",
        "outs: [\n",
        "",
    ],
)
def test_a_file_that_says_nonsense_leads_nowhere(project: Path, said: str) -> None:
    shutil.rmtree(project / "dvclive/plots/images")
    (project / "dvclive/plots/images.dvc").write_text(said)
    assert images(project, Folder(str(project / "dvclive"))) == {}


@pytest.mark.parametrize("digest", ["../../config", "x" * 32, "/etc/passwd", None])
def test_a_list_that_says_nonsense_leads_nowhere(project: Path, digest: str | None) -> None:
    (listed,) = (project / ".dvc/cache").glob("files/md5/*/*.dir")
    listed.chmod(0o644)
    listed.write_text(json.dumps([{"md5": digest, "relpath": "a.png"}, {"relpath": 1}]))
    assert images(project, experiment(project)) == {}
