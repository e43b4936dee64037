"""A run directory that grows: what `Tailed` has after each look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dvclive_cli.runs import tailed
from dvclive_cli.runs.tailed import Tailed


def tsv(folder: Path, name: str) -> Path:
    path = folder / f"plots/metrics/{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write(folder: Path, name: str, text: str, mode: str = "a") -> None:
    with open(tsv(folder, name), mode) as file:
        file.write(text)


def test_rows_as_they_come(tmp_path: Path) -> None:
    write(tmp_path, "loss", "step\tloss\n0\t3\n1\t2\n")
    run = Tailed(str(tmp_path))
    assert run.look()
    assert (run.run("x").metrics, run.run("x").step, run.points) == ({"loss": 2}, 1, 0)
    assert not run.look()
    write(tmp_path, "loss", "2\t1.5\n3\t")
    assert run.look()
    assert (run.run("x").metrics, run.points) == ({"loss": 1.5}, 1)
    write(tmp_path, "loss", "9\n")
    write(tmp_path, "train/acc", "step\tacc\n7\t0.5\n")
    assert run.look()
    found = run.run("x")
    assert (found.metrics, found.step, run.points) == ({"loss": 9, "train/acc": 0.5}, 7, 3)
    assert [curve.name for curve in found.curves] == ["loss", "train/acc"]
    best = found.curves[0].best
    assert best is not None
    assert (best.step, best.value) == (2, 1.5)


def test_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    """Rows that are changed in their place after they were read make no difference."""
    write(tmp_path, "m", "step\tm\n0\t1\n1\t1\n")
    run = Tailed(str(tmp_path))
    run.look()
    with open(tsv(tmp_path, "m"), "r+") as file:
        file.write("step\tm\n0\t9\n1\t9\n")
    write(tmp_path, "m", "2\t1\n")
    run.look()
    (curve,) = run.run("x").curves
    assert {point.value for point in curve.points} == {1}


def test_columns_are_those_of_the_header(tmp_path: Path) -> None:
    write(tmp_path, "m", "timestamp\tstep\tm\n1000\t0\t5\n")
    run = Tailed(str(tmp_path))
    run.look()
    write(tmp_path, "m", "1001\t1\t6\n")
    run.look()
    assert (run.run("x").step, run.run("x").metrics) == (1, {"m": 6})


def test_a_long_curve_that_is_already_there_is_sampled(tmp_path: Path) -> None:
    """And what comes after is taken row by row; nobody claims to know its best value."""
    write(tmp_path, "loss", "step\tloss\n" + "".join(f"{step}\t{step / 7}\n" for step in range(50_000)))
    run = Tailed(str(tmp_path))
    run.look()
    (curve,) = run.run("x").curves
    assert len(curve.points) < 1000
    assert (curve.whole, curve.best) == (False, None)
    assert (curve.points[0][:2], curve.points[-1][:2]) == ((0, 0.0), (49_999, 49_999 / 7))
    write(tmp_path, "loss", "50000\t1\n50001\t2\n")
    run.look()
    assert (run.points, run.run("x").metrics) == (2, {"loss": 2})


def test_more_than_one_look_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailed, "MOST", 100)
    write(tmp_path, "m", "step\tm\n")
    run = Tailed(str(tmp_path))
    run.look()
    write(tmp_path, "m", "".join(f"{step}\t{step}\n" for step in range(100)))
    run.look()
    assert run.behind
    while run.behind:
        assert run.look()
    assert (run.points, run.run("x").step) == (100, 99)


@pytest.mark.parametrize("how", ["replaced", "removed", "shorter"])
def test_a_new_run_begins_anew(tmp_path: Path, how: str) -> None:
    write(tmp_path, "old", "step\told\n0\t1\n5\t1\n")
    write(tmp_path, "m", "step\tm\n0\t1\n5\t1\n")
    run = Tailed(str(tmp_path))
    run.look()
    os.unlink(tsv(tmp_path, "old"))
    if how != "removed":
        if how == "replaced":
            os.unlink(tsv(tmp_path, "m"))
        write(tmp_path, "m", "step\tm\n0\t7\n", "w")
    run.look()
    found = run.run("x")
    assert "old" not in found.metrics
    assert (found.step, found.metrics) == ((0, {"m": 7}) if how != "removed" else (5, {"m": 1}))


def test_views_beside_the_rows(tmp_path: Path) -> None:
    """Values without a curve, params, and names that are no paths."""
    write(tmp_path, "a%2Fb", "step\ta%2Fb\n0\t1\n")
    run = Tailed(str(tmp_path))
    run.look()
    (tmp_path / "metrics.json").write_text('{"best": 3, "step": 4}')
    (tmp_path / "params.yaml").write_text("lr: 0.1\n")
    assert run.look()
    found = run.run("x")
    assert (found.step, found.params, found.metrics["best"]) == (4, {"lr": 0.1}, 3)
    assert not run.look()
