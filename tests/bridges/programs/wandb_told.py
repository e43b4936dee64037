"""What wandb itself has recorded offline, as one line of JSON: later runs in groups."""

import glob
import json
import os
import sys

from wandb.proto import wandb_internal_pb2 as records


def texts(path):
    """The records of a file: pieces with a checksum, a length and their place (LevelDB's log format)."""
    with open(path, "rb") as file:
        data = file.read()
    at, parts = 7, b""  # behind ":W&B", a magic number and a version
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        size, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts += data[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):  # whole, or the last piece
            yield parts
            parts = b""


def name(item):
    return "/".join(item.nested_key) or item.key


def flat(row, before=""):
    """Names and values; older versions write nested ones as they come."""
    for key, value in row.items():
        if isinstance(value, dict) and "_type" not in value:
            yield from flat(value, f"{before}{key}/")
        else:
            yield before + key, value


told = {"points": {}, "params": {}, "summary": {}, "others": []}
paths = sorted(glob.glob("wandb/offline-run-*/run-*.wandb"), key=os.path.getmtime)
for number, path in enumerate(paths, 1):
    group = "" if number == 1 else f"wandb_{number}/"
    for text in texts(path):
        record = records.Record()
        record.ParseFromString(text)
        kind = record.WhichOneof("record_type")
        if kind == "history":
            row = {name(item): json.loads(item.value_json) for item in record.history.item}
            at = row.get("_step", record.history.step.num)  # before 0.18 the step was one of the values
            for key, value in flat(row):
                if type(value) in (int, float) and key[0] != "_":
                    told["points"].setdefault(group + key, []).append([at, value])
                else:
                    told["others"].append(key)
        elif kind in ("run", "config"):
            config = record.run.config if kind == "run" else record.config
            for item in config.update:
                if name(item)[0] != "_":
                    told["params"][group + name(item)] = json.loads(item.value_json)
        elif kind == "summary":
            for item in record.summary.update:
                told["summary"][group + name(item)] = json.loads(item.value_json)
        elif kind == "artifact":
            told["others"].append(record.artifact.name)
told["others"].sort()
json.dump(told, sys.stdout)
