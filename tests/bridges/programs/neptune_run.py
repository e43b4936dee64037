"""A script written for Neptune: fields and series, a picture, a file."""

import neptune
import numpy as np
from neptune.types import File

run = neptune.init_run(
    project="me/digits", mode="offline", capture_stdout=False, capture_stderr=False,
    capture_hardware_metrics=False, source_files=[],
)  # fmt: skip
run["parameters"] = {"lr": 0.1, "net": {"layers": 3}}
run["seed"] = 7
for epoch in range(3):
    run["train/loss"].append(1 / (epoch + 1))
    run["val/acc"].append(value=float(np.float64(epoch / 7)), step=epoch * 10)
run["train"].append({"a": 1, "b": 2.0})
run["more"].extend([0.5, 0.25], steps=[1, 2])
run["final"] = 0.5
with open("model.bin", "w") as file:
    file.write("weights")
run["net"].upload("model.bin")
run["seen"].append(File.as_image(np.zeros((4, 6))), step=1)
run.stop()
