"""What every test may use."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from processes import Place, Terminal

# No test is about time: a machine with other work on it must not fail one.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")


def pytest_configure() -> None:
    """However the suite was started, what the tests start finds its signals as at a terminal: nohup(1)
    ignores SIGHUP, a shell's `&` SIGINT and SIGQUIT, and both are inherited."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in signal.valid_signals():
        if signal.getsignal(number) is signal.SIG_IGN and number not in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place to run commands in; after the test no process, FIFO or temporary file may be left."""
    here = Place(str(tmp_path))
    yield here
    assert here.end() == []


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal of 24 rows and 80 columns."""
    screen = Terminal()
    yield screen
    screen.close()


@pytest.fixture
def repo(place: Place) -> Place:
    """A Git repository with one commit, without DVC."""
    place.env |= {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "DVC_NO_ANALYTICS": "1"}
    place.env |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
    for command in ("git init -q -b main", "git commit -q --allow-empty -m first"):
        assert place.bare(shlex.split(command)).code == 0
    return place


@pytest.fixture
def as_a_process() -> Iterator[None]:
    """The test stands in for a process: what it has opened is closed behind it, as at the end of one."""
    before = open_descriptors()
    yield
    for fd in open_descriptors() - before:
        os.close(fd)


def open_descriptors() -> set[int]:
    """Those of this process, without the one that lists them."""
    listed = os.listdir("/proc/self/fd")
    return {int(fd) for fd in listed if os.path.exists(f"/proc/self/fd/{fd}")}
