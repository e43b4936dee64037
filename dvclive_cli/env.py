"""Names of environment variables, each written once.

Values are read by the callers, from the mapping they are given; nothing is read at import.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Ours: told to the child.
FIFO = "DVCLIVE_FIFO"
DIR = "DVCLIVE_DIR"
SHIM = "DVCLIVE_SHIM"  # which shims, or "off"
VERBOSE = "DVCLIVE_VERBOSE"  # shims tell what they do

# Ours: read. Every option of `dvclive run` also answers to PREFIX + its name in upper case.
PREFIX = "DVCLIVE_"
LOGLEVEL = "DVCLIVE_LOGLEVEL"
OPEN = "DVCLIVE_OPEN"
RESUME = "DVCLIVE_RESUME"
TEST = "DVCLIVE_TEST"

# DVC's: who runs us, and how the experiment is called.
DVC_ROOT = "DVC_ROOT"
DVC_EXP_BASELINE_REV = "DVC_EXP_BASELINE_REV"
DVC_EXP_NAME = "DVC_EXP_NAME"
DVC_EXP_AUTO_PUSH = "DVC_EXP_AUTO_PUSH"
DVC_EXP_GIT_REMOTE = "DVC_EXP_GIT_REMOTE"

# The world's.
NO_COLOR = "NO_COLOR"
GITHUB_STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
PYTHONPATH = "PYTHONPATH"
PYTHONUNBUFFERED = "PYTHONUNBUFFERED"
LC_CTYPE = "LC_CTYPE"


def callers(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment as the caller gave it, for a child.

    In the C locale, as in containers without LANG, CPython sets LC_CTYPE at its start (PEP 538), for its
    children too. What it was before that stays in /proc/self/environ: proc(5).
    """
    if environ.get(LC_CTYPE) not in ("C.UTF-8", "C.utf8", "UTF-8"):
        return environ
    try:
        with open("/proc/self/environ", "rb") as file:
            given = file.read().split(b"\0")
    except OSError:
        return environ
    told = [entry for entry in given if entry.startswith(b"LC_CTYPE=")]
    restored = {name: value for name, value in environ.items() if name != LC_CTYPE}
    return {**restored, LC_CTYPE: os.fsdecode(told[0][9:])} if told else restored
