"""What an earlier part of a run has left in its directory, read back once when a run goes on.

Decides what counts where a view is torn or missing: the rows are the journal. It changes no view.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..disk import pathnames
from ..errors import DvcliveError
from ..events import Json, Scalar
from ..runs import outputs
from ..writers import metrics_json, params_yaml, run_json
from ..writers.metrics_tsv import MetricsTsv, last_value, mend

if TYPE_CHECKING:
    from ..export.values import Curve


class Earlier(NamedTuple):
    """The part before: its entries in run.json, its values and parameters, and its last step if any."""

    sessions: list[dict[str, Any]]
    summary: Mapping[str, Scalar]
    params: dict[str, Json]
    step: int | None


def read(folder: str, tsv: MetricsTsv, tell: Callable[[str], None]) -> Earlier:
    """Read what was left in a run directory; `tsv` goes on behind its rows, the last mended where torn."""
    last = tsv.resume()
    summary: Mapping[str, Scalar]
    try:
        summary, step = metrics_json.parse(_text(folder, outputs.METRICS_JSON))
    except ValueError:
        rows = ((name, mend(path)) for name, path in tsv.found())
        summary, step = {name: last_value(row) for name, row in rows if row is not None}, None
    params: dict[str, Json] = {}
    try:
        if text := _text(folder, outputs.PARAMS_YAML):
            params = params_yaml.parse(text)
    except ValueError as error:
        tell(f"The params of the earlier part are lost: params.yaml does not parse, {error}.")
    steps = [known for known in (step, last) if known is not None]
    sessions = run_json.parse(_text(folder, outputs.RUN_JSON))
    return Earlier(sessions, summary, params, max(steps, default=None))


def newer_values(folder: str, tsv: MetricsTsv, series: Mapping[str, Any]) -> dict[str, Scalar]:
    """The last values of the rows that metrics.json does not show yet, by name."""
    try:
        shown = os.stat(os.path.join(folder, outputs.METRICS_JSON)).st_mtime
    except OSError:
        shown = 0.0
    names = {pathnames.safe_name(name): name for name in series}
    return {
        names.get(name, name): last_value(row)
        for name, path in tsv.found()
        if os.stat(path).st_mtime > shown and (row := mend(path)) is not None
    }


def curves(folder: str) -> Mapping[str, Curve]:
    """The curves, by name; of long files stretches."""
    from ..runs import recorded

    try:
        found = recorded.read("", recorded.Folder(folder)).curves
    except DvcliveError:  # nothing was left
        found = ()
    return {curve.name: curve for curve in found}


def _text(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
