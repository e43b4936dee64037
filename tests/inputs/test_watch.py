"""Files followed while they are written: each new point once, whatever happens to the file."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from dvclive_cli.capture import CaptureOptions
from dvclive_cli.events import Event, Metric
from dvclive_cli.inputs.watch import Follower, snapshot
from dvclive_cli.metricfiles import reader_for

READER = partial(reader_for, options=CaptureOptions())
HEAD = "step,loss\n"


class Watched:
    """A folder and what a follower of it has told so far, each poll after a checkpoint and a restart."""

    def __init__(self, folder: Path, *patterns: str) -> None:
        self.folder, self.patterns = folder, patterns
        self.told: list[tuple[str, int | None, object]] = []

    def start(self) -> None:
        """The program starts now."""
        run_dir = str(self.folder / "dvclive")
        old = snapshot(self.patterns, str(self.folder), run_dir)
        self.follower = Follower(self.patterns, str(self.folder), run_dir, old, READER)

    def write(self, name: str, text: str | bytes, how: str = "a") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, how + "b") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def poll(self, *, restarted: bool = False) -> list[object]:
        """What this poll tells: the values."""
        if restarted:
            self.follower = pickle.loads(pickle.dumps(self.follower))
        self.follower.look()
        before, behind = len(self.told), True
        while behind:
            events, behind = self.follower.poll()
            self.take(events)
        return [value for _, _, value in self.told[before:]]

    def take(self, events: list[Event]) -> None:
        self.told += [(e.name, e.step, e.value) for e in events if isinstance(e, Metric)]

    def end(self) -> None:
        self.poll()
        self.take(self.follower.end())


@pytest.fixture
def watched(tmp_path: Path) -> Callable[..., Watched]:
    return lambda *patterns: Watched(tmp_path, *patterns)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_file_that_grows_is_read_as_it_grows(watched: Callable[..., Watched], restarted: bool) -> None:
    """Also by a recorder that takes another's place at each poll."""
    files = watched("log.csv")
    files.start()
    assert files.poll(restarted=restarted) == []
    files.write("log.csv", HEAD + "0,3\n1,")
    assert files.poll(restarted=restarted) == [3]
    files.write("log.csv", "2\n2,1")
    assert files.poll(restarted=restarted) == [2]
    files.end()
    assert files.told == [("loss", 0, 3), ("loss", 1, 2), ("loss", 2, 1)]


@pytest.mark.parametrize("torn", ["", "1,"])
def test_what_stood_there_before_does_not_count(watched: Callable[..., Watched], torn: str) -> None:
    """But its header does, and so does a line that the program completes."""
    files = watched("log.csv")
    files.write("log.csv", HEAD + "0,3\n" + torn)
    files.start()
    assert files.poll() == []
    files.write("log.csv", "2\n" if torn else "1,2\n")
    assert files.poll() == [2]
    assert files.told == [("loss", 1, 2)]


def test_the_header_of_an_old_file_may_stand_behind_comments(watched: Callable[..., Watched]) -> None:
    """stable-baselines3's monitor.csv begins with a line of JSON."""
    files = watched("monitor.csv")
    files.write("monitor.csv", '#{"t_start": 1.5}\n\nr,l,t\n9,9,1\n')
    files.start()
    files.write("monitor.csv", "8,7,2\n")
    assert files.poll() == [8, 7, 2]


def test_old_event_files_are_read_over(watched: Callable[..., Watched]) -> None:
    data = Path(__file__).parents[1] / "data/metricfiles/tensorboardX/events.out.tfevents.1700000000.host.2"
    content, half = data.read_bytes(), data.stat().st_size // 2
    files = watched("*tfevents*")
    files.write("events.out.tfevents.1", content[:half])
    files.start()
    files.write("events.out.tfevents.1", content[half:])
    assert files.poll() == [0.6667, 0.7, 0.5, 0.8, 0.4, 0.9]


def test_an_old_file_that_the_program_replaces_is_new(watched: Callable[..., Watched]) -> None:
    for how in ("w", "rename"):
        files = watched(f"{how}.csv")
        files.write(f"{how}.csv", HEAD + "0,3\n")
        files.start()
        if how == "w":
            files.write(f"{how}.csv", HEAD + "0,9\n1,8\n", "w")
        else:
            files.write("new", HEAD + "0,9\n1,8\n")
            os.replace(files.folder / "new", files.folder / f"{how}.csv")
        assert files.poll() == [9, 8], how


