"""Bringing things to the server within a time: what is refused is told and holds back nothing else.

Decides what an answer means for what follows; keeps no clock but for the limit of a whole delivery, and knows
no thread and no file.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import bodies
from .bodies import Identity, Part
from .post import AGAIN, ASTRAY, DENIED, REFUSED, TAKEN, Answer, Poster

MAX_REFUSALS = 300  # in a row: a server that wants nothing of it is asked no more
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds before the next attempt: doubled each time, and jittered


class Delivery:
    """Posts the events of one experiment.

    Parameters:
        poster: speaks to the server.
        identity: the experiment.
        note: told what the user should know.
        clock: monotonic seconds (for tests).

    Attributes:
        until: the time at which everything has to be over.
        hopeless: why nothing more is sent to this server; empty while something is.
        trouble: why the last attempt failed; empty after one that did not.
        posted_at: when the server was last asked. taken_ms: when it last took something, epoch milliseconds.
    """

    def __init__(
        self,
        poster: Poster,
        identity: Identity,
        note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.poster, self.identity, self.note, self.clock = poster, identity, note, clock
        self.until = float("inf")
        self.hopeless = self.trouble = ""
        self.posted_at = clock()
        self.taken_ms = 0
        self._refusals = 0

    def event(self, body: dict[str, Any]) -> Answer:
        """One start or done. What is refused is settled: it would be refused again."""
        return self._post(body)

    def data(self, step: int, parts: Iterable[Part], arrived: Callable[[list[Part]], None]) -> Answer:
        """Everything in `parts`, in as many requests as it takes; ends at the first that does not arrive.

        `arrived`: told of what the server has taken, or will never take.
        """
        for batch in bodies.requests(self._sendable(parts, arrived)):
            answer = self._post(bodies.data(self.identity, step, batch), quiet=len(batch) > 1)
            if answer.kind == REFUSED and len(batch) > 1:  # one of them is not wanted; find out which
                for part in batch:
                    answer = self._post(bodies.data(self.identity, step, [part]))
                    if self.hopeless or answer.kind not in (TAKEN, REFUSED):
                        return answer
                    arrived([part])
            elif not self.hopeless and answer.kind in (TAKEN, REFUSED):
                arrived(batch)
            else:
                return answer
        return Answer(TAKEN)

    def heartbeat(self, step: int) -> Answer:
        """Nothing is new, and the run goes on."""
        return self._post(bodies.data(self.identity, step, ()))

    def _sendable(self, parts: Iterable[Part], arrived: Callable[[list[Part]], None]) -> Iterator[Part]:
        for part in parts:
            if part.fault:
                self.note(f"Studio is not sent {part.path}: {part.fault}.")
                arrived([part])
            else:
                yield part

    def _post(self, body: dict[str, Any], quiet: bool = False) -> Answer:
        answer = self.poster.post(body, self.until - self.clock())
        self.posted_at = self.clock()
        self.trouble = answer.why
        self._refusals = self._refusals + 1 if answer.kind == REFUSED else 0
        if answer.kind == TAKEN:
            self.taken_ms = time.time_ns() // 1_000_000
        elif answer.kind == DENIED:
            self.hopeless = f"does not take the token ({answer.why})"
            self.note(
                f"Studio at {self.poster.where} {self.hopeless}: no live updates. "
                "`dvc studio login` gets a new one; `dvclive studio sync` then sends this run."
            )
        elif answer.kind == ASTRAY:
            self.hopeless = f"answers {answer.why}, as no Studio does"
            self.note(
                f"{self.poster.where} {self.hopeless}: no live updates. "
                "Correct DVC_STUDIO_URL (a path in it ends with /); "
                "`dvclive studio sync` then sends this run."
            )
        elif self._refusals >= MAX_REFUSALS:
            self.hopeless = f"refuses everything ({answer.why})"
            self.note(f"Studio at {self.poster.where} {self.hopeless}: no live updates.")
        elif answer.kind == REFUSED and not quiet:
            self.note(f"Studio at {self.poster.where} refuses an update: {answer.why}.")
        return answer


def pause(failures: int, answer: Answer, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many failures in a row."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 10)) * (0.5 + chance())
    return max(wait, answer.wait or 0.0) if answer.kind == AGAIN else 0.0
