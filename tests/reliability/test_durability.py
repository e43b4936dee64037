"""What is on disk is whole, and what was received is on disk: whoever is killed, whatever the disk does."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time

import pytest
from processes import Ended, Place, finish, python, read_file, until
from wholeness import USERS, keeps_the_users, whole_files

SH = ["sh", "-c"]
STEPS = 300
PRINTS = python("import os\nfor n in range(300): os.write(1, b'loss=%d step=%d\\n' % (n, n))")
ROWS = "step\tloss\n" + "".join(f"{n}\t{n}\n" for n in range(STEPS))


def loss(place: Place) -> str:
    return read_file(f"{place.dir}/plots/metrics/loss.tsv")


# --- everything killed ------------------------------------------------------------------------------------


def assert_whole(place: Place) -> None:
    """Every JSON and YAML file is the old one or a new one that parses; every TSV holds whole rows but the
    last; the user's part of dvc.yaml is there."""
    for name, text in whole_files(place.cwd):
        if name.endswith(".tsv") and text:
            rows = text.split("\n")[:-1]
            assert rows[1:] == [f"{n}\t{n * 3}" for n in range(len(rows) - 1)], name
    assert keeps_the_users(read_file(place.path("dvc.yaml")))


TRAINING = """
import os, time
for n in range(100):
    os.write(1, b"loss=%d step=%d\\n" % (n * 3, n))
    time.sleep(0.003)
"""


@pytest.mark.parametrize(
    "times", [12, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
def test_everything_killed_at_random_times(place: Place, times: int) -> None:
    """JSON and YAML are old or new, rows are whole, the user's dvc.yaml is never empty; then resume."""
    chance = random.Random(times)
    with open(place.path("dvc.yaml"), "w") as file:
        file.write(USERS)
    for _ in range(times):
        process = place.start(python(TRAINING), stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 0.6))
        place.kill_everything()
        process.wait()
        for folder in os.listdir(place.tmp):
            shutil.rmtree(os.path.join(place.tmp, folder))
        assert_whole(place)
    assert place.under(["true"], "--resume").code == 0
    assert_whole(place)


def test_what_was_shown_was_on_disk(place: Place) -> None:
    """A program that waits for `sync` and is killed with everything: the rows are there."""
    program = r"""
import os, signal, sys
path = os.environ["DVCLIVE_FIFO"]
ack = path + "-ack"
os.mkfifo(ack)
fd = os.open(path, os.O_WRONLY)
for step in range(50):
    os.write(fd, b"metric loss=%d step=%d\n" % (step * 3, step))
os.write(fd, b"sync ack=%s\n" % ack.encode())
print(open(ack).readline().strip(), flush=True)
signal.pause()
"""
    process = place.start(python(program))
    assert process.stdout
    assert process.stdout.readline() == b"ok\n"
    place.kill_everything()
    process.wait()
    shutil.rmtree(os.path.join(place.tmp, os.listdir(place.tmp)[0]))
    assert loss(place) == "step\tloss\n" + "".join(f"{n}\t{n * 3}\n" for n in range(50))
    assert json.loads(read_file(f"{place.dir}/metrics.json"))["loss"] == 147


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 8, 40])
def test_a_torn_tail_and_resume(place: Place, cut: int) -> None:
    """The torn row goes, the next part begins behind the last whole one."""
    assert place.under(PRINTS).code == 0
    path = f"{place.dir}/plots/metrics/loss.tsv"
    os.truncate(path, os.path.getsize(path) - cut)
    last = int(loss(place).rpartition("\n")[0].rpartition("\n")[2].split("\t")[0])
    program = python(
        f"import os\nfor n in range({last} + 1, 300): os.write(1, b'loss=%d step=%d\\n' % (n, n))"
    )
    assert place.under(program, "--resume").code == 0
    assert loss(place) == ROWS


# --- limits -----------------------------------------------------------------------------------------------


def without(*capabilities: str) -> list[str]:
    """Words that take privileges of root's away, where there are any."""
    if os.getuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv(1) to give privileges away")
    return ["setpriv", "--bounding-set", ",".join(f"-{name}" for name in capabilities)]


LIMITS = "import resource; print(resource.getrlimit(resource.{0}), flush=True)"


