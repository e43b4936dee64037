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
from .gather import Snapshot
from .ledger import Ledger
from .post import AGAIN, DENIED, REFUSED, TAKEN, Answer, Poster

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds before the next attempt: doubled each time, and jittered
HEARTBEAT = 30.0  # seconds without news after which a server is told that the run goes on


class Sender:
    """Sends one run.

    Parameters:
        poster: speaks to the server.
        ledger: what has arrived already.
        folder, prefix: the run directory, and how the server is to see it (`gather.parts`).
        message, subdir: for the start; None where somebody else announces the run (`dvc exp run`).
        interval: seconds between two data posts.
        heartbeat: say that the run goes on where nothing is new.
        note: told what the user should know.
        clock, chance: monotonic seconds, and a number in [0, 1) (for tests).
    """

    def __init__(
        self,
        poster: Poster,
        ledger: Ledger,
        folder: str,
        prefix: str,
        *,
        announces: bool = True,
        message: str = "",
        subdir: str = "",
        interval: float = 1.0,
        heartbeat: bool = False,
        note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.poster, self.ledger, self.folder, self.prefix = poster, ledger, folder, prefix
        self.announces, self.message, self.subdir = announces, message, subdir
        self.interval, self.heartbeat, self.note = interval, heartbeat, note
        self.clock, self.chance = clock, chance
        self.denied = False
        self.last_trouble = ""
        self.refused = 0
        self._latest: Snapshot | None = None
        self._bell = threading.Condition()  # guards what follows
        self._news = announces
        self._ending: dict[str, Any] | None = None
        self._stopped = False
        self._deadline = float("inf")
        self._next = 0.0
        self._failures = 0
        self._posted_at = clock()
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def show(self, snapshot: Snapshot) -> None:
        """The run as it is now; only the latest counts."""
        with self._bell:
            self._latest, self._news = snapshot, True
            self._bell.notify()

    def finish(self, ending: dict[str, Any] | None, limit: float) -> bool:
        """The run has ended: send the rest, for at most `limit` seconds. Whether everything has arrived.

        `ending`: the `done` body, None where somebody else says it.
        """
        with self._bell:
            self._ending = self.ledger.ending = ending
            now = self.clock()
            self._stopped, self._deadline, self._next, self._failures = True, now + limit, now, 0
            self._bell.notify()
        self._thread.join(limit + 1.0)
        self.poster.close()
        self._save()
        return not self._thread.is_alive() and self._complete()

    # --- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self.denied:
            self._wait()
            if self._stopped and (self.clock() >= self._deadline or self._complete()):
                return
            answer = self._turn()
            with self._bell:
                self._next = self.clock() + self._pause(answer)

    def _wait(self) -> None:
        """Until there is something to send and it may be sent, or the run has ended."""
        with self._bell:
            while True:
                if self._stopped:
                    due = min(self._next, self._deadline)
                elif self._news or self._failures:
                    due = self._next
                else:
                    due = self._posted_at + HEARTBEAT if self.heartbeat else float("inf")
                left = due - self.clock()
                if left <= 0:
                    self._news = False
                    return
                self._bell.wait(None if left == float("inf") else left)

    def _turn(self) -> Answer:
        """Everything that can be sent now; ends at the first thing that does not arrive."""
        if self.announces and not self.ledger.started:
            answer = self._post(bodies.start(self.ledger.identity, self.message, self.subdir))
            if answer.kind != TAKEN:
                return answer
            self.ledger.started = True
            self._save()
        snapshot = self._latest
        if snapshot is not None:
            answer = self._send(snapshot)
            if answer.kind in (AGAIN, DENIED):
                return answer
        if self._stopped and snapshot is self._latest and self._ending and not self.ledger.done:
            answer = self._post(self._ending)
            self.ledger.done = answer.kind == TAKEN
            return answer
        return Answer(TAKEN)

    def _send(self, snapshot: Snapshot) -> Answer:
        answer = Answer(TAKEN)
        found = False
        for batch in bodies.requests(gather.parts(self.folder, self.prefix, snapshot, self.ledger.marks)):
            found = True
            answer = self._post(bodies.data(self.ledger.identity, snapshot.step, batch))
            if answer.kind == REFUSED and len(batch) > 1:  # one of them is not wanted; find out which
                answer = self._one_by_one(snapshot, batch)
            if answer.kind in (AGAIN, DENIED):
                return answer
            for part in batch:
                self.ledger.marks[part.key] = part.mark
            self._save()
        quiet = self.clock() - self._posted_at
        if not found and self.heartbeat and quiet >= HEARTBEAT:
            return self._post(bodies.data(self.ledger.identity, snapshot.step, ()))
        return answer

    def _one_by_one(self, snapshot: Snapshot, batch: list[bodies.Part]) -> Answer:
        for part in batch:
            answer = self._post(bodies.data(self.ledger.identity, snapshot.step, [part]))
            if answer.kind in (AGAIN, DENIED):
                return answer
            self.ledger.marks[part.key] = part.mark
        return Answer(TAKEN)

    def _post(self, body: dict[str, Any]) -> Answer:
        answer = self.poster.post(body)
        self._posted_at = self.clock()
        if answer.kind == TAKEN:
            self.last_trouble = ""
        elif answer.kind == DENIED:
            self.denied = True
            self.note(
                f"Studio at {self.poster.where} does not take the token ({answer.why}): no live updates. "
                "`dvc studio login` gets a new one; `dvclive studio sync` then sends this run."
            )
        else:
            self.last_trouble = answer.why
            if answer.kind == REFUSED:
                self.refused += 1
                self.note(f"Studio at {self.poster.where} refuses an update: {answer.why}.")
        return answer

    def _pause(self, answer: Answer) -> float:
        if answer.kind != AGAIN:
            self._failures = 0
            return 0.0 if self._stopped else self.interval
        self._failures += 1
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._failures - 1, 10)) * (0.5 + self.chance())
        return max(wait, answer.wait or 0.0)

    def _complete(self) -> bool:
        """Whether the server has all of it."""
        if self.denied or (self.announces and not self.ledger.started):
            return False
        if self._ending is not None and not self.ledger.done:
            return False
        snapshot = self._latest
        if snapshot is None:
            return True
        return next(gather.parts(self.folder, self.prefix, snapshot, self.ledger.marks), None) is None

    def _save(self) -> None:
        try:
            self.ledger.save()
        except OSError as error:
            self.note(f"{self.ledger.path} cannot be written: {error.strerror}.")
