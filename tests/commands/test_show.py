"""`dvclive show`: runs on the terminal and in a pipe."""

from __future__ import annotations

import json
import os
import re
import shlex

import pytest
from processes import DVCLIVE, PYTHON, Ended, Place, Terminal, python

from dvclive_cli.events import Metric, Param
from dvclive_cli.outcome import Outcome
from dvclive_cli.recording.session import Session, SessionConfig

CODES = re.compile(rb"\x1b\[[0-9;]*m")


def record(folder: str, points: list[Metric | Param], outcome: Outcome | None = None) -> None:
    session = Session(
        SessionConfig(folder), {"start_ms": 0, "argv": ["train", "\x1b[31m"]}, lambda text: None
    )
    session.open()
    session.feed(points, 0)
    session.close(outcome or Outcome("completed", 0, None, 2500))


def losses(*values: float) -> list[Metric | Param]:
    return [Param("lr", values[0]), *(Metric("loss", value, step) for step, value in enumerate(values))]


def show(place: Place, *words: str, **environ: str) -> Ended:
    return place.bare([*DVCLIVE, "show", *words], env={**place.env, **environ})


def test_one_run(place: Place) -> None:
    record(place.dir, losses(0.9, 0.5, 0.7))
    ended = show(place, "run")
    assert (ended.code, ended.err) == (0, b"")
    lines = ended.out.decode().splitlines()
    assert lines[0].startswith("run  completed after 2.5 s, begun ")
    assert "loss" in ended.out.decode()
    assert "⡀" in ended.out.decode() or "⠉" in ended.out.decode()
    assert "\x1b" not in ended.out.decode()


def test_the_directory_that_is_configured(place: Place) -> None:
    record(place.path("mine"), losses(1, 2))
    assert show(place, DVCLIVE_DIR="mine").out.startswith(b"mine  completed")


def test_width_and_metric(place: Place) -> None:
    record(place.dir, [*losses(0.9, 0.5), Metric("acc", 1, 0), Metric("acc", 2, 1)])
    text = show(place, "run", "--width", "50", "--metric", "a*").out.decode()
    assert "loss" not in text
    assert max(len(line) for line in text.splitlines() if "│" in line) <= 50


def test_without_utf8_there_are_no_charts(place: Place) -> None:
    record(place.dir, losses(0.9, 0.5))
    ended = show(place, "run", PYTHONIOENCODING="ascii")
    assert ended.code == 0
    assert ended.out.isascii()
    assert "│" not in ended.out.decode()


def test_a_terminal_gets_colours_and_its_width(place: Place, terminal: Terminal) -> None:
    record(place.dir, losses(0.9, 0.5))
    shown = terminal.rest(terminal.start(place, [*DVCLIVE, "show", "run"]))
    assert b"\x1b[1mrun\x1b[0m" in shown
    lines = CODES.sub(b"", shown).decode().splitlines()
    assert max(map(len, lines)) in (79, 80)


def test_no_color(place: Place, terminal: Terminal) -> None:
    record(place.dir, losses(0.9, 0.5))
    environ = {**place.env, "NO_COLOR": "1"}
    shown = terminal.rest(terminal.start(place, [*DVCLIVE, "show", "run"], env=environ))
    assert b"\x1b" not in shown


def test_nothing_hostile_reaches_the_terminal(place: Place, terminal: Terminal) -> None:
    """Names, params, the command, the directory: none of them can send it a code."""
    evil = "\x1b]0;pwned\x07\x1b[31m\u202e"
    folder = place.path(f"d{evil}")
    record(folder, [Param(f"p{evil}", evil), Metric(f"m{evil}", 1, 0), Metric(f"m{evil}", 2, 1)])
    record(place.dir, losses(0.9, 0.5))
    for words in ([folder], [folder, "run"]):
        shown = terminal.rest(terminal.start(place, [*DVCLIVE, "show", *words]))
        assert b"\x1b" not in CODES.sub(b"", shown)
        assert b"\x1b[31m" not in shown
        assert b"\x07" not in shown
        assert "\u202e".encode() not in shown


def test_experiments_beside_a_directory(repo: Place) -> None:
    for name, slope in (("first", 1.0), ("second", 0.5)):
        code = f"for e in range(4): print(f'epoch {{e}} loss={{{slope}*(4-e)}}')"
        run = [*DVCLIVE, "run", "--dir", "run", "--quiet", "--exp-name", name, "--", *python(code)]
        assert repo.bare(run).code == 0
    ended = show(repo, "first", "second", "run", DVCLIVE_DIR="run")
    assert (ended.code, ended.err) == (0, b"")
    rows = [line.split() for line in ended.out.decode().splitlines()]
    assert rows[1][:3] == ["A", "first", "completed"]
    (row,) = (row for row in rows if row[:2] == ["loss", "1"])
    assert row[2:6] == ["0.5", "-0.5", "(-50.0%)", "better"]
    assert "C run" in ended.out.decode()


@pytest.mark.parametrize("words", ["nowhere", "run", ". x"])
def test_what_cannot_be_found(place: Place, words: str) -> None:
    ended = show(place, *shlex.split(words))
    assert ended.code == 2
    assert b"run-not-found" in ended.err
    assert ended.out == b""


def test_a_killed_run_is_called_lost(place: Place) -> None:
    os.makedirs(f"{place.dir}/plots/metrics")
    with open(f"{place.dir}/plots/metrics/loss.tsv", "w") as file:
        file.write("step\tloss\n0\t1\n1\t0.5\n2\t0.")
    with open(f"{place.dir}/run.json", "w") as file:
        json.dump({"status": "running", "sessions": [{"host": os.uname().nodename}]}, file)
    assert b"supervisor-lost" in show(place, "run").out


def test_a_sampled_curve_is_called_so(place: Place) -> None:
    """And claims no best value; a short one beside it does."""
    os.makedirs(f"{place.dir}/plots/metrics")
    for name, rows in (("loss", 300_000), ("acc", 3)):
        with open(f"{place.dir}/plots/metrics/{name}.tsv", "w") as file:
            file.write(f"step\t{name}\n" + "".join(f"{step}\t0.{step}\n" for step in range(rows)))
    text = show(place, "run").out.decode()
    table = text.partition("at step")[2].partition("Long curves are sampled")[0]
    told = {row[0]: row[1:] for row in map(str.split, table.splitlines()) if row}
    assert told["acc"] == ["0", "0.2", "0.2", "2"]
    assert told["loss"] == ["0", "0.299999"]


@pytest.mark.parametrize("command", ["show run", "ls", "compare run run", "watch run"])
def test_nothing_heavy_is_imported(place: Place, command: str) -> None:
    """Files and Git are read: neither DVC nor, without a terminal, rich takes part."""
    record(place.dir, losses(0.9, 0.5))
    ended = place.bare([PYTHON, "-X", "importtime", "-m", "dvclive_cli", *command.split()])
    loaded = {line.rpartition(b"|")[2].strip().decode() for line in ended.err.splitlines()}
    assert ended.code == 0
    assert "dvclive_cli.runs.recorded" in loaded
    assert not loaded & {"dvc", "rich", "numpy", "PIL", "sklearn", "psutil"}
