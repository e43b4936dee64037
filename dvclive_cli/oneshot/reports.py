"""`dvclive report`: of the run that commands keep open, or of any that was recorded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..disk import files
from ..errors import UsageError
from ..runs import outputs
from . import alone


def run(given: Mapping[str, Any], words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Write the report, print its path; the exit status. Raises DvcliveError and OSError."""
    if len(words) > 1:
        raise UsageError("too-many-words", f"A report is of one run, not of {len(words)}", "Name one.")
    folder, output = alone.settings_of(given, environ).dir, given.get("output")
    is_open = os.path.exists(os.path.join(folder, files.OPEN_RUN))
    if not words and (not _holds_a_run(folder) or (is_open and not output)):
        return alone.run("report", given, words, environ)
    from ..commands.reporting import report

    form = given.get("format") or ("md" if str(output).endswith(".md") else "html")
    path = report(words[0] if words else folder, form, output, os.getcwd(), folder)
    if path:
        print(path)  # noqa: T201
    return 0


def _holds_a_run(folder: str) -> bool:
    names = (outputs.RUN_JSON, outputs.METRICS_JSON, outputs.PARAMS_YAML, outputs.METRICS)
    return any(os.path.exists(os.path.join(folder, name)) for name in names)
