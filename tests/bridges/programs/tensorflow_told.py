"""What stands in the event files, as TensorBoard reads them."""

import glob
import json

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

points = {}
for folder in sorted(glob.glob("logs/*")):
    events = EventAccumulator(folder, size_guidance={"tensors": 0}).Reload()
    for tag in events.Tags()["tensors"]:
        if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            points[f"{folder.split('/')[1]}/{tag}"] = [
                (event.step, float(tensor_util.make_ndarray(event.tensor_proto)))
                for event in events.Tensors(tag)
            ]
print(json.dumps({"points": points}))
