"""Each adapter, in a program of its language: what is recorded is what `Live` records."""

from __future__ import annotations

import fcntl
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import scripts
from languages import ADAPTERS, LANGUAGES, built

from dvclive_cli.processes import fifo

PROGRAMS = Path(__file__).parent / "programs"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
UNDER = [sys.executable, "-m", "dvclive_cli", "run", "--quiet", "--no-save-dvc-exp", "--no-command-params"]

each = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def program(language: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the language's program, built once for all workers of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    shared = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "programs"
    shared.mkdir(exist_ok=True)
    with open(shared / f"{language}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = shared / f"{language}.json"
        if not command.exists():
            text = (PROGRAMS / LANGUAGES[language].source).read_text("utf-8")
            command.write_text(json.dumps(built(language, shared / language, text)))
        argv: list[str] = json.loads(command.read_text())
    return argv


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `Live` alone leaves."""
    cwd = place(tmp_path_factory.mktemp("wanted"))
    done = scripts.run((PROGRAMS / "program.py").read_text("utf-8"), cwd, env=ALONE)
    assert done.returncode == 0, done.stderr
    return read(cwd)


ALONE = {"DVC_NO_ANALYTICS": "1"}


def place(folder: Path) -> Path:
    """A folder with the files that the programs log."""
    cwd = folder / "work"
    cwd.mkdir()
    (cwd / "dot.png").write_bytes(PIXEL)
    (cwd / "model.bin").write_bytes(b"weights")
    return cwd


def environment(cwd: Path, **more: str) -> dict[str, str]:
    return {**scripts.environment(cwd.parent, **more), "ADAPTERS": str(ADAPTERS), "LC_ALL": "C.UTF-8"}


def run(argv: list[str], cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=cwd, env=environment(cwd, **more), capture_output=True, text=True, encoding="utf-8",
        timeout=60, check=False,
    )  # fmt: skip


def read(cwd: Path) -> dict[str, Any]:
    """The run's files by their meaning: the cells of a table as numbers."""
    found = scripts.tree(cwd / "dvclive")
    for name, content in found.items():
        if name.endswith(".tsv"):
            head, *rows = content.decode().splitlines()
            found[name] = [head, *([float(cell) for cell in row.split("\t")] for row in rows)]
    return found


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf with the way to it."""
    if not isinstance(value, (dict, list)):
        return {path: value}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return {way: leaf for key, item in items for way, leaf in flat(item, f"{path} > {key}").items()}


def same(got: Any, wanted: Any) -> bool:
    """Equal, NaN to itself too; what is a whole number for `Live` is one."""
    if isinstance(wanted, float) and math.isnan(wanted):
        return isinstance(got, float) and math.isnan(got)
    return bool(got == wanted) and (not isinstance(wanted, int) or isinstance(got, int))


def assert_same(got: dict[str, Any], wanted: dict[str, Any]) -> None:
    found, expected = flat(got), flat(wanted)
    ways = sorted({*found, *expected})
    assert [way for way in ways if not same(found.get(way), expected.get(way))] == []


@each
def test_through_the_fifo(language: str, program: list[str], wanted: dict[str, Any], tmp_path: Path) -> None:
    """The same files as from `Live`, and not a byte on the program's streams."""
    cwd = place(tmp_path)
    done = run([*UNDER, "--strict", "--", *program], cwd)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert_same(read(cwd), wanted)


@each
def test_through_stdout(language: str, program: list[str], wanted: dict[str, Any], tmp_path: Path) -> None:
    """Without a FIFO the records are printed, and they are the same."""
    cwd = place(tmp_path)
    done = run([*UNDER, "--strict", "--trust-stdout", "--", "env", "-u", "DVCLIVE_FIFO", *program], cwd)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith("@dvclive ") for line in done.stdout.splitlines())
    assert_same(read(cwd), wanted)


@each
def test_without_dvclive(language: str, program: list[str], tmp_path: Path) -> None:
    """The program does its work; a file that it logs need not be there."""
    done = run(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n@dvclive next-step\n") == 3


@each
@pytest.mark.parametrize("kind", ["nobody reads", "gone", "a file"])
def test_a_recorder_that_is_gone(language: str, program: list[str], kind: str, tmp_path: Path) -> None:
    """The program goes on, and one line says what is lost."""
    cwd, path = place(tmp_path), tmp_path / "fifo"
    if kind == "nobody reads":
        os.mkfifo(path)
    elif kind == "a file":
        path.write_text("mine")
    done = run(program, cwd, DVCLIVE_FIFO=str(path))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.count("dvclive: ") == done.stderr.count("cannot be reached") == 1, done.stderr
    assert sorted(os.listdir(tmp_path)) == sorted({"work", *([] if kind == "gone" else ["fifo"])})
    assert kind != "a file" or path.read_text() == "mine"


def arrived(channel: fifo.Channel) -> list[bytes]:
    """All lines that have come, those in files included."""
    lines: list[bytes] = []
    try:
        for line in os.read(channel.fd, 1 << 16).splitlines():
            if line.startswith(b'{"@file"'):
                lines += fifo.read_spilled(channel.folder, json.loads(line)["@file"]).splitlines()
            else:
                lines.append(line)
    except BlockingIOError:
        pass
    return lines


@each
def test_four_writers_and_a_full_fifo(language: str, program: list[str], tmp_path: Path) -> None:
    """Nothing is torn, lost or out of order. Those that can go on do so before anybody reads."""
    count = LANGUAGES[language].flood
    channel = fifo.create({"TMPDIR": str(tmp_path)})
    cwd = place(tmp_path)
    process = subprocess.Popen(
        [*program, "flood", str(count)], cwd=cwd, env=environment(cwd, DVCLIVE_FIFO=channel.path)
    )
    try:
        if not LANGUAGES[language].waits:
            until = time.monotonic() + 60
            while not any(name.endswith(".lines") for name in os.listdir(channel.folder)):
                assert time.monotonic() < until
                time.sleep(0.01)
        lines: list[bytes] = []
        while process.poll() is None:
            lines += arrived(channel) or time.sleep(0.001) or []
        while more := arrived(channel):
            lines += more
        assert process.returncode == 0
        for worker in range(4):
            head = b"w%d=" % worker
            assert [line for line in lines if line.startswith(head)] == [
                b"%s%d" % (head, i) for i in range(count)
            ]
        assert len([line for line in lines if line]) == 4 * count
    finally:
        process.kill()
        process.wait()
        os.close(channel.fd)
        channel.close()


@each
def test_a_recorder_that_dies_on_the_way(language: str, program: list[str], tmp_path: Path) -> None:
    """SIGPIPE does not end the program."""
    channel = fifo.create({"TMPDIR": str(tmp_path)})
    cwd = place(tmp_path)
    process = subprocess.Popen(
        [*program, "flood", str(LANGUAGES[language].flood)],
        cwd=cwd, env=environment(cwd, DVCLIVE_FIFO=channel.path), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while process.poll() is None and not arrived(channel):
            time.sleep(0.001)
    finally:
        os.close(channel.fd)
        channel.close()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "cannot be reached" in errors
