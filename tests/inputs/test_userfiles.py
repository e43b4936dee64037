"""Settings and parameter files as users write them, whole and broken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dvclive_cli.errors import UsageError
from dvclive_cli.inputs.userfiles import read_params_file, read_settings


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """The top of a Git repository, so that nothing above it is looked at."""
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_no_settings_are_the_rule(top: Path) -> None:
    assert read_settings(str(top)) == ({}, "")


def test_dvclive_toml_is_settings_as_a_whole(top: Path) -> None:
    (top / "dvclive.toml").write_text('dir = "x"\n')
    assert read_settings(str(top)) == ({"dir": "x"}, str(top / "dvclive.toml"))


def test_pyproject_has_a_table(top: Path) -> None:
    (top / "pyproject.toml").write_text('[tool.dvclive]\ndir = "x"\n')
    assert read_settings(str(top)) == ({"dir": "x"}, str(top / "pyproject.toml"))


def test_dvclive_toml_wins_in_the_same_folder(top: Path) -> None:
    (top / "dvclive.toml").write_text('dir = "x"\n')
    (top / "pyproject.toml").write_text('[tool.dvclive]\ndir = "y"\n')
    assert read_settings(str(top))[0] == {"dir": "x"}


def test_the_nearest_settings_count(top: Path) -> None:
    """From below; a pyproject.toml without our table is passed over."""
    below = top / "a" / "b"
    below.mkdir(parents=True)
    (top / "dvclive.toml").write_text('dir = "top"\n')
    (below / "pyproject.toml").write_text('[project]\nname = "dvclive-user"\n')
    assert read_settings(str(below)) == ({"dir": "top"}, str(top / "dvclive.toml"))
    (top / "a" / "pyproject.toml").write_text('[tool.dvclive]\ndir = "a"\n')
    assert read_settings(str(below))[0] == {"dir": "a"}


@pytest.mark.parametrize("git", ["folder", "file"])
def test_nothing_above_the_repository_is_read(top: Path, git: str) -> None:
    """`.git` is a folder, or in a worktree a file."""
    inner = top / "inner"
    inner.mkdir()
    (top / "dvclive.toml").write_text('dir = "top"\n')
    (inner / ".git").mkdir() if git == "folder" else (inner / ".git").touch()
    assert read_settings(str(inner)) == ({}, "")


def test_a_folder_called_like_the_file_is_no_file(top: Path) -> None:
    (top / "dvclive.toml").mkdir()
    assert read_settings(str(top)) == ({}, "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dvclive.toml", b"dir = \n"),
        ("dvclive.toml", b"dir = 'a'\ndir = 'b'\n"),
        ("dvclive.toml", b"\xff"),
        ("pyproject.toml", b"[tool.dvclive\n"),
    ],
)
def test_settings_that_do_not_parse_say_where(top: Path, name: str, text: bytes) -> None:
    (top / name).write_bytes(text)
    with pytest.raises(UsageError, match="toml-bad") as caught:
        read_settings(str(top))
    assert caught.value.fact.startswith(str(top / name))
    assert caught.value.exit_code == 2


def test_a_broken_pyproject_that_does_not_name_us_is_not_our_concern(top: Path) -> None:
    (top / "pyproject.toml").write_text("[tool\n")
    assert read_settings(str(top)) == ({}, "")


@pytest.mark.parametrize("text", ["tool = 'dvclive'", "[tool]\ndvclive = 3", "[[tool]]\ndvclive = 3"])
def test_odd_tables_are_no_settings(top: Path, text: str) -> None:
    (top / "pyproject.toml").write_text(text)
    assert read_settings(str(top)) == ({}, "")


# --- parameter files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("p.yaml", "lr: 0.1\nnet: {depth: 3, act: relu}\n", {"lr": 0.1, "net": {"depth": 3, "act": "relu"}}),
        ("p.yml", "a: &x [1, 2]\nb: *x\n", {"a": [1, 2], "b": [1, 2]}),
        ("p.json", '{"lr": 1e-3, "on": true, "none": null}', {"lr": 1e-3, "on": True, "none": None}),
        ("p.json", '{\n\t"lr": 0.1,\n\t"tabs": "\\u00e9/\\/"\n}', {"lr": 0.1, "tabs": "é//"}),
        ("p.toml", "lr = 0.1\n[net]\ndepth = 3\n", {"lr": 0.1, "net": {"depth": 3}}),
        ("noending", "lr: 0.1\n", {"lr": 0.1}),
        ("p.yaml", "on: yes\noff: no\n", {"on": "yes", "off": "no"}),  # YAML 1.2, as DVC reads it
        ("p.yaml", "", None),
        ("p.yaml", "\ufefflr: 0.1\n", {"lr": 0.1}),
        ("p.json", '\ufeff{"lr": 0.1}', {"lr": 0.1}),
        ("p.toml", "\ufefflr = 0.1", {"lr": 0.1}),
    ],
)
def test_params_files(tmp_path: Path, name: str, text: str, values: Any) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = read_params_file(str(path))
    assert found == values


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("p.yaml", b"lr: 0.1\na: [1\n", ":3:1"),
        ("p.yaml", b"lr: 0.1\nlr: 0.2\n", ":2:1"),
        ("p.yaml", b"a: !!python/object/apply:os.system [true]\n", ":1:4"),
        ("p.yaml", b"a: \xff\n", ""),
        ("p.json", b'{"lr": 0.1,\n "b": }', ":2:7"),
        ("p.toml", b"lr = \n", ""),
        ("p.yaml", b"[" * 5000, ""),
        ("p.json", b"[" * 200000, ""),
    ],
)
def test_params_files_that_do_not_parse_say_where(tmp_path: Path, name: str, text: bytes, where: str) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises(UsageError, match="-bad") as caught:
        read_params_file(str(path))
    assert caught.value.fact.startswith(f"{path}{where}: ")
    assert len(str(caught.value)) < 500 + len(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.yaml", "folder"])
def test_params_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"params-file-bad.*Check the path"):
        read_params_file(str(tmp_path / name))


def test_a_fifo_is_no_params_file(tmp_path: Path) -> None:
    """Nor anything else that would have us wait for ever."""
    os.mkfifo(tmp_path / "fifo.yaml")
    with pytest.raises(UsageError, match="params-file-bad"):
        read_params_file(str(tmp_path / "fifo.yaml"))
