"""Copies of artifacts and their names."""

from __future__ import annotations

import os

import pytest

from dvclive_cli.errors import UsageError
from dvclive_cli.events import Artifact
from dvclive_cli.writers.artifacts import artifact_name, copy, metadata


def test_a_file_and_a_folder_are_copied_over_older_copies(tmp_path):
    (tmp_path / "m.pt").write_text("one")
    (tmp_path / "data/deep").mkdir(parents=True)
    (tmp_path / "data/deep/x").write_text("x")
    target = str(tmp_path / "run/artifacts")
    assert copy(str(tmp_path / "m.pt"), target) == os.path.join(target, "m.pt")
    (tmp_path / "m.pt").write_text("two")
    copy(str(tmp_path / "m.pt"), target)
    copy(str(tmp_path / "data") + "/", target)
    copy(str(tmp_path / "data"), target)
    assert (tmp_path / "run/artifacts/m.pt").read_text() == "two"
    assert (tmp_path / "run/artifacts/data/deep/x").read_text() == "x"


def test_an_older_copy_that_links_into_the_cache_is_not_written_through(tmp_path):
    cache = tmp_path / "cache"
    cache.write_text("cached")
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts/m").symlink_to(cache)
    (tmp_path / "m").write_text("new")
    copy(str(tmp_path / "m"), str(tmp_path / "artifacts"))
    assert cache.read_text() == "cached"
    assert (tmp_path / "artifacts/m").read_text() == "new"


def test_a_copy_of_the_copy_is_itself(tmp_path):
    (tmp_path / "m").write_text("x")
    assert copy(str(tmp_path / "m"), str(tmp_path)) == str(tmp_path / "m")
    assert (tmp_path / "m").read_text() == "x"


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [("a/model.pt", None, "model"), ("data/", None, "data"), ("m.tar.gz", "my/model_1", "my/model_1")],
)
def test_names(path, name, found):
    assert artifact_name(Artifact(path, name=name)) == found


@pytest.mark.parametrize("name", ["my model", "-x", "a.b", "é", "x:1"])
def test_a_name_that_dvc_refuses_is_refused(name):
    from gto.constants import assert_name_is_valid
    from gto.exceptions import ValidationError

    with pytest.raises(ValidationError):
        assert_name_is_valid(name)
    with pytest.raises(UsageError, match="artifact-name"):
        artifact_name(Artifact("m", name=name))


def test_only_what_was_given_is_described():
    assert metadata(Artifact("m", name="x")) == {}
    given = Artifact("m", "model", "n", "text", ("a",), {"k": 1})
    assert metadata(given) == {"type": "model", "desc": "text", "labels": ["a"], "meta": {"k": 1}}
