"""What mlflow itself has recorded, as one line of JSON: runs in the order of their beginnings, later ones
in groups.

Points that all have the step 0 were given none: the run counts them.
"""

import json
import sys

from mlflow import MlflowClient

client = MlflowClient()
experiments = [experiment.experiment_id for experiment in client.search_experiments()]
told = {"points": {}, "params": {}, "tags": {}, "artifacts": {}}
runs = sorted(client.search_runs(experiments), key=lambda run: run.info.start_time)
for number, run in enumerate(runs, 1):
    group = "" if number == 1 else f"mlflow_{number}/"
    for name in run.data.metrics:
        points = [[point.step, point.value] for point in client.get_metric_history(run.info.run_id, name)]
        if not any(step for step, _ in points):
            points = [[index, value] for index, (_, value) in enumerate(points)]
        told["points"][group + name] = points
    told["params"].update({group + name: value for name, value in run.data.params.items()})
    tags = {name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")}
    told["tags"].update({group + name: value for name, value in tags.items()})
    told["artifacts"][group] = [file.path for file in client.list_artifacts(run.info.run_id)]
json.dump(told, sys.stdout)
