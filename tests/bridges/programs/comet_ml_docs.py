"""What scripts written for Comet use beside scalars, as its documentation shows it."""

import os
import pathlib

import comet_ml
import numpy as np

experiment = comet_ml.OfflineExperiment(
    project_name="general", offline_directory="comet", log_code=False, display_summary_level=0
)
experiment.set_name("docs")
experiment.add_tags(["baseline", "mnist"])
hyper = {"batch_size": 128, "optimizer": {"name": "adam", "lr": 0.1}}
experiment.log_parameters(hyper)
experiment.log_parameter("seed", 7)
with experiment.train():
    for step in range(3):
        experiment.log_metric("loss", 1 / (step + 1), step=step)
        experiment.log_metrics({"acc": step / 7, "deep": {"er": step}}, step=step, epoch=0)
    experiment.log_epoch_end(1)
with experiment.test():
    experiment.log_metrics({"loss": 0.25}, step=2)
experiment.log_confusion_matrix(y_true=[0, 1, 1, 0], y_predicted=[0, 1, 0, 0], labels=["cat", "dog"])
experiment.log_confusion_matrix(
    matrix=[[3, 1], [0, 2]], labels=["cat", "dog"], file_name="counted.json", title="Counted"
)
experiment.log_curve("roc", [0.0, 0.5, 1.0], [0.0, 0.75, 1.0], step=2)
experiment.log_histogram_3d(np.arange(9.0), name="weights", step=1)
experiment.log_image(np.zeros((4, 4, 3), dtype=np.uint8), name="blank", step=2)
experiment.log_table("scores.csv", tabular_data=[[1, 0.5], [2, 0.25]], headers=["id", "score"])
experiment.log_text("some words", metadata={"a": 1})
experiment.log_html("<b>bold</b>")
experiment.log_asset_data({"a": 1}, name="data.json")
experiment.log_other("best", 0.9)
experiment.log_others({"worst": 0.1})
experiment.set_model_graph("a graph")
experiment.log_dataset_hash([1, 2, 3])
experiment.log_dataset_info(name="mnist", version="1")
pathlib.Path("model.bin").write_text("weights")
experiment.log_model("net", "model.bin")
experiment.log_asset("model.bin", file_name="again.bin")
experiment.log_code("model.bin")
assert isinstance(experiment.get_key(), str)
assert experiment.get_parameter("seed") is not None
os.environ.pop("NEVER", None)
experiment.send_notification("done")
experiment.end()
print("script: done")
