"""What stands in the event files, as TensorBoard reads them; the names are those that the run has."""

import glob
import json

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

points = {}
for folder in sorted({path.rpartition("/")[0] for path in glob.glob("runs/**/*tfevents*", recursive=True)}):
    events = EventAccumulator(folder).Reload()
    run = folder.split("/")[1]
    key = folder.removeprefix(f"runs/{run}/both").lstrip("_/") if "both" in folder else ""
    for tag in events.Tags()["scalars"]:
        name = tag if run == "more" and tag != "train/loss" else f"{run}/{tag}"
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        if tag != "best":
            points[f"{name}/{key}" if key else name] = found
    if "unstepped" in points:
        points["unstepped"] = [(number, value) for number, (_, value) in enumerate(points["unstepped"])]
print(json.dumps({"points": points}))
