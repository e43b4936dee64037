"""Bytes on the disk: whole files replaced, rows appended, one writer a directory, harmless names."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvclive_cli import files
from dvclive_cli.errors import DvcliveError


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
            "import sys\nfrom dvclive_cli import files\nprint('ready', flush=True)\nn = 0\n"
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


class TestAppender:
    def test_rows_come_in_order_behind_the_head(self, tmp_path):
        appender = files.Appender(lambda path: b"head\n")
        path = str(tmp_path / "deep" / "er" / "a.tsv")
        assert appender.append(path, b"1\n")
        assert appender.append(path, b"2\n3\n")
        appender.sync()
        appender.close()
        assert (tmp_path / "deep/er/a.tsv").read_bytes() == b"head\n1\n2\n3\n"

    def test_descriptors_are_bounded(self, tmp_path):
        before = len(os.listdir("/proc/self/fd"))
        appender = files.Appender(lambda path: b"h\n", max_open=5)
        for round_ in range(3):
            for index in range(50):
                assert appender.append(str(tmp_path / f"{index}.tsv"), b"%d\n" % round_)
        assert len(os.listdir("/proc/self/fd")) <= before + 5
        appender.close()
        assert len(os.listdir("/proc/self/fd")) == before
        assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"h\n0\n1\n2\n"}

    def test_a_small_limit_of_descriptors_is_lived_with(self, tmp_path):
        code = (
            "import resource, sys\nfrom dvclive_cli import files\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))\n"
            "a = files.Appender()\n"
            "ok = all([a.append(f'{sys.argv[1]}/{i % 20}', b'x\\n') for i in range(100)])\n"
            "print(ok, a.waiting)"
        )
        process = python(code, tmp_path)
        assert process.communicate()[0] == "True {}\n"
        assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"x\n" * 5}

    def test_what_a_full_disk_refuses_waits_and_is_written_when_there_is_room(self, tmp_path):
        """RLIMIT_FSIZE stands for the full disk: a write is cut short within a row, the next refused."""
        code = (
            "import resource, sys\nfrom dvclive_cli import files\n"
            "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (50, hard))\n"
            "a = files.Appender(lambda path: b'head\\n')\n"
            "p = sys.argv[1] + '/a'\n"
            "ok = [a.append(p, b'row %03d\\n' % i) for i in range(20)]\n"
            "print(all(ok), a.waiting_bytes, type(a.error).__name__, a.retry())\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
            "print(a.retry(), a.waiting_bytes)\n"
            "a.append(p, b'more\\n')"
        )
        out = python(code, tmp_path).communicate()[0]
        assert out == "True 115 OSError False\nTrue 0\n"
        rows = b"".join(b"row %03d\n" % index for index in range(20))
        assert (tmp_path / "a").read_bytes() == b"head\n" + rows + b"more\n"

    def test_what_waits_is_bounded_and_no_row_is_split(self, tmp_path):
        (tmp_path / "a").mkdir()  # cannot be opened as a file
        appender = files.Appender(max_waiting=10)
        path = str(tmp_path / "a")
        assert [appender.append(path, b"12345\n"), appender.append(path, b"12345\n")] == [True, False]
        (tmp_path / "a").rmdir()
        assert appender.retry()
        appender.close()
        assert (tmp_path / "a").read_bytes() == b"12345\n"

    def test_a_removed_file_is_begun_anew_with_its_head(self, tmp_path):
        appender = files.Appender(lambda path: b"head\n")
        path = tmp_path / "d" / "a"
        appender.append(str(path), b"1\n")
        path.unlink()
        path.parent.rmdir()
        assert appender.deleted() == [str(path)]
        assert appender.deleted() == []
        appender.append(str(path), b"2\n")
        appender.close()
        assert path.read_bytes() == b"head\n2\n"

    def test_a_planted_link_is_not_followed(self, tmp_path):
        victim = tmp_path / "victim"
        victim.write_text("precious")
        (tmp_path / "a.tsv").symlink_to(victim)
        appender = files.Appender()
        appender.append(str(tmp_path / "a.tsv"), b"row\n")
        assert appender.error is not None
        assert victim.read_text() == "precious"


HOLD = (
    "import sys, time\nfrom dvclive_cli import files\n"
    "fd = files.{lock}(sys.argv[1])\nprint('held', flush=True)\ntime.sleep(60)"
)


class TestLock:
    @pytest.mark.parametrize("lock", ["lock_dir", "lock_file"])
    def test_a_second_process_is_refused_with_the_holders_name_and_a_killed_one_lets_go(self, tmp_path, lock):
        process = python(HOLD.format(lock=lock), tmp_path)
        assert process.stdout.readline() == "held\n"
        try:
            with pytest.raises(DvcliveError) as caught:
                getattr(files, lock)(str(tmp_path))
            assert caught.value.slug == "dir-locked"
            assert f"process {process.pid}" in str(caught.value)
            assert "files.lock" in str(caught.value)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        files.unlock(getattr(files, lock)(str(tmp_path)))

    def test_nothing_is_left_in_the_directory(self, tmp_path):
        files.unlock(files.lock_dir(str(tmp_path)))
        assert os.listdir(tmp_path) == []

    def test_the_same_process_is_refused_too(self, tmp_path):
        fd = files.lock_dir(str(tmp_path))
        with pytest.raises(DvcliveError, match="dir-locked"):
            files.lock_dir(str(tmp_path))
        files.unlock(fd)
        files.unlock(files.lock_dir(str(tmp_path)))

    def test_a_forked_worker_does_not_hold_the_directory_after_we_are_gone(self, tmp_path):
        code = (
            "import os, sys, time\nfrom dvclive_cli import files\nfd = files.lock_dir(sys.argv[1])\n"
            "pid = os.fork()\n"
            "if pid == 0:\n    print(os.getpid(), flush=True)\n    time.sleep(60)\nos.wait()"
        )
        process = python(code, tmp_path)
        worker = int(process.stdout.readline())
        try:
            process.kill()
            process.wait()
            files.unlock(files.lock_dir(str(tmp_path)))
        finally:
            os.kill(worker, signal.SIGKILL)
            process.stdout.close()

    def test_a_program_started_by_us_does_not_inherit_the_lock(self, tmp_path):
        fd = files.lock_dir(str(tmp_path))
        process = python("import sys; print('up', flush=True); sys.stdin.read()", stdin=subprocess.PIPE)
        process.stdout.readline()
        files.unlock(fd)
        files.unlock(files.lock_dir(str(tmp_path)))
        process.communicate("")


SAFE = [
    ("train/loss", "train/loss"),
    ("usage (%)", "usage (%)"),
    ("größe/名前", "größe/名前"),
    ("..", "%2E%2E"),
    ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
    ("a/./b", "a/%2E/b"),
    ("...", "..."),
    ("/etc", "%2Fetc"),
    ("a//b", "a/%2Fb"),
    ("a/", "a%2F"),
    ("", "%20"),
    ("a\tb\n", "a%09b%0A"),
    ("\x1b[31mred", "%1B[31mred"),
    ("\0", "%00"),
    ("a%2Fb", "a%252Fb"),
    ("100%", "100%"),
    ("\u202egnp", "%E2%80%AEgnp"),
]


class TestNames:
    @pytest.mark.parametrize(("name", "safe"), SAFE)
    def test_names(self, name, safe):
        assert files.safe_name(name) == safe

    @given(st.text(st.sampled_from("ab./%2FE0 \n\\é\x7f"), max_size=12) | st.text(max_size=600))
    def test_a_name_never_leaves_its_folder_and_is_a_possible_path(self, name):
        safe = files.safe_name(name)
        assert os.path.normpath(os.path.join("/run", safe)) == os.path.join("/run", safe)
        assert safe.isprintable()
        for part in safe.split("/"):
            assert part not in ("", ".", "..")
            assert len(part.encode()) <= files.MAX_PART

    @given(st.sets(st.text(st.sampled_from("a./%2FE0 \n"), max_size=6), min_size=2, max_size=30))
    def test_different_names_are_different_paths(self, names):
        assert len({files.safe_name(name) for name in names}) == len(names)

    def test_long_names_stay_apart(self, tmp_path):
        names = ["x" * 1000 + str(index) for index in range(3)] + [
            "d/" * 2000 + str(index) for index in range(3)
        ]
        paths = {files.safe_join(str(tmp_path), name, ".tsv") for name in names}
        assert len(paths) == len(names)
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w").close()

    def test_a_file_and_a_folder_never_want_one_name(self, tmp_path):
        paths = [files.safe_join(str(tmp_path), name, ".tsv") for name in ("a", "a.tsv/b", "a.tsv")]
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "x").close()


def test_importing_it_loads_nothing_heavy():
    """The supervisor and every one-shot command import it."""
    code = (
        "import sys; before = set(sys.modules); import dvclive_cli.files\n"
        "print(sorted(set(sys.modules) - before))"
    )
    out = python(code).communicate()[0]
    assert (
        out.strip() == "['__future__', 'dvclive_cli', 'dvclive_cli.claims', 'dvclive_cli.errors', "
        "'dvclive_cli.files', 'errno', 'fcntl']"
    )
