"""A bystander in the program's process group: it tells a signal to the group from a signal to us.

`kill -- -PGID`, Slurm and systemd signal every process of a job, so the program has its signal already when
we get ours; a second one would be one too many (a second SIGINT cuts a checkpoint short). siginfo tells the
two apart only for the keyboard. So a process that does nothing waits beside us with those signals blocked:
one that is pending there was not meant for us alone. Standard library only; knows no child and no recorder.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROGRAM = "cat"  # waits for the end of a pipe that only we hold: gone with us, however we go


class Witness:
    """The bystander.

    Parameters:
        signals: what it is to notice.
        environ: where PATH says where programs are.

    Attributes:
        pid: None where there is no such program: every signal then counts as one to us alone.
    """

    def __init__(self, signals: Iterable[int], environ: Mapping[str, str]) -> None:
        self.signals, self.environ = tuple(signals), environ
        self.pid: int | None = None
        self._lifeline = -1
        self._owed: set[int] = set()  # seen by one that is gone, and not asked for yet

    def start(self) -> None:
        """Start it, with no descriptor but the three that it needs: others would stay open through it."""
        hold, self._lifeline = os.pipe2(os.O_CLOEXEC)
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        given = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate((hold, null, null))]
        try:
            ours = [(os.POSIX_SPAWN_CLOSE, int(fd)) for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
            self.pid = os.posix_spawnp(
                PROGRAM, [PROGRAM], self.environ, file_actions=[*given, *ours], setsigmask=self.signals
            )
        except OSError:
            os.close(self._lifeline)
            self.pid = None
        os.close(hold)
        os.close(null)

    def saw(self, number: int) -> bool:
        """Whether the signal that has reached us went to the whole group; each is answered for once."""
        if number in self._owed:
            self._owed.discard(number)
            return True
        if number not in self._pending():
            return False
        self._relieve(number)
        return True

    def _relieve(self, number: int) -> None:
        """Another takes its place, for what is pending stays so. At any moment one of them is there: what
        the old one alone has seen besides is remembered, what both have is the new one's. A further one of
        the same kind merges with the first in the old one; that it came is seen by ourselves."""
        pid, lifeline = self.pid, self._lifeline
        assert pid is not None
        self.start()
        seen = pending(pid, self.signals) - {number} | {number} & signal.sigpending()
        self._owed |= seen - self._pending()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(lifeline)

    def _pending(self) -> set[int]:
        return pending(self.pid, self.signals)

    def end(self) -> None:
        """Send it away."""
        if self.pid is None:
            return
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.collected()

    def collected(self) -> None:
        """It has ended, and its status was taken."""
        os.close(self._lifeline)
        self.pid = None


def pending(pid: int | None, signals: Iterable[int]) -> set[int]:
    """Which of the signals wait at a process (proc(5), ShdPnd)."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return set()
    at = text.find(b"\nShdPnd:")
    if at < 0:
        return set()
    bits = int(text[at + 8 :].split(None, 1)[0], 16)
    return {number for number in signals if bits >> (number - 1) & 1}
