"""Two processes that outlive each other: whoever is killed, no byte and no row is lost or doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import Place, Terminal, finish, marked, python, read_file, read_until, until

TRAINING = r"""
import os, sys, time
steps, pause = int(sys.argv[1]), float(sys.argv[2])
fifo = os.open(os.environ["DVCLIVE_FIFO"], os.O_WRONLY) if "DVCLIVE_FIFO" in os.environ else None
for step in range(steps):
    os.write(1, b"loss=%d step=%d\n" % (step * 7, step))
    if step % 10 == 0:
        os.write(2, b"note %d\n" % step)
        fifo and os.write(fifo, b"metric acc=%d step=%d\n" % (step, step))
    time.sleep(pause)
"""
STEPS, PAUSE = 400, 0.002
OUT = b"".join(b"loss=%d step=%d\n" % (step * 7, step) for step in range(STEPS))
ERR = b"".join(b"note %d\n" % step for step in range(0, STEPS, 10))


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[Place]]:
    """Ten places for ten runs at once; nothing may be left in any."""
    made = [Place(str(tmp_path / str(number))) for number in range(10)]
    yield made
    assert [place.end() for place in made] == [[] for _ in made]


def at_once(places: list[Place], body: Callable[[Place, random.Random], None]) -> None:
    """Run `body` in every place at the same time; each has its own chance, which failures name."""
    failures: list[str] = []

    def run(number: int, place: Place) -> None:
        try:
            body(place, random.Random(number))
        except BaseException as error:
            failures.append(f"run {number}: {error!r}")

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(places)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def training(place: Place, *options: str) -> subprocess.Popen[bytes]:
    return place.start(python(TRAINING, str(STEPS), str(PAUSE)), *options)


class Reading(threading.Thread):
    """Somebody who reads both streams of a process to their ends, as a terminal does."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self.process, self.shown = process, (b"", b"")
        self.start()

    def run(self) -> None:
        self.shown = self.process.communicate(timeout=60)

    def end(self) -> tuple[bytes, bytes]:
        """What was shown, when nobody holds the streams any more."""
        self.join(60)
        return self.shown


