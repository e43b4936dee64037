"""Whole files on the disk: the old one or the new one, and nothing left over."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from dvclive_cli.disk import files


def python(code, *args, **options):
    """A process of our own Python that runs `code`, its stdout a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], stdout=subprocess.PIPE, text=True, **options
    )


def durably(path, data):
    files.replace(path, data, durable=True)


durably.__name__ = "replace"  # what another process may call


@pytest.mark.parametrize("put", [files.replace, durably, files.swap])
class TestReplace:
    def test_a_file_is_replaced_whole_and_leaves_nothing_else(self, tmp_path, put):
        path = tmp_path / "a.json"
        for data in (b"one", b"", b"x" * 100_000):
            put(str(path), data)
            assert path.read_bytes() == data
        assert os.listdir(tmp_path) == ["a.json"]

    def test_the_mode_is_kept(self, tmp_path, put):
        path = tmp_path / "a"
        path.write_text("old")
        path.chmod(0o640)
        put(str(path), b"new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_new_file_follows_the_umask(self, tmp_path, put):
        old = os.umask(0o027)
        try:
            put(str(tmp_path / "a"), b"")
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640

    def test_a_failure_leaves_the_old_file_and_no_temporary_one(self, tmp_path, put):
        (tmp_path / "a").mkdir()  # a file cannot be renamed onto a folder
        with pytest.raises(OSError, match="directory"):
            put(str(tmp_path / "a"), b"new")
        assert os.listdir(tmp_path) == ["a"]

    def test_a_planted_link_is_not_written_through(self, tmp_path, put):
        """The temporary file's name can be guessed; the link there is removed, its target is not touched."""
        victim = tmp_path / "victim"
        victim.write_text("precious")
        name = f"{files.TEMP_PREFIX}{os.getpid()}-{files._counter + 1}{files.TEMP_SUFFIX}"
        (tmp_path / name).symlink_to(victim)
        put(str(tmp_path / "a"), b"new")
        assert victim.read_text() == "precious"
        assert (tmp_path / "a").read_text() == "new"

    def test_a_killed_writer_leaves_the_old_or_the_new_file(self, tmp_path, put):
        path = tmp_path / "a"
        path.write_bytes(b"0" * 200_000)
        code = (
            "import sys\nfrom dvclive_cli.disk import files\nprint('ready', flush=True)\nn = 0\n"
            f"while True:\n    n = (n + 1) % 10\n"
            f"    files.{put.__name__}(sys.argv[1], str(n).encode() * 200_000)"
        )
        for _ in range(5):
            process = python(code, path)
            process.stdout.readline()
            process.kill()
            process.wait()
            process.stdout.close()
            data = path.read_bytes()
            assert len(data) == 200_000
            assert len(set(data)) == 1
        files.remove_stale_temps(str(tmp_path))
        assert os.listdir(tmp_path) == ["a"]

    def test_where_names_cannot_be_exchanged_it_is_renamed(self, tmp_path, put, monkeypatch):
        monkeypatch.setattr(files, "_renameat2", lambda *names: -1, raising=False)
        path = tmp_path / "a"
        for data in (b"one", b"two"):
            put(str(path), data)
            assert path.read_bytes() == data
        assert os.listdir(tmp_path) == ["a"]


def test_a_temporary_file_of_a_dead_process_goes_whoever_has_its_number_now(tmp_path):
    uncollected = os.fork()
    if not uncollected:
        os._exit(0)
    os.waitid(os.P_PID, uncollected, os.WEXITED | os.WNOWAIT)
    child = subprocess.Popen(["sleep", "60"])
    zombies, reused = (
        tmp_path / f"{files.TEMP_PREFIX}{pid}-1{files.TEMP_SUFFIX}" for pid in (uncollected, child.pid)
    )
    for path in (zombies, reused):
        path.touch()
    os.utime(reused, (1e9, 1e9))  # written long before the process with this number began
    files.remove_stale_temps(str(tmp_path))
    os.waitpid(uncollected, 0)
    child.kill()
    child.wait()
    assert not zombies.exists()
    assert not reused.exists()


def test_temporary_files_of_living_processes_stay(tmp_path):
    mine = tmp_path / f"{files.TEMP_PREFIX}{os.getpid()}-7{files.TEMP_SUFFIX}"
    theirs = tmp_path / f"{files.TEMP_PREFIX}{os.getppid()}-7{files.TEMP_SUFFIX}"
    foreign = tmp_path / ".dvclive-notes.tmp"
    for path in (mine, theirs, foreign):
        path.touch()
    files.remove_stale_temps(str(tmp_path))
    assert mine.exists()
    assert theirs.exists()
    assert foreign.exists()


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_file_that_shares_its_bytes_with_a_cache_gets_its_own(tmp_path, link):
    cache = tmp_path / "cache"
    cache.write_text("kept under its hash")
    cache.chmod(0o444)
    path = tmp_path / "a.tsv"
    link(cache, path)
    files.own(str(path))
    with open(path, "a") as file:
        file.write("+")
    assert cache.read_text() == "kept under its hash"
    assert path.read_text() == "kept under its hash+"
    assert path.stat().st_mode & 0o777 == 0o644


def test_importing_it_loads_nothing_heavy():
    """The supervisor and every one-shot command import it."""
    code = (
        "import sys; before = set(sys.modules); import dvclive_cli.disk.files\n"
        "print(sorted(set(sys.modules) - before))"
    )
    out = python(code).communicate()[0]
    assert out.strip() == "['__future__', 'dvclive_cli', 'dvclive_cli.disk', 'dvclive_cli.disk.files']"
