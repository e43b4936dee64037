"""The thread that keeps a server up to date, and never keeps anybody waiting.

Decides when to post and when to try again. It gets snapshots from the run's thread, reads rows from the run's
files, and notes in the ledger what has arrived.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from . import bodies, gather
from .bodies import Part
from .delivery import Delivery, pause
from .gather import Snapshot
from .ledger import Ledger
from .post import AGAIN, REFUSED, TAKEN, Answer, Poster

HEARTBEAT = 30.0  # seconds without news after which a server is told that the run goes on


class Sender:
    """Sends one run.

    Parameters:
        poster: speaks to the server.
        ledger: what has arrived already.
        folder: the run directory.
        interval: seconds between two data posts.
        heartbeat: say that the run goes on where nothing is new.
        hold: seconds that the start waits for the first value: until then the run's name may change.
        patience: failures in a row after which it gives up.
        note: told what the user should know.
        clock, chance: monotonic seconds, and a number in [0, 1) (for tests).
    """

    def __init__(
        self,
        poster: Poster,
        ledger: Ledger,
        folder: str,
        *,
        interval: float = 1.0,
        heartbeat: bool = False,
        hold: float = 0.0,
        patience: float = float("inf"),
        note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.poster, self.ledger, self.folder = poster, ledger, folder
        self.interval, self.heartbeat, self.note = interval, heartbeat, note
        self.clock, self.chance, self.patience = clock, chance, patience
        self.delivery = Delivery(poster, ledger.identity, note, clock)
        self._latest: Snapshot | None = None
        self._bell = threading.Condition()  # guards what follows
        self._news = False
        self._ending: dict[str, Any] | None = None
        self._stopped = False
        self._next = 0.0
        self._start_by = clock() + hold if ledger.announces and not ledger.started else float("inf")
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)

    @property
    def trouble(self) -> str:
        """Why the last attempt failed, in words."""
        return self.delivery.trouble

    @property
    def hopeless(self) -> str:
        """Why nothing more is sent; the user has been told."""
        return self.delivery.hopeless

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def show(self, snapshot: Snapshot) -> None:
        """The run as it is now; only the latest counts."""
        with self._bell:
            self._latest = snapshot
            held = self.ledger.announces and not (self.ledger.started or snapshot.metrics or snapshot.plots)
            self._news = self._news or not held
            self._bell.notify()

    def finish(self, ending: dict[str, Any] | None, limit: float) -> bool:
        """The run has ended: send the rest, for at most `limit` seconds. Whether everything has arrived.

        `ending`: the `done` body, None where somebody else says it, or it is not over yet.
        """
        self.let_go(ending, limit)
        self._thread.join(limit + 0.5)
        return not self._thread.is_alive() and self.ledger.complete

    def let_go(self, ending: dict[str, Any] | None, limit: float) -> None:
        """`finish` for one who does not wait."""
        with self._bell:
            now = self.clock()
            with self.ledger.lock:
                self._ending = self.ledger.ending = ending
            self._stopped, self._next, self._failures = True, now, 0
            self.delivery.until = now + limit
            self._bell.notify()

    # --- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while True:
                self._wait()
                stopped, over = self._stopped, self.clock() >= self.delivery.until
                if over or (stopped and self._complete()):
                    return
                answer = self._turn(stopped)
                with self._bell:  # the end may be asked for at this very moment, and waits for no interval
                    self._next = self.clock() + self._pause(answer)
                if self.hopeless or self._failures >= self.patience:
                    return
        finally:
            self.poster.close()
            self.ledger.complete = self._complete()
            self.ledger.failures = self.ledger.failures + 1 if self.trouble else 0
            self._save()

    def _wait(self) -> None:
        """Until there is something to send and it may be sent, or the run has ended."""
        with self._bell:
            while True:
                if self._stopped:
                    due = min(self._next, self.delivery.until)
                elif self._news or self._failures:
                    due = self._next
                else:
                    beat = self.delivery.posted_at + HEARTBEAT if self.heartbeat else float("inf")
                    due = min(self._start_by, beat)
                left = due - self.clock()
                if left <= 0:
                    self._news = False
                    return
                self._bell.wait(None if left == float("inf") else left)

    def _turn(self, stopped: bool) -> Answer:
        """Everything that can be sent now; ends at the first thing that does not arrive."""
        ledger, snapshot = self.ledger, self._latest
        self._start_by = float("inf")
        if snapshot is not None:
            ledger.step, ledger.plots = snapshot.step, dict(snapshot.plots)
        if ledger.announces and not ledger.started:
            answer = self.delivery.event(bodies.start(ledger.identity, ledger.message, ledger.subdir))
            if answer.kind not in (TAKEN, REFUSED):
                return answer
            ledger.started = True
            self._save()
        if snapshot is not None:
            parts = gather.parts(self.folder, ledger.prefix, snapshot, ledger.marks)
            answer = self.delivery.data(snapshot.step, parts, self._arrived)
            if answer.kind not in (TAKEN, REFUSED):
                return answer
            if self.heartbeat and not stopped and self.clock() - self.delivery.posted_at >= HEARTBEAT:
                return self.delivery.heartbeat(snapshot.step)
        if stopped and self._ending is not None and not ledger.done:
            answer = self.delivery.event(self._ending)
            ledger.done = answer.kind in (TAKEN, REFUSED)
            return answer
        return Answer(TAKEN)

    def _arrived(self, parts: list[Part]) -> None:
        with self.ledger.lock:
            self.ledger.marks.update((part.key, part.mark) for part in parts)
        self._save()

    def _pause(self, answer: Answer) -> float:
        if answer.kind == AGAIN:
            self._failures += 1
            return pause(self._failures, answer, self.chance)
        self._failures = 0
        return 0.0 if self._stopped else self.interval

    def _complete(self) -> bool:
        """Whether the server has all of it."""
        ledger, snapshot = self.ledger, self._latest
        if (ledger.announces and not ledger.started) or (self._ending is not None and not ledger.done):
            return False
        if snapshot is None:
            return True
        left = gather.parts(self.folder, ledger.prefix, snapshot, ledger.marks)
        return next((part for part in left if not part.fault), None) is None

    def _save(self) -> None:
        self.ledger.posted_ms = self.delivery.taken_ms or self.ledger.posted_ms
        self.ledger.trouble = self.trouble
        try:
            self.ledger.save()
        except OSError as error:
            self.note(f"{self.ledger.path} cannot be written: {error.strerror}.")
