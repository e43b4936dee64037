"""What a file has told so far, for the case that it is written anew."""

from __future__ import annotations

from ..events import Event, Metric

Point = tuple[int | None, str]


class Ledger:
    """How far each series of a file was told, so that a file written anew as a whole tells each point once.

    Many programs write their whole history again at each epoch (pandas' to_csv), or when a column is added
    (Lightning). Where a series begins again with the point it began with, what was told is passed over; where
    it begins with another one, it is a new part.
    """

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, Point]] = {}  # count and first point by series
        self._over: dict[str, int | None] = {}  # points to pass over; None before the first point was seen

    def forget(self) -> None:
        """What was told so far did not count."""
        self._told.clear()

    def begin_again(self) -> None:
        """The file is read from its beginning once more."""
        self._over = dict.fromkeys(self._told)

    def new(self, events: list[Event]) -> list[Event]:
        """The events that were not told before."""
        fresh: list[Event] = []
        for event in events:
            if type(event) is not Metric:
                fresh.append(event)
                continue
            point = (event.step, event.text or str(event.value))
            count, first = self._told.get(event.name, (0, point))
            if event.name in self._over:
                left = self._over[event.name]
                if left is None:
                    left = count if point == first else 0
                    if not left:
                        count, first = 0, point
                self._over[event.name] = left - 1
                if left <= 1:
                    del self._over[event.name]
                if left:
                    continue
            self._told[event.name] = (count + 1, first)
            fresh.append(event)
        return fresh
