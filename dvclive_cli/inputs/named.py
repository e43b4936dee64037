"""Metric files that the program names by itself, where it knows the file and not what stands in it.

A compiled function of TensorFlow writes its points where no Python sees them. What such a file tells is the
program's as much as its records are: read from the beginning, and only the series that were asked for, if any
were. How far a file has been read is `followed.py`'s business.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping

from ..events import Event, Follow, Image, Metric
from ..metricfiles import Reader
from .followed import Followed

POLL_EVERY = 0.25  # seconds
MOST_FILES = 256  # each holds a descriptor


class _Named:
    """One file, and the metrics that its series are, by their names in it; without any, all as they are."""

    def __init__(self, path: str, reader: Callable[[], Reader]) -> None:
        self.file = Followed(path, os.path.basename(path), reader, None)
        self.names: dict[str, str] = {}

    def ours(self, events: list[Event]) -> list[Event]:
        """Those that were asked for, with the names that they have in the run."""
        if not self.names:
            return events
        found: list[Event] = []
        for event in events:
            if type(event) is Metric and event.name in self.names:
                found.append(event._replace(name=self.names[event.name]))
            elif type(event) is Image:
                tag, suffix = os.path.splitext(event.name)
                if tag in self.names:
                    found.append(event._replace(name=self.names[tag] + suffix))
        return found


class Named:
    """The files of one run. Picklable between two calls.

    Parameters:
        folder: relative paths are below it.
        reader: gives what makes a new reader for the file at a path; picklable, too.

    Attributes:
        moved: whether anything was read since it was last set to False.
    """

    def __init__(self, folder: str, reader: Callable[[str], Callable[[], Reader]]) -> None:
        self._folder, self._new_reader = folder, reader
        self._files: dict[str, _Named] = {}
        self._poll_at = 0.0
        self.moved = False

    def follow(self, event: Follow) -> None:
        """Read this file from now on, or more of it."""
        path = os.path.join(self._folder, event.path)
        if path not in self._files and len(self._files) < MOST_FILES:
            self._files[path] = _Named(path, self._new_reader(path))
        if path in self._files:
            self._files[path].names.update({name: str(metric) for name, metric in event.names.items()})
            self._poll_at = 0.0

    def due_in(self) -> float | None:
        """Seconds until `poll` has something to do; None without files."""
        return max(0.0, self._poll_at - time.monotonic()) if self._files else None

    def poll(self) -> list[Event]:
        """What is new in the files; nothing before it is due."""
        if not self._files or time.monotonic() < self._poll_at:
            return []
        events: list[Event] = []
        for named in self._files.values():
            try:
                events += named.ours(named.file.poll())
            except OSError:  # a file system that is away for a moment; the next poll tries again
                continue
        behind = any(named.file.behind for named in self._files.values())
        self._poll_at = 0.0 if behind else time.monotonic() + POLL_EVERY
        self.moved = self.moved or bool(events)
        return events

    def finish(self) -> Iterator[list[Event]]:
        """The program has ended: what the files still hold."""
        for named in self._files.values():
            named.file.program_ended()
        self._poll_at = 0.0
        while self._files and self._poll_at == 0.0:
            yield self.poll()
        for named in self._files.values():
            yield named.ours(named.file.end())

    def faults(self) -> Mapping[str, int]:
        """What could not be read."""
        return {
            f"{named.file.below}: {text}": count
            for named in self._files.values()
            for text, count in named.file.faults().items()
        }
