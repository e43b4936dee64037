"""What Aim has in its repository."""

import json
import os

from aim import Run

(name,) = os.listdir(".aim/meta/chunks")
run = Run(name, repo=".", system_tracking_interval=None, capture_terminal_logs=False)
points = {}
for series, context, _ in run.iter_metrics_info():
    steps, columns = run.get_metric(series, context).data.items_list()
    full = "/".join([*map(str, context.to_dict().values()), series])
    points[full] = list(zip(steps, columns[0], strict=True))
print(json.dumps({"points": points, "params": run[...]}))
