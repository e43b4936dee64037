"""What `Live` costs a program: import, log_metric, next_step, images; prints only.

`python tests/bench/bench_live.py [--reference PYTHON]`: with an interpreter that has DVCLive 3.x, each figure
is also taken there, and the ratio is shown.
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
    "image": "log_image, 1 megapixel [ms]",
    "pillow": "  Pillow's own save [ms]",
}


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
        ours = min(measure(sys.executable, name, dict(os.environ)) for _ in range(3))
        line = f"{title:44} {ours:10.2f}"
        if reference and name not in ("pillow",):
            theirs = min(measure(reference, name, bare) for _ in range(2))
            line += f"   reference {theirs:10.2f}   {theirs / ours:8.1f} times"
        print(line)


if __name__ == "__main__":
    main()
