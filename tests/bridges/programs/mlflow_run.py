"""A training as people write it for mlflow; nothing in it knows of DVCLive."""

import mlflow
import numpy as np
from mlflow import MlflowClient

mlflow.set_experiment("demo")
with mlflow.start_run(run_name="first", tags={"team": "vision"}, description="A try") as run:
    mlflow.log_params({"lr": 0.1, "layers": [3, 4], "optimizer": "adam"})
    mlflow.log_param("seed", 3)
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"val/accuracy": 0.1 * step, "val/f1": np.float64(0.3) * step}, step=step)
        mlflow.log_metric("unstepped", step * 2)
    mlflow.log_metric("final", 0.75)
    mlflow.set_tag("stage", "test")
    mlflow.set_tags({"who": "me"})
    mlflow.log_text("some words", "notes.txt")
    mlflow.log_dict({"a": [1, 2]}, "settings.json")
    with open("result.txt", "w") as file:
        file.write("result")
    mlflow.log_artifact("result.txt", "results")
    mlflow.log_image(np.zeros((4, 4, 3), "uint8"), "black.png")
    if not mlflow.__version__.startswith("1."):
        mlflow.log_image(np.zeros((4, 4, 3), "uint8"), key="pictures", step=3)
    with mlflow.start_run(run_name="inner", nested=True):
        mlflow.log_metric("loss", 7.5, step=1)

client = MlflowClient()
other = client.create_run(run.info.experiment_id)
client.log_metric(other.info.run_id, "score", 3.5, step=5)
client.log_param(other.info.run_id, "depth", 2)
client.set_terminated(other.info.run_id)
print("done")
