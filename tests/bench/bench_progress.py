"""What `--progress` costs a program that prints on a terminal; all by turns in one run. Prints only.

    python tests/bench/bench_progress.py [--lines 50000] [--rounds 5]

The time in which a program's lines have gone through a pseudo-terminal that is read as quickly as they come:
bare, under `dvclive run`, and under `dvclive run --progress`. Aim: with it at most 1.25 times without.
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import sys
import tempfile
import time

TEXTS = {
    "plain": "epoch 3/10 batch %d of 200000 loss=0.5231 acc=0.9111",
    "colours": "\x1b[32mepoch\x1b[0m 3/10 \x1b[1mbatch\x1b[0m %d of 200000 \x1b[31mloss\x1b[0m=0.52",
    "cursor moves": "\x1b[2K\rbatch %d of 200000\n\x1b[A\x1b[2K loss=0.52",
}


def seconds(argv: list[str], folder: str) -> float:
    """From the start of a command on a terminal of its own to its end."""
    begin = time.perf_counter()
    pid, screen = pty.fork()
    if not pid:
        os.chdir(folder)
        os.execve(argv[0], argv, {**os.environ, "TERM": "xterm-256color"})
    while True:
        try:
            if not os.read(screen, 1 << 16):
                break
        except OSError:
            break
    os.waitpid(pid, 0)
    os.close(screen)
    return time.perf_counter() - begin


def main() -> None:
    """Print the medians, in seconds, and what the line costs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    os.environ.pop("CI", None)
    run = [sys.executable, "-m", "dvclive_cli", "run", "--quiet", "--no-save-dvc-exp"]
    for name, text in TEXTS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "text")
            with open(path, "w") as file:
                file.writelines(f"{text % index}\n" for index in range(asked.lines))
            commands = {
                "bare": ["/bin/cat", path],
                "under us": [*run, "--", "/bin/cat", path],
                "with the line": [*run, "--progress", "--", "/bin/cat", path],
            }
            times: dict[str, list[float]] = {key: [] for key in commands}
            for _ in range(asked.rounds):
                for key, argv in commands.items():
                    times[key].append(seconds(argv, folder))
            medians = {key: statistics.median(values) for key, values in times.items()}
            shown = "   ".join(f"{key} {value:.2f} s" for key, value in medians.items())
            size = os.path.getsize(path) / 1e6
            ratio = medians["with the line"] / medians["under us"]
            print(f"{name:13} {size:.0f} MB   {shown}   the line: {ratio:.2f}")


if __name__ == "__main__":
    main()
