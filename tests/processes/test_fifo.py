"""The channel: private, gone afterwards, and never led astray by what a sender says."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dvclive_cli.errors import DvcliveError
from dvclive_cli.processes import fifo


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[fifo.Channel]:
    made = fifo.create({"TMPDIR": str(tmp_path)})
    yield made
    os.close(made.fd)
    made.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_the_channel_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        made = fifo.create({"TMPDIR": str(tmp_path)})
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(made.folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(made.path).st_mode) == 0o600
    assert os.path.dirname(os.path.dirname(made.path)) == str(tmp_path)
    os.close(made.fd)
    made.close()
    assert os.listdir(tmp_path) == []


def test_writers_come_and_go_and_the_stream_goes_on(channel: fifo.Channel) -> None:
    """A writer neither waits for a reader nor ends the stream for the next."""
    for text in (b"one\n", b"two\n"):
        with open(channel.path, "wb") as file:
            file.write(text)
    assert os.read(channel.fd, 100) == b"one\ntwo\n"
    with pytest.raises(BlockingIOError):
        os.read(channel.fd, 1)


@pytest.mark.parametrize("bad", ["/no/such/folder", "file", ""])
def test_another_temporary_folder_is_taken_where_tmpdir_cannot_be(tmp_path: Path, bad: str) -> None:
    (tmp_path / "file").touch()
    made = fifo.create({"TMPDIR": str(tmp_path / bad) if bad == "file" else bad})
    assert os.path.dirname(made.folder) == "/tmp"
    os.close(made.fd)
    made.close()
    assert not os.path.exists(made.folder)


def test_a_relative_tmpdir_gives_a_path_that_holds_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = fifo.create({"TMPDIR": "."})
    assert os.path.isabs(made.path)
    os.close(made.fd)
    made.close()


def test_removing_twice_and_what_is_gone_is_fine(tmp_path: Path) -> None:
    made = fifo.create({"TMPDIR": str(tmp_path)})
    os.close(made.fd)
    (Path(made.folder) / "spilled").touch()
    made.close()
    made.close()
    fifo.remove(str(tmp_path / "never"))
    assert os.listdir(tmp_path) == []


# --- acknowledgements -------------------------------------------------------------------------------------


def test_acknowledge_reaches_a_waiting_reader(channel: fifo.Channel) -> None:
    path = os.path.join(channel.folder, "ack-1")
    os.mkfifo(path)
    answers = []

    def wait() -> None:
        with open(path, "rb") as file:
            answers.append(file.read())

    reader = threading.Thread(target=wait)
    reader.start()
    while not fifo.acknowledge(channel.folder, path):
        pass
    reader.join()
    assert answers == [b"ok\n"]


def test_acknowledge_does_not_wait_for_a_reader_that_gave_up(channel: fifo.Channel) -> None:
    path = os.path.join(channel.folder, "ack-1")
    os.mkfifo(path)
    assert not fifo.acknowledge(channel.folder, path)


@pytest.mark.parametrize(
    "name", ["missing", "plain", "link", "../outside", "sub/ack", "", ".", "..", "nul\0", "\ud800"]
)
def test_acknowledge_writes_to_nothing_but_a_fifo_in_the_folder(
    channel: fifo.Channel, tmp_path: Path, name: str
) -> None:
    """The path comes from outside: links, plain files and other folders are left alone."""
    outside = tmp_path / "outside"
    os.mkfifo(outside)
    keep = os.open(outside, os.O_RDWR | os.O_NONBLOCK)
    folder = Path(channel.folder)
    (folder / "plain").write_text("mine")
    (folder / "link").symlink_to(outside)
    assert not fifo.acknowledge(channel.folder, os.path.join(channel.folder, name))
    assert (folder / "plain").read_text() == "mine"
    with pytest.raises(BlockingIOError):
        os.read(keep, 1)
    os.close(keep)
    outside.unlink()


# --- long records -----------------------------------------------------------------------------------------


def test_read_spilled_gives_the_file(channel: fifo.Channel) -> None:
    (Path(channel.folder) / "r1").write_bytes(b"x" * 100_000)
    assert fifo.read_spilled(channel.folder, "r1") == b"x" * 100_000
    assert fifo.read_spilled(channel.folder, "r1", limit=5) == b"xxxxx"


NOT_NAMES = ("", ".", "..", "fifo", "a/b", "/etc/passwd", "../outside", "a\0b", "\ud800")


@pytest.mark.parametrize("name", [*NOT_NAMES, "missing", "link", "pipe", "sub"])
def test_read_spilled_reads_nothing_else(channel: fifo.Channel, tmp_path: Path, name: str) -> None:
    folder = Path(channel.folder)
    (tmp_path / "outside").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "pipe")
    (folder / "sub").mkdir()
    with pytest.raises(DvcliveError, match="file-reference"):
        fifo.read_spilled(channel.folder, name)
    (folder / "sub").rmdir()
    (tmp_path / "outside").unlink()
