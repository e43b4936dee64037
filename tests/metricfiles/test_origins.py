"""Several files of one run: their series keep apart, under names that mean something."""

from __future__ import annotations

import pytest

from dvclive_cli.events import Event, Image, Metric, Param
from dvclive_cli.metricfiles.origins import Origins


def names(*files: tuple[str, str], folder_is_run: bool = False) -> list[str]:
    """The names of the series (`path`, `name`) in the order in which their files tell them."""
    origins = Origins()
    found = []
    for path, name in files:
        (event,) = origins.named(path, folder_is_run, [Metric(name, 1.0, 0)])
        assert isinstance(event, Metric)
        found.append(event.name)
    return found


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("metrics.csv", "loss"),
        ("version_0/metrics.csv", "loss"),
        ("train.csv", "train/loss"),
        ("logs/validation/scalars.jsonl", "validation/loss"),
        ("Test.csv", "Test/loss"),
    ],
)
def test_folders_and_files_named_like_a_split_go_in_front(path: str, name: str) -> None:
    assert names((path, "loss")) == [name]


def test_a_name_that_says_its_split_needs_none() -> None:
    assert names(("train.csv", "train_loss"), ("val.csv", "val/loss")) == ["train_loss", "val/loss"]


def test_event_files_of_one_folder_continue_each_other() -> None:
    files = [("train/events.1", "loss"), ("train/events.2", "loss"), ("validation/events.1", "loss")]
    assert names(*files, folder_is_run=True) == ["train/loss", "train/loss", "validation/loss"]


def test_a_name_that_two_files_tell_is_told_apart() -> None:
    assert names(("a/m.csv", "loss"), ("b/m.csv", "loss"), ("a/m.csv", "loss")) == [
        "loss",
        "b/m/loss",
        "loss",
    ]
    assert names(("a/ev", "loss"), ("b/ev", "loss"), folder_is_run=True) == ["loss", "b/loss"]


def test_folders_of_add_scalars_are_their_keys() -> None:
    """torch: `writer.add_scalars("train/lr", {"head": ...})` writes the tag below `train_lr_head`."""
    assert names(("run/train_lr_head/events", "train/lr"), folder_is_run=True) == ["train/lr/head"]


def test_what_is_no_metric_passes() -> None:
    assert Origins().named("train.csv", False, [Param("lr", 0.1)]) == [Param("lr", 0.1)]


def test_of_pictures_the_latest_counts() -> None:
    events: list[Event] = [
        Image("a.png", b"1"),
        Metric("loss", 1.0, 0),
        Image("b.png", b"2"),
        Image("a.png", b"3"),
    ]
    assert Origins().named("train/events", True, events) == [
        Metric("train/loss", 1.0, 0),
        Image("train/b.png", b"2"),
        Image("train/a.png", b"3"),
    ]
