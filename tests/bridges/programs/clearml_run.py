"""A script written for ClearML: scalars, a dictionary that changes, a picture, a file."""

import numpy as np
from clearml import Logger, Task

Task.set_offline(offline_mode=True)
task = Task.init(project_name="digits", task_name="first", auto_resource_monitoring=False)
config = task.connect({"lr": 0.1, "net": {"layers": 3}})
task.set_parameter("seed", 7)
config["lr"] = 0.2
logger = task.get_logger()
for epoch in range(3):
    logger.report_scalar("loss", "train", value=1 / (epoch + 1), iteration=epoch)
    Logger.current_logger().report_scalar(
        title="acc", series="acc", value=np.float64(epoch / 7), iteration=epoch
    )
logger.report_single_value("final", 0.5)
logger.report_image("seen", "one", iteration=1, image=np.zeros((4, 6, 3), dtype=np.uint8))
with open("model.bin", "w") as file:
    file.write("weights")
task.upload_artifact("net", artifact_object="model.bin")
print("script:", config["lr"], Task.current_task() is task)
task.close()
