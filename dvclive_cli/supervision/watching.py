"""`--watch`: what watched files tell, between the follower of the files and the recorder of the run.

Decides when to look, and what to do with printed metrics beside it: trainers print what they also write,
often with other steps, so as soon as a file has told something, printed lines count only where they were
asked for. Until then they are kept: if no file ever speaks, they are the run.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ..capture import CaptureOptions
from ..config import Config
from ..events import Event
from ..inputs.watch import Follower, written_since
from ..metricfiles import reader_for

POLL_EVERY = 0.25  # seconds
LOOK_SHARE = 20  # looking for new files takes at most 5 % of the time
MOST_HINTS = 3
MOST_KEPT = 10_000  # printed events that wait for a file to speak


class Watching:
    """The watched files of one run.

    Parameters:
        follower: of the files. `note`: told what the user should know at the end.
        clock: a monotonic one, in seconds.

    Attributes:
        moved: whether anything changed since `checkpoint`.
        spoke: whether a file has told anything.
    """

    def __init__(
        self,
        follower: Follower,
        note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._follower, self._note, self._clock = follower, note, clock
        self._kept: list[Event] | None = []
        self._poll_at = self._look_at = 0.0
        self.moved = False
        self.spoke = False

    def due_in(self) -> float:
        """Seconds until `poll` has something to do."""
        return max(0.0, self._poll_at - self._clock())

    def poll(self) -> list[Event]:
        """What the files tell that is new; nothing before it is due."""
        now = self._clock()
        if now < self._poll_at:
            return []
        if now >= self._look_at:
            self._follower.look()
            self._look_at = now + max(POLL_EVERY, LOOK_SHARE * (self._clock() - now))
        return self._read()

    def _read(self) -> list[Event]:
        events, behind = self._follower.poll()
        self._poll_at = 0.0 if behind else self._clock() + POLL_EVERY
        if events:
            self.moved = self.spoke = True
            self._kept = None
        return events

    def printed(self, events: list[Event]) -> list[Event]:
        """Guesses from what the program printed: those that count now."""
        if self.spoke or self._kept is None:
            return [] if self.spoke else events
        self._kept += events
        self.moved = True
        return self._release() if len(self._kept) > MOST_KEPT else []

    def _release(self) -> list[Event]:
        kept, self._kept = self._kept, None
        return kept or []

    def finish(self) -> Iterator[list[Event]]:
        """The program has ended: what the files still hold; without any, what was printed."""
        self._follower.program_ended()
        self._poll_at = 0.0
        while self._poll_at == 0.0:
            yield self._read()
        last = self._follower.end()
        if last:
            self.spoke, self._kept = True, None
        yield last or self._release()
        self._say()

    def _say(self) -> None:
        for text in self._follower.unmatched():
            self._note(f"--watch {text}: no file that the program wrote while it ran.")
        if self._follower.unfollowed:
            self._note(f"{self._follower.unfollowed} of the watched files were left out: there are too many.")
        for text, count in self._follower.faults().items():
            self._note(f"{text}{f' ({count} times)' if count > 1 else ''}.")

    def checkpoint(self) -> dict[str, Any]:
        """The state, to be pickled at once, for `restore`."""
        self.moved = False
        return {"follower": self._follower, "kept": self._kept, "spoke": self.spoke}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint: what was read after it is read again."""
        self._follower, self._kept, self.spoke = state["follower"], state["kept"], state["spoke"]


def hints(cwd: str, run_dir: str, since_ms: int) -> list[str]:
    """What to say of metric files that a program has written where nothing was captured and none watched."""
    return [
        f"The program wrote metrics into {path}: `--watch {shlex.quote(path)}` records them."
        for path in written_since(cwd, since_ms, run_dir)[:MOST_HINTS]
    ]


def watching(
    config: Config, plumbing: Mapping[str, Any], options: CaptureOptions, note: Callable[[str], None]
) -> Watching | None:
    """What watches the files of this run; None where none are to be watched."""
    if not config.watch:
        return None
    follower = Follower(
        config.watch,
        plumbing["cwd"],
        plumbing["run_dir"],
        plumbing["watched"],
        partial(reader_for, options=options),
    )
    return Watching(follower, note)
