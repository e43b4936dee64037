"""`dvclive import` end to end: finished logs and metric files, real Git and real DVC."""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from processes import DVCLIVE, PYTHON, Place, Terminal, read_file, until

from dvclive_cli.errors import UsageError
from dvclive_cli.inputs.jobs import jobs_of

DATA = Path(__file__).parents[1] / "data"
CORPUS = DATA / "capture" / "corpus"
LOG = b"".join(b"epoch %d train_loss=0.%d val_acc=0.%d\n" % (at, 9 - at, at) for at in range(1, 6))


def bring_in(place: Place, *words: str, code: int = 0, stdin: bytes | None = None) -> str:
    """`dvclive import WORDS`; what it says on stderr."""
    process = place.popen([*DVCLIVE, "import", *words], stdin=subprocess.PIPE if stdin is not None else None)
    out, err = process.communicate(stdin, timeout=60)
    assert (process.returncode, out) == (code, b""), err.decode()
    return err.decode()


def write(place: Place, name: str, data: bytes) -> str:
    path = place.path(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return name


def points(place: Place, folder: str = "dvclive") -> dict[str, int]:
    """How many rows each series has."""
    found = {}
    root = Path(place.path(folder)) / "plots" / "metrics"
    for path in sorted(root.rglob("*.tsv")):
        found[str(path.relative_to(root))[:-4]] = len(path.read_text().splitlines()) - 1
    return found


def json_of(place: Place, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_file(place.path(name)))
    return found


def test_a_log_becomes_an_experiment_that_says_what_it_is(repo: Place) -> None:
    write(repo, "logs/baseline.log", LOG)
    said = bring_in(repo, "logs/baseline.log", "-P", "lr=0.1")
    assert said.startswith("dvclive: imported logs/baseline.log\n")
    assert points(repo) == {"train_loss": 5, "val_acc": 5}
    shown = json.loads(repo.bare([PYTHON, "-m", "dvc", "exp", "show", "--json"]).out)
    (experiment,) = [experiment for branch in shown for experiment in branch["experiments"] or []]
    revision = experiment["revs"][0]
    assert revision["name"] == "baseline"
    metrics = revision["data"]["metrics"]
    assert metrics["dvclive/metrics.json"]["data"] == {"step": 5, "train_loss": 0.4, "val_acc": 0.5}
    assert metrics["dvclive/run.json"]["data"] == {"status": "imported"}  # and no exit code, no duration
    assert revision["data"]["params"]["dvclive/params.yaml"]["data"] == {"lr": 0.1}
    message = repo.bare(["git", "log", "-1", "--format=%B", revision["rev"]]).out.decode()
    assert "imported from logs/baseline.log" in message


def test_an_imported_run_has_not_failed(place: Place) -> None:
    """Nobody knows how it ended: neither the panel nor the summary for a CI page says more."""
    write(place, "good.log", LOG)
    bring_in(place, "good.log")
    summary = place.bare([*DVCLIVE, "export"]).out.decode()
    assert summary.startswith("### 📥 dvclive: imported\n")


def test_several_logs_are_an_experiment_each(repo: Place) -> None:
    """In one directory, one after another: experiments are compared by their paths."""
    for number in (1, 2):
        write(repo, f"lr{number}.log", LOG)
    write(repo, "silent.log", b"nothing here\n")
    said = bring_in(repo, "lr1.log", "silent.log", "lr2.log", "--exp-name", "sweep", code=1)
    assert "silent.log: no metrics were found" in said
    names = repo.bare([PYTHON, "-m", "dvc", "exp", "list", "--name-only"]).out.decode().split()
    assert sorted(names) == ["sweep-lr1", "sweep-lr2"]
    assert json_of(repo, "dvclive/run.json")["sessions"][0]["source"] == "lr2.log"


def test_without_experiments_each_of_several_has_its_folder(place: Place) -> None:
    write(place, "a/out.log", LOG)
    write(place, "b/out.log", LOG)
    bring_in(place, "a/out.log", "b/out.log", "--dir", "runs")
    assert points(place, "runs/a-out") == points(place, "runs/b-out") == {"train_loss": 5, "val_acc": 5}
    bring_in(place, "a/out.log", "--dir", "alone")
    assert points(place, "alone") == {"train_loss": 5, "val_acc": 5}


def test_the_capture_is_that_of_run(place: Place) -> None:
    """Both streams of a real program, as `dvclive parse` counts them."""
    case = CORPUS / "keras-verbose2"
    logs = [str(case / "stdout.log"), "--stderr", str(case / "stderr.log")]
    bring_in(place, *logs)
    parsed = place.bare([*DVCLIVE, "parse", *logs, "--json"]).out.splitlines()
    assert sum(points(place).values()) == len(parsed) > 10


def test_options_of_capture(place: Place) -> None:
    write(place, "odd.log", b"Verlust ist 0.5\nVerlust ist 0.25\n")
    bring_in(place, "odd.log", code=1)
    assert not os.path.exists(place.path("dvclive"))
    bring_in(place, "odd.log", "--pattern", r"Verlust ist (?P<loss>\S+)")
    assert points(place) == {"loss": 2}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("pandas.csv", {"acc": 5, "loss": 5}),
        ("lightning/metrics.csv", {"epoch": 5, "train_loss": 5, "val_acc": 2}),
        ("tensorboardX", {"acc": 5, "loss": 5}),
        ("keras", {"train/epoch_loss": 5, "validation/epoch_loss": 5}),
        (
            "torch",
            {"Accuracy/val": 5, "Loss/train": 5, "double": 5, "final": 1, "lr/body": 5, "lr/head": 5},
        ),
    ],
)
def test_metric_files_and_folders_of_them(place: Place, name: str, found: dict[str, int]) -> None:
    bring_in(place, str(DATA / "metricfiles" / name))
    assert points(place) == found


