"""Much, fast and strange: nothing is changed, nothing lost, and memory stays flat."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading

import pytest
from processes import PYTHON, Place, finish, python, read_file, until

SH = ["sh", "-c"]


def loss(place: Place) -> str:
    return read_file(f"{place.dir}/plots/metrics/loss.tsv")


class Digest(threading.Thread):
    """Reads a stream to its end and keeps nothing but a hash and a count."""

    def __init__(self, stream: object) -> None:
        super().__init__()
        self.stream, self.size, self.hash = stream, 0, hashlib.blake2b()
        self.start()

    def run(self) -> None:
        while data := self.stream.read(1 << 20):  # type: ignore[attr-defined]
            self.size += len(data)
            self.hash.update(data)

    def end(self) -> tuple[int, str]:
        self.join(600)
        return self.size, self.hash.hexdigest()


NOISE = """
import random, sys
chance = random.Random(sys.argv[1])
for _ in range(int(sys.argv[2])):
    getattr(sys, sys.argv[1]).buffer.write(chance.randbytes(1 << 20))
"""


@pytest.mark.parametrize("size", [8, pytest.param(64, marks=pytest.mark.slow)])
def test_random_mebibytes_on_both_streams(place: Place, size: int) -> None:
    command = [*SH, '"$0" -c "$1" stdout $2 & "$0" -c "$1" stderr $2; wait', PYTHON, NOISE, str(size)]
    shown = []
    for run in (command, place.command(command)):
        process = place.popen(run)
        streams = [Digest(process.stdout), Digest(process.stderr)]
        shown.append([stream.end() for stream in streams])
        assert process.wait(60) == 0
    assert shown[0] == shown[1]
    assert shown[0][0][0] == size << 20


def test_bytes_one_at_a_time(place: Place) -> None:
    """A character of several bytes is split at every place, and so is a line."""
    program = r"""
import os
for byte in "époque 7: perte=0,5 loss=0.25 — plus\r\nstep=8 loss=0.125 ✓\n\xff".encode():
    os.write(1, bytes([byte]))
"""
    bare, under = place.bare(python(program)), place.under(python(program))
    assert bare == under
    assert loss(place).splitlines()[-1] == "8\t0.125"


def test_a_million_carriage_returns(place: Place) -> None:
    """A progress bar that has run for a week."""
    program = "import sys; sys.stdout.write('\\r' * 1_000_000 + 'loss=1 step=5\\n')"
    bare, under = place.bare(python(program)), place.under(python(program))
    assert bare == under
    assert loss(place) == "step\tloss\n5\t1\n"


def resident(pid: int) -> int:
    """Bytes of memory that a process holds or has held at most, shared ones not counted twice."""
    text = read_file(f"/proc/{pid}/status")
    return int(text.split("VmHWM:")[1].split()[0]) << 10 if "VmHWM:" in text else 0


LONG = r"""
import os, sys
sys.stdin.readline()
block = b"x" * (1 << 20)
for _ in range(int(sys.argv[1])):
    view = memoryview(block)
    while view:
        view = view[os.write(1, view):]
os.write(1, b"\n@dvclive loss=7 step=1\n")
sys.stdin.readline()
"""


@pytest.mark.parametrize("mebibytes", [100, pytest.param(1024, marks=pytest.mark.slow)])
def test_a_line_without_end_takes_little_memory(place: Place, mebibytes: int) -> None:
    """Less than 64 MB over idle in either process, and the next line is captured."""
    process = place.start(python(LONG, str(mebibytes)), stdin=subprocess.PIPE)
    assert process.stdin
    reading = Digest(process.stdout)
    recorder = until(place.recorders)[0]
    until(lambda: read_file(f"{place.dir}/run.json"), "the recorder to be ready")
    idle = {pid: resident(pid) for pid in (process.pid, recorder)}
    process.stdin.write(b"\n")
    until(lambda: loss(place) == "step\tloss\n1\t7\n", "the line behind")
    grown = {pid: resident(pid) - idle[pid] for pid in idle}
    process.stdin.write(b"\n")
    process.stdin.close()
    assert reading.end()[0] == (mebibytes << 20) + 24
    assert process.wait(60) == 0
    assert max(grown.values()) < 64 << 20, grown


@pytest.mark.parametrize(
    "lines", [200_000, pytest.param(10_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_no_line_of_many_is_lost(place: Place, lines: int) -> None:
    program = r"""
import sys
write = sys.stdout.write
for first in range(0, int(sys.argv[1]), 1000):
    write("".join(f"loss={n} step={n}\n" for n in range(first, first + 1000)))
"""
    process = place.start(python(program, str(lines)))
    shown = Digest(process.stdout)
    assert process.wait(800) == 0
    assert shown.end()[0] == sum(len(f"loss={n} step={n}\n") for n in range(lines))
    with open(f"{place.dir}/plots/metrics/loss.tsv") as file:
        assert next(file) == "step\tloss\n"
        count = 0
        for count, line in enumerate(file, 1):
            assert line == f"{count - 1}\t{count - 1}\n"
    assert count == lines


@pytest.mark.parametrize("writers", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_many_writers_of_200_records(place: Place, writers: int) -> None:
    """Each from a process of its own, all at once, through the FIFO."""
    program = r"""
