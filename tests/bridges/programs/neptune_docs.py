"""What scripts written for Neptune use beside scalars, as its documentation shows it."""

import pathlib

import neptune
import numpy as np
from neptune.types import File
from neptune.utils import stringify_unsupported

run = neptune.init_run(project="me/docs", mode="debug", capture_hardware_metrics=False, source_files=[])
run["sys/tags"].add(["small", "first"])
run["parameters"] = {"lr": 0.1, "net": {"layers": 3}}
run["parameters/extra"] = stringify_unsupported({"list": [1, 2]})
run["algorithm"] = "forest"
for step in range(3):
    run["train/loss"].append(1 / (step + 1), step=step)
    run["val"].append({"acc": step / 7}, step=step)
    run["train/text"].append(f"words {step}")
run["train/late"].extend([0.5, 0.25], steps=[1, 2])
run["seen"].append(File.as_image(np.zeros((4, 4, 3))), step=1)
run["single"].upload(File.as_image(np.ones((4, 4, 3))))
run["page"].upload(File.from_content("<b>bold</b>", extension="html"))
pathlib.Path("model.bin").write_text("weights")
run["net"].upload("model.bin")
run["data"].track_files("model.bin")
run["score"] = 0.875
run["counted"].assign(3)
run["when"] = "today"
run.sync()
run.wait()
print(run.exists("algorithm") is not None and "script: done")
run.stop()
