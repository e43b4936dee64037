"""Run every case of the table so many times in a row, and say how that went in one line.

    python tests/reliability/repeat.py 50 [--slow] [--jobs 2]

Stops at the first round that fails, unless told to go on (`--go-on`). The line is what the README's table of
promises quotes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time

from cases import CASES

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def selected() -> list[str]:
    """What pytest is to run."""
    return sorted({os.path.join(TESTS, path) + (f"::{test}" if test else "") for _, path, test in CASES})


def count(text: str, what: str) -> int:
    """`count("3 passed, 1 skipped", "passed")` is 3."""
    found = re.search(rf"(\d+) {what}", text)
    return int(found[1]) if found else 0


def main() -> int:
    """Run; 0 where every round passed."""
    parser = argparse.ArgumentParser(description="Run every case so many times in a row.")
    parser.add_argument("rounds", type=int)
    parser.add_argument("--slow", action="store_true", help="the cases that take minutes, too")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--go-on", action="store_true", help="after a round that fails")
    given = parser.parse_args()
    kind = [] if given.slow else ["-m", "not slow and not integration"]
    words = [sys.executable, "-m", "pytest", "-q", "-n", str(given.jobs), "-p", "no:cacheprovider", *kind]
    passed = tests = skipped = 0
    began = time.monotonic()
    for number in range(1, given.rounds + 1):
        since = time.monotonic()
        done = subprocess.run(
            [*words, *selected()], capture_output=True, text=True, cwd=os.path.dirname(TESTS)
        )
        last = done.stdout.strip().rpartition("\n")[2]
        print(f"round {number}: {last}", flush=True)
        if done.returncode:
            print(done.stdout[-8000:], done.stderr[-2000:])
            if not given.go_on:
                break
            continue
        passed += 1
        tests, skipped = count(last, "passed"), count(last, "skipped")
        print(f"         {time.monotonic() - since:.0f} s", flush=True)
    minutes = (time.monotonic() - began) / 60
    print(
        f"{len(CASES)} cases, {tests} tests ({skipped} skipped): {passed} of {given.rounds} rounds passed, "
        f"{minutes:.0f} min on {os.cpu_count()} cores"
    )
    return 0 if passed == given.rounds else 1


if __name__ == "__main__":
    sys.exit(main())
