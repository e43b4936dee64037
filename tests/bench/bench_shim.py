"""What shims cost: a Python that starts, one that imports much but no framework, and a step that is logged.

    python tests/bench/bench_shim.py [--runs 60] [--python PATH] [--frameworks PATH [--loops lightning]]

The interpreter is started without and with the shim by turns, in one go. Aim: at most 5 ms a start. The
second row imports modules of the standard library, each of which the shim's finder is asked for first. With
`--frameworks`, an interpreter that has them (and torch), trainings that log every step are run with
`--shims none` and `--shims auto` by turns, and time their steps.
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
LOOPS = {
    "summarywriter": """
from torch.utils.tensorboard import SummaryWriter
writer = SummaryWriter(tempfile.mkdtemp())
writer.add_scalar("loss", 0, 0)  # the first one imports
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
def train():
    for step in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        writer.add_scalar("loss", loss, step)
""",
    "lightning": """
import lightning
class Net(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = net
    def training_step(self, batch, index):
        loss = torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)
trainer = lightning.Trainer(max_steps=steps, logger=False, log_every_n_steps=1, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False, accelerator="cpu")
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=64)
def train():
    trainer.fit(Net(), loader)
""",
}
"""Trainings of a small network in which every step is logged, by the framework that they need."""

TIMED = """
import sys, tempfile, time, warnings
import torch
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
x, y = torch.randn(64, 64), torch.randn(64, 1)
steps = int(sys.argv[2])
{}
began = time.process_time()
train()
print((time.process_time() - began) / steps, file=open(sys.argv[1], "w"))
"""


def seconds(python: str, program: str, environ: dict[str, str]) -> float:
    """Processor time of an interpreter that runs a program: a busy machine does not blur it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", program], env=environ, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def step(python: str, chosen: str, loop: str, steps: int) -> float:
    """Processor time of a step of one of LOOPS under `dvclive run --shims CHOSEN`."""
    with tempfile.TemporaryDirectory() as folder:
        told = os.path.join(folder, "told")
        argv = [sys.executable, "-m", "dvclive_cli", "run", "--quiet", "--dir", os.path.join(folder, "run")]
        argv += ["--no-save-dvc-exp", "--dvcyaml", "none", "--shims", chosen, "--"]
        argv += [python, "-c", TIMED.format(LOOPS[loop]), told, str(steps)]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        with open(told) as file:
            return float(file.read())


def main() -> None:
    """Print the medians and their differences."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--frameworks", metavar="PYTHON")
    parser.add_argument("--loops", default=",".join(LOOPS))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3000)
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
    for loop in options.loops.split(",") if options.frameworks else ():
        pairs = [
            tuple(step(options.frameworks, chosen, loop, options.steps) for chosen in ("none", "auto"))
            for _ in range(options.pairs)
        ]
        without, with_shim = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
        print(f"{loop:14} none {without:6.0f} us   auto {with_shim:6.0f} us   x{with_shim / without:.3f}")


if __name__ == "__main__":
    main()
