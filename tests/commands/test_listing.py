"""`dvclive ls`: runs in directories, experiments of the repository."""

from __future__ import annotations

import json
import os
from typing import Any

from processes import DVCLIVE, Place, Terminal, python
from test_show import losses, record

from dvclive_cli.outcome import Outcome


def listed(place: Place, *words: str) -> list[dict[str, Any]]:
    ended = place.bare([*DVCLIVE, "ls", "--json", *words])
    assert (ended.code, ended.err) == (0, b"")
    found = json.loads(ended.out)
    assert isinstance(found, list)
    return found


def test_directories_below(place: Place) -> None:
    """Deep ones, also inside a run; not hidden ones, environments, or what is behind a link."""
    record(place.path("a"), losses(1, 2))
    record(place.path("b/c/d"), losses(1, 0.5), Outcome("failed", 3, None, 2500))
    record(place.path("a/inner"), losses(1, 2))
    record(place.path(".hidden"), losses(1, 2))
    record(place.path("venv/run"), losses(1, 2))
    open(place.path("venv/pyvenv.cfg"), "w").close()
    os.symlink(place.path("b"), place.path("link"))
    found = {run["name"]: run for run in listed(place)}
    assert set(found) == {"a", "a/inner", "b/c/d"}
    assert (found["b/c/d"]["status"], found["b/c/d"]["metrics"]) == ("failed", {"loss": 0.5})
    assert [run["name"] for run in listed(place, "b")] == ["b/c/d"]


def test_a_run_of_dvclive_3(place: Place) -> None:
    """It wrote no run.json."""
    os.makedirs(place.path("old/plots/metrics"))
    with open(place.path("old/metrics.json"), "w") as file:
        file.write('{"acc": 0.5}')
    (run,) = listed(place)
    assert (run["name"], run["status"], run["metrics"]) == ("old", "unknown", {"acc": 0.5})


def test_experiments_with_their_baseline(repo: Place) -> None:
    for name in ("first", "second"):
        code = f"print('@dvclive step=0 acc=0.5 lr=1'); raise SystemExit({int(name == 'second')})"
        run = [*DVCLIVE, "run", "--dir", "run", "--quiet", "--exp-name", name, "--", *python(code)]
        repo.bare(run)
    repo.env["DVCLIVE_DIR"] = "run"
    head = repo.bare(["git", "rev-parse", "HEAD"]).out.decode().strip()
    found = {run["name"]: run for run in listed(repo)}
    assert [(name, run["kind"], run["status"]) for name, run in sorted(found.items())] == [
        ("first", "experiment", "completed"),
        ("run", "directory", "failed"),
        ("second", "experiment", "failed"),
    ]
    assert {run["baseline"] for run in found.values()} == {head}
    assert found["first"]["metrics"] == {"acc": 0.5, "lr": 1}
    table = repo.bare([*DVCLIVE, "ls"]).out.decode().splitlines()
    assert table[0].split() == ["run", "status", "age", "acc", "baseline"]
    (row,) = (line.split() for line in table if line.startswith("first "))
    assert row == ["first", "exp", "completed", "just", "now", "0.5", head[:7], "main"]
    repo.env["DVCLIVE_DIR"] = "elsewhere"  # the one run that an experiment holds is found wherever it is
    assert {run["name"]: run["metrics"] for run in listed(repo)}["first"] == {"acc": 0.5, "lr": 1}
    assert b"first  completed" in repo.bare([*DVCLIVE, "show", "first"]).out


def test_nothing_there(place: Place) -> None:
    ended = place.bare([*DVCLIVE, "ls"])
    assert ended.code == 0
    assert b"No runs" in ended.out
    assert listed(place) == []
    assert place.bare([*DVCLIVE, "ls", "nowhere"]).code == 2


def test_nothing_hostile_reaches_the_terminal(place: Place, terminal: Terminal) -> None:
    record(place.path("d\x1b]0;pwned\x07"), losses(1, 2))
    shown = terminal.rest(terminal.start(place, [*DVCLIVE, "ls"]))
    assert b"pwned" in shown
    assert b"\x1b]" not in shown
    assert b"\x07" not in shown
