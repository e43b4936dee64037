"""Finished files as bytes, however they are packed."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from dvclive_cli.errors import DvcliveError
from dvclive_cli.inputs.sources import Source, plain_name

DATA = b"".join(b"step %d loss 0.%d\n" % (step, step) for step in range(20_000))
PACKERS = [gzip.compress, bz2.compress, lzma.compress, bytes]


def content(path: Path) -> bytes:
    return b"".join(Source(str(path)).chunks())


@pytest.mark.parametrize("pack", PACKERS)
def test_what_is_packed_shows_in_the_bytes(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(pack(DATA))
    assert content(path) == DATA


def test_parts_that_were_packed_one_by_one_are_read_on(tmp_path: Path) -> None:
    """`gzip -c new >> all.gz`"""
    path = tmp_path / "train.log.gz"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert content(path) == b"a\nb\n"


@pytest.mark.parametrize("pack", PACKERS[:3])
@pytest.mark.parametrize("how", ["cut", "overwritten"])
def test_damaged_data_are_read_as_far_as_they_go(
    tmp_path: Path, pack: Callable[[bytes], bytes], how: str
) -> None:
    packed = pack(DATA)
    half = len(packed) // 2
    rest = b"" if how == "cut" else b"\xff" * (len(packed) - half)
    path = tmp_path / "train.log"
    path.write_bytes(packed[:half] + rest)
    read: list[bytes] = []
    with pytest.raises(DvcliveError) as raised:
        read.extend(Source(str(path)).chunks())
    assert raised.value.slug == "log-damaged"
    got = b"".join(read)
    sound = len(got) if how == "cut" else min(len(got), 1000)  # deflate sees a fault late, by its checksum
    assert DATA.startswith(got[:sound])


def test_how_far_it_was_read_is_told_in_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "train.log.gz"
    path.write_bytes(gzip.compress(DATA))
    source = Source(str(path))
    assert (source.done, source.total) == (0, path.stat().st_size)
    for _ in source.chunks():
        assert 0 < source.done <= path.stat().st_size
    assert source.done == source.total


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.touch()
    assert content(path) == b""


@pytest.mark.parametrize("name", ["missing.log", "."])
def test_what_cannot_be_opened_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(DvcliveError) as raised:
        list(Source(str(tmp_path / name)).chunks())
    assert raised.value.slug == "log-unreadable"
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("path", "plain"), [("a/x.log.gz", "a/x.log"), ("x.csv.XZ", "x.csv"), ("x.log", "x.log"), ("gz", "gz")]
)
def test_plain_names(path: str, plain: str) -> None:
    assert plain_name(path) == plain
