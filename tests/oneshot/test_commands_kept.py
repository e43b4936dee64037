"""What holds between commands: nothing that one returned from is lost, and nobody else writes meanwhile."""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import scripts
from processes import until
from shell import PYTHON, environment, good, left, rows, sh

# Runs `dvclive` in this process and dies at the n-th change of the disk. An audit hook sees the real run.
DYING = """
import os, signal, sys
left = int(sys.argv.pop(1))
def note(event, arguments):
    global left
    changes = event in ("os.rename", "os.remove", "os.truncate", "os.mkdir", "os.rmdir")
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        changes = True
    if changes:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(note)
from dvclive_cli.__main__ import main
sys.exit(main())
"""


def dying(place: Path, at: int, *words: str) -> int:
    """Run a command that is killed when it changes the disk for the n-th time; its return code."""
    env = environment(place, PYTHONDONTWRITEBYTECODE="1", DVCLIVE_SAVE_DVC_EXP="0")
    return subprocess.run(
        [PYTHON, "-c", DYING, str(at), *words], cwd=place, env=env, capture_output=True, check=False
    ).returncode


def killed_everywhere(place: Path, *words: str) -> int:
    """How many moments there are; the last one is behind the end of the command."""
    at = 1
    while dying(place, at, *words) == -signal.SIGKILL:
        good(f"dvclive log-metric m {1000 + at} --step {1000 + at}", place)
        at += 1
    return at


def test_a_command_killed_at_any_moment_loses_nothing_of_others(tmp_path: Path) -> None:
    """Rows of commands that returned are there once; the killed one's row is whole or not there."""
    good("dvclive log-metric m 1 --step 1; dvclive log-metric other 1", tmp_path)
    count = killed_everywhere(tmp_path, "log-metric", "m=500", "new=2", "--step", "500")
    assert count > 4
    found = rows(tmp_path, "m")
    kept = [row for row in found if row != "500 500"]
    assert kept == ["1 1", *(f"{1000 + at} {1000 + at}" for at in range(1, count))]
    assert found.count("500 500") in (0, 1, 2)  # the last one returned; another may have been killed after
    assert rows(tmp_path, "other") == ["1 1"]
    good("dvclive end -q", tmp_path)
    assert json.loads((tmp_path / "dvclive" / "metrics.json").read_text())["m"] == 500


def test_a_command_killed_while_it_opens_the_run(tmp_path: Path) -> None:
    """The next one opens it; whatever was left half done is gone at the end."""
    for at in range(1, 40):
        place = tmp_path / str(at) / "here"
        place.mkdir(parents=True)
        ended = dying(place, at, "log-metric", "m", "5")
        good("dvclive log-metric m 6; dvclive end -q", place)
        assert rows(place, "m") in (["0 6"], ["0 5", "0 6"])
        assert left(place) == []
        if ended == 0:
            break
    assert at > 6
    assert ended == 0


def test_an_end_that_was_killed_is_ended_again(tmp_path: Path) -> None:
    """One experiment, with everything in it, wherever it was killed."""
    place = scripts.repository(tmp_path / "here")
    chance = random.Random(4)
    good("dvclive start --exp-name one; dvclive log-metric m 1", place, DVCLIVE_SAVE_DVC_EXP="1")
    for _ in range(4):
        child = subprocess.Popen(
            ["dvclive", "end", "-q"],
            cwd=place,
            env=environment(place),
            executable=str(place.parent / "bin" / "dvclive"),
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.2, 1.0))
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if not left(place):  # it was quicker
            break
    sh("dvclive end -q", place, DVCLIVE_SAVE_DVC_EXP="1")
    assert scripts.experiments(place) == ["one"]
    assert left(place) == []
    ref = scripts.git(place, "for-each-ref", "--format=%(refname)", "refs/exps/*/*/one").strip()
    assert scripts.git(place, "show", f"{ref}:dvclive/plots/metrics/m.tsv") == "step\tm\n0\t1\n"


HOLDING = """
import sys
from dvclive import Live
live = Live(save_dvc_exp=False)
live.log_metric("mine", 1)
print("ready", flush=True)
sys.stdin.read()
live.end()
"""


