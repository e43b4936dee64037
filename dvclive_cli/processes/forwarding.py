"""Signals on their way to the program: each that reaches us, unless the program has it already.

Knows the witness and the program's process id; nothing of what a signal asks us to do ourselves. Standard
library only.
"""

from __future__ import annotations

import os
import signal
import time

from .witness import Witness, pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SI_KERNEL = 0x80  # siginfo's si_code: the kernel itself sent it, e.g. the terminal's keyboard; sigaction(2)
PATIENCE = 0.002  # seconds; who signals all processes of a group one by one may come to us first
APART_WITHIN = 1.0  # seconds for the program to take one before the next of its kind, which would merge


class Forwarding:
    """The way of signals to the program alone.

    Parameters:
        signals: those that are passed on.
        environ: for the witness.
    """

    def __init__(self, signals: Collection[int], environ: Mapping[str, str]) -> None:
        self.signals = signals
        self.witness = Witness(signals, environ)
        self._program: int | None = None
        self._early: set[int] = set()  # came before the program was there
        # when to decide, the signal, whether the program needs it
        self._undecided: list[tuple[float, int, bool]] = []
        self._sent: dict[int, float] = {}  # when it last got one that did not merge

    def start(self) -> None:
        """Watch the group, from before the program is part of it."""
        self.witness.start()

    def program_follows(self) -> None:
        """The program is started next: what has come until now it has not, whoever sent it."""
        self._early = self._waiting()

    def program_started(self, pid: int) -> None:
        """From now on it has what goes to the whole group. What came while it was started waits there too, if
        it was in time for it: no program handles a signal the moment it begins."""
        self._program = pid
        meanwhile = self._waiting() - self._early
        if meanwhile:
            self._early |= meanwhile - pending(pid, meanwhile)

    def _waiting(self) -> set[int]:
        """What waits at ourselves."""
        return {int(number) for number in signal.sigpending()}.intersection(self.signals)

    def program_ended(self) -> None:
        """Nothing goes to it any more."""
        self._program = None
        self._undecided.clear()
        self.witness.end()

    @property
    def due(self) -> float | None:
        """When something has to be decided (monotonic seconds); None while nothing has."""
        return min(self._undecided)[0] if self._undecided else None

    def take(self, info: signal.struct_siginfo) -> None:
        """A signal has reached us: pass it on now, or when it is clear that it was meant for us alone.

        The witness is asked about every one of them: what it holds back would answer for a later one.
        """
        number = info.si_signo
        if self._program is None:
            return
        early = number in self._early
        self._early.discard(number)
        if self.witness.saw(number):
            if early or not self._is_in_our_group():
                self._send(number)
            return
        needed = info.si_pid != self._program and not (is_from_keyboard(info) and self._is_in_our_group())
        if early:
            self._send(number)
        else:
            self._undecided.append((time.monotonic() + PATIENCE, number, needed))

    def decide(self) -> None:
        """Pass on what has waited for the witness long enough."""
        waiting, self._undecided = self._undecided, []
        now = time.monotonic()
        for due, number, needed in waiting:
            if due > now:
                self._undecided.append((due, number, needed))
            elif (self.witness.saw(number) and self._is_in_our_group()) or not needed:
                continue
            elif not self._has_taken(number) and now < self._sent.get(number, 0) + APART_WITHIN:
                self._undecided.append((now + PATIENCE, number, needed))
            else:
                self._send(number)

    def _has_taken(self, number: int) -> bool:
        """Whether the program has taken the last one of its kind."""
        assert self._program is not None
        return number not in pending(self._program, (number,))

    def _send(self, number: int) -> None:
        assert self._program is not None
        if self._has_taken(number):
            self._sent[number] = time.monotonic()
        os.kill(self._program, number)

    def _is_in_our_group(self) -> bool:
        """A program may have a group of its own (setpgid, setsid): what goes to ours does not reach it."""
        assert self._program is not None
        return os.getpgid(self._program) == os.getpgrp()


def is_from_keyboard(info: signal.struct_siginfo) -> bool:
    """Whether the terminal sent this signal, to its whole foreground group.

    Two signals of the kernel's are for us alone: an alarm that was set before our exec, and the hangup
    that a lost terminal sends to the leader of its session.
    """
    if info.si_code != SI_KERNEL or info.si_signo == signal.SIGALRM:
        return False
    return info.si_signo != signal.SIGHUP or os.getsid(0) != os.getpid()
