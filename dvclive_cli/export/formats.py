"""The formats by name, and the ones that are small: OpenMetrics, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from dvclive_cli.events import Json, Scalar

from . import markdown
from .values import Recorded, number

FORMATS = ("markdown", "json", "csv", "openmetrics")


def render(run: Recorded, form: str, base: Recorded | None = None) -> str:
    """The run as text.

    Parameters:
        form: one of FORMATS.
        base: a run to compare with, in Markdown and JSON.
    """
    if form == "markdown":
        return markdown.render(run, base)
    if form == "json":
        return _json(run, base)
    return _csv(run) if form == "csv" else _openmetrics(run)


def _json(run: Recorded, base: Recorded | None) -> str:
    """One object: title, status, exit_code, signal, seconds, step, metrics and params by whole name."""
    shown = _object(run)
    if base is not None:
        shown["base"] = _object(base)
        shown["change"] = {
            name: now - then
            for name, value in run.metrics.items()
            if (now := number(value)) is not None and (then := number(base.metrics.get(name))) is not None
        }
    return json.dumps(shown, indent=2, default=str) + "\n"


def _object(run: Recorded) -> dict[str, Any]:
    outcome = run.outcome
    return {
        "title": run.title,
        "status": outcome.status if outcome else None,
        "exit_code": outcome.exit_code if outcome else None,
        "signal": outcome.signal if outcome else None,
        "seconds": run.seconds,
        "step": run.step,
        "metrics": {name: _strict(value) for name, value in run.metrics.items()},
        "params": {name: _strict(value) for name, value in run.params.items()},
    }


def _strict(value: Json) -> Json:
    """JSON has no NaN and no infinities (RFC 8259): they become texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _strict(item) for key, item in value.items()}
    return value


def _csv(run: Recorded) -> str:
    """A row a step, a column a series, in RFC 4180's quoting; a second value of a step takes a second row."""
    names = [curve.name for curve in run.curves]
    rows: dict[tuple[int, int], dict[str, Scalar]] = {}
    for curve in run.curves:
        seen: dict[int, int] = {}
        for point in curve.points:
            again = seen[point.step] = seen.get(point.step, -1) + 1
            rows.setdefault((point.step, again), {})[curve.name] = point.value
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", *names])
    for step, again in sorted(rows):
        row = rows[step, again]
        writer.writerow([step, *(row.get(name, "") for name in names)])
    return out.getvalue()


def _openmetrics(run: Recorded) -> str:
    """Gauges of the last values, as GitLab's metrics reports and Prometheus read them.

    Format: OpenMetrics 1.0, "Text format". A name may hold letters, digits, `_` and `:`; where two names
    would meet, the printed name tells them apart as a label.
    """
    families: dict[str, list[tuple[str, str]]] = {}
    for name, value in run.metrics.items():
        text = _sample(value)
        if text is not None:
            families.setdefault(_family(name), []).append((name, text))
    lines: list[str] = []
    for family, samples in families.items():
        lines.append(f"# TYPE {family} gauge")
        for name, text in samples:
            label = f'{{name="{_label(name)}"}}' if len(samples) > 1 else ""
            lines.append(f"{family}{label} {text}")
    return "\n".join([*lines, "# EOF"]) + "\n"


def _sample(value: Json) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    return str(value) if isinstance(value, (int, float)) else None


def _family(name: str) -> str:
    text = re.sub(r"[^A-Za-z0-9_:]+", "_", name).strip("_")
    return text if text[:1].isalpha() else f"_{text}"


def _label(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
