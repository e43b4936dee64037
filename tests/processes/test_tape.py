"""Tapes keep every byte, in order, whoever reads them and wherever they lie."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dvclive_cli.processes import tape
from dvclive_cli.processes.tape import Order, Reel, Tape, pieces, release

pytestmark = pytest.mark.usefixtures("as_a_process")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            pass


def content(source: Tape, order: Order) -> bytes:
    """What a recorder reads: the order log's frames, each from its reel."""
    at: dict[int, int] = {}
    data = b""
    frames, _ = order.read(0)
    for frame in frames:
        start = at.get(frame.reel, 0)
        data += b"".join(pieces(source, frame.reel, start, frame.size))
        at[frame.reel] = start + frame.size
    return data


def blocks(reel: Reel) -> int:
    return os.fstat(reel.fd).st_blocks * 512


def test_bytes_come_out_as_they_went_in(tmp_path: Path, pipe: tuple[int, int]) -> None:
    """Random pieces of random bytes: the order log and the reels together are the stream."""
    source, order = Tape.create(1, str(tmp_path)), Order.create()
    chance = random.Random(1)
    sent = b""
    for _ in range(200):
        data = chance.randbytes(chance.randrange(1, 4096))
        sent += data
        os.write(pipe[1], data)
        while True:
            reel, size = source.fill(pipe[0])
            order.add(1, reel, size)
            if source.reels[reel].written() == len(sent):
                break
    assert content(source, order) == sent
    assert source.reels[0].waiting() == len(sent)


def test_the_end_of_the_source_is_no_bytes(pipe: tuple[int, int]) -> None:
    source = Tape.create(1, None)
    os.close(pipe[1])
    assert source.fill(pipe[0]) == (0, 0)


