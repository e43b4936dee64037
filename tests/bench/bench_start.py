"""How much later a program starts and ends under `dvclive run` than bare; both measured by turns in one go.

    python tests/bench/bench_start.py [--runs 20]

Aims: the program starts within 60 ms of a bare start, 40 if possible; `dvclive run -- true` without saving
ends within 150 ms of bare `true`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def started_after(command: list[str], folder: str) -> float:
    """Seconds from our call to the moment the child (date) runs."""
    begin = time.time()
    done = subprocess.run([*command, "date", "+%s.%N"], cwd=folder, capture_output=True, check=True)
    return float(done.stdout.split()[0]) - begin


def ended_after(command: list[str], folder: str) -> float:
    """Seconds that `true` takes."""
    begin = time.perf_counter()
    subprocess.run([*command, "true"], cwd=folder, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Print the medians and the differences, in milliseconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    dvclive = shutil.which("dvclive", path=os.path.dirname(sys.executable)) or "dvclive"
    under = [dvclive, "run", "--no-save-dvc-exp", "--"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        for name, measure in (("start", started_after), ("end", ended_after)):
            measure(under, folder)
            pairs = [(measure([], folder), measure(under, folder)) for _ in range(runs)]
            bare, ours = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
            extra = sorted((b - a) * 1000 for a, b in pairs)
            print(
                f"{name:6} bare {bare:6.1f} ms   under us {ours:6.1f} ms   "
                f"extra: median {statistics.median(extra):.1f}, best {extra[0]:.1f}, worst {extra[-1]:.1f} ms"
            )


if __name__ == "__main__":
    main()
