"""How bridges hear calls: after they have returned, the outermost ones, and with nothing changed."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest

from dvclive.auto import callers
from dvclive.auto.bridges.hear import beside


class Tracker:
    """A tracker whose functions call each other."""

    def log(self, name: str, value: float = 1.0, *, step: int | None = None) -> str:
        """What it does."""
        if value < 0:
            raise ValueError(name)
        return f"{name}={value}"

    def log_all(self, **values: float) -> list[str]:
        return [self.log(name, value) for name, value in values.items()]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """What was heard of calls."""
    calls: list[tuple[Any, dict[str, Any]]] = []
    for name in ("log", "log_all"):
        monkeypatch.setattr(Tracker, name, getattr(Tracker, name))  # put back at the end
        beside(Tracker, name, lambda result, arguments: calls.append((result, dict(arguments))), "tracker")
    return calls


def test_a_call_is_heard_with_its_result_and_all_arguments(heard: list[Any]) -> None:
    tracker = Tracker()
    assert tracker.log("a", step=3) == "a=1.0"
    assert heard == [("a=1.0", {"self": tracker, "name": "a", "value": 1.0, "step": 3})]


def test_calls_inside_a_call_are_part_of_it(heard: list[Any]) -> None:
    """In this thread; those of another one are its own."""
    tracker = Tracker()
    tracker.log_all(a=1.0, b=2.0)
    assert [result for result, _ in heard] == [["a=1.0", "b=2.0"]]
    thread = threading.Thread(target=tracker.log, args=("c",))
    thread.start()
    thread.join()
    assert len(heard) == 2


def test_an_error_is_the_programs_and_nothing_is_heard(heard: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"^a$"):
        Tracker().log("a", -1.0)
    with pytest.raises(TypeError, match=r"log\(\) got an unexpected keyword argument 'stop'"):
        Tracker().log("a", stop=1)  # type: ignore[call-arg]
    assert heard == []
    Tracker().log("a")
    assert len(heard) == 1


def test_our_own_error_is_said_once_and_goes_no_further(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Tracker, "log", Tracker.log)
    beside(Tracker, "log", lambda result, arguments: 1 // 0, "tracker-that-fails")  # type: ignore[arg-type]
    assert [Tracker().log("a"), Tracker().log("b")] == ["a=1.0", "b=1.0"]
    assert caplog.text.count("The bridge from tracker-that-fails has failed") == 1


def test_a_function_looks_as_it_did(heard: list[Any]) -> None:
    assert str(inspect.signature(Tracker.log)).startswith("(self, name: 'str', value: 'float' = 1.0, *, step")
    assert (Tracker.log.__name__, Tracker.log.__doc__) == ("log", "What it does.")


def test_what_this_version_does_not_have_is_passed_over() -> None:
    beside(Tracker, "log_video", lambda result, arguments: None, "tracker")
    beside(None, "log", lambda result, arguments: None, "tracker")
    assert not hasattr(Tracker, "log_video")


def calling(module: str, function: Callable[[], bool]) -> Callable[[], bool]:
    """A function of a module of that name, which calls the other."""
    space: dict[str, Any] = {"__name__": module, "function": function}
    exec("def caller():\n    return function()", space)
    return space["caller"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        (["train"], False),
        (["transformers.integrations.integration_utils", "train"], True),
        (["tracker.sdk", "transformers.trainer"], True),
        (["lightning.pytorch.loggers.wandb", "lightning.pytorch.trainer.trainer"], True),
        (["lightning.pytorch.loggers.wandb", "train"], False),
        (["train", "transformers.trainer"], False),
        (["sklearn.base"], False),
        (["stable_baselines3.common.logger"], False),
    ],
)
def test_who_calls(monkeypatch: pytest.MonkeyPatch, modules: list[str], told: bool) -> None:
    """A framework whose shim has taken hold; its loggers pass on what the program tells them, too."""
    monkeypatch.setattr(callers, "held", {"transformers", "lightning"})

    function: Callable[[], bool] = functools.partial(callers.is_told, "tracker")
    for module in modules:
        function = calling(module, function)
    assert function() is told
