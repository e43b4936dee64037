"""One writer a directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from dvclive_cli.disk import locks
from dvclive_cli.errors import DvcliveError


def python(code, *args, **options):
    """A process of our own Python that runs `code`, its stdout a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], stdout=subprocess.PIPE, text=True, **options
    )


HOLD = (
    "import sys, time\nfrom dvclive_cli.disk import locks\n"
    "fd = locks.{lock}(sys.argv[1])\nprint('held', flush=True)\ntime.sleep(60)"
)


class TestLock:
    @pytest.mark.parametrize("lock", ["lock_dir", "lock_file"])
    def test_a_second_process_is_refused_with_the_holders_name_and_a_killed_one_lets_go(self, tmp_path, lock):
        process = python(HOLD.format(lock=lock), tmp_path)
        assert process.stdout.readline() == "held\n"
        try:
            with pytest.raises(DvcliveError) as caught:
                getattr(locks, lock)(str(tmp_path))
            assert caught.value.slug == "dir-locked"
            assert f"process {process.pid}" in str(caught.value)
            assert "locks.lock" in str(caught.value)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        locks.unlock(getattr(locks, lock)(str(tmp_path)))

    def test_nothing_is_left_in_the_directory(self, tmp_path):
        locks.unlock(locks.lock_dir(str(tmp_path)))
        assert os.listdir(tmp_path) == []

    def test_the_same_process_is_refused_too(self, tmp_path):
        fd = locks.lock_dir(str(tmp_path))
        with pytest.raises(DvcliveError, match="dir-locked"):
            locks.lock_dir(str(tmp_path))
        locks.unlock(fd)
        locks.unlock(locks.lock_dir(str(tmp_path)))

    def test_a_forked_worker_does_not_hold_the_directory_after_we_are_gone(self, tmp_path):
        code = (
            "import os, sys, time\nfrom dvclive_cli.disk import locks\nfd = locks.lock_dir(sys.argv[1])\n"
            "pid = os.fork()\n"
            "if pid == 0:\n    print(os.getpid(), flush=True)\n    time.sleep(60)\nos.wait()"
        )
        process = python(code, tmp_path)
        worker = int(process.stdout.readline())
        try:
            process.kill()
            process.wait()
            locks.unlock(locks.lock_dir(str(tmp_path)))
        finally:
            os.kill(worker, signal.SIGKILL)
            process.stdout.close()

    def test_a_program_started_by_us_does_not_inherit_the_lock(self, tmp_path):
        fd = locks.lock_dir(str(tmp_path))
        process = python("import sys; print('up', flush=True); sys.stdin.read()", stdin=subprocess.PIPE)
        process.stdout.readline()
        locks.unlock(fd)
        locks.unlock(locks.lock_dir(str(tmp_path)))
        process.communicate("")