@pytest.mark.parametrize("holder", ["Live", "dvclive run"])
def test_a_program_that_keeps_the_directory_is_named(tmp_path: Path, holder: str) -> None:
    """No waiting, no corruption: 125, and who it is."""
    supervisor = [PYTHON, "-m", "dvclive_cli", "run", "-q", "--no-save-dvc-exp", "--"]
    words = {
        "Live": [PYTHON, "-c", HOLDING],
        "dvclive run": [*supervisor, "sh", "-c", "echo @dvclive mine=1; echo ready; cat"],
    }[holder]
    env = environment(tmp_path)
    with subprocess.Popen(
        words, cwd=tmp_path, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        while program.stdout.readline().strip() != b"ready":
            pass
        while not (tmp_path / "dvclive" / "run.json").exists():
            time.sleep(0.01)
        for command in ("log-metric a 1", "start", "end", "next-step"):
            done = sh(f"dvclive {command}", tmp_path)
            assert done.returncode == 125
            assert "Another run is writing" in done.stderr
            assert f"process {program.pid}" in done.stderr or "dvclive" in done.stderr
        assert "running" in good("dvclive status", tmp_path)
        program.stdin.close()
        assert program.wait() == 0
    assert rows(tmp_path, "mine") == ["0 1"]
    assert left(tmp_path) == []
    assert not (tmp_path / "dvclive" / "plots" / "metrics" / "a.tsv").exists()


@pytest.mark.parametrize("resume", [False, True])
def test_a_live_that_begins_takes_the_directory_over(tmp_path: Path, resume: bool) -> None:
    """Commands that come after it begin anew: they never write into its run."""
    good("dvclive log-metric a 1; dvclive next-step", tmp_path)
    code = (
        f"from dvclive import Live\nwith Live(resume={resume}, save_dvc_exp=False) as l: l.log_metric('a', 2)"
    )
    assert scripts.run(code, tmp_path).returncode == 0
    assert rows(tmp_path, "a") == (["0 1", "1 2"] if resume else ["0 2"])
    assert left(tmp_path) == []
    assert sh("dvclive end", tmp_path).returncode == 125


def test_a_state_of_another_version_is_left_alone(tmp_path: Path) -> None:
    good("dvclive log-metric a 1", tmp_path)
    state = tmp_path / "dvclive" / ".dvclive-open.json"
    for text in ('{"version": 99}', "torn {"):
        state.write_text(text)
        done = sh("dvclive log-metric a 2", tmp_path)
        assert done.returncode == 125
        assert "cannot be read" in done.stderr
        assert "start --resume" in done.stderr
        assert rows(tmp_path, "a") == ["0 1"]
    state.unlink()
    good("dvclive start --resume -q; dvclive log-metric a 2", tmp_path)
    assert rows(tmp_path, "a") == ["0 1", "1 2"]  # after the last step that has a row


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_file_that_takes_no_row_is_told(tmp_path: Path) -> None:
    """125; and once there is room again, nothing is missing or there twice."""
    good("dvclive log-metric a 1", tmp_path)
    done = sh("ulimit -f 0; dvclive log-metric a 2", tmp_path)
    assert done.returncode == 125
    good("dvclive log-metric a 3", tmp_path)
    assert rows(tmp_path, "a") == ["0 1", "0 3"]


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "dvclive").write_text("a file")
    done = sh("dvclive log-metric a 1", tmp_path)
    assert done.returncode == 125
    assert "cannot be written" in done.stderr
    assert (tmp_path / "dvclive").read_text() == "a file"


