"""`dvclive adapter`: the files of the languages, from a checkout and from a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dvclive_cli.commands.adapter import ADAPTERS, main, table, text_of
from dvclive_cli.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "adapters"


def test_the_table_and_the_folders_are_the_same() -> None:
    """Each folder has one file."""
    found = {
        path.name: os.listdir(path) for path in FILES.iterdir() if path.is_dir() and path.name != "python"
    }
    assert found == {name: [adapter.file] for name, adapter in ADAPTERS.items()}


@pytest.mark.parametrize("language", ADAPTERS)
def test_a_file_is_printed_as_it_is(language: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(language) == 0
    assert capfd.readouterr().out == (FILES / language / ADAPTERS[language].file).read_text("utf-8")


def test_a_language_has_many_names() -> None:
    assert text_of("C++") == text_of("cpp")
    assert text_of("Matlab") == text_of("octave")
    names = [name for key, adapter in ADAPTERS.items() for name in (key, *adapter.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("language", "advice"),
    [("javascrpt", "Did you mean javascript?"), ("zig", "help-protocol"), ("Python", "pip install dvclive")],
)
def test_a_language_that_has_none(language: str, advice: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        text_of(language)
    assert main(language) == 2
    assert advice in capfd.readouterr().err


def test_without_a_language_they_are_listed() -> None:
    assert all(adapter.file in table() and adapter.use in table() for adapter in ADAPTERS.values())


@pytest.mark.integration
def test_a_wheel_has_them(tmp_path: Path) -> None:
    """And its package finds them without the checkout."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    if "No matching distribution found for hatchling" in done.stderr:
        pytest.skip("no hatchling to build with, and no package index")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    for language, adapter in ADAPTERS.items():
        shown = subprocess.run(
            [sys.executable, "-m", "dvclive_cli", "adapter", language],
            cwd=tmp_path / "site", capture_output=True, check=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        )  # fmt: skip
        assert shown.stdout == (FILES / language / adapter.file).read_bytes()
        assert (tmp_path / "site" / "dvclive_cli" / "adapters" / language / adapter.file).is_file()
