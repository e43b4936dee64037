"""What trackio has in its database."""

import glob
import json
import sqlite3

db = sqlite3.connect(glob.glob("trackio/*.db")[0])
points, values = {}, {}
for step, text in db.execute("SELECT step, metrics FROM metrics ORDER BY id"):
    for name, value in json.loads(text).items():
        for key, item in (
            {f"{name}/{k}": v for k, v in value.items()}.items() if name == "val" else [(name, value)]
        ):
            if isinstance(item, float):
                points.setdefault(key, []).append((step, item))
config = json.loads(db.execute("SELECT config FROM configs").fetchone()[0])
params = {name: value for name, value in config.items() if name[0] != "_"}
print(json.dumps({"points": points, "params": params}))