def test_the_cost_does_not_grow_with_the_run(tmp_path: Path) -> None:
    """A command opens no file of earlier rows for reading, however many there are."""
    good("seq 5000 | dvclive log-metric m -; dvclive log-metric other 1", tmp_path)
    code = """
import os, sys
def note(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith(".tsv"):
        if arguments[1] is not None:  # a file object; a bare descriptor appends, or flushes to the device
            print(arguments)
sys.addaudithook(note)
from dvclive_cli.__main__ import main
sys.exit(main())
"""
    for words in (["log-metric", "m", "1"], ["next-step"], ["summary", "x=1"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == ""
    assert os.path.getsize(tmp_path / "dvclive" / ".dvclive-open.json") < 60_000


def test_an_end_that_was_interrupted_is_ended_again(tmp_path: Path) -> None:
    """Ctrl-C while the experiment is saved: the command dies of it, as any does; the run is still open."""
    place = scripts.repository(tmp_path / "here")
    good("dvclive start --exp-name one; dvclive log-metric m 1", place, DVCLIVE_SAVE_DVC_EXP="1")
    hook = "import os, signal, sys\n"
    hook += "def note(event, arguments):\n"
    hook += "    if event == 'subprocess.Popen' and 'write-tree' in arguments[1]:\n"
    hook += "        os.kill(os.getpid(), signal.SIGINT)\n"
    hook += "sys.addaudithook(note)\nfrom dvclive_cli.__main__ import main\nsys.exit(main())"
    ended = subprocess.run([PYTHON, "-c", hook, "end"], cwd=place, env=environment(place), check=False)
    assert ended.returncode == -signal.SIGINT
    assert left(place) == [".dvclive-open.json"]
    assert scripts.experiments(place) == []
    good("dvclive end -q", place, DVCLIVE_SAVE_DVC_EXP="1")
    assert scripts.experiments(place) == ["one"]


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    """`| head -1` is no fault, and a full disk behind stdout is one."""
    good(
        "dvclive log-metric a 1; seq 1000 | xargs -n 50 printf 's%s=1 ' | xargs dvclive log-metric", tmp_path
    )
    done = sh("dvclive status --json | true; dvclive status > /dev/full", tmp_path)
    assert done.returncode == 125
    assert done.stderr == "dvclive: No space left on device (os-error).\n"


def test_a_command_that_waited_for_a_directory_that_went_makes_it_anew(tmp_path: Path) -> None:
    """The one before it had made the directory, failed, and left nothing behind."""
    folder = tmp_path / "dvclive"
    folder.mkdir()
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    inode = f":{os.fstat(lock).st_ino} "
    script = str(environment(tmp_path)["PATH"].split(":")[0] + "/dvclive")
    with subprocess.Popen(
        [script, "log-metric", "a", "1"], cwd=tmp_path, env=environment(tmp_path)
    ) as waiting:
        until(lambda: re.search(rf"->.*{inode}", Path("/proc/locks").read_text()))
        folder.rmdir()
        os.close(lock)
        assert waiting.wait() == 0
    assert rows(tmp_path, "a") == ["0 1"]


def test_commands_wait_for_one_that_takes_its_time(tmp_path: Path) -> None:
    """Longer than the moments at which a waiting one looks whether a program keeps the directory."""
    good("dvclive log-metric a 1", tmp_path)
    lock = os.open(tmp_path / "dvclive", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    script = str(environment(tmp_path)["PATH"].split(":")[0] + "/dvclive")
    with subprocess.Popen(
        [script, "log-metric", "a", "2"], cwd=tmp_path, env=environment(tmp_path)
    ) as waiting:
        time.sleep(1.5)
        assert waiting.poll() is None
        os.close(lock)
        assert waiting.wait() == 0
    assert rows(tmp_path, "a") == ["0 1", "0 2"]


def test_a_program_that_was_killed_is_told_of(tmp_path: Path) -> None:
    """Its run.json says "running" for ever; `status` looks whether it is there."""
    with subprocess.Popen(
        [PYTHON, "-c", HOLDING],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        assert json.loads(good("dvclive status --json", tmp_path))["status"] == "running"
        program.kill()
    assert json.loads(good("dvclive status --json", tmp_path))["status"] == "supervisor-lost"


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_where_no_lock_is_to_be_had_they_still_take_turns(tmp_path: Path) -> None:
    """Some network file systems refuse flock(2)."""
    refused = "strace -f -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK"
    script = f"seq 8 | xargs -P 4 -I{{}} {refused} dvclive log-metric m {{}} --step {{}}; dvclive end -q"
    good(script, tmp_path)
    assert sorted(rows(tmp_path, "m")) == [f"{n} {n}" for n in range(1, 9)]
    assert left(tmp_path) == []
