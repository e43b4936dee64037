"""Commands inside `dvclive run`: a line to the recorder, which leaves what they would leave alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import scripts
from shell import good, rows, sh
from test_commands_alone import inputs

SCRIPT = """
dvclive log-param lr=0.001 name='res net' layers='[1, 2]'
dvclive log-params config.yaml
for step in 0 1 2; do
    dvclive log-metric train/loss=0.$((9 - step))0 acc=1
    dvclive log-metric 'odd name' '"a text"'
    dvclive log-metric hidden -$step --no-plot
    dvclive next-step
done
dvclive set-step 10
seq 3 | dvclive log-metric many - --step 20
dvclive log-image shown.png picture.png
dvclive log-image nested/stdin.png - < picture.png
dvclive log-plot curve points.csv --x time --y heat --y cold --template scatter
dvclive log-sklearn-plot roc --labels labels.txt --predictions scores.json --name final
dvclive log-artifact model.bin --type model --label a --meta k=1
dvclive summary verdict=passed
"""


def under(script: str, *options: str) -> str:
    """The command line that runs a script under `dvclive run`."""
    quoted = script.replace("'", "'\\''")
    return f"dvclive run -q --no-command-params {' '.join(options)} -- sh -c '{quoted}'"


def test_inside_a_run_they_leave_what_they_leave_alone(tmp_path: Path) -> None:
    found = {}
    for name in ("alone", "inside"):
        place = scripts.repository(tmp_path / name / "here")
        inputs(place)
        script = f"{SCRIPT}\ndvclive end -q" if name == "alone" else under(SCRIPT)
        done = sh(script, place, DVCLIVE_SAVE_DVC_EXP="1")
        assert done.returncode == 0, done.stderr
        found[name] = scripts.tree(place)
        assert len(scripts.experiments(place)) == 1
    assert found["alone"] == found["inside"]
    assert rows(tmp_path / "inside" / "here", "many") == ["20 1", "21 2", "22 3"]


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    good(under("seq 60 | xargs -P 16 -I{} dvclive log-metric m {} --step {}"), tmp_path)
    assert sorted(rows(tmp_path, "m")) == sorted(f"{n} {n}" for n in range(1, 61))


def test_records_that_are_longer_than_the_fifo_takes(tmp_path: Path) -> None:
    """They go through the channel's folder, whole."""
    long = "x" * 100_000
    good(under("dvclive log-param long -; seq 3000 | dvclive log-metric m -"), tmp_path, stdin=long)
    assert scripts.yaml(tmp_path / "dvclive" / "params.yaml") == {"long": long}
    assert len(rows(tmp_path, "m")) == 3000


def test_a_picture_and_an_artifact_may_change_at_once(tmp_path: Path) -> None:
    """What counts is the file at the moment of the command."""
    place = scripts.repository(tmp_path / "here")
    inputs(place)
    before = (place / "picture.png").read_bytes()
    script = """
    dvclive log-image picture.png; echo broken > picture.png
    dvclive log-artifact model.bin; echo other > model.bin
    """
    good(under(script), place)
    assert (place / "dvclive" / "plots" / "images" / "picture.png").read_bytes() == before
    tracked = scripts.yaml(place / "model.bin.dvc")["outs"][0]
    assert tracked["size"] == len("weights")


def test_a_sweep_is_an_experiment_each(tmp_path: Path) -> None:
    """`start` and `end` inside one program: what `Live(...)` does in a loop."""
    place = scripts.repository(tmp_path / "here")
    script = """
    for lr in 1 2; do
        dvclive start --exp-name sweep-$lr -P lr=$lr
        dvclive log-metric loss $lr
        dvclive end --status $([ $lr = 1 ] && echo completed || echo failed)
    done
    """
    good(under(script), place, DVCLIVE_SAVE_DVC_EXP="1")
    assert sorted(scripts.experiments(place)) == ["sweep-1", "sweep-2"]
    for name, status in (("sweep-1", "completed"), ("sweep-2", "failed")):
        ref = scripts.git(place, "for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{name}").strip()
        assert json.loads(scripts.git(place, "show", f"{ref}:dvclive/run.json"))["status"] == status
        assert scripts.git(place, "show", f"{ref}:dvclive/params.yaml") == f"lr: {name[-1]}\n"


def test_another_directory_is_another_run(tmp_path: Path) -> None:
    good(
        under("dvclive log-metric a 1; dvclive log-metric b 1 --dir mine; dvclive end -q --dir mine"),
        tmp_path,
    )
    assert rows(tmp_path, "a") == ["0 1"]
    assert os.listdir(tmp_path / "mine" / "plots" / "metrics") == ["b.tsv"]


def test_status_inside_a_run(tmp_path: Path) -> None:
    """It is asked for behind what was logged before."""
    found = json.loads(good(under("dvclive log-metric a 1; dvclive status --json"), tmp_path))
    assert (found["status"], found["metrics"]) == ("running", {"a": 1})


@pytest.mark.parametrize("command", ["log-metric a 1", "end", "start", "log-artifact x"])
def test_a_recorder_that_is_gone_is_told(tmp_path: Path, command: str) -> None:
    """Not a silent loss: the script sees 125."""
    (tmp_path / "x").write_text("")
    fifo = tmp_path / "channel" / "fifo"
    done = sh(f"dvclive {command}", tmp_path, DVCLIVE_FIFO=str(fifo), DVCLIVE_DIR=str(tmp_path / "dvclive"))
    assert done.returncode == 125
    assert "cannot be reached" in done.stderr
    assert not (tmp_path / "dvclive").exists()


def test_a_word_that_is_wrong_sends_nothing(tmp_path: Path) -> None:
    done = sh(under("dvclive log-metric a=1 b=2ms; exit $?"), tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "dvclive" / "plots").exists()


@pytest.mark.parametrize(
    ("words", "status"), [("--exit-code 143", "failed"), ("--exit-code 130", "interrupted")]
)
def test_how_it_went_is_told_in_the_words_of_the_protocol(tmp_path: Path, words: str, status: str) -> None:
    """The recorder sees the signals of its own program; that one of its children was killed is a failure."""
    printed = good(under(f"dvclive log-metric a 1; dvclive end {words} --json"), tmp_path)
    assert json.loads(printed)["acknowledged"] is True
    assert json.loads((tmp_path / "dvclive" / "run.json").read_text())["status"] == status
