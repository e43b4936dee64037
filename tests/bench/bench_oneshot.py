"""What a one-shot command costs, in `python -c "import click"`; all measured by turns in one go.

    python tests/bench/bench_oneshot.py [--runs 40] [--calls 1000]

Aims: inside `dvclive run` at most 1.6, alone at most 2.5; a call after 1,000 others costs what the first did.
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

CLICK = [sys.executable, "-c", "import click"]


def seconds(command: list[str], folder: str, environ: dict[str, str]) -> float:
    """Seconds that a command takes."""
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def by_turns(commands: dict[str, list[str]], runs: int, environ: dict[str, str]) -> dict[str, float]:
    """The median of each command, the rounds interleaved."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(seconds(command, os.getcwd(), environ))
    return {name: statistics.median(found) for name, found in times.items()}


def show(medians: dict[str, float]) -> None:
    """One line a command."""
    for name, median in medians.items():
        print(f"{name:24} {median * 1000:7.1f} ms   {median / medians['import click']:5.2f} x click")


def main() -> None:
    """Print the medians and their ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--inside", action="store_true", help="(used by itself, under `dvclive run`)")
    options = parser.parse_args()
    dvclive = shutil.which("dvclive", path=os.path.dirname(sys.executable)) or "dvclive"
    # compiled modules, as an installed package has them
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if options.inside:
        inside = {"import click": CLICK, "inside: log-metric": [dvclive, "log-metric", "m", "1"]}
        show(by_turns(inside, options.runs, environ))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        environ = {name: value for name, value in environ.items() if not name.startswith("DVC")}
        subprocess.run(["git", "init", "-q", folder], check=True)
        metric = [dvclive, "log-metric", "m", "0.5"]
        begun = seconds(metric, folder, environ)
        show(
            by_turns(
                {
                    "import click": CLICK,
                    "alone: log-metric": metric,
                    "alone: next-step": [dvclive, "next-step"],
                    "alone: log-param": [dvclive, "log-param", "lr", "0.1"],
                },
                options.runs,
                environ,
            )
        )
        print(f"{'alone: the first':24} {begun * 1000:7.1f} ms")
        turns = {"import click": CLICK, "call": metric}
        tenth = max(1, options.calls // 10)
        first = by_turns(turns, tenth, environ)
        for _ in range(options.calls - 2 * tenth):
            seconds(metric, folder, environ)
        last = by_turns(turns, tenth, environ)
        ratios = [one["call"] / one["import click"] for one in (first, last)]
        print(
            f"{options.calls} calls: first tenth {ratios[0]:.2f} x click, last tenth {ratios[1]:.2f} x click"
        )
        me = [sys.executable, os.path.abspath(__file__), "--inside", "--runs", str(options.runs)]
        subprocess.run(
            [dvclive, "run", "-q", "--no-save-dvc-exp", "--dir", "other", "--", *me], env=environ, check=True
        )
        os.chdir("/")


if __name__ == "__main__":
    main()
