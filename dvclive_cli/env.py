"""Names of environment variables, each written once.

Values are read by the callers, from the mapping they are given; nothing is read at import.
"""

from __future__ import annotations

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

# Studio's, as DVC and DVCLive 3.x read them.
STUDIO_TOKENS = ("DVC_STUDIO_TOKEN", "STUDIO_TOKEN")
STUDIO_URL = "DVC_STUDIO_URL"

# The world's.
NO_COLOR = "NO_COLOR"
GITHUB_STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
PYTHONPATH = "PYTHONPATH"
PYTHONUNBUFFERED = "PYTHONUNBUFFERED"
