"""The run's directory is claimed whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dvclive_cli.disk import rundir
from dvclive_cli.errors import DvcliveError


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_missing_folders_are_made_and_unmade(tmp_path: Path) -> None:
    claimed = rundir.claim(str(tmp_path / "a" / "b" / "c"))
    assert tree(tmp_path) == ["a", "a/b", "a/b/c"]
    claimed.abandon()
    assert tree(tmp_path) == []


def test_folders_that_were_there_stay(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").touch()
    rundir.claim(str(tmp_path / "a")).abandon()
    rundir.claim(str(tmp_path / "a" / "b")).abandon()
    assert tree(tmp_path) == ["a", "a/mine"]


def test_a_folder_that_somebody_used_meanwhile_stays(tmp_path: Path) -> None:
    claimed = rundir.claim(str(tmp_path / "a" / "b"))
    (tmp_path / "a" / "theirs").touch()
    claimed.abandon()
    assert tree(tmp_path) == ["a", "a/theirs"]


def test_claiming_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    claimed = rundir.claim(str(tmp_path))
    assert tree(tmp_path) == []
    claimed.abandon()


def test_a_link_to_a_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    rundir.claim(str(tmp_path / "link")).abandon()
    assert tree(tmp_path) == ["link", "real"]


@pytest.mark.parametrize("path", ["file", "file/x", "file/x/y", "dangling", "new/" + "n" * 300])
def test_what_cannot_be_a_folder_is_refused_and_nothing_is_left(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(DvcliveError, match="dir-not-writable") as caught:
        rundir.claim(str(tmp_path / path))
    assert caught.value.exit_code == 125
    assert path in caught.value.fact
    assert tree(tmp_path) == ["dangling", "file"]


def test_permissions_are_tried_not_read(tmp_path: Path) -> None:
    """A folder without the w bit is refused (root may write anywhere, so as somebody else)."""
    (tmp_path / "closed").mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    program = """
import os
from dvclive_cli.disk import rundir
os.getuid() or os.setuid(65534)
rundir.claim("closed")
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert "(dir-not-writable)" in ended.stderr
    assert tree(tmp_path) == ["closed"]


HOLD = """
import sys
from dvclive_cli.disk import rundir
rundir.claim(sys.argv[1])
print("held", flush=True)
input()
"""


def test_one_run_a_directory_and_the_holder_is_named(tmp_path: Path) -> None:
    """The second claim fails at once and names the process; a killed holder frees the directory at once."""
    folder = str(tmp_path / "run")
    argv = [sys.executable, "-c", HOLD, folder]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DvcliveError, match="dir-locked") as caught:
            rundir.claim(folder)
        assert f"process {holder.pid} " in caught.value.fact
        assert caught.value.exit_code == 125
        assert tree(tmp_path) == ["run"]
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    rundir.claim(folder).abandon()
