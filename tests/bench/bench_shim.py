"""What shims cost: a Python that starts, one that imports much but no framework, and a step that is logged.

    python tests/bench/bench_shim.py [--runs 60] [--python PATH] [--frameworks PATH]

The interpreter is started without and with the shim by turns, in one go. Aim: at most 5 ms a start. The
second row imports modules of the standard library, each of which the shim's finder is asked for first. With
`--frameworks`, an interpreter that has torch and tensorboard, a loop that writes for TensorBoard is run with
`--shims none` and `--shims auto` by turns, and times its steps.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile

from dvclive_cli.processes import shims

PROGRAMS = {
    "start": "pass",
    "imports": "import asyncio, unittest, xml.dom.minidom, email.mime.text, http.server, sqlite3, tarfile",
}
LOOP = """
import sys, tempfile, time
import torch
from torch.utils.tensorboard import SummaryWriter
torch.set_num_threads(1)
writer = SummaryWriter(tempfile.mkdtemp())
net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x, y = torch.randn(64, 64), torch.randn(64, 1)
steps = 3000
began = time.process_time()
for step in range(steps):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
    writer.add_scalar("loss", loss, step)
print((time.process_time() - began) / steps, file=open(sys.argv[1], "w"))
"""


def seconds(python: str, program: str, environ: dict[str, str]) -> float:
    """Processor time of an interpreter that runs a program: a busy machine does not blur it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", program], env=environ, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def step(python: str, chosen: str) -> float:
    """Processor time of a step of LOOP under `dvclive run --shims CHOSEN`."""
    with tempfile.TemporaryDirectory() as folder:
        told = os.path.join(folder, "told")
        argv = [sys.executable, "-m", "dvclive_cli", "run", "--quiet", "--dir", os.path.join(folder, "run")]
        argv += ["--no-save-dvc-exp", "--dvcyaml", "none", "--shims", chosen, "--", python, "-c", LOOP, told]
        subprocess.run(argv, check=True)
        with open(told) as file:
            return float(file.read())


def main() -> None:
    """Print the medians and their differences."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--frameworks", metavar="PYTHON")
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
    if options.frameworks:
        pairs = [tuple(step(options.frameworks, chosen) for chosen in ("none", "auto")) for _ in range(5)]
        without, with_shim = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
        print(f"step     none {without:6.0f} us   auto {with_shim:6.0f} us   x{with_shim / without:.3f}")


if __name__ == "__main__":
    main()
