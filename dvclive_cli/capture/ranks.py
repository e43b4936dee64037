"""Points of several processes of one program: the first rank's, each rank's own, or their mean.

Decides under which name a rank's point is recorded, and when a mean is complete. Must not know where the rank
stood: in front of the line (`[rank1]: `) or in a record (`rank=1`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..events import Metric

FIRST, ALL, MEAN = "first", "all", "mean"
_AHEAD = 2  # newer steps that must have begun: which ranks there are shows only when they have spoken
_MOST_OPEN = 16  # steps that wait for a slow rank
_MOST_NAMES = 10_000  # a program that puts ids into names must not grow us
_MOST_PAST = 64  # steps given out that a late rank is still known to belong to


class Group:
    """One step of a series while its ranks come in."""

    __slots__ = ("first", "ranks", "values")

    def __init__(self, first: Metric) -> None:
        self.first = first
        self.ranks: set[int] = set()
        self.values: list[float] = []

    def mean(self) -> Metric:
        """The point; the value itself where all ranks agree."""
        same = all(value == self.values[0] for value in self.values)
        value = self.values[0] if same else sum(self.values) / len(self.values)
        return self.first._replace(value=value, rank=None, text=None)


class Mean:
    """The mean of one series over its ranks, step by step."""

    __slots__ = ("_groups", "_past", "_ranks")

    def __init__(self) -> None:
        self._ranks: set[int] = set()
        self._groups: dict[int, Group] = {}
        self._past: dict[int, None] = {}

    def add(self, at: int, metric: Metric) -> list[Metric]:
        """A rank's point at step `at`; the means that are complete now, in the order in which they began."""
        rank = metric.rank or 0
        self._ranks.add(rank)
        group = self._groups.get(at)
        ready: list[Metric] = []
        if group is None:
            if at in self._past:
                return ready  # a mean without it is out already
            group = self._groups[at] = Group(metric)
        elif rank in group.ranks:
            return ready  # says the step twice: what the program printed first counts
        group.ranks.add(rank)
        if isinstance(metric.value, (int, float)):
            group.values.append(metric.value)
        while len(self._groups) > _MOST_OPEN or self._oldest_is_whole():
            ready += self._out()
        return ready

    def _oldest_is_whole(self) -> bool:
        oldest = next(iter(self._groups.values()))
        return len(self._groups) > _AHEAD and oldest.ranks >= self._ranks

    def _out(self) -> list[Metric]:
        at = next(iter(self._groups))
        group = self._groups.pop(at)
        self._past[at] = None
        if len(self._past) > _MOST_PAST:
            del self._past[next(iter(self._past))]
        return [group.mean()] if group.values else []

    def close(self) -> Iterator[Metric]:
        """What still waits, at the end of the stream."""
        while self._groups:
            yield from self._out()


class Ranks:
    """The ranks of one stream.

    Parameters:
        policy: "first", "all" or "mean".
    """

    __slots__ = ("_first", "_means", "policy")

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self._first: dict[str, int] = {}
        self._means: dict[str, Mean] = {}

    def named(self, name: str, rank: int) -> str:
        """The series that a rank's point belongs to while it is one rank's; "" where it is not recorded.

        >>> Ranks("all").named("loss", 3)
        'loss/rank3'
        """
        if self.policy == ALL:
            return f"{name}/rank{rank}"
        if self.policy == MEAN:
            return f"{name}\0{rank}"
        if name not in self._first and len(self._first) >= _MOST_NAMES:
            return name
        return name if self._first.setdefault(name, rank) == rank else ""

    def merged(self, metric: Metric, at: int) -> list[Metric]:
        """What is recorded, now that this rank's point at step `at` is known; its name is from `named`."""
        if self.policy != MEAN or metric.rank is None:
            return [metric]
        name = metric.name.partition("\0")[0]
        mean = self._means.setdefault(name, Mean())
        return mean.add(at, metric._replace(name=name))

    def close(self) -> list[Metric]:
        """What still waits, at the end of the stream."""
        return [metric for mean in self._means.values() for metric in mean.close()]
