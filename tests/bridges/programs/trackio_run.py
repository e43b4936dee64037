"""A script written for trackio: rows with a step and without, a picture, a file."""

import numpy as np
import trackio

run = trackio.init(
    project="digits", name="first", config={"lr": 0.1, "net": {"layers": 3}}, auto_log_cpu=False
)
trackio.config["batch"] = 8
for epoch in range(3):
    trackio.log({"loss": 1 / (epoch + 1), "val": {"acc": np.float64(epoch / 7)}, "note": "text"})
run.log({"loss": 0.125}, step=10)
trackio.log({"seen": trackio.Image(np.zeros((4, 6, 3), dtype=np.uint8), caption="a"), "late": 0.5})
with open("model.bin", "w") as file:
    file.write("weights")
trackio.log_artifact("model.bin", name="net", type="model")
trackio.finish()
try:
    trackio.log({"loss": 0})
except RuntimeError as error:
    print("script:", error)
