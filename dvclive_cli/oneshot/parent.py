"""Which script runs us: what run.json names as the program of the run. Reads /proc alone."""

from __future__ import annotations

import os


def command_of_parent(own: list[str]) -> list[str]:
    """The words of the process that started us (`sh train.sh`); our own where those say nothing.

    Parameters:
        own: our own words.
    """
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as file:
            words = file.read(1 << 16).rstrip(b"\0").split(b"\0")
    except OSError:
        words = []
    if len(words) > 1:  # a shell alone is somebody at a prompt
        return [word.decode("utf-8", "replace") for word in words]
    return ["dvclive", *own[1:]]
