"""Kill a short run at each of its system calls that change something, and look at every file afterwards.

    python tests/reliability/syscalls.py [--every 1] [--first 1] [--jobs 2]

The run records a few steps in a Git and DVC repository whose dvc.yaml has stages of the user's own, and saves
its experiment. strace(1) kills a process at its Nth such call. Odd N: only that process dies, and whoever is
left goes on. Even N: everything is killed at once, as a machine that goes down. Then every JSON and YAML file
has to be whole, the user's part of dvc.yaml untouched, and `dvclive recover` has to make a whole run of it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from processes import DVCLIVE, PATIENCE, Place, marked, read_file
from wholeness import USERS, keeps_the_users, whole_files

CALLS = (
    "write,pwrite64,writev,ftruncate,truncate,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,"
    "link,linkat,symlink,symlinkat,fchmod,fsync,fdatasync,flock,splice,sendfile"
)
STEPS = 5
PROGRAM = f"for n in 1 2 3 4 {STEPS}; do echo loss=$n step=$n; sleep 0.02; done"


def repository(folder: str) -> None:
    """A Git and DVC repository in `folder`/work with one commit and the user's dvc.yaml."""
    place = Place(folder)
    with open(place.path("dvc.yaml"), "w") as file:
        file.write(USERS)
    dvc = [sys.executable, "-m", "dvc"]
    for command in (
        ["git", "init", "-q", "-b", "main"],
        [*dvc, "init", "-q"],
        ["git", "add", "-A"],
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "first"],
    ):
        ended = place.bare(command)
        assert ended.code == 0, ended
    place.end()


class Spot(Place):
    """A copy of the repository."""

    def __init__(self, folder: str, template: str) -> None:
        super().__init__(folder)
        shutil.copytree(os.path.join(template, "work"), self.cwd, dirs_exist_ok=True)
        self.env |= {"DVC_NO_ANALYTICS": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
        self.env |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}

    def words(self) -> list[str]:
        return [*DVCLIVE, "run", "--dir", self.dir, "--quiet", "--", "sh", "-c", PROGRAM]


def calls_of_a_run(folder: str, template: str) -> int:
    """The most such calls that one process of an undisturbed run makes."""
    spot = Spot(folder, template)
    log = os.path.join(folder, "log")
    ended = spot.bare(["strace", "-f", "--seccomp-bpf", "-o", log, "-e", f"trace={CALLS}", *spot.words()])
    assert ended.code == 0, ended
    check(spot, whole=True)
    spot.end()
    counts = Counter(line.split()[0] for line in read_file(log).splitlines() if "(" in line)
    return max(counts.values())


def kill_at(number: int, folder: str, template: str) -> str:
    """One run, killed; what is wrong with what it left, empty if nothing."""
    spot = Spot(folder, template)
    log = os.path.join(folder, "log")
    inject = f"inject={CALLS}:signal=SIGKILL:when={number}"
    words = ["strace", "-f", "--seccomp-bpf", "-o", log, "-e", f"trace={CALLS}", "-e", inject, *spot.words()]
    process = spot.popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if number % 2 == 0 and "killed by SIGKILL" in read_file(log):
            break
        time.sleep(0.01)
    while number % 2 and marked(spot.mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    late = number % 2 and marked(spot.mark)
    spot.kill_everything()
    process.wait()
    try:
        assert not late, f"it did not end: {late}"
        check(spot, whole=False)
        if os.path.exists(f"{spot.dir}/run.json") or os.path.exists(f"{spot.dir}/plots/metrics"):
            ended = spot.bare([*DVCLIVE, "recover", "run", "--quiet"])
            assert ended.code == 0, f"recover: {ended}"
            check(spot, whole=False)
            status = json.loads(read_file(f"{spot.dir}/run.json"))["status"]
            assert status in ("completed", "killed", "supervisor-lost", "failed"), status
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        shutil.rmtree(spot.tmp)
        os.mkdir(spot.tmp)
        spot.end()
    return ""


def check(spot: Place, *, whole: bool) -> None:
    """Every file parses; rows are whole but the last; the user's part of dvc.yaml is there."""
    for name, text in whole_files(spot.cwd):
        if name.endswith(".tsv"):
            rows = text.split("\n")[:-1]
            assert rows == ["step\tloss", *(f"{n}\t{n}" for n in range(1, STEPS + 1))][: len(rows)], rows
            assert not whole or len(rows) == STEPS + 1, rows
    assert keeps_the_users(read_file(spot.path("dvc.yaml"))), "the user's part of dvc.yaml"


def main(every: int = 1, first: int = 1, jobs: int = 2, quiet: bool = False) -> tuple[int, list[str]]:
    """Kill at every `every`th call from the `first` on; how many runs that were, and what went wrong."""
    with tempfile.TemporaryDirectory() as top:
        template = os.path.join(top, "template")
        repository(template)
        last = calls_of_a_run(os.path.join(top, "whole"), template)
        numbers = range(first, last + 1, every)

        def one(number: int) -> str:
            folder = os.path.join(top, str(number))
            wrong = kill_at(number, folder, template)
            if not quiet and (wrong or number % 50 == 0):
                print(f"{number}/{last} {wrong}", flush=True)
            if not wrong:
                shutil.rmtree(folder)
            return f"call {number}: {wrong}" if wrong else ""

        with ThreadPoolExecutor(jobs) as pool:
            wrong = [text for text in pool.map(one, numbers) if text]
    return len(numbers), wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    runs, failures = main(given.every, given.first, given.jobs)
    print(*failures, f"{runs} kills, {len(failures)} with something wrong", sep="\n")
    sys.exit(1 if failures else 0)