def test_an_old_file_that_the_program_writes_again_alike_is_new(watched: Callable[..., Watched]) -> None:
    """The same training a second time gives the same bytes."""
    files = watched("log.csv")
    files.write("log.csv", HEAD + "0,3\n1,2\n")
    files.start()
    os.utime(files.folder / "log.csv", (1, 1))
    files.write("log.csv", HEAD + "0,3\n1,2\n", "w")
    assert files.poll() == [3, 2]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_history_that_is_written_anew_tells_each_point_once(
    watched: Callable[..., Watched], restarted: bool
) -> None:
    """pandas' to_csv at each epoch, in place or by way of another file; Lightning, when a column is added."""
    files = watched("log.csv")
    files.start()
    rows = "0,3\n1,2\n"
    files.write("log.csv", HEAD + rows)
    assert files.poll(restarted=restarted) == [3, 2]
    files.write("log.csv", HEAD[:4], "w")  # seen while it is written
    assert files.poll(restarted=restarted) == []
    files.write("log.csv", HEAD + rows + "2,1\n", "w")
    assert files.poll(restarted=restarted) == [1]
    files.write("new", HEAD + rows + "2,1\n3,0\n")
    os.replace(files.folder / "new", files.folder / "log.csv")
    assert files.poll(restarted=restarted) == [0]
    files.write("log.csv", "step,acc,loss\n0,,3\n1,,2\n2,,1\n3,0.5,0\n", "w")
    assert files.poll(restarted=restarted) == [0.5]


@pytest.mark.parametrize("restarted", [False, True])
def test_an_object_that_is_written_anew_tells_each_content(
    watched: Callable[..., Watched], restarted: bool
) -> None:
    """`json.dump(metrics, open("metrics.json", "w"))`, also where it stays as long as it was."""
    files = watched("metrics.json")
    files.write("metrics.json", '{"acc": 0.1}')
    files.start()
    assert files.poll(restarted=restarted) == []
    for number, value in enumerate((0.5, 0.6, 0.5)):
        files.write("metrics.json", json.dumps({"acc": value}), "w")
        os.utime(files.folder / "metrics.json", ns=(number, number))  # clocks of file systems are coarse
        assert files.poll(restarted=restarted) == [value]
        assert files.poll(restarted=restarted) == []
    assert [step for _, step, _ in files.told] == [0, 1, 2]


def test_lines_in_a_json_file_are_read_on(watched: Callable[..., Watched]) -> None:
    files = watched("metrics.json")
    files.start()
    for value in (3, 2, 1):
        files.write("metrics.json", json.dumps({"loss": value}) + "\n")
        assert files.poll() == [value]


def test_a_file_that_is_emptied_and_begun_anew_goes_on(watched: Callable[..., Watched]) -> None:
    files = watched("log.jsonl")
    files.start()
    files.write("log.jsonl", '{"step": 0, "loss": 3}\n{"step": 1, "loss": 2}\n')
    assert files.poll() == [3, 2]
    files.write("log.jsonl", '{"step": 2, "loss": 1}\n', "w")
    assert files.poll() == [1]


def test_a_renamed_file_is_read_to_its_end(watched: Callable[..., Watched]) -> None:
    """Rotation: what came between the last look and the renaming counts."""
    files = watched("log.jsonl")
    files.start()
    files.write("log.jsonl", '{"loss": 3}\n')
    assert files.poll() == [3]
    files.write("log.jsonl", '{"loss": 2}\n')
    os.rename(files.folder / "log.jsonl", files.folder / "log.jsonl.1")
    files.write("log.jsonl", '{"loss": 1}\n')
    assert files.poll() == [2, 1]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_file_under_another_name_is_not_read_twice(
    watched: Callable[..., Watched], restarted: bool
) -> None:
    """A glob that matches rotated logs; a link to the latest one; the same file asked for in two ways."""
    files = watched("log.jsonl*", ".", "./log.jsonl")
    files.start()
    files.write("log.jsonl", '{"loss": 3}\n')
    assert files.poll(restarted=restarted) == [3]
    os.symlink("log.jsonl", files.folder / "log.jsonl.latest")
    assert files.poll() == []
    os.unlink(files.folder / "log.jsonl.latest")
    files.write("log.jsonl", '{"loss": 2}\n')
    os.rename(files.folder / "log.jsonl", files.folder / "log.jsonl.1")
    assert files.poll() == [2]
    files.write("log.jsonl", '{"loss": 1}\n')
    assert files.poll(restarted=restarted) == [1]
    os.rename(files.folder / "log.jsonl.1", files.folder / "log.jsonl.2")
    assert files.poll(restarted=restarted) == []


