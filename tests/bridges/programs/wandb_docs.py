"""What scripts written for wandb use beside scalars, as its documentation shows it."""

import os
import pathlib

import numpy as np
import wandb

EPOCHS = 3
rng = np.random.default_rng(0)
labels = ["cat", "dog"]
truth = [0, 1, 1, 0, 1, 0, 1, 1]
scores = [[0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.7, 0.3], [0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.45, 0.55]]


class Model:
    """Stands for a network."""

    def parameters(self):
        return []

    def named_parameters(self, prefix="", recurse=True):
        return []

    def named_modules(self):
        return []

    def modules(self):
        return []

    def apply(self, function):
        return self


wandb.login()
run = wandb.init(
    project="pets",
    entity=None,
    job_type="train",
    config={"learning_rate": 0.01, "epochs": EPOCHS, "arch": {"depth": 2, "act": "relu"}},
    settings=wandb.Settings(),
)
config = wandb.config
assert config.learning_rate == config["learning_rate"] == 0.01
assert config.get("missing", 5) == 5
config.batch_size = 8
run.define_metric("epoch")
run.define_metric("train/*", step_metric="epoch")
run.define_metric("val/acc", step_metric="epoch", summary="max")
model = Model()
if os.environ.get("WATCH"):
    wandb.watch(model, log="all", log_freq=10)

table = wandb.Table(columns=["id", "image", "label", "score"])
for epoch in range(config.epochs):
    wandb.log({"epoch": epoch, "train/loss": 1 / (epoch + 1), "val/acc": 0.5 + epoch / 10})
    picture = wandb.Image(rng.integers(0, 255, (4, 4, 3), dtype="uint8"), caption=f"epoch {epoch}")
    table.add_data(epoch, picture, labels[epoch % 2], 0.5)
    run.log({"examples": [picture], "epoch": epoch})
assert run.step >= 0
assert isinstance(run.id, str)
assert wandb.run is run

masks = {"predictions": {"mask_data": np.zeros((4, 4), dtype=int), "class_labels": {0: "none"}}}
wandb.log({"segmented": wandb.Image(np.zeros((4, 4, 3), "uint8"), masks=masks)})
wandb.log(
    {
        "predictions": table,
        "gradients": wandb.Histogram(np_histogram=np.histogram(rng.normal(size=50))),
        "weights": wandb.Histogram([1, 2, 2, 3]),
        "page": wandb.Html("<b>bold</b>"),
        "cloud": wandb.Object3D(np.zeros((5, 3))),
        "accuracy": 0.875,
    }
)
numbers = wandb.Table(data=[[x, x * x] for x in range(4)], columns=["x", "y"])
assert numbers.get_column("x") == [0, 1, 2, 3]
wandb.log(
    {
        "curve": wandb.plot.line(numbers, "x", "y", title="Squares"),
        "dots": wandb.plot.scatter(numbers, "x", "y"),
        "bars": wandb.plot.bar(
            wandb.Table(data=[["a", 1], ["b", 2]], columns=["label", "value"]), "label", "value"
        ),
        "lines": wandb.plot.line_series(xs=[0, 1, 2], ys=[[1, 2, 3], [3, 2, 1]], keys=["up", "down"]),
        "spread": wandb.plot.histogram(numbers, "y"),
        "matrix": wandb.plot.confusion_matrix(
            y_true=truth, preds=[int(b > a) for a, b in scores], class_names=labels
        ),
        "roc": wandb.plot.roc_curve(truth, scores, labels=labels),
        "pr": wandb.plot.pr_curve(truth, scores, labels=labels),
    }
)

path = pathlib.Path("model.bin")
path.write_text("weights")
artifact = wandb.Artifact("pets-model", type="model", metadata=dict(config))
artifact.add_file(str(path))
with artifact.new_file("labels.txt", mode="w") as file:
    file.write("\n".join(labels))
run.log_artifact(artifact, aliases=["latest", "best"])
data = wandb.Artifact("pets-data", type="dataset")
data.add(numbers, "numbers")
run.log_artifact(data)
wandb.save("model.bin")
run.log_code(".")
wandb.alert(title="Low accuracy", text="below", level=wandb.AlertLevel.WARN)
run.summary["best_accuracy"] = 0.875
run.summary.update({"note": "done"})
run.mark_preempting()
if os.environ.get("WATCH"):
    wandb.unwatch(model)
run.tags = (*run.tags, "final")
run.notes = "A note"
wandb.finish()
print("script: done")
