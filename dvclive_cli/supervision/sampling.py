"""The system monitor of a supervised run. Its samples take the way of all bytes, over a tape of their own.

Decides when the sampling begins and stops; what is measured is known to `monitor.py` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import protocol
from ..events import MonitorSystem
from ..processes.tape import Order, Tape

if TYPE_CHECKING:
    from ..processes.monitor import Monitor


class Sampling:
    """The monitor of one program.

    Parameters:
        tape: for the samples. `order`: the order log that tells of them.
        pid: the program, whose own share is measured too.
        note: told what the user should know at the end.

    Attributes:
        asked: what is to be sampled; None for nothing.
    """

    def __init__(self, tape: Tape, order: Order, pid: int, note: Callable[[str], None]) -> None:
        self._tape, self._order, self._pid, self._note = tape, order, pid, note
        self._monitor: Monitor | None = None
        self.asked: MonitorSystem | None = None

    def start(self) -> None:
        """Sample what is asked for now, if anything is."""
        self.stop()
        if self.asked is None:
            return
        from ..processes.monitor import Monitor

        try:
            self._monitor = Monitor(
                self._write,
                interval=self.asked.interval,
                num_samples=self.asked.num_samples,
                directories=dict(self.asked.directories),
                pid=self._pid,
            )
        except ValueError as error:
            self._note(f"The system is not monitored: {error}.")
            return
        self._monitor.start()

    def stop(self) -> None:
        """Sample no more, until `start`."""
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.stop()

    def _write(self, metrics: list[Any]) -> None:
        lines = "".join(f"{protocol.encode(metric)}\n" for metric in metrics).encode()
        reel, size = self._tape.write(lines)
        self._order.add(self._tape.number, reel, size)
