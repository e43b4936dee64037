"""What Comet has in the archive of an offline experiment."""

import glob
import json
import zipfile

with zipfile.ZipFile(glob.glob("comet/*.zip")[0]) as archive:
    messages = [json.loads(line) for line in archive.read("messages.json").splitlines()]
points, params = {}, {}
for message in messages:
    payload = message["payload"]
    if message["type"] == "metric_msg" and payload["metric"]["metricName"] != "process duration":
        metric, context = payload["metric"], payload.get("context")
        name = f"{context}_{metric['metricName']}" if context else metric["metricName"]
        points.setdefault(name, []).append((metric["step"], metric["metricValue"]))
    elif message["type"] == "parameter_msg" and payload["param"]["source"] == "manual":
        place, (*names, name) = params, payload["param"]["paramName"].split("|")
        for part in names:
            place = place.setdefault(part, {})
        if name != "curr_step":
            place[name] = payload["param"]["paramValue"]
print(json.dumps({"points": points, "params": params}))
