"""The program's output pumped without a supervisor: it was killed, and the recorder takes its place.

Knows taps and the program's process id; nothing of what is recorded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from .tape import Order
from .taps import Pump, Tap


class Takeover:
    """Pumps in the place of a supervisor that is gone.

    Parameters:
        order: the log that the bytes are entered into.
        taps: what to pump; those whose source was closed are left out.
        child_pid: the program, which is nobody's child now: its end can be seen, not its status.
        drain: seconds to pump on after that.
        keep_going, on_full: see `Pump`.

    Attributes:
        ended: a descriptor that becomes readable when the program has ended.
    """

    def __init__(
        self,
        order: Order,
        taps: Iterable[Tap],
        child_pid: int,
        *,
        drain: float,
        keep_going: bool,
        on_full: Callable[[str, OSError], None],
    ) -> None:
        self._finish_r, self._finish_w = os.pipe2(os.O_CLOEXEC)
        try:
            self.ended = os.pidfd_open(child_pid)
        except OSError:  # it has ended already
            self.ended = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)  # always readable
        self._pumps = [
            Pump(
                tap,
                order,
                self._finish_r,
                drain=drain,
                keep_going=keep_going,
                on_break=lambda name, error: None,
                on_full=on_full,
            )
            for tap in taps
            if tap.source >= 0
        ]
        for pump in self._pumps:
            pump.start()

    def finish(self) -> None:
        """The program has ended: pump what is left, and wait for that."""
        os.close(self._finish_w)
        for pump in self._pumps:
            pump.join()
