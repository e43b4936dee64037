"""What `Live` costs a program: import, log_metric, next_step, images; prints only.

`python tests/bench/bench_live.py [--reference PYTHON]`: with an interpreter that has DVCLive 3.x, each figure
is also taken there, and the ratio is shown; but for those whose figure takes it minutes: the step of 100,000
steps (26 ms each at step 4,000, and growing) and the 2 million points.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

PROGRAM = r"""
import json, os, sys, time
name = sys.argv[1]
clock = time.perf_counter

def best(action, times, repeats=5):
    found = []
    for _ in range(repeats):
        began = clock()
        for _ in range(times):
            action()
        found.append((clock() - began) / times)
    return min(found)

if name == "import":
    began = clock()
    from dvclive import Live
    print(json.dumps((clock() - began) * 1e3))
    raise SystemExit

from dvclive import Live
live = Live(save_dvc_exp=False, dvcyaml="dvc.yaml")
if name == "metric":
    live.log_metric("train/loss", 0.5)
    figure = best(lambda: live.log_metric("train/loss", 0.123456), 5000) * 1e6
elif name.startswith("step"):
    for metric in "abcde":
        live.log_metric(metric, 0.5)
    start = int(name[4:])
    for _ in range(start):
        live.step += 1
        for metric in "abcde":
            live.log_metric(metric, 0.123456)
    figure = best(live.next_step, 20) * 1e6
elif name == "slow step":
    for metric in "abcde":
        live.log_metric(metric, 0.5)
    spent = []
    for _ in range(30):
        time.sleep(0.025)
        began = clock()
        live.next_step()
        spent.append(clock() - began)
    figure = sorted(spent)[15] * 1e6
elif name == "loop":
    began = clock()
    for _ in range(2000):
        for metric in "abcde":
            live.log_metric(metric, 0.123456)
        live.next_step()
    figure = (clock() - began) / 2000 * 1e6
elif name in ("points", "memory"):
    def memory():
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024
    began = clock()
    log, value = live.log_metric, 0.123456
    for number in range(2_000_000):
        log("loss", value)
        if number % 1000 == 999:
            live.next_step()
        if number == 100_000:
            before = memory()
    figure = (clock() - began) if name == "points" else memory() - before
elif name == "image":
    import numpy
    from PIL import Image
    array = numpy.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype="uint8")
    array[:] = array[:, :1]
    live.log_image("a.png", array)
    figure = best(lambda: live.log_image("a.png", array), 3) * 1e3
elif name == "pillow":
    import numpy
    from PIL import Image
    array = numpy.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype="uint8")
    array[:] = array[:, :1]
    figure = best(lambda: Image.fromarray(array).save("b.png"), 3) * 1e3
print(json.dumps(figure))
"""

FIGURES = {
    "import": "from dvclive import Live [ms]",
    "metric": "log_metric, row on disk [us]",
    "step10": "next_step, 5 metrics, at step 10 [us]",
    "step4000": "next_step, 5 metrics, at step 4,000 [us]",
    "step100000": "next_step, 5 metrics, at step 100,000 [us]",
    "slow step": "next_step, 25 ms after the last [us]",
    "loop": "a step with 5 metrics, in a tight loop [us]",
    "points": "2 million points [s]",
    "memory": "  growth after the first 100,000 [MB]",
    "image": "log_image, 1 megapixel [ms]",
    "pillow": "  Pillow's own save [ms]",
}


LONG = ("step100000", "points", "memory")


def measure(python: str, name: str, environ: dict[str, str]) -> float:
    """One figure in a fresh process and folder."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-c", PROGRAM, name], cwd=folder, env=environ, capture_output=True, text=True, check=True
        )
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print the figures."""
    reference = sys.argv[sys.argv.index("--reference") + 1] if "--reference" in sys.argv else None
    bare = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "DVCLIVE_FIFO")}
    for name, title in FIGURES.items():
        measure(sys.executable, "import", dict(os.environ))  # compiled and in the page cache
        ours = min(measure(sys.executable, name, dict(os.environ)) for _ in range(1 if name in LONG else 3))
        line = f"{title:44} {ours:10.2f}"
        if reference and name != "pillow" and name not in LONG:
            theirs = min(measure(reference, name, bare) for _ in range(2))
            line += f"   reference {theirs:10.2f}   {theirs / ours:8.1f} times"
        print(line)


if __name__ == "__main__":
    main()
