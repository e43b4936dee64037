"""A script written for Aim: series in contexts, with steps and without, a picture."""

import numpy as np
from aim import Image, Run

run = Run(
    repo=".", experiment="digits", system_tracking_interval=None, log_system_params=False,
    capture_terminal_logs=False,
)  # fmt: skip
run["hparams"] = {"lr": 0.1, "net": {"layers": 3}}
run["seed"] = 7
run.set(("more", "deep"), 1)
for epoch in range(3):
    run.track(1 / (epoch + 1), name="loss", step=epoch * 10, epoch=epoch, context={"subset": "train"})
    run.track(np.float64(epoch / 7), name="loss", step=epoch * 10, context={"subset": "val"})
    run.track(epoch, name="counted")
    run.track({"precision": 0.5, "recall": epoch / 3}, context={"subset": "test", "fold": 1})
run.track(Image(np.zeros((4, 6, 3), dtype=np.uint8)), name="seen", step=1)
print("script:", run["hparams"]["lr"], run["hparams", "net", "layers"])
run.close()