def assert_recorded(place: Place, *statuses: str, steps: int = STEPS) -> None:
    """Every step of both series is there once, in order, and run.json tells how it ended.

    Where the supervisor is killed at any moment, that may be after it has told how the program ended.
    """
    rows = read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()
    assert rows == ["step\tloss", *(f"{step}\t{step * 7}" for step in range(steps))]
    rows = read_file(f"{place.dir}/plots/metrics/acc.tsv").splitlines()
    assert rows == ["step\tacc", *(f"{step}\t{step}" for step in range(0, steps, 10))]
    metrics = json.loads(read_file(f"{place.dir}/metrics.json"))
    assert (metrics["loss"], metrics["acc"]) == ((steps - 1) * 7, (steps - 1) // 10 * 10)
    run = json.loads(read_file(f"{place.dir}/run.json"))
    assert run["status"] in statuses
    assert len(run["sessions"]) == 1
    assert run["sessions"][0]["points"] == steps + len(range(0, steps, 10))


def kill_recorders(place: Place, chance: random.Random, times: int, within: float = 1.2) -> int:
    """Kill the recorder at so many random moments; how many there were to kill."""
    killed = 0
    until(place.recorders, "a recorder")  # on a busy machine that may take longer than the program
    for _ in range(times):
        time.sleep(chance.uniform(0, within / times))
        killed += place.kill_recorders()
    return killed


def test_nobody_killed(places: list[Place]) -> None:
    """The ground that the others stand on."""
    ended = finish(training(places[0]))
    assert (ended.out, ended.err, ended.code) == (OUT, ERR, 0)
    assert_recorded(places[0], "completed")


def test_the_supervisor_killed_at_random_times(places: list[Place]) -> None:
    """The training goes on to its end; its output is complete, and so are the rows."""

    def body(place: Place, chance: random.Random) -> None:
        process = training(place)
        reading = Reading(process)
        until(place.recorders)
        time.sleep(chance.uniform(0, 1.2))
        process.kill()
        assert process.wait(60) in (-signal.SIGKILL, 0)
        assert reading.end() == (OUT, ERR)
        assert_recorded(place, "supervisor-lost", "completed")

    at_once(places, body)


def test_the_recorder_killed_at_random_times(places: list[Place]) -> None:
    """Another one takes over: no gap, no double row, and the user's streams and status know nothing of it."""
    killed: list[int] = []

    def body(place: Place, chance: random.Random) -> None:
        process = training(place)
        reading = Reading(process)
        killed.append(kill_recorders(place, chance, 2))
        assert reading.end() == (OUT, ERR)
        assert process.returncode == 0
        assert_recorded(place, "completed")

    at_once(places, body)
    assert sum(killed) >= len(places)


def test_first_the_recorder_then_the_supervisor(places: list[Place]) -> None:
    """The successor has what it needs to go on alone."""

    def body(place: Place, chance: random.Random) -> None:
        process = training(place)
        reading = Reading(process)
        first = until(place.recorders)
        kill_recorders(place, chance, 1, within=0.5)
        until(lambda: set(place.recorders()) - {*first} or process.poll() is not None)
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.wait(60)
        assert reading.end() == (OUT, ERR)
        assert_recorded(place, "supervisor-lost", "completed")

    at_once(places[:6], body)


def test_a_recorder_killed_while_it_finishes_is_followed_too(places: list[Place]) -> None:
    """The end of the program is in the checkpoint: the successor does not wait for it again."""

    def body(place: Place, chance: random.Random) -> None:
        process = place.start(python(TRAINING, "30", "0.002"))
        recorder = until(place.recorders)[0]
        if chance.random() < 0.5:
            until(lambda: os.path.exists(f"{place.dir}/run.json"))
            time.sleep(chance.uniform(0, 0.1))
        else:
            deadline = time.monotonic() + 30
            while '"completed"' not in read_file(f"{place.dir}/run.json") and time.monotonic() < deadline:
                pass
        try:
            os.kill(recorder, signal.SIGKILL)
        except ProcessLookupError:
            pass
        assert finish(process).code == 0
        assert_recorded(place, "completed", steps=30)

    at_once(places, body)


def test_a_recorder_that_always_dies_does_not_touch_the_program(place: Place) -> None:
    """After a few in a row we stop trying; bytes, order and status stay the program's."""
    process = training(place)
    stop = threading.Event()

    def hunt() -> None:
        while not stop.is_set():
            place.kill_recorders()

    hunter = threading.Thread(target=hunt)
    hunter.start()
    ended = finish(process)
    stop.set()
    hunter.join()
    assert (ended.out, ended.code) == (OUT, 0)
    assert b"".join(line for line in ended.err.splitlines(True) if line.startswith(b"note")) == ERR
    assert ended.err.count(b"nothing is recorded") == 1


def test_a_stopped_recorder_keeps_nothing_waiting(place: Place) -> None:
    """A recorder that hangs (a dead disk) costs the program nothing: its bytes wait on the tapes."""
    program = r"""
import os
os.write(1, b"loss=1 step=1\n")
for _ in range(256):
    os.write(1, b"x" * 65535 + b"\n")
"""
    process = place.start(python(program))
    recorder = until(place.recorders)[0]
    os.kill(recorder, signal.SIGSTOP)
    assert process.stdout
    size = 0
    while size < (256 << 16) + 14:
        size += len(process.stdout.read(1 << 20))
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    until(lambda: read_file(children).split() == [str(recorder)], "the program's end")
    os.kill(recorder, signal.SIGCONT)
    assert finish(process).code == 0
    assert read_file(f"{place.dir}/plots/metrics/loss.tsv") == "step\tloss\n1\t1\n"


def test_a_killed_supervisor_of_a_terminal(place: Place, terminal: Terminal) -> None:
    """The recorder goes on showing the output on the same terminal."""
    command = place.command(python(TRAINING, "100", "0.005"))
    shell = terminal.start(place, ["bash", "-c", '"$@"; echo code=$?; read x', "bash", *command])
    terminal.see(b"step=30\r")
    supervisor = int(read_file(f"/proc/{shell.pid}/task/{shell.pid}/children"))
    os.kill(supervisor, signal.SIGKILL)
    terminal.see(b"code=137")
    terminal.see(b"step=99\r")
    until(lambda: list(marked(place.mark)) == [shell.pid], "the end of the recorder")
    terminal.type(b"\n")
    shell.wait(60)
    lines = [line for line in terminal.shown.split(b"\r\n") if line.startswith(b"loss=")]
    assert lines == [b"loss=%d step=%d" % (step * 7, step) for step in range(100)]
    assert_recorded(place, "supervisor-lost", steps=100)


def test_a_killed_supervisor_leaves_the_reader_to_decide(place: Place) -> None:
    """With the supervisor gone, a closed reader still reaches the program as SIGPIPE."""
    process = place.start(["sh", "-c", "echo $$; exec yes"])
    assert process.stdout
    child = int(process.stdout.readline())
    until(place.recorders)
    process.kill()
    process.wait(60)
    read_until(process.stdout.fileno(), b"y\ny\n")
    process.stdout.close()
    until(lambda: not os.path.exists(f"/proc/{child}"), "the program's end")


def test_a_closed_stream_stays_closed_for_a_new_recorder(place: Place) -> None:
    """`| head -1`, then the recorder is killed: the next one neither reopens nor breaks anything."""
    program = r"""
import os, signal, sys, time
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
closed = False
for step in range(300):
    try:
        os.write(1, b"loss=%d step=%d\n" % (step, step))
    except BrokenPipeError:
        if not closed:
            os.write(2, b"closed\n")
        closed = True
    os.write(2, b"acc=%d step=%d\n" % (step, step))
    time.sleep(0.002)
"""
    process = place.start(python(program))
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    shown = read_until(process.stderr.fileno(), b"closed\n")
    until(place.kill_recorders, "a recorder")
    shown += process.stderr.read()
    assert process.wait(60) == 0
    assert shown.replace(b"closed\n", b"") == b"".join(b"acc=%d step=%d\n" % (n, n) for n in range(300))
    rows = read_file(f"{place.dir}/plots/metrics/acc.tsv").splitlines()
    assert rows == ["step\tacc", *(f"{step}\t{step}" for step in range(300))]


def test_the_directory_stays_taken_until_the_recorder_is_done(place: Place) -> None:
    """A killed supervisor frees nothing while its training goes on."""
    process = place.start(["sh", "-c", "echo ready; read x < gate"])
    os.mkfifo(place.path("gate"))
    assert process.stdout
    process.stdout.readline()
    until(place.recorders)
    process.kill()
    process.wait(60)
    assert place.under(["true"]).code == 125
    with open(place.path("gate"), "w") as gate:
        gate.write("go\n")
    until(lambda: not marked(place.mark), "the end of the recorder")
    assert place.under(["true"]).code == 0


def test_a_secret_is_written_down_nowhere(place: Place) -> None:
    """Neither by its name nor, where the environment knows it, by its value; parameters and argv alike."""
    place.env |= {"SERVICE_TOKEN": "hidden-1"}
    words = [
        "--auth",
        "hidden-1",
        "--api-key=hidden-2",
        "--db",
        "postgres://me:hidden-3@host/db",
        "--lr",
        "0.1",
    ]
    with open(place.path("params.yaml"), "w") as file:
        file.write("password: hidden-4\nnested: {url: 'https://u:hidden-5@h'}\n")
    with open(place.path("train.sh"), "w") as file:
        file.write("echo loss=1 step=1\n")
    options = ("-P", "my_secret=hidden-6", "--params-file", "params.yaml")
    assert place.under(["sh", "train.sh", *words], *options).code == 0
    os.unlink(place.path("params.yaml"))
    params = read_file(f"{place.dir}/params.yaml")
    assert all(f"{name}: '***'" in params for name in ("auth", "api-key", "password", "my_secret")), params
    assert "lr: 0.1" in params
    texts = [read_file(os.path.join(base, name)) for base, _, names in os.walk(place.cwd) for name in names]
    assert not [text for text in texts if "hidden-" in text]


def test_a_supervisor_killed_after_many_rows(place: Place) -> None:
    """What the recorder has given back to the kernel is not counted as missing."""
    program = r"""
import os
step = 0
while step % 1000 or not os.path.exists("go"):
    os.write(1, b"loss=%d step=%d\n" % (step * 7, step) if step % 10 == 0 else b".\n")
    os.sched_yield()
    step += 1
os.write(2, b"%d" % step)
"""
    with open(place.path("out"), "wb") as out:
        process = place.start(python(program), stdout=out)
    files = f"/proc/{until(place.recorders)[0]}/fd"

    def given_back() -> bool:
        """Of the order log, a megabyte: some 80,000 frames."""
        order = next((fd for fd in os.listdir(files) if "dvclive-order" in os.readlink(f"{files}/{fd}")), "")
        state = os.stat(f"{files}/{order}")
        return state.st_size > 1 << 20 and state.st_blocks * 512 < state.st_size

    until(given_back, "enough frames to give back")
    process.kill()
    process.wait(60)
    with open(place.path("go"), "w"):
        pass
    assert process.stderr
    steps = int(process.stderr.read(100))
    until(lambda: not marked(place.mark), "the end of the recorder")
    rows = read_file(f"{place.dir}/plots/metrics/loss.tsv").splitlines()
    assert rows == ["step\tloss", *(f"{step}\t{step * 7}" for step in range(0, steps, 10))]