@pytest.mark.parametrize(
    ("limit", "kind"),
    [
        ("ulimit -S -n 16", "RLIMIT_NOFILE"),
        ("ulimit -S -f 8", "RLIMIT_FSIZE"),
        ("ulimit -f 4096", "RLIMIT_FSIZE"),
    ],
)
def test_a_small_limit_is_the_programs_and_nothing_is_lost(place: Place, limit: str, kind: str) -> None:
    """The program has the limit that it was given; we take what the hard limit leaves us."""
    program = python(
        f"{LIMITS.format(kind)}\nimport os\nfor n in range(300): os.write(1, b'loss=%d step=%d\\n' % (n, n))"
    )
    ended = []
    for run in (program, place.command(program)):
        ended.append(finish(place.popen(["bash", "-c", f'{limit}; exec "$@"', "bash", *run])))
    assert ended[0] == ended[1]
    assert ended[1].code == 0
    assert loss(place) == ROWS


@pytest.mark.parametrize(("limit", "slug"), [("-n 16", b"limit-open-files"), ("-f 8", b"limit-file-size")])
def test_a_limit_that_leaves_no_room_is_said_before_anything_starts(
    place: Place, limit: str, slug: bytes
) -> None:
    run = place.command([*SH, "echo started > started"])
    ended = finish(
        place.popen([*without("sys_resource"), "bash", "-c", f'ulimit {limit}; exec "$@"', "bash", *run])
    )
    assert ended.code == 125, ended
    assert slug in ended.err
    assert os.listdir(place.cwd) == []


def test_a_limit_on_file_sizes_that_is_reached(place: Place) -> None:
    """The program's bytes go on, all of them; what is no longer recorded is said."""
    program = python(
        "import os\n"
        "for n in range(100): os.write(1, b'loss=%d step=%d\\n' % (n, n))\n"
        "for n in range(80): os.write(1, b'x' * 65535 + b'\\n')\n"
        "os.write(2, b'done\\n')\n"
    )
    bare = place.bare(program)
    run = place.command(program)
    limited = [*without("sys_resource"), "bash", "-c", 'ulimit -f 2048; exec "$@"', "bash"]
    under = finish(place.popen([*limited, *run]))
    assert (under.out, under.code) == (bare.out, 0)
    assert b"done\n" in under.err
    assert b"ulimit -f" in under.err
    assert loss(place) == "step\tloss\n" + "".join(f"{n}\t{n}\n" for n in range(100))
    assert json.loads(read_file(f"{place.dir}/run.json"))["status"] == "completed"


# --- the disk ---------------------------------------------------------------------------------------------


def test_the_directory_removed_while_the_run_goes_on(place: Place) -> None:
    """Begun anew with whole files; the program notices nothing."""
    program = r"""
import os, sys
for n in range(100): os.write(1, b"loss=%d step=%d\n" % (n, n))
sys.stdin.readline()
for n in range(100, 200): os.write(1, b"loss=%d step=%d\n" % (n, n))
sys.stdin.readline()
for n in range(200, 300): os.write(1, b"loss=%d step=%d\n" % (n, n))
"""
    process = place.start(python(program), stdin=subprocess.PIPE)
    assert process.stdin
    until(lambda: loss(place).endswith("99\t99\n"), "the first part")
    until(lambda: shutil.rmtree(place.dir, ignore_errors=True) or not os.path.exists(place.dir))
    process.stdin.write(b"\n")
    until(lambda: os.path.exists(f"{place.dir}/run.json"), "the directory to come back")
    out, _ = process.communicate(b"\n", timeout=60)
    assert (out.count(b"\n"), process.returncode) == (300, 0)
    rows = loss(place).splitlines()
    assert rows[0] == "step\tloss"
    assert rows[-1] == "299\t299"
    assert json.loads(read_file(f"{place.dir}/run.json"))["status"] == "completed"
    assert json.loads(read_file(f"{place.dir}/metrics.json"))["loss"] == 299


def in_a_small_room(place: Place, script: str) -> subprocess.Popen[bytes]:
    """Run a shell script where `run` is a file system of 256 KiB of its own."""
    os.mkdir(place.dir)
    room = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size=256k none {place.dir}"
    if subprocess.run([*room, *SH, mount], capture_output=True).returncode:
        os.rmdir(place.dir)
        pytest.skip("mounting is not allowed here")
    return place.popen([*room, *SH, f"{mount} && {script}"], stdin=subprocess.PIPE)


