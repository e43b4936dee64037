"""Lines reach the recorder whole and in order, and a recorder that is slow or dead never stops a program."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dvclive import messages
from dvclive.channel import Channel
from dvclive_cli.processes import fifo


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[fifo.Channel]:
    """The recorder's end."""
    messages._said.clear()
    made = fifo.create({"TMPDIR": str(tmp_path)})
    yield made
    os.close(made.fd)
    made.close()


@pytest.fixture
def ours(theirs: fifo.Channel) -> Iterator[Channel]:
    channel = Channel(theirs.path)
    assert channel.open()
    yield channel
    channel.close()


def read(theirs: fifo.Channel) -> list[bytes]:
    """All lines that have come, those in files included."""
    lines: list[bytes] = []
    while True:
        try:
            data = os.read(theirs.fd, 1 << 16)
        except BlockingIOError:
            return lines
        for line in data.splitlines():
            if line.startswith(b'{"@file"'):
                lines += fifo.read_spilled(theirs.folder, json.loads(line)["@file"]).splitlines()
            else:
                lines.append(line)


def test_a_line_goes_through_the_fifo(theirs: fifo.Channel, ours: Channel) -> None:
    ours.send(b"loss=1\n")
    assert os.read(theirs.fd, 100) == b"loss=1\n"


def test_a_long_line_goes_through_a_file(theirs: fifo.Channel, ours: Channel) -> None:
    long = b"param x=" + b"y" * 5000
    ours.send(b"a=1\n")
    ours.send(long + b"\n")
    ours.send(b"b=1\n")
    assert read(theirs) == [b"a=1", long, b"b=1"]


def test_a_full_fifo_spills_to_a_file_in_order(theirs: fifo.Channel, ours: Channel) -> None:
    sent = [b"n=%d%s" % (number, b"x" * (5000 if number % 50 == 0 else 30)) for number in range(6000)]
    for line in sent[:5000]:
        ours.send(line + b"\n")
    assert any(name.endswith(".lines") for name in os.listdir(theirs.folder))
    got = read(theirs)
    for line in sent[5000:]:  # there is room again: the file is handed over before the next line
        ours.send(line + b"\n")
    assert got + read(theirs) == sent
    assert ours.lost == 0


def test_many_threads_and_a_full_fifo_tear_no_line(theirs: fifo.Channel, ours: Channel) -> None:
    def send(thread: int) -> None:
        for number in range(800):
            ours.send(b"thread=%d number=%d %s\n" % (thread, number, b"x" * 40))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    got = []
    while any(thread.is_alive() for thread in threads):
        got += read(theirs)
    got += read(theirs)  # full again since: nobody else makes room for what follows
    assert ours.send_in_turn(b"end\n", float("inf"))
    got += read(theirs)
    for number in range(4):
        mine = [line for line in got if line.startswith(b"thread=%d " % number)]
        assert [line.split()[1] for line in mine] == [b"number=%d" % at for at in range(800)]


def test_an_answer_is_waited_for(theirs: fifo.Channel, ours: Channel) -> None:
    def answer() -> None:
        while not (lines := read(theirs)):
            pass
        assert fifo.acknowledge(theirs.folder, json.loads(lines[0])["ack"])

    recorder = threading.Thread(target=answer)
    recorder.start()
    assert ours.ask("sync", within=30)
    recorder.join()
    assert os.listdir(theirs.folder) == ["fifo"]


def test_no_answer_is_waited_for_no_longer_than_told(theirs: fifo.Channel, ours: Channel) -> None:
    assert not ours.ask("sync", within=0.05)
    assert os.listdir(theirs.folder) == ["fifo"]


def test_a_question_stands_behind_what_waits_in_a_file(theirs: fifo.Channel, ours: Channel) -> None:
    """The recorder answers questions on the FIFO only, not those inside a file."""
    for number in range(5000):
        ours.send(b"n=%d%s\n" % (number, b"x" * 30))
    got: list[bytes] = []

    def record() -> None:
        while not got or not got[-1].startswith(b'{"sync"'):
            got.extend(read(theirs))
        fifo.acknowledge(theirs.folder, json.loads(got[-1])["ack"])

    recorder = threading.Thread(target=record)
    recorder.start()
    assert ours.ask("sync", within=30)
    recorder.join()
    assert len(got) == 5001


def test_nobody_listens_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    os.mkfifo(tmp_path / "fifo")
    channel = Channel(str(tmp_path / "fifo"))
    messages._said.clear()
    with caplog.at_level(logging.WARNING, "dvclive"):
        assert not channel.open()
        assert not channel.open()
        channel.send(b"a=1\n")
        assert not channel.ask("end", within=0.05)
    assert len(caplog.records) == 1
    assert "nobody reads it" in caplog.text
    assert channel.lost == 1


@pytest.mark.parametrize("kind", ["missing", "file", "folder"])
def test_no_fifo(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "fifo"
    if kind == "file":
        path.write_text("")
    elif kind == "folder":
        path.mkdir()
    assert not Channel(str(path)).open()
    assert path.is_file() is (kind == "file")


WRITES_AFTER_DEATH = """
import os, signal, sys
from dvclive.channel import Channel
if sys.argv[2] == "default":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reader = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
channel = Channel(sys.argv[1])
assert channel.open()
channel.send(b"a=1\\n")
os.close(reader)
for _ in range(3):
    channel.send(b"b=1\\n")
print("alive", channel.lost)
"""


@pytest.mark.parametrize("sigpipe", ["ignored", "default"])
def test_a_recorder_that_dies_does_not_take_the_program_with_it(tmp_path: Path, sigpipe: str) -> None:
    """Also where the program gave SIGPIPE back its default action."""
    os.mkfifo(tmp_path / "fifo")
    done = subprocess.run(
        [sys.executable, "-c", WRITES_AFTER_DEATH, str(tmp_path / "fifo"), sigpipe],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "alive 3\n")
    assert done.stderr.count("WARNING:dvclive:") == 1
    assert done.returncode != -signal.SIGPIPE


def test_a_folder_that_cannot_be_written_loses_the_long_line_only(
    theirs: fifo.Channel, ours: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    """Stands for a full disk: the file's folder has gone."""
    ours.folder = os.path.join(theirs.folder, "gone")
    ours.send(b"a=1\n")
    ours.send(b"b=" + b"1" * 5000 + b"\n")
    ours.send(b"c=1\n")
    assert read(theirs) == [b"a=1", b"c=1"]
    assert ours.lost == 1
    assert "cannot be written" in caplog.text
