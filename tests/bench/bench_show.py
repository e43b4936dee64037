"""How long `dvclive show` takes: a run of one point, and one of many long series, sampled by offset.

python tests/bench/bench_show.py [SERIES] [POINTS]

Median of five starts each. 100 series of 10^6 points are 1.6 GB on the disk (a temporary folder), all of it
in the page cache.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BLOCK = 10_000


def record(folder: str, series: int, points: int) -> int:
    """The files of a run; their size in bytes."""
    metrics = os.path.join(folder, "plots", "metrics")
    os.makedirs(metrics)
    first = os.path.join(metrics, "loss_0.tsv")
    with open(first, "w") as file:
        file.write("step\tloss_0\n")
        for start in range(0, points, BLOCK):
            steps = range(start, min(points, start + BLOCK))
            file.write("".join(f"{step}\t{1 / (1 + step / 1000):.6f}\n" for step in steps))
    for index in range(1, series):
        shutil.copyfile(first, os.path.join(metrics, f"loss_{index}.tsv"))
    return os.path.getsize(first) * series


def seconds(*words: str) -> float:
    """The median of five."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "dvclive_cli", *words], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def main() -> None:
    series, points = (int(word) for word in (*sys.argv[1:], "100", "1000000")[:2])
    with tempfile.TemporaryDirectory() as folder:
        small, large = os.path.join(folder, "small"), os.path.join(folder, "large")
        record(small, 1, 1)
        size = record(large, series, points)
        base = seconds("show", small)
        print(f"one point                    {base:6.3f} s")
        for name, words in (("show", ()), ("show --metric '*'", ("--metric", "*"))):
            took = seconds("show", large, *words)
            told = f"{series} series x {points} points ({size / 1e9:.1f} GB)"
            print(f"{name:<18} {told}: {took:6.3f} s, {took / base:.1f} x one point")


if __name__ == "__main__":
    main()