def test_standard_input_and_compressed_logs(place: Place) -> None:
    bring_in(place, "-", "--dir", "a", stdin=LOG)
    write(place, "x.log.gz", gzip.compress(LOG))
    bring_in(place, "x.log.gz", "--dir", "b")
    write(place, "y.csv.gz", gzip.compress(b"step,loss\n1,2\n"))
    bring_in(place, "y.csv.gz", "--dir", "c")
    assert points(place, "a") == points(place, "b") == {"train_loss": 5, "val_acc": 5}
    assert points(place, "c") == {"loss": 1}


def test_a_pipe_is_read_once(place: Place) -> None:
    """`dvclive import <(zcat x.gz)`, and a FIFO with one writer."""
    os.mkfifo(place.path("pipe.log"))
    writer = place.popen(["sh", "-c", "echo 'step 1 loss 0.5' > pipe.log"])
    bring_in(place, "pipe.log")
    assert (writer.wait(60), points(place)) == (0, {"loss": 1})


def test_a_log_that_was_cut_is_recorded_as_far_as_it_goes(place: Place) -> None:
    data = b"".join(b"step %d loss %d\n" % (step, step * 7 % 1000) for step in range(50_000))
    packed = gzip.compress(data)
    write(place, "x.log.gz", packed[: len(packed) // 2])
    said = bring_in(place, "x.log.gz")
    assert "log-damaged" in said
    assert 1000 < points(place)["loss"] < 50_000


def test_what_cannot_be_imported_leaves_everything_as_it_was(place: Place) -> None:
    """Also where only one of several logs is not there."""
    write(place, "good.log", LOG)
    bring_in(place, "good.log")
    before = json_of(place, "dvclive/run.json")
    os.mkdir(place.path("empty"))
    write(place, "silent.log", b"nothing\n")
    for words, code, slug in (
        (["good.log", "missing.log"], 2, "log-unreadable"),
        (["empty"], 2, "folder-empty"),
        (["silent.log"], 1, "log-silent"),
        (["dvclive/plots/metrics/train_loss.tsv"], 2, "log-in-dir"),
        (["dvclive"], 2, "log-in-dir"),
        (["good.log", "good.log", "--stderr", "good.log"], 2, "stderr-of-which"),
        (["good.log", "--pattern", "("], 2, "pattern"),
        (["good.log", "-P", "novalue"], 2, "param-bad"),
    ):
        assert slug in bring_in(place, *words, code=code), words
    assert json_of(place, "dvclive/run.json") == before


def test_a_directory_that_another_run_holds_is_refused(place: Place) -> None:
    write(place, "good.log", LOG)
    process = place.start(["sleep", "60"])
    until(lambda: os.path.exists(f"{place.dir}/run.json"))
    assert "dir-locked" in bring_in(place, "good.log", "--dir", place.dir, code=125)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def test_a_terminal_is_shown_how_far_it_is(place: Place, terminal: Terminal) -> None:
    """And where there is none (all other tests here) nothing of it is written."""
    process = terminal.start(place, [*DVCLIVE, "import", "-"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    while not select.select([terminal.keyboard], [], [], 0.05)[0]:
        process.stdin.write(LOG * 5000)
    terminal.see(b"dvclive: -: ")
    terminal.see(b" MB")
    process.stdin.close()
    assert b"\r\x1b[K" in terminal.rest(process)


def test_ctrl_c_keeps_what_was_read_and_says_so(place: Place) -> None:
    process = place.popen([*DVCLIVE, "import", "-"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    while not os.path.exists(place.path("dvclive/metrics.json")):
        process.stdin.write(LOG * 100)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert json_of(place, "dvclive/run.json")["status"] == "interrupted"
    assert points(place)["train_loss"] > 0


@pytest.mark.parametrize(
    ("logs", "names"),
    [
        (["a/train.log.gz"], ["train"]),
        (["a/x.log", "b/x.log"], ["a-x", "b-x"]),
        (["a/x.log", "a/x.txt"], ["a-x-1", "a-x-2"]),
        (["runs/Nov 21/events.out.tfevents.1.host"], ["Nov-21"]),
        (["v1.0.log"], ["v1.0"]),
        ([".log"], ["log"]),
    ],
)
def test_runs_are_called_after_their_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: list[str], names: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for log in logs:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        Path(log).touch()
    assert [job.name for job in jobs_of(logs, None)] == names


def test_stdin_is_one_log() -> None:
    with pytest.raises(UsageError):
        jobs_of(["-"], "-")