def test_a_new_file_in_the_place_of_a_removed_one_is_read(watched: Callable[..., Watched]) -> None:
    """File systems give the number of a removed file to the next one."""
    files = watched("*.csv")
    files.start()
    for number in range(4):
        files.write(f"{number}.csv", f"step,loss{number}\n0,{number}\n")
        assert files.poll() == [number]
        os.unlink(files.folder / f"{number}.csv")


def test_a_removed_file_is_no_fault(watched: Callable[..., Watched]) -> None:
    files = watched("log.csv")
    files.start()
    files.write("log.csv", HEAD + "0,3\n")
    assert files.poll() == [3]
    os.unlink(files.folder / "log.csv")
    assert files.poll() == []
    files.write("log.csv", HEAD + "1,2\n")
    assert files.poll() == [2]


def test_globs_and_folders_find_files_that_come_later(watched: Callable[..., Watched]) -> None:
    files = watched("runs", "logs/**/*.csv")
    files.start()
    assert files.poll() == []
    files.write("runs/a/metrics.csv", HEAD + "0,1\n")
    files.write("runs/a/notes.txt", "loss=5 step=1\n")
    files.write("logs/x/y/m.csv", "step,acc\n0,2\n")
    assert sorted(map(str, files.poll())) == ["1", "2"]


def test_our_own_files_are_not_watched(watched: Callable[..., Watched]) -> None:
    files = watched(".", "**/*.tsv")
    files.start()
    files.write("dvclive/plots/metrics/loss.tsv", "step\tloss\n0\t1\n")
    assert files.poll() == []
    assert files.follower.unmatched() == [".", "**/*.tsv"]


def test_what_cannot_be_read_is_said_with_its_file(watched: Callable[..., Watched]) -> None:
    files = watched("log.csv")
    files.start()
    files.write("log.csv", "1,2\n")
    files.end()
    told = "log.csv: line 1: a row of numbers, and no header of names before it"
    assert files.follower.faults() == {told: 1}
    assert files.follower.unmatched() == []


def test_a_fifo_or_a_folder_at_the_path_is_left_alone(watched: Callable[..., Watched]) -> None:
    """Opening them must neither wait nor fail."""
    files = watched("*.csv")
    files.start()
    os.mkfifo(files.folder / "a.csv")
    os.mkdir(files.folder / "b.csv")
    os.symlink("nowhere", files.folder / "c.csv")
    assert files.poll() == []


def test_what_is_written_after_the_end_does_not_count(watched: Callable[..., Watched]) -> None:
    """Something that the program left behind may write for ever."""
    files = watched("*.csv")
    files.start()
    files.write("log.csv", HEAD + "0,3\n")
    assert files.poll() == [3]
    files.write("log.csv", "1,2\n")
    files.write("new.csv", "step,acc\n0,1\n")
    files.follower.program_ended()
    files.write("log.csv", "2,1\n")
    files.write("new.csv", "1,2\n")
    assert files.poll() == [2, 1]
    assert files.poll() == []


def test_large_files_are_read_in_turns(watched: Callable[..., Watched]) -> None:
    """One poll does not hold up the recorder, and no file waits for ever."""
    files = watched("*.csv")
    files.start()
    rows = "".join(f"{step},{step},{'x' * 1000}\n" for step in range(2000))  # more than one chunk
    for name in "abcdef":
        files.write(f"{name}.csv", f"step,{name},text\n{rows}")
    files.follower.look()
    events, behind = files.follower.poll()
    assert behind
    assert len({event.name for event in events if isinstance(event, Metric)}) == 4
    files.take(events)
    files.poll()
    assert len(files.told) == 6 * 2000
