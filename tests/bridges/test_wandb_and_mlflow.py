"""Scripts written for wandb and mlflow: the run has what the tracker has, which has what it has alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import interpreters
import pytest
import scripted

pytestmark = scripted.TRACKERS.marks
PACKAGES = {
    "newest": ("wandb", "mlflow"),
    "of 2024": ("wandb==0.17.9", "mlflow<3", "numpy<2", "setuptools<80"),
    "of 2023": ("wandb==0.15.12", "mlflow<2", "numpy<2", "setuptools<80"),
}
"""Versions that scripts were written for; all three where they may be installed."""
TIME = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
MEDIA = re.compile(r"(picture|pictures|histogram|\w+_table)/.*")
BOTH = pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
LOGGED = {"wandb": [], "mlflow": ["result.txt", "result.txt.dvc"]}
"""What is written where the tracker writes nothing: the script's own file, and what tracks it."""


@pytest.fixture(scope="module", params=sorted(PACKAGES))
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with the trackers."""
    if scripted.TRACKERS.given != "install" and request.param != "newest":
        pytest.skip(
            "with DVCLIVE_TRACKERS=install; an interpreter that is given has the versions that it has"
        )
    packages = (*PACKAGES[request.param], "scikit-learn", "Pillow")
    python = scripted.TRACKERS.made(tmp_path_factory.mktemp("trackers"), *packages)
    interpreters.need(python, "wandb", "mlflow", "PIL")
    return python


def test_wandb(python: str, tmp_path: Path) -> None:
    """Steps as wandb has them; where it was told another metric to be the step, that one's."""
    ran = scripted.run("wandb", tmp_path, python=python)
    told = scripted.told("wandb", python, ran)
    theirs = {name: points for name, points in told["points"].items() if not MEDIA.fullmatch(name)}
    accuracy = theirs["val/accuracy"]
    theirs["val/accuracy"] = [(index, value) for index, (_, value) in enumerate(accuracy)]
    assert {name: points for name, points in ran.points().items() if points} == theirs
    params, summary = ran.params(), ran.summary()
    params.update({f"wandb_2/{name}": value for name, value in params.pop("wandb_2").items()})
    assert {**params, "api_key": "hidden"} == {**told["params"], **ABOUT, "api_key": "hidden"}
    for name in ("best", "final", "note"):
        assert summary[name] == told["summary"][name]
    assert summary["flag"] is True
    assert {path.partition("/")[0] for path in ran.images()} == {"picture", "pictures"}


ABOUT = {
    "wandb": {"project": "demo", "name": "first", "group": "trials", "tags": ["a", "b"]},
    "wandb_2/wandb": {"project": "demo"},
}


def test_mlflow(python: str, tmp_path: Path) -> None:
    """Parameters are texts to mlflow, and what they were to the script in the run."""
    ran = scripted.run("mlflow", tmp_path, python=python)
    told = scripted.told("mlflow", python, ran)
    assert ran.points() == told["points"]
    params = ran.params()
    assert params["mlflow"].pop("tags") == told["tags"]
    about = {"experiment": "demo", "name": "first", "description": "A try"}
    assert params.pop("mlflow") == about
    for group in ("mlflow_2", "mlflow_3"):
        of_group = params.pop(group)
        assert of_group.pop("mlflow")["experiment"] == "demo"
        params.update({f"{group}/{name}": value for name, value in of_group.items()})
    assert {name: str(value) for name, value in params.items()} == told["params"]


@BOTH
def test_the_tracker_does_what_it_does_bare(python: str, tmp_path: Path, tracker: str) -> None:
    """What it records, writes and prints."""
    bare = scripted.run(tracker, tmp_path / "bare", python=python, under=False)
    under = scripted.run(tracker, tmp_path / "under", "--quiet", python=python)
    assert (bare.out, TIME.sub("", bare.err)) == (under.out, TIME.sub("", under.err))
    theirs, ours = (_lasting(scripted.told(tracker, python, ran)) for ran in (bare, under))
    for part in theirs:
        assert ours[part] == theirs[part], part
    mine, its = ({_plain(name) for name in ran.written() if name[0] != "."} for ran in (under, bare))
    assert mine - {"result.txt.dvc"} == its


def _lasting(told: Any) -> Any:
    """A record without times, paths and names that are new each time."""
    if isinstance(told, dict):
        new = ("artifact_path", "_timestamp", "_runtime", "runtime")
        return {
            _plain(name): value if name in ("points", "artifacts") else _lasting(value)
            for name, value in told.items()
            if not name.endswith(new)
        }
    return [_plain(str(name)) for name in told] if isinstance(told, list) else told


def _plain(path: str) -> str:
    """A path or name without what is new each time: times, and wandb's and mlflow's names for runs."""
    return re.sub(
        r"[0-9a-f]{32}|[0-9a-z][0-9a-f-]{35}|\d{13,}|\d{8}_\d{6}|(?<=-)[0-9a-z]{8}(?=[/.-]|$)", "*", path
    )


@BOTH
def test_bridge_only_leaves_nothing_of_the_tracker(python: str, tmp_path: Path, tracker: str) -> None:
    """No folder, no database, nothing at home; and the run has what it has beside the tracker."""
    beside = scripted.run(tracker, tmp_path / "beside", python=python)
    nowhere = {"WANDB_MODE": "", "MLFLOW_TRACKING_URI": "http://[::1]:9/"}
    alone = scripted.run(tracker, tmp_path / "alone", "--bridge-only", python=python, **nowhere)
    assert alone.written() == LOGGED[tracker]
    assert alone.points() == beside.points()
    assert alone.params() == beside.params()
    assert alone.images() == beside.images()
    assert alone.described() == beside.described()
    assert {path.name for path in (tmp_path / "alone").iterdir()} <= {"work", ".cache", ".config", ".local"}
