"""How fast something counts, from a few of the moments at which it was seen. Values only."""

from __future__ import annotations

MOST = 64
RECENT = 0.25  # of the time since the first moment, and at least
AT_LEAST = 15_000  # milliseconds


class Pace:
    """Moments (epoch milliseconds) and how far it was then, both rising."""

    __slots__ = ("_moments",)

    def __init__(self) -> None:
        self._moments: list[tuple[int, float]] = []

    def reached(self, at: float, now_ms: int) -> None:
        """It is so far now."""
        moments = self._moments
        if moments and (at <= moments[-1][1] or now_ms < moments[-1][0]):
            return
        if moments and now_ms == moments[-1][0]:  # read in one go: how far it was at that moment
            moments[-1] = (now_ms, at)
            return
        if len(moments) >= MOST:
            del moments[1:-1:2]
        moments.append((now_ms, at))

    @property
    def rate(self) -> float | None:
        """How much a second, lately: over the last quarter of the time, and 15 s at least; None as long as it
        was seen at one moment only."""
        moments = self._moments
        if len(moments) < 2:
            return None
        last_ms, last = moments[-1]
        since = last_ms - max(AT_LEAST, RECENT * (last_ms - moments[0][0]))
        first_ms, first = next(moment for moment in moments if moment[0] >= since or moment is moments[-2])
        return (last - first) * 1000 / (last_ms - first_ms) if last_ms > first_ms else None

    def end_ms(self, of: float) -> int | None:
        """When it will have counted so much, if it goes on like this (epoch milliseconds)."""
        rate = self.rate
        if not rate:
            return None
        last_ms, last = self._moments[-1]
        return int(last_ms + 1000 * (of - last) / rate)
