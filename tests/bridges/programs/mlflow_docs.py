"""What scripts written for mlflow use beside scalars, as its documentation shows it."""

import json
import os
import pathlib
import tempfile

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.models import infer_signature

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None
try:
    from sklearn.linear_model import LogisticRegression
except ImportError:
    LogisticRegression = None

mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI", "file:mlruns"))
mlflow.set_experiment("Iris")
if LogisticRegression is not None:
    mlflow.sklearn.autolog(disable=True)
x = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 0, 1, 1])

with mlflow.start_run(run_name="logistic") as run:
    mlflow.log_params({"solver": "lbfgs", "max_iter": 1000})
    mlflow.set_tag("Training Info", "Basic LR model")
    for epoch in range(3):
        mlflow.log_metrics({"loss": 1 / (epoch + 1), "accuracy": epoch / 3}, step=epoch)
    mlflow.log_metric("final", 0.75)
    mlflow.log_dict({"a": [1, 2]}, "config/settings.json")
    mlflow.log_text("plain words", "notes.md")
    mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "blank.png")
    mlflow.log_table({"input": ["a", "b"], "score": [0.1, 0.2]}, artifact_file="table.json")
    if plt is not None:
        figure, axes = plt.subplots()
        axes.plot([0, 1], [2, 3])
        mlflow.log_figure(figure, "figure.png")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "features.txt")
        path.write_text("rooms, zipcode")
        mlflow.log_artifact(str(path))
        pathlib.Path(folder, "more.json").write_text(json.dumps({"b": 1}))
        mlflow.log_artifacts(folder, artifact_path="states")
    pathlib.Path("model.bin").write_text("weights")
    mlflow.log_artifact("model.bin", artifact_path="models")
    signature = infer_signature(x, y)
    if LogisticRegression is not None:
        model = LogisticRegression().fit(x, y)
        info = mlflow.sklearn.log_model(model, name="iris_model", signature=signature, input_example=x)
        assert isinstance(info.model_uri, str)
        loaded = mlflow.pyfunc.load_model(info.model_uri)
        assert len(loaded.predict(x)) == len(y)
    with mlflow.start_span(name="a span") as span:
        span.set_inputs({"a": 1})
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.log_param("depth", 2)
        mlflow.log_metric("loss", 0.125, step=0)
    assert isinstance(mlflow.get_artifact_uri(), str)
    assert mlflow.active_run().info.run_id == run.info.run_id

client = MlflowClient()
found = client.get_run(run.info.run_id)
assert found.data.metrics["final"] == 0.75
assert found.data.params["solver"] == "lbfgs"
assert found.info.run_id == run.info.run_id
for one in client.search_runs([run.info.experiment_id], order_by=["metrics.final DESC"]):
    assert one.info.run_id
assert mlflow.last_active_run() is not None
experiment = mlflow.get_experiment_by_name("Iris")
assert experiment is None or experiment.experiment_id is not None
mlflow.end_run()
print("script: done")
