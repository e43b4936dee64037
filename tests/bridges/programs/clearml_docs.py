"""What scripts written for ClearML use beside scalars, as its documentation shows it."""

import pathlib

import numpy as np
from clearml import Logger, OutputModel, Task

Task.set_offline(offline_mode=True)
task = Task.init(
    project_name="examples",
    task_name="docs",
    auto_connect_frameworks=False,
    auto_connect_arg_parser=False,
    auto_resource_monitoring=False,
    output_uri=None,
)
parameters = task.connect({"lr": 0.1, "layers": 3})
parameters["lr"] = 0.2
task.connect_configuration({"depth": {"a": 1}}, name="net")
task.set_parameter("General/seed", 7)
task.add_tags(["first"])
logger = task.get_logger()
for step in range(3):
    logger.report_scalar("loss", "train", 1 / (step + 1), step)
    Logger.current_logger().report_scalar("acc", "acc", iteration=step, value=step / 7)
logger.report_single_value("final", 0.5)
logger.report_text("some words")
logger.report_histogram("spread", "test", values=[1, 2, 3], iteration=1, xlabels=["a", "b", "c"])
logger.report_table("table", "rows", iteration=1, table_plot=[["a", "b"], [1, 2]])
logger.report_line_plot(
    "lines", series=[{"name": "one", "data": np.array([[0.0, 1.0], [1.0, 2.0]])}], iteration=1,
    xaxis="x", yaxis="y",
)  # fmt: skip
logger.report_scatter2d(
    "dots", "points", scatter=np.array([[0.0, 1.0], [1.0, 3.0]]), iteration=1, xaxis="x", yaxis="y"
)
logger.report_confusion_matrix(
    "matrix",
    "test",
    matrix=np.array([[3, 1], [0, 2]]),
    iteration=1,
    xlabels=["cat", "dog"],
    ylabels=["cat", "dog"],
)
logger.report_image("seen", "one", iteration=1, image=np.zeros((4, 4, 3), dtype=np.uint8))
logger.report_surface("surface", "one", iteration=1, matrix=np.zeros((2, 2)), xaxis="x", yaxis="y", zaxis="z")
logger.flush()
pathlib.Path("model.bin").write_text("weights")
task.upload_artifact("net", artifact_object="model.bin", metadata={"size": 7})
task.upload_artifact("settings", artifact_object={"a": 1})
OutputModel(task=task, framework="PyTorch", name="out")
assert Task.current_task() is not None
task.mark_completed()
task.close()
print("script: done")
