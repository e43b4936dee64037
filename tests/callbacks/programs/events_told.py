"""What TensorBoard reads in the event files below a folder, as one line of JSON: points by tag."""

import json
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

events = EventMultiplexer(size_guidance={"scalars": 0, "tensors": 0}).AddRunsFromDirectory(sys.argv[1])
events.Reload()
told = {}
for run, kinds in events.Runs().items():
    for tag in kinds["scalars"]:
        told.setdefault(tag, []).extend([event.step, event.value] for event in events.Scalars(run, tag))
    for tag in kinds["tensors"]:
        points = events.Tensors(run, tag)
        told.setdefault(tag, []).extend([event.step, event.tensor_proto.float_val[0]] for event in points)
print(json.dumps(told))
