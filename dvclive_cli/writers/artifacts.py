"""artifacts/: copies of what is to be tracked, and the entries that describe it in dvc.yaml."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from dvclive_cli.disk import pathnames
from dvclive_cli.errors import UsageError
from dvclive_cli.events import Artifact, Json

NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-/_]*[a-zA-Z0-9])?")
"""What DVC takes as the name of an artifact (gto.constants.name)."""


def metadata(artifact: Artifact) -> dict[str, Json]:
    """What dvc.yaml says of an artifact besides its path; empty where nothing was given."""
    given: Mapping[str, Json] = {
        "type": artifact.type,
        "desc": artifact.desc,
        "labels": list(artifact.labels),
        "meta": dict(artifact.meta),
    }
    return {key: value for key, value in given.items() if value}


def artifact_name(artifact: Artifact) -> str:
    """The entry's name: the given one, else the path's last part without its suffix.

    Raises UsageError `artifact-name` for one that DVC would not take.
    """
    stem = os.path.splitext(os.path.basename(os.path.normpath(artifact.path)))[0]
    name = artifact.name or stem
    if NAME.fullmatch(name):
        return name
    raise UsageError(
        "artifact-name",
        f"{name!r} cannot be the name of an artifact",
        "Use letters and digits, with - _ / between them; without one it is tracked but not described.",
    )


def copy(source: str, folder: str) -> str:
    """Copy a file or folder into `folder`, in place of an older copy; the copy's path. Raises OSError."""
    import shutil

    target = pathnames.safe_join(folder, os.path.basename(os.path.normpath(source)), "")
    if os.path.abspath(source) == target:
        return target
    os.makedirs(folder, exist_ok=True)
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    elif os.path.lexists(target):
        os.unlink(target)  # never write through a link into DVC's cache
    if os.path.isdir(source):
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
    return target
