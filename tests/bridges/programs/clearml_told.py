"""What ClearML has in the archive of an offline session."""

import glob
import json
import os
import zipfile

found = glob.glob(os.path.expanduser("~/.clearml/cache/offline/*.zip"))
with zipfile.ZipFile(found[0]) as archive:
    events = [event for line in archive.read("metrics.jsonl").splitlines() for event in json.loads(line)]
    sections = json.loads(archive.read("task.json"))["hyperparams"]
points, params = {}, {}
for event in events:
    if event["type"] == "training_stats_scalar" and event["iter"] >= 0:
        title, series = event["metric"], event["variant"]
        name = title if title == series else f"{title}/{series}"
        points.setdefault(name, []).append((event["iter"], event["value"]))
for name, entry in sections["General"].items():
    place, (*names, name) = params, name.split("/")
    for part in names:
        place = place.setdefault(part, {})
    place[name] = {"float": float, "int": int}[entry["type"]](entry["value"])
print(json.dumps({"points": points, "params": params}))
