"""The newest whole state survives, whoever is killed while writing the next."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dvclive_cli.processes.slots import Slots


@pytest.fixture
def fds() -> Iterator[list[int]]:
    files = [os.memfd_create(f"slot-{number}") for number in (0, 1)]
    yield files
    for fd in files:
        os.close(fd)


def contents(fds: list[int]) -> list[bytes]:
    return [os.pread(fd, os.fstat(fd).st_size, 0) for fd in fds]


def test_nothing_written_is_nothing_to_go_on_from(fds: list[int]) -> None:
    assert Slots(fds).newest() is None


def test_the_newest_state_is_found_by_whoever_follows(fds: list[int]) -> None:
    """Also over many takeovers, each of which writes behind the state it found."""
    for number in range(7):
        follower = Slots(fds)
        assert follower.newest() == (None if number == 0 else b"state %d" % (number * 3 - 1))
        for count in range(number * 3, number * 3 + 3):
            follower.write(b"state %d" % count)


def test_shorter_and_longer_states_replace_each_other(fds: list[int]) -> None:
    slots = Slots(fds)
    for size in (1000, 1, 0, 5000, 3):
        slots.write(b"x" * size)
        assert Slots(fds).newest() == b"x" * size


@pytest.mark.parametrize("body", [b"", b"x", b"new state", bytes(300), b"\xff" * 40])
def test_a_write_torn_at_any_byte_leaves_the_state_before_it(fds: list[int], body: bytes) -> None:
    """The body is written first, then the head: a kill after any byte leaves the old state or the new one."""
    slots = Slots(fds)
    slots.write(b"oldest")
    slots.write(b"old")
    before = contents(fds)
    slots.write(body)
    after = contents(fds)
    changed = next(index for index in (0, 1) if before[index] != after[index])
    head, whole = after[changed][:16], after[changed]
    torn = [whole[:0]] + [bytes(16) + body[:size] for size in range(1, len(body) + 1)]
    torn += [head[:size] + bytes(16 - size) + body for size in range(16)]
    for data in torn:
        os.ftruncate(fds[changed], 0)
        os.pwrite(fds[changed], data, 0)
        found = Slots(fds).newest()
        # the head's last bytes are zero: without them the new state is whole already
        assert found == (body if data == whole else b"old"), data[:20]
    os.ftruncate(fds[changed], 0)
    os.pwrite(fds[changed], whole, 0)
    assert Slots(fds).newest() == body


def test_the_follower_of_a_torn_write_does_not_overwrite_the_only_whole_state(fds: list[int]) -> None:
    slots = Slots(fds)
    slots.write(b"one")
    slots.write(b"two")
    torn = fds[(slots.number + 1) % 2]
    os.ftruncate(torn, 0)
    follower = Slots(fds)
    assert follower.newest() == b"two"
    follower.fds = [fd if fd == torn else -1 for fd in fds]  # a write to the whole one would fail
    follower.write(b"three")
    assert Slots(fds).newest() == b"three"


def test_a_damaged_state_is_not_used(fds: list[int]) -> None:
    slots = Slots(fds)
    slots.write(b"one")
    slots.write(b"two")
    os.pwrite(fds[slots.number % 2], b"T", 16)
    assert Slots(fds).newest() == b"one"
