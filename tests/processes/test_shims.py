"""What `--shims` puts into the program's environment."""

from __future__ import annotations

import os
import runpy

import pytest
from processes import ROOT, Place, python

from dvclive_cli import config
from dvclive_cli.errors import UsageError
from dvclive_cli.processes import shims

BOOT = os.path.join(ROOT, "adapters", "python", "boot")


def test_the_folder_comes_first_and_once() -> None:
    assert shims.variables("auto", {}) == {"DVCLIVE_SHIM": "auto", "PYTHONPATH": BOOT}
    assert shims.variables("auto,-keras", {}, arguments=False)["DVCLIVE_SHIM"] == "auto,-keras,-params"
    assert shims.variables("auto", {}, verbose=True)["DVCLIVE_VERBOSE"] == "1"
    more = shims.variables("keras", {"PYTHONPATH": f"/a:{BOOT}:/b"})
    assert more == {"DVCLIVE_SHIM": "keras", "PYTHONPATH": f"{BOOT}:/a:/b"}


@pytest.mark.parametrize("before", ["", ":", ":/a", "/a:", "/a::/b"])
def test_an_empty_entry_stays_the_current_directory(before: str) -> None:
    """But for an empty variable, which Python 3 takes as none."""
    path = shims.variables("auto", {"PYTHONPATH": before})["PYTHONPATH"]
    assert path == (f"{BOOT}:{before}" if before else BOOT)


def test_off_stays_off() -> None:
    """The caller's word, and that of a run around this one, whose shims this run did not ask for."""
    assert shims.variables("auto", {"DVCLIVE_SHIM": "off"}) == {}
    assert shims.variables("none", {}) == {}
    assert shims.variables("none", {"DVCLIVE_SHIM": "auto"}) == {"DVCLIVE_SHIM": "off"}


BAD = [
    "",
    "other",
    "auto,keras",
    "auto,-sklearn-plots,keras",
    "keras,,xgboost",
    "keras, xgboost",
    "auto,-other",
    "keras,-xgboost",
    "none,keras",
]


@pytest.mark.parametrize("text", BAD)
def test_a_shim_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        config.resolve({"shims": text}, {}, {})


def test_all_is_the_default_and_some_can_be_left_out() -> None:
    assert config.resolve({}, {}, {}).shims == "auto"
    assert config.resolve({}, {}, {"shims": "auto,-keras,-xgboost"}).shims == "auto,-keras,-xgboost"
    assert config.resolve({}, {}, {"shims": "auto,sklearn-plots"}).shims == "auto,sklearn-plots"


def test_the_option_and_the_shim_know_the_same_names() -> None:
    hooks = runpy.run_path(os.path.join(BOOT, "sitecustomize.py"), run_name="looked at")["HOOKS"]
    assert set(hooks.values()) == set(config.SHIMS)


def test_the_child_sees_them(place: Place) -> None:
    command = python("import os; print(os.environ.get('DVCLIVE_SHIM'), os.environ.get('PYTHONPATH'))")
    assert place.under(command).out.decode() == f"auto {BOOT}:{ROOT}\n"
    assert place.under(command, "--shims", "none").out.decode() == f"None {ROOT}\n"
    assert place.under(command, "--shims", "keras,sklearn").out.decode() == f"keras,sklearn {BOOT}:{ROOT}\n"
