"""A long run with faults at random: memory, descriptors, threads and the cost of a step stay flat.

    python tests/reliability/soak.py [--minutes 20] [--seed 0]

A program prints a step every few milliseconds and logs another through the FIFO, while somebody kills the
recorder, stops and continues it, puts files of their own into the run directory, and sends signals that the
program handles, to us and to the whole group. Every ten seconds the two
processes are measured. At the end every step has to be there once, and nothing may have grown.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from processes import Place, python, read_file, until

PROGRAM = r"""
import os, signal, sys, time
signal.signal(signal.SIGUSR1, lambda number, frame: None)
fifo = os.open(os.environ["DVCLIVE_FIFO"], os.O_WRONLY)
end = time.monotonic() + float(sys.argv[1])
step = 0
while time.monotonic() < end:
    os.write(1, b"loss=%d step=%d\n" % (step * 7, step))
    os.write(fifo, b"metric acc=%d step=%d\n" % (step, step))
    step += 1
    time.sleep(0.002)
os.write(2, b"%d\n" % step)
"""
MEASURE_EVERY = 10.0  # seconds
KEPT = 16 << 20  # bytes that a process may have more at the end than when it was warm


class Measure:
    """What one process takes, as the kernel tells it."""

    def __init__(self, pid: int) -> None:
        status = read_file(f"/proc/{pid}/status")
        self.memory = int(status.split("RssAnon:")[1].split()[0]) << 10 if "RssAnon:" in status else 0
        self.threads = int(status.split("Threads:")[1].split()[0]) if "Threads:" in status else 0
        try:
            self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            self.descriptors = 0
        fields = read_file(f"/proc/{pid}/stat").rpartition(")")[2].split()
        self.cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0

    def __str__(self) -> str:
        return f"{self.memory / 1e6:.1f} MB, {self.descriptors} descriptors, {self.threads} threads"


class Faults:
    """What may go wrong, one at a time."""

    def __init__(self, place: Place, process: subprocess.Popen[bytes], chance: random.Random) -> None:
        self.place, self.process, self.chance = place, process, chance
        self.counts: dict[str, int] = {}

    def one(self) -> None:
        """Do one of them."""
        fault = self.chance.choice([self.kill, self.kill, self.pause, self.signal, self.storm, self.leftover])
        fault()
        self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1

    def recorder(self) -> int:
        return int(until(self.place.recorders, "a recorder")[0])

    def kill(self) -> None:
        """The recorder is killed."""
        self._send(self.recorder(), signal.SIGKILL)

    def pause(self) -> None:
        """The recorder hangs for a while, as on a dead disk."""
        pid = self.recorder()
        self._send(pid, signal.SIGSTOP)
        time.sleep(self.chance.uniform(0, 3))
        self._send(pid, signal.SIGCONT)

    def signal(self) -> None:
        """A signal that the program handles."""
        self._send(self.process.pid, signal.SIGUSR1)

    def storm(self) -> None:
        """Many, to us and to the whole group."""
        for _ in range(20):
            self._send(self.process.pid, signal.SIGUSR1)
            os.killpg(self.process.pid, signal.SIGUSR1)

    def leftover(self) -> None:
        """A file that somebody else put into the run directory."""
        with open(f"{self.place.dir}/notes-{self.chance.random()}.txt", "w") as file:
            file.write("mine")

    @staticmethod
    def _send(pid: int, number: int) -> None:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def main(minutes: float, seed: int, *, fault_every: float = 2.0) -> list[str]:
    """One long run; what did not hold, empty if all did."""
    wrong: list[str] = []
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        seconds = minutes * 60
        process = place.start(python(PROGRAM, str(seconds)))
        out: list[bytes] = []
        reading = threading.Thread(target=lambda: out.extend(process.communicate(timeout=seconds + 120)))
        reading.start()
        faults = Faults(place, process, chance)
        until(lambda: read_file(f"{place.dir}/metrics.json"), "the first views")
        began = due = time.monotonic()
        steady = began + min(30.0, seconds / 4)
        measured: list[tuple[Measure, Measure, float]] = []
        while time.monotonic() - began < seconds - 5:
            time.sleep(chance.uniform(0, 2 * fault_every))
            faults.one()
            if time.monotonic() >= due:
                due += min(MEASURE_EVERY, seconds / 6)
                one = Measure(process.pid), Measure(faults.recorder()), time.monotonic()
                print(f"{one[2] - began:6.0f} s  supervisor {one[0]}; recorder {one[1]}", flush=True)
                if (
                    one[2] >= steady and one[1].memory and one[1].descriptors
                ):  # it may die while it is measured
                    measured.append(one)
        reading.join()
        if process.returncode:
            wrong.append(f"exit status {process.returncode}")
        steps = int(out[1].split()[-1])
        if out[0] != b"".join(b"loss=%d step=%d\n" % (step * 7, step) for step in range(steps)):
            wrong.append("the output is not what was printed")
        for name, factor in (("loss", 7), ("acc", 1)):
            rows = read_file(f"{place.dir}/plots/metrics/{name}.tsv").splitlines()
            expected = [f"step\t{name}", *(f"{step}\t{step * factor}" for step in range(steps))]
            if rows != expected:
                wrong.append(f"{name}: {len(rows) - 1} rows of {steps}")
        if len(measured) > 1:
            (first, first_recorder, at), (last, last_recorder, end) = measured[0], measured[-1]
            for who, before, after in (
                ("supervisor", first, last),
                ("recorder", first_recorder, last_recorder),
            ):
                if after.memory > before.memory + KEPT:
                    wrong.append(f"{who}: {before} became {after}")
                if after.descriptors > before.descriptors + 8 or after.threads > before.threads + 2:
                    wrong.append(f"{who}: {before} became {after}")
            half = measured[len(measured) // 2]
            early, late = (half[0].cpu - first.cpu, half[2] - at), (last.cpu - half[0].cpu, end - half[2])
            if late[1] and early[1] and late[0] / late[1] > 2 * early[0] / early[1] + 0.05:
                wrong.append(f"supervisor: {early[0] / early[1]:.3f} CPU became {late[0] / late[1]:.3f}")
        wrong += [f"left behind: {name}" for name in place.end()]
        told = ", ".join(f"{count} x {name}" for name, count in sorted(faults.counts.items()))
        print(
            f"{steps} steps in {minutes:g} min with {told}: {'; '.join(wrong) or 'all there, nothing grew'}"
        )
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(1 if main(given.minutes, given.seed) else 0)
