"""What `--shims auto` costs a Python that starts, and one that imports much but no framework.

    python tests/bench/bench_shim.py [--runs 60] [--python PATH]

The interpreter is started without and with the shim by turns, in one go. Aim: at most 5 ms a start. The
second row imports modules of the standard library, each of which the shim's finder is asked for first.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys

from dvclive_cli.processes import shims

PROGRAMS = {
    "start": "pass",
    "imports": "import asyncio, unittest, xml.dom.minidom, email.mime.text, http.server, sqlite3, tarfile",
}


def seconds(python: str, program: str, environ: dict[str, str]) -> float:
    """Processor time of an interpreter that runs a program: a busy machine does not blur it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", program], env=environ, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the medians and their difference, in milliseconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DVCLIVE"))}
    ours = {**bare, **shims.variables("auto", bare), "DVCLIVE_FIFO": os.devnull}
    for name, program in PROGRAMS.items():
        for environ in (bare, ours):
            seconds(options.python, program, environ)
        pairs = [
            (seconds(options.python, program, bare), seconds(options.python, program, ours))
            for _ in range(options.runs)
        ]
        without, with_shim = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        extra = statistics.median((b - a) * 1000 for a, b in pairs)
        print(f"{name:8} bare {without:6.1f} ms   shim {with_shim:6.1f} ms   extra: median {extra:.2f} ms")


if __name__ == "__main__":
    main()
