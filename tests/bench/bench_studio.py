"""What live updates cost a program: its own wall time with a Studio that is well, away, silent or slow.

    python tests/bench/bench_studio.py [--runs 5] [--steps 200]

The program measures itself, from its first to its last step, each step 20 ms and five metrics. Servers take
turns in one go, and the best time of each is compared with the best of the same way without a token. Aim:
below 1.01.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from studio_server import OK, Reply, Studio

WORK = """
import os, sys, time
def work():
    time.sleep(0.02)  # work that others on the machine do not make longer
"""
PRINTS = (
    WORK
    + """
began = time.perf_counter()
for step in range(int(sys.argv[1])):
    work()
    print(f"step {step}:", *(f"m{n}={step / (n + 1):.4f}" for n in range(5)), flush=True)
"""
)
LOGS = (
    WORK
    + """
from dvclive import Live
with Live(save_dvc_exp=False) as live:
    began = time.perf_counter()
    for step in range(int(sys.argv[1])):
        work()
        for n in range(5):
            live.log_metric(f"m{n}", step / (n + 1))
        live.next_step()
    took = time.perf_counter() - began
"""
)
TELL = "\nopen(os.environ['TOLD'], 'w').write(str({}))\n"
WAYS = {
    "dvclive run": (
        ["-m", "dvclive_cli", "run", "--quiet", "--no-save-dvc-exp", "--"],
        PRINTS + TELL.format("time.perf_counter() - began"),
    ),
    "Live": ([], LOGS + TELL.format("took")),
}


class Slow(Studio):
    """Answers after a second."""

    def next_fault(self, number: int) -> Reply | None:
        import time

        time.sleep(1)
        return OK


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """URLs by how the server is."""
    with Studio() as well, Studio() as silent, Slow() as slow, socket.socket() as away:
        silent.faults = lambda number: Reply(trouble="silence")
        away.bind(("127.0.0.1", 0))  # and nobody listens
        refused = f"http://127.0.0.1:{away.getsockname()[1]}"
        yield {"none": "", "well": well.url, "away": refused, "silent": silent.url, "slow": slow.url}


def took(way: str, url: str, steps: int, folder: Path) -> float:
    """Seconds that the program says."""
    options, program = WAYS[way]
    told = folder / "told"
    studio = {"DVC_STUDIO_TOKEN": "token", "DVC_STUDIO_URL": url, "DVC_EXP_GIT_REMOTE": "https://e.com/r"}
    argv = [*([sys.executable, *options] if options else []), sys.executable, "-c", program, str(steps)]
    environ = {**os.environ, "TOLD": str(told), **(studio if url else {})}
    subprocess.run(argv, cwd=folder, env=environ, capture_output=True, check=True)
    return float(told.read_text())


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers() as urls:
        for way in WAYS:
            found: dict[str, list[float]] = {name: [] for name in urls}
            for _ in range(asked.runs):
                for name, url in urls.items():
                    found[name].append(took(way, url, asked.steps, Path(folder)))
            plain = found.pop("none")
            shown = [f"{name} {min(times) / min(plain):.4f}" for name, times in found.items()]
            print(f"{way:12} {min(plain):.2f} s without a token; x " + "   ".join(shown))


if __name__ == "__main__":
    main()
