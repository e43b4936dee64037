"""What comes in while a program runs, as events: the bytes of its tapes, and the files that are watched.

Decides what counts of prints where the same values are told otherwise too: through `Live`, by records, or in
watched files; trainers print and log the same values. Knows no run, and carries nothing out: the recorder
does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..capture import Capture, CaptureOptions, Columns, Match, line_by_line
from ..capture.logged import Logged
from ..config import Config
from ..errors import DvcliveError
from ..events import Event, Follow, Param, Points
from ..inputs.named import Named
from ..masks import mask_text, secret_values
from ..metricfiles import Reader, kind_of, reader_for
from ..processes import fifo
from ..processes.reading import TapeReader
from .preflight import capture_options
from .watching import Watching, watching

STDOUT, STDERR, FIFO, MONITOR = 1, 2, 3, 4
STREAMS = {STDOUT: "stdout", STDERR: "stderr", FIFO: "fifo", MONITOR: "fifo"}
"""By the number of a tape, how its lines are read; the monitor writes records too."""

OVERHEARD_BYTES = 1 << 16
TAIL = 8192  # bytes of the last output that is kept, to say why a program failed


class Intake:
    """What a program says, on its way to the recorder.

    Parameters:
        config: the run's options.
        plumbing: what the supervisor says of the program: its channel's folder, cwd, run_dir, watched files.
        reader: of the tapes.
        typed: the parameters on its command line.
        live: whether the program logs through `Live` by now.
        used: told each file of the channel that has been read, and may go.
        note: told what the user should know at the end.

    Attributes:
        captures: by the tape's number. `watching`: the watched files, None without any.
    """

    def __init__(
        self,
        config: Config,
        plumbing: Mapping[str, Any],
        reader: TapeReader,
        typed: Iterable[Param],
        *,
        live: Callable[[], bool],
        used: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self._reader, self._live, self._used, self._note = reader, live, used, note
        self._folder: str = plumbing["channel"] or ""
        self._fifo: int = next((source for _, source, *_, tape in plumbing["taps"] if tape == FIFO), -1)
        self._options = capture_options(config, frozenset(param.name for param in typed))
        self._all = bool(config.format)  # nothing is guessed: every print was asked for
        self._asked = {"protocol", "pattern", *config.user_formats}
        self._logged = Logged()
        self._overheard = 0  # bytes of the FIFO's tape in which names were looked for ahead of reading
        self._tail = b""
        self.captures: dict[int, Capture] = {}
        self.watching: Watching | None = watching(config, plumbing, self._options, note)
        self._named = Named(plumbing["cwd"], partial(_reader, self._options))

    def open(self, tapes: Collection[int]) -> None:
        """Begin to read tapes of these numbers."""
        numbers = [number for number in STREAMS if number in tapes]
        self.captures = {number: Capture(STREAMS[number], self._options) for number in numbers}

    def checkpoint(self) -> dict[str, Any]:
        """The state, to be pickled at once, for `restore`."""
        self._named.moved = False
        return {
            "captures": self.captures,
            "logged": self._logged,
            "watching": None if self.watching is None else self.watching.checkpoint(),
            "named": self._named,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.captures, self._logged, self._named = state["captures"], state["logged"], state["named"]
        if self.watching is not None:
            self.watching.restore(state["watching"])

    # --- while the program runs ----------------------------------------------------------------------------

    def heard(self, tape: int, data: bytes, now_ms: int) -> list[Event | Points]:
        """What these bytes of a tape tell."""
        if tape in (STDOUT, STDERR):
            self._tail = (self._tail + data[-TAIL:])[-TAIL:]
        return self._events(self._meant(tape, self.captures[tape].feed_in_bulk(data, now_ms)))

    def finish(self) -> Iterator[list[Event | Points]]:
        """The program has ended: what was still waiting, in the tapes' last lines and in watched files."""
        for tape, capture in self.captures.items():
            yield self._events(self._meant(tape, capture.close()))
        if self.watching is not None:
            for events in self.watching.finish():
                yield [*self._logged.unheard(events)]
        for events in self._named.finish():
            yield [*events]
        for text, count in self._named.faults().items():
            self._note(f"{text}{f' ({count} times)' if count > 1 else ''}.")

    # --- files ---------------------------------------------------------------------------------------------

    def follow(self, event: Follow) -> None:
        """Read a file that the program has named."""
        self._named.follow(event)

    def polled(self) -> list[Event | Points]:
        """What files tell that is new; nothing before that is due."""
        watched = [] if self.watching is None else self.watching.poll()
        if watched:
            self._overhear()
        return [*self._logged.unheard(watched), *self._named.poll()]

    def due_in(self) -> list[float]:
        """Seconds until `polled` has something to do; empty without files."""
        due = [None if self.watching is None else self.watching.due_in(), self._named.due_in()]
        return [seconds for seconds in due if seconds is not None]

    @property
    def moved(self) -> bool:
        """Whether files have told something since the last checkpoint."""
        return self._named.moved or (self.watching is not None and self.watching.moved)

    def end_job(self) -> list[Event | Points]:
        """A job of the program has ended: what was still waiting in its last lines."""
        closed = [self._meant(tape, self.captures[tape].close()) for tape in self._printed()]
        return [event for matches in closed for event in self._events(matches)]

    def begin_job(self) -> None:
        """Another one begins, whose prints are read for themselves."""
        self.captures.update({tape: Capture(STREAMS[tape], self._options) for tape in self._printed()})
        self._logged.begin_streams()

    def _printed(self) -> list[int]:
        return [tape for tape in (STDOUT, STDERR) if tape in self.captures]

    def said(self) -> str:
        """The last of the program's output, secrets masked; whole lines, for a cut secret is not known."""
        tail = self._tail.partition(b"\n")[2] if len(self._tail) >= TAIL else self._tail
        return mask_text(tail.decode("utf-8", "replace"), secret_values(os.environ))

    def raw_tail(self) -> str:
        """The last of the program's output as it was printed."""
        return self._tail.decode("utf-8", "replace")

    @property
    def left_out(self) -> str:
        """The name of a metric of which prints did not count, because the program logs it; empty for none."""
        return self._logged.left_out

    # --- what counts ---------------------------------------------------------------------------------------

    def _meant(self, tape: int, matches: Sequence[Match | Columns]) -> Sequence[Match | Columns]:
        if tape == FIFO:
            self._logged.hear(matches, self._lines())
        if tape not in (STDOUT, STDERR) or self._all or not matches:
            return matches
        live = self._live()
        if not (live or self.watching):
            if not all(match.rule in self._asked for match in matches):
                self._overhear()
            return self._logged.heed(matches, self._asked, tape, self._lines())
        meant = [match for match in matches if match.rule in self._asked]
        if self.watching and not live:
            guesses = [
                event
                for match in line_by_line(matches)
                if match.rule not in self._asked
                for event in match.events
            ]
            meant.append(Match(0, "printed", self.watching.printed(guesses)))
        return meant

    def _lines(self) -> dict[int, tuple[int, int]]:
        """How far the program's output has come, by tape."""
        return {tape: self.captures[tape].lines for tape in self._printed()}

    def _overhear(self) -> None:
        """Before guesses and watched files count: what the program has logged by now, read or not."""
        if FIFO in self.captures:
            if self._fifo >= 0:
                self._reader.settle(FIFO, self._fifo)
            start, data = self._reader.ahead(FIFO, self._overheard, OVERHEARD_BYTES)
            self._overheard = start + self._logged.overhear(data)

    def _events(self, matches: Sequence[Match | Columns]) -> list[Event | Points]:
        events: list[Event | Points] = []
        for match in matches:
            if isinstance(match, Columns):
                events += match.points
            else:
                events += match.events if match.file is None else self._spilled(match.file)
        return events

    def _spilled(self, name: str) -> list[Event]:
        """The events of a record that was too long for the FIFO."""
        try:
            data = fifo.read_spilled(self._folder, name)
        except DvcliveError as error:
            self._note(str(error))
            return []
        self._used(os.path.join(self._folder, name))
        matches = self.captures[FIFO].expand(data)
        self._logged.hear(matches, self._lines())
        return [event for match in matches for event in match.events]


def _reader(options: CaptureOptions, path: str) -> Callable[[], Reader]:
    """What makes a reader for a file that the program has named: it knows its series by their names there."""
    return partial(reader_for, kind_of(path), options._replace(names="as-is"))
