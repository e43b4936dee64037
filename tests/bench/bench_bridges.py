"""What a call of a tracker costs a program: bare, beside a bridge, and with `--bridge-only`.

`python tests/bench/bench_bridges.py [PYTHON]`: an interpreter with torch, tensorboard, wandb, mlflow, or some
of them; without one, the stand-ins of `--bridge-only` alone. A training pauses between calls, and so does
this: the recorder has gone to sleep meanwhile, and to wake it is most of what a bridge costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

PROGRAM = r"""
import json, sys, time

def made(name):
    if name.startswith("wandb"):
        import wandb
        run = wandb.init(project="bench", mode="offline")
        row = {f"metric/{number}": 0.123456 for number in range(int(name.split()[1]))}
        return lambda step: run.log(row)
    if name.startswith("mlflow"):
        import mlflow
        mlflow.start_run()
        row = {f"metric/{number}": 0.123456 for number in range(int(name.split()[1]))}
        return lambda step: mlflow.log_metrics(row, step=step)
    if name == "Live":
        from dvclive import Live
        live = Live(save_dvc_exp=False)
        return lambda step: live.log_metrics({"loss": 0.123456, "acc": 0.5})
    from torch.utils.tensorboard import SummaryWriter
    writer = SummaryWriter("runs")
    return lambda step: writer.add_scalar("loss", 0.123456, step)

call = made(sys.argv[1])
spent = []
for step in range(int(sys.argv[2])):
    time.sleep(0.005)
    began = time.perf_counter()
    call(step)
    spent.append(time.perf_counter() - began)
print("\n" + json.dumps(sorted(spent)[len(spent) // 2] * 1e6))
"""

CALLS = {
    "wandb 2": ("wandb", "wandb: run.log, 2 metrics"),
    "wandb 20": ("wandb", "wandb: run.log, 20 metrics"),
    "mlflow 2": ("mlflow", "mlflow.log_metrics, 2 metrics"),
    "writer": ("torch.utils.tensorboard", "SummaryWriter.add_scalar"),
    "Live": ("", "Live.log_metrics, 2 metrics"),
}
WAYS = {
    "bare": [],
    "bridged": ["--shims", "auto"],
    "bridge-only": ["--bridge-only"],
}
TIMES = 200
ROUNDS = 3


def measure(python: str, name: str, way: str) -> float | None:
    """Microseconds of one call, the median of a fresh process; None where the program cannot run so."""
    with tempfile.TemporaryDirectory() as folder:
        argv = [python, "-c", PROGRAM, name, str(TIMES)]
        if way != "bare":
            options = ["--quiet", "--no-save-dvc-exp", *WAYS[way]]
            argv = [sys.executable, "-m", "dvclive_cli", "run", *options, "--", *argv]
        environ = {
            **os.environ, "WANDB_SILENT": "true", "MLFLOW_TRACKING_URI": f"file:{folder}/mlruns",
            "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "CUDA_VISIBLE_DEVICES": "",
        }  # fmt: skip
        done = subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return None if done.returncode else float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print the figures: the least of some rounds, in which all take turns."""
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    for name, (needs, title) in CALLS.items():
        found: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way, figures in found.items():
                figure = measure(python, name, way)
                if figure is not None:
                    figures.append(figure)
        least = {way: min(figures) for way, figures in found.items() if figures}
        line = "   ".join(f"{way} {figure:7.0f} us" for way, figure in least.items())
        bare = least.get("bare")
        ratios = [f"{way} {least[way] / bare:.2f}" for way in least if bare and way != "bare"]
        print(f"{title:32} {line or f'cannot run without {needs}'}   {', '.join(ratios)}", flush=True)


if __name__ == "__main__":
    main()
