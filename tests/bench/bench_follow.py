"""How `dvclive watch` keeps up with a run of 1,000 points a second, on a terminal.

python tests/bench/bench_follow.py [SERIES] [SECONDS]

Rows are appended to many series in the background; a marked value is written now and then, and the time
until it is on the screen is taken. The screen is redrawn every quarter of a second at most, so that half of
that is what a screen without any cost would show. Also said: what the watching costs, in shares of one core.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

RATE = 1000  # points a second


def append(folder: str, series: int, stop: threading.Event) -> None:
    """Rows at the rate, spread over all series."""
    began, written = time.monotonic(), 0
    names = [os.path.join(folder, f"loss_{index}.tsv") for index in range(series)]
    while not stop.wait(0.02):
        due = int((time.monotonic() - began) * RATE)
        for point in range(written, due):
            step, index = divmod(point, series)
            with open(names[index], "a") as file:
                file.write(f"{step}\t{1 / (1 + step):.6f}\n")
        written = due


def shown_after(keyboard: int, metrics: str, value: str) -> float:
    """Seconds until a value that is written now is on the screen."""
    began, seen = time.monotonic(), b""
    with open(os.path.join(metrics, "a_mark.tsv"), "a") as file:
        file.write(f"{int(began)}\t{value}\n")
    while value.encode() not in seen and time.monotonic() - began < 30:
        if select.select([keyboard], [], [], 1)[0]:
            seen = seen[-100_000:] + os.read(keyboard, 65536)
    return time.monotonic() - began


def main() -> None:
    series, seconds = (int(word) for word in (*sys.argv[1:], "100", "20")[:2])
    with tempfile.TemporaryDirectory() as folder:
        metrics = os.path.join(folder, "plots", "metrics")
        os.makedirs(metrics)
        for name in ("a_mark", *(f"loss_{index}" for index in range(series))):
            with open(os.path.join(metrics, f"{name}.tsv"), "w") as file:
                file.write(f"step\t{name}\n")
        with open(os.path.join(folder, "run.json"), "w") as file:
            json.dump({"status": "running", "sessions": [{"host": "elsewhere"}]}, file)
        keyboard, screen = os.openpty()
        fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        command = [sys.executable, "-m", "dvclive_cli", "watch", folder]
        watching = subprocess.Popen(command, stdin=screen, stdout=screen, stderr=screen)
        stop = threading.Event()
        writer = threading.Thread(target=append, args=(metrics, series, stop))
        writer.start()
        shown_after(keyboard, metrics, "0.123451")
        began, taken = time.monotonic(), []
        while time.monotonic() - began < seconds:
            taken.append(shown_after(keyboard, metrics, f"0.{100_001 + len(taken) * 2}"))
            time.sleep(0.1)
        with open(f"/proc/{watching.pid}/stat") as file:
            ticks = sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
        spent = ticks / os.sysconf("SC_CLK_TCK")
        lasted = time.monotonic() - began
        stop.set()
        writer.join()
        os.write(keyboard, b"q")
        while watching.poll() is None:
            if select.select([keyboard], [], [], 0.1)[0]:
                os.read(keyboard, 65536)
        print(f"{RATE} points/s in {series} series: on the screen after", end=" ")
        print(f"{statistics.median(taken):.3f} s (median), {max(taken):.3f} s (worst of {len(taken)})")
        print(f"watching takes {spent / lasted:.0%} of a core")


if __name__ == "__main__":
    main()