def test_a_full_disk_that_is_freed(place: Place) -> None:
    """Rows wait in memory and are written when there is room; the program knows nothing of it."""
    program = r"""
import os, sys
for n in range(100): os.write(1, b"loss=%d step=%d\n" % (n, n))
open("begun", "w").close()
sys.stdin.readline()
for n in range(100, 200): os.write(1, b"loss=%d step=%d\n" % (n, n))
open("refused", "w").close()
sys.stdin.readline()
for n in range(200, 300): os.write(1, b"loss=%d step=%d\n" % (n, n))
"""
    with open(place.path("program"), "w") as file:
        file.write(program)
    words = " ".join(f"'{word}'" for word in place.command(["python3", "program"]))
    script = f"""
mkfifo gate
{words} < gate &
exec 9> gate
until [ -e begun ] && [ -e run/run.json ]; do sleep 0.02; done
dd if=/dev/zero of=run/filler bs=1k 2>/dev/null
echo >&9
until [ -e refused ]; do sleep 0.02; done
sleep 0.7
rm run/filler
echo >&9
wait $!
code=$?
cp -r run copy
exit $code
"""
    ended = finish(in_a_small_room(place, script))
    assert (ended.out.count(b"\n"), ended.code) == (300, 0), ended
    assert read_file(place.path("copy/plots/metrics/loss.tsv")) == ROWS
    assert json.loads(read_file(place.path("copy/run.json")))["status"] == "completed"
    os.rmdir(place.dir)


def test_a_directory_that_becomes_read_only(place: Place) -> None:
    """The program ends as bare; what is lost is said."""
    program = r"""
import os, sys
for n in range(100): os.write(1, b"loss=%d step=%d\n" % (n, n))
sys.stdin.readline()
for n in range(100, 200): os.write(1, b"acc=%d step=%d\n" % (n, n))
sys.exit(4)
"""
    command = place.command(python(program))
    command.remove("--quiet")
    process = place.popen([*without("dac_override"), *command], stdin=subprocess.PIPE)
    until(lambda: loss(place).endswith("99\t99\n"), "the first part")
    folders = [folder for folder, _, _ in os.walk(place.dir)]
    for folder in folders:
        os.chmod(folder, 0o555)
    out, err = process.communicate(b"\n", timeout=60)
    for folder in folders:
        os.chmod(folder, 0o755)
    # Of a file that was being replaced at that moment the new half stays, which only the next run can remove.
    halves = [name for name in os.listdir(place.dir) if name.endswith(".tmp")]
    assert len(halves) <= 1
    for name in halves:
        os.unlink(os.path.join(place.dir, name))
    assert (out.count(b"\n"), process.returncode) == (200, 4)
    assert b"Permission denied" in err
    assert b"100 rows of metrics could not be written and are lost" in err
    assert b"Traceback" not in err
    assert loss(place) == "step\tloss\n" + "".join(f"{n}\t{n}\n" for n in range(100))


# --- one writer -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("errno", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_two_runs_where_the_file_system_has_no_locks(place: Place, errno: str) -> None:
    """Some NFS and Lustre mounts refuse flock(2): one writer all the same; a killed one is no obstacle."""
    if shutil.which("strace") is None:
        pytest.skip("no strace(1) to take the locks away with")
    refused = ["strace", "-o", "/dev/null", "-e", "trace=flock", "-e", f"inject=flock:error={errno}"]
    first = place.popen(
        [*refused, *place.command([*SH, "echo loss=1 step=1; read x"])], stdin=subprocess.PIPE
    )
    assert first.stdout
    assert first.stdout.readline() == b"loss=1 step=1\n"
    second = finish(place.popen([*refused, *place.command([*SH, "echo started > second"])]))
    assert (second.out, second.code) == (b"", 125), second
    assert b"dir-locked" in second.err
    assert not os.path.exists(place.path("second"))
    assert first.communicate(b"\n", timeout=60)[1] == b""
    assert first.returncode == 0
    third = place.popen([*refused, *place.command([*SH, "echo here; sleep 60"])])
    assert third.stdout
    assert third.stdout.readline() == b"here\n"
    place.kill_everything()
    third.wait()
    for folder in os.listdir(place.tmp):
        shutil.rmtree(os.path.join(place.tmp, folder))
    last = finish(place.popen([*refused, *place.command([*SH, "echo again"])]))
    assert last == Ended(b"again\n", b"", 0)
    assert [name for name in os.listdir(place.dir) if "lock" in name or "claim" in name] == []