import os, sys
path = os.environ["DVCLIVE_FIFO"]
for writer in range(int(sys.argv[1])):
    if not os.fork():
        fd = os.open(path, os.O_WRONLY)
        for step in range(200):
            os.write(fd, b"metric w/%d=%d step=%d\n" % (writer, writer * 1000 + step, step))
        os._exit(0)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""
    assert place.under(python(program, str(writers))).code == 0
    for writer in range(writers):
        rows = read_file(f"{place.dir}/plots/metrics/w/{writer}.tsv").splitlines()
        assert rows == [f"step\t{writer}", *(f"{step}\t{writer * 1000 + step}" for step in range(200))]


@pytest.mark.parametrize(
    "pattern", [r"(?P<loss>(a+)+)$", r"(?P<loss>(x|xx|xxx)*)y", r"(.*)(.*)(?P<loss>\d+)!"]
)
def test_a_hostile_pattern_on_long_lines(place: Place, pattern: str) -> None:
    """Linear time: the program and its own lines come through, whatever the pattern would like to try."""
    program = python("for n in range(40): print('ax' * 32_000); print(f'acc={n} step={n}')")
    ended = place.under(program, "--pattern", pattern)
    assert (ended.code, ended.out.count(b"\n")) == (0, 80)
    rows = read_file(f"{place.dir}/plots/metrics/acc.tsv").splitlines()
    assert len(rows) == 41


def test_names_from_anywhere_stay_inside(place: Place) -> None:
    """Printed, through the FIFO, and on our own command line: no file outside of the run directory."""
    names = [
        "../../up",
        "/abs",
        "a/../../b",
        "x\\0y",
        "....//z",
        "%2e%2e/q",
        "~root",
        "-rf",
        "a",
        "a/b",
        "step",
    ]
    program = r"""
import json, os, subprocess, sys
fifo = os.open(os.environ["DVCLIVE_FIFO"], os.O_WRONLY)
for n, name in enumerate(json.loads(sys.argv[1])):
    record = "@dvclive " + json.dumps({"metric": {name: n}, "step": 1}) + "\n"
    os.write(1, record.encode())
    os.write(fifo, record.replace('"step": 1', '"step": 2').encode())
    subprocess.run([*json.loads(sys.argv[2]), "log-metric", "--step", "3", "--", name, str(n)])
"""
    from processes import DVCLIVE

    before = sorted(os.listdir(os.path.dirname(place.cwd)))
    ended = place.under(
        [PYTHON, "-c", program, json.dumps(names), json.dumps(DVCLIVE)], "--trust-stdout", "--dvcyaml", "none"
    )
    assert ended.code == 0, ended
    assert sorted(os.listdir(place.cwd)) == ["run"]
    assert sorted(os.listdir(os.path.dirname(place.cwd))) == before
    found = [os.path.join(base, name) for base, _, files in os.walk(place.dir) for name in files]
    rows = [read_file(path) for path in found if path.endswith(".tsv")]
    assert len(rows) == len(names)
    assert all(text.count("\n") >= 3 for text in rows)


@pytest.mark.slow
def test_a_hundred_thousand_names(place: Place) -> None:
    """Counted, capped and said; descriptors and the program are not touched."""
    program = python("for n in range(100_000): print(f'm{n}=1 step={n}')")
    command = place.command(program)
    command.remove("--quiet")
    ended = finish(place.popen(command))
    assert (ended.code, ended.out.count(b"\n")) == (0, 100_000)
    made = sum(len(names) for _, _, names in os.walk(f"{place.dir}/plots"))
    assert made < 100_000
    assert b"too many series" in ended.err


def test_a_temporary_folder_deleted_while_the_run_goes_on(place: Place) -> None:
    """The FIFO is gone for new writers; those that have it open, and the output, go on."""
    program = r"""
import os, shutil
fd = os.open(os.environ["DVCLIVE_FIFO"], os.O_WRONLY)
shutil.rmtree(os.path.dirname(os.environ["DVCLIVE_FIFO"]))
os.write(fd, b"metric acc=1 step=1\n")
print("loss=2 step=2")
"""
    ended = place.under(python(program))
    assert (ended.out, ended.err, ended.code) == (b"loss=2 step=2\n", b"", 0)
    assert loss(place) == "step\tloss\n2\t2\n"
    assert read_file(f"{place.dir}/plots/metrics/acc.tsv") == "step\tacc\n1\t1\n"


def test_a_planted_link_is_not_followed(place: Place) -> None:
    """Whoever can write to the run directory cannot have us write elsewhere."""
    os.makedirs(f"{place.dir}/plots/metrics")
    with open(place.path("victim"), "w") as file:
        file.write("mine")
    for name in ("plots/metrics/loss.tsv", "metrics.json", "run.json"):
        os.symlink(place.path("victim"), f"{place.dir}/{name}")
    assert place.under([*SH, "echo loss=1 step=1"], "--resume").code == 0
    assert read_file(place.path("victim")) == "mine"
