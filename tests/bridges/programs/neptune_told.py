"""What Neptune has queued for its server."""

import glob
import json

points, params, counts = {}, {}, {}
(path,) = glob.glob(".neptune/offline/*/data-*.log")
with open(path) as file:
    operations = [json.loads(line)["obj"] for line in file]
for operation in operations:
    *names, name = operation["path"]
    full = "/".join([*names, name])
    if operation["type"] == "LogFloats":
        for point in operation["values"]:
            step = counts.get(full, 0) if point["step"] is None else point["step"]
            counts[full] = step + 1
            points.setdefault(full, []).append((step, point["value"]))
    elif operation["type"] in ("AssignFloat", "AssignInt") and name != "final":
        place = params
        for part in names:
            place = place.setdefault(part, {})
        place[name] = operation["value"]
print(json.dumps({"points": points, "params": params}))
