"""A command inside `dvclive run`: what it means to the recorder there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from .. import config
from ..errors import DvcliveError
from ..outcome import FAILED
from ..saying import say
from .build import events, outcome_told, params_given
from .send import Sender
from .table import OPTIONS_OF_START, STATUSES


def run(fifo: str, command: str, given: Mapping[str, Any], words: Sequence[str]) -> int:
    """Run a command of the table; its exit status. Raises DvcliveError."""
    sender = Sender(fifo, say)
    if command == "report":
        raise DvcliveError(
            "no-report",
            "Inside `dvclive run` the report is the recorder's",
            "Use `dvclive run --report html`.",
        )
    if command not in ("start", "end"):
        found = events(command, given, words)
        sender.open()
        sender.send(found)
    elif command == "end":
        sender.open()
        status = outcome_told(given).status
        answer = sender.ask("end", {"status": status if status in STATUSES else FAILED})
        if given.get("json"):
            print(json.dumps({"acknowledged": answer is not None, "experiment": None}))  # noqa: T201
    else:
        _join(sender, given)
    sender.close()
    return 0


def _join(sender: Sender, given: Mapping[str, Any]) -> None:
    """`start`: what `Live(...)` does there; the script is the program that logs."""
    told = {name: given[name] for name in OPTIONS_OF_START if name in given and name != "quiet"}
    settings = config.resolve(told, {}, {})
    options = {name: getattr(settings, name) for name in told}
    if options.get("dvcyaml"):
        options["dvcyaml"] = os.path.abspath(options["dvcyaml"])
    params = params_given(given)
    sender.open()
    answer = sender.ask("open", {"options": options, "pid": os.getppid()}) or b""
    if answer.startswith(b"no"):
        pid = json.loads(answer.partition(b" ")[2])["pid"]
        raise DvcliveError(
            "run-taken",
            f"Process {pid} logs this run already",
            "Wait until it has ended its run, or give this one another directory (--dir).",
        )
    sender.send(params)
