"""A script written for Comet: contexts, nested values, a picture, a confusion matrix, a model."""

import os

import comet_ml
import numpy as np

experiment = comet_ml.OfflineExperiment(
    project_name="digits", workspace="me", offline_directory="comet", log_code=False, log_env_details=False
)
experiment.log_parameters({"lr": 0.1, "net": {"layers": 3}})
experiment.log_parameter("seed", 7)
experiment.set_step(0)
for epoch in range(3):
    with experiment.train():
        experiment.log_metric("loss", 1 / (epoch + 1), step=epoch)
    with experiment.test():
        experiment.log_metrics({"acc": np.float64(epoch / 7), "deep": {"er": epoch}}, step=epoch, epoch=epoch)
experiment.log_metric("late", 0.5)
experiment.log_image(np.zeros((4, 6, 3), dtype=np.uint8), name="seen", step=2)
experiment.log_confusion_matrix([0, 1, 1, 0], [0, 1, 0, 0], labels=["no", "yes"])
with open("model.bin", "w") as file:
    file.write("weights")
experiment.log_model("net", "model.bin")
experiment.log_other("note", "text")
experiment.add_tag("small")
print(
    "script:",
    experiment.get_parameter("seed"),
    len(experiment.get_key()) > 8,
    comet_ml.get_running_experiment() is experiment,
)
experiment.end()
assert os.path.exists("model.bin")
