"""A training as people write it for wandb; nothing in it knows of DVCLive."""

import argparse
import os

import numpy as np
import wandb
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--layers", type=int, nargs="*", default=[3, 4])
args = parser.parse_args()

with wandb.init(project="demo", name="first", group="trials", tags=["a", "b"], config=args) as run:
    wandb.config.update({"optimizer": {"name": "adam", "beta": 0.9}, "api_key": "hidden"})
    wandb.config.seed = 3
    run.define_metric("val/*", step_metric="epoch")
    for step in range(6):
        wandb.log({"loss": 1 / (step + 1), "nested": {"a": step, "b": {"c": np.float64(0.1) * step}}})
        if step % 2:
            run.log({"epoch": step // 2, "val/accuracy": 0.1 * step})
    run.log({"part": 1.5}, commit=False)
    run.log({"other": np.int64(7), "flag": True, "note": "a text"})
    run.log({"late": 0.25}, step=20)
    wandb.log({"later": 0.5}, step=30)
    run.log({"numbers": [1, 2, 3], "histogram": wandb.Histogram([1, 2, 3]), "nothing": None})
    wandb.log({"picture": wandb.Image(np.zeros((4, 4, 3), "uint8"), caption="black")})
    wandb.log({"pictures": [wandb.Image(Image.new("L", (3, 3))), wandb.Image(Image.new("L", (5, 5)))]})
    table = wandb.Table(columns=["x", "y"], data=[[1, 2], [2, 3]])
    wandb.log({"line": wandb.plot.line(table, "x", "y", title="A line")})
    names = ["cat", "dog"]
    wandb.log(
        {"confusion": wandb.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 1, 0], class_names=names)}
    )
    wandb.summary["best"] = 0.9
    run.summary.update({"final": {"score": 0.8}})
    with open("model.bin", "w") as file:
        file.write("weights")
    with open(os.path.join(run.dir, "saved.txt"), "w") as file:
        file.write("saved")
    artifact = wandb.Artifact("net", type="model", description="A net", metadata={"size": 7})
    artifact.add_file("model.bin")
    run.log_artifact(artifact, aliases=["best"])
    wandb.save(os.path.join(wandb.run.dir, "saved.txt"))

again = wandb.init(project="demo", config={"learning_rate": 0.5})
again.log({"loss": 0.125})
again.finish()
print("done")