def test_a_backlog_spills_to_disk_and_back(
    tmp_path: Path, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond SPILL bytes in memory the next ones go to an unlinked file; when memory is free again, back."""
    monkeypatch.setattr(tape, "SPILL", 1 << 20)
    source, order = Tape.create(1, str(tmp_path)), Order.create()
    sent = b""
    where = []
    for number in range(60):
        data = number.to_bytes(4, "big") * 16384
        os.write(pipe[1], data)
        reel, size = source.fill(pipe[0])
        order.add(1, reel, size)
        where.append(reel)
        assert size == len(data)
        sent += data
    assert where[0] == 0
    assert where[-1] == 1
    assert os.listdir(tmp_path) == []
    assert content(source, order) == sent
    release(source.reels[0].fd, 0, source.reels[0].written())
    assert blocks(source.reels[0]) == 0
    os.write(pipe[1], b"back")
    assert source.fill(pipe[0]) == (0, 4)


def test_without_a_folder_everything_stays_in_memory(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape, "SPILL", 0)
    for folder in (None, "/no/such/folder", "/proc"):
        source = Tape.create(1, folder)
        assert len(source.reels) == 1
        os.write(pipe[1], b"abc")
        assert source.fill(pipe[0]) == (0, 3)


def test_a_full_disk_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spill file that refuses bytes (here by `ulimit -f`, with EFBIG) leaves them to memory."""
    pid = os.fork()
    if not pid:
        import resource

        status = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            source = Tape.create(1, str(tmp_path))
            # memory files have no limit once they are long enough: kernel fs/open.c counts from the offset
            os.lseek(source.reels[1].fd, 8192, os.SEEK_SET)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
            monkeypatch.setattr(tape, "SPILL", -1)
            ends = os.pipe()
            os.write(ends[1], b"abc")
            status = 0 if source.fill(ends[0]) == (0, 3) else 2
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def test_the_relay_offset_is_its_own() -> None:
    source = Tape.create(1, None)
    source.write(b"abcdef")
    reel = source.reels[0]
    assert os.read(reel.relay_fd, 4) == b"abcd"
    assert (reel.written(), reel.waiting()) == (6, 2)
    source.write(b"gh")
    assert os.read(reel.relay_fd, 9) == b"efgh"


def test_another_process_goes_on_from_the_exact_byte() -> None:
    """Offsets live in the kernel: what a killed process has read and written counts for the next."""
    source, order = Tape.create(1, None), Order.create()
    pid = os.fork()
    if not pid:
        try:
            order.add(1, *source.write(b"abcdef"))
            os.read(source.reels[0].relay_fd, 4)
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.waitpid(pid, 0)
    rebuilt, same = Tape.rebuilt(source.describe()), Order(*order.describe())
    assert rebuilt.reels[0].waiting() == 2
    assert os.read(rebuilt.reels[0].relay_fd, 9) == b"ef"
    assert content(rebuilt, same) == b"abcdef"


def test_every_descriptor_is_named_and_none_is_inherited(tmp_path: Path) -> None:
    def taken() -> set[int]:
        return {fd for fd in range(1024) if os.path.exists(f"/proc/self/fd/{fd}")}

    before = taken()
    source, order = Tape.create(1, str(tmp_path)), Order.create()
    named = {*source.descriptors(), *order.describe()}
    assert named == taken() - before
    assert not any(os.get_inheritable(fd) for fd in named)


# --- the order log ----------------------------------------------------------------------------------------


def test_frames_are_read_in_their_order_and_in_portions() -> None:
    order = Order.create()
    for number in range(100):
        order.add(number % 5, number % 2, number)
    at, seen = 0, []
    while True:
        frames, at = order.read(at, limit=7)
        if not frames:
            break
        assert len(frames) <= 7
        seen += [(frame.tape, frame.reel, frame.size) for frame in frames]
    assert seen == [(number % 5, number % 2, number) for number in range(100)]


def test_a_frame_that_is_half_written_is_not_there_yet() -> None:
    order = Order.create()
    order.add(1, 0, 5)
    whole = os.lseek(order.fd, 0, os.SEEK_CUR)
    order.add(2, 0, 6)
    for size in range(whole, 2 * whole):
        os.ftruncate(order.fd, size)
        frames, at = order.read(0)
        assert ([frame.tape for frame in frames], at) == ([1], whole)


def test_many_writers_lose_no_frame() -> None:
    """Pumps are threads and processes, and all write through one open file at the same time."""
    order = Order.create()

    def write(tape: int) -> None:
        for size in range(1000):
            order.add(tape, 0, size)

    pid = os.fork()
    threads = [threading.Thread(target=write, args=(number,)) for number in ((0, 1) if pid else (2, 3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    frames, _ = order.read(0, limit=10_000)
    for number in range(4):
        assert [frame.size for frame in frames if frame.tape == number] == list(range(1000))


def test_the_order_log_is_released_too() -> None:
    order = Order.create()
    for number in range(2000):
        order.add(1, 0, number)
    position = order.read(0)[1]
    release(order.fd, 0, position)
    order.add(1, 0, 7)
    assert [frame.size for frame in order.read(position)[0]] == [7]
    assert os.fstat(order.fd).st_blocks * 512 <= 8192


def test_the_bell_never_blocks_and_is_hushed() -> None:
    order = Order.create()
    for _ in range(70_000):
        order.ring()
    order.hush()
    with pytest.raises(BlockingIOError):
        os.read(order.bell_r, 1)


def test_mend_adds_the_frames_that_a_killed_writer_owes(tmp_path: Path) -> None:
    source, order = Tape.create(2, str(tmp_path)), Order.create()
    order.add(2, *source.write(b"told"))
    source.write(b"untold")
    os.write(source.reels[1].fd, b"spilled")
    order.mend({2: source}, {(2, 0): 4})
    assert content(source, order) == b"tolduntoldspilled"
    order.mend({2: source}, {(2, 0): 10, (2, 1): 7})
    assert content(source, order) == b"tolduntoldspilled"


# --- release ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reel", [0, 1])
def test_release_frees_whole_pages_and_keeps_the_rest(tmp_path: Path, reel: int) -> None:
    """Only pages that lie inside the stretch go; offsets and the other bytes stay."""
    source = Tape.create(1, str(tmp_path))
    fd = source.reels[reel].fd
    os.write(fd, b"x" * 1_000_000)
    before = blocks(source.reels[reel])
    end = release(fd, 5000, 900_001)
    assert end <= 900_001
    assert source.reels[reel].written() == 1_000_000
    assert os.pread(fd, 5000, 0) == b"x" * 5000
    assert os.pread(fd, 200_000, end) == b"x" * (1_000_000 - end)
    assert release(fd, end, end + 10) <= end + 10
    if reel == 0:
        assert blocks(source.reels[0]) <= before - 850_000


def test_release_in_steps_frees_everything() -> None:
    source = Tape.create(1, None)
    start = 0
    for number in range(50):
        source.write(b"x" * 10_007)
        start = release(source.reels[0].fd, start, 10_007 * (number + 1))
    assert blocks(source.reels[0]) <= 8192


def test_pieces_are_bounded_and_end_with_the_bytes() -> None:
    source = Tape.create(1, None)
    source.write(b"x" * (tape.CHUNK + 5))
    assert [len(piece) for piece in pieces(source, 0, 2, tape.CHUNK + 3)] == [tape.CHUNK, 3]
    assert list(pieces(source, 0, tape.CHUNK, 100)) == [b"x" * 5]
