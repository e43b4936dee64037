"""What has to hold of the files of a run whoever was killed: they parse, and the user's part is there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from processes import read_file

USERS = """\
# the user's own pipeline
stages:
  prepare:
    cmd: python prepare.py   # a comment
    outs: [data.csv]
  train:
    cmd: python train.py
    deps: [data.csv]
plots:
  - mine.csv: {x: a, y: b}
"""
"""The dvc.yaml of somebody who has one already."""


def whole_files(folder: str) -> Iterator[tuple[str, str]]:
    """The files below a folder but Git's and DVC's own, and their texts. JSON and YAML has to parse."""
    from ruamel.yaml import YAML

    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", ".dvc")]
        for name in names:
            text = read_file(os.path.join(base, name))
            if name.endswith(".json"):
                json.loads(text)
            elif name.endswith(".yaml"):
                assert text, f"{name} is empty"
                YAML(typ="safe").load(text)
            yield name, text


def keeps_the_users(text: str) -> bool:
    """Whether a dvc.yaml that was USERS still says all that."""
    return text.startswith(USERS.split("plots:")[0]) and "mine.csv: {x: a, y: b}" in text
