"""report.html: one file with its data, its script and its style; it needs no network and no other file.

Names, params and output are hostile: they are in the page as JSON alone, with every `<` escaped, and the
script makes text nodes of them. Besides, the page's own policy (a Content-Security-Policy with the hash of
each script) lets no other script run and loads nothing from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from dvclive_cli.events import Json
from dvclive_cli.marks import clean
from dvclive_cli.outcome import COMPLETED, IMPORTED

from .lines import charts
from .sheet import Figure, Line, Sheet

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
SCRIPTS = (
    *("page.js", "dom.js", "scales.js", "chart.js", "save.js"),
    *("figures.js", "pictures.js", "sections.js", "live.js"),
)
"""Our own, in the order in which they build on each other; they share one function scope."""
PROBE = "probe.js"
UPLOT = "uPlot.iife.min.js"  # 1.6.32, MIT: uPlot.LICENSE
STYLES = ("uPlot.min.css", "page.css")

_SHELL = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<p id="still">This page draws itself with a script of its own. Where scripts are not run, open the file
in a browser, or write the report as text: <code>dvclive report --format md</code>.</p>
<script type="application/json" id="data">{data}</script>
{scripts}
</body>
</html>
"""


def page(sheet: Sheet) -> str:
    """The page's text."""
    return shell(sheet.run.title, data(sheet))


def shell(title: str, known: str) -> str:
    """A page that shows what is known. `known`: by `embedded`."""
    scripts, style, policy = _assets()
    return _SHELL.format(
        policy=policy, title=html.escape(clean(title)), style=style, data=known, scripts=scripts
    )


def tail_in(text: bytes, started_ms: int | None) -> str:
    """The last lines of output in a page of the same run; empty where there are none."""
    _, mark, rest = text.partition(b'<script type="application/json" id="data">')
    try:
        known = json.loads(rest.partition(b"</script>")[0]) if mark else None
    except ValueError:
        return ""
    if not isinstance(known, dict) or known.get("key") != f"{started_ms}":
        return ""
    return str(known.get("tail") or "")


def data(sheet: Sheet) -> str:
    """The sheet as the page's data."""
    return embedded(_plain(sheet))


def embedded(known: Mapping[str, Any]) -> str:
    """Data as JSON that may stand inside a script element.

    Nothing ends such an element, or begins a comment in it, but a `<` (HTML Standard, "Restrictions for
    contents of script elements").
    """
    text = json.dumps(known, allow_nan=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c")


@lru_cache(maxsize=1)
def _assets() -> tuple[str, str, str]:
    """The script elements, the style, and the policy that lets these and nothing else act."""
    own = '"use strict";(function () {\n' + "".join(map(_read, SCRIPTS)) + "})();\n"
    scripts = [_read(PROBE), _read(UPLOT), own]
    style = "".join(map(_read, STYLES))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "frame-src 'self' file:",  # the page looks at its newer self, live.js
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return "\n".join(f"<script>{script}</script>" for script in scripts), style, policy


def _read(name: str) -> str:
    with open(os.path.join(PAGE, name), encoding="utf-8") as file:
        return file.read()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _plain(sheet: Sheet) -> dict[str, Any]:
    run = sheet.run
    outcome = run.outcome
    said = "running" if sheet.running else outcome.describe() if outcome else "no end was recorded"
    kind = "running" if sheet.running else "unknown"
    if outcome is not None:
        kind = "good" if outcome.status in (COMPLETED, IMPORTED) else "bad"
    best = {
        row.name: (row.best_step, row.best)
        for row in sheet.rows
        if row.best is not None and row.best_step is not None
    }
    return {
        "title": clean(run.title),
        "key": f"{sheet.started_ms}",
        "running": sheet.running,
        "written": sheet.written_ms,
        "started": sheet.started_ms,
        "status": {"kind": kind, "text": clean(said), "seconds": run.seconds, "step": run.step},
        "facts": sheet.facts,
        "notes": sheet.notes,
        "tail": sheet.tail,
        "metrics": [[plain_value(cell) for cell in row] for row in sheet.rows],
        "params": [[name, plain_value(value)] for name, value in run.params.items()],
        "lines": [plain_line(line, best.get(line.name)) for line in sheet.lines],
        "charts": [
            {**one._asdict(), "system": one.title.startswith("system/")}
            for one in charts([line.name for line in sheet.lines])
        ],
        "pace": [[step for step, _ in sheet.pace], [ms for _, ms in sheet.pace]],
        "pictures": [
            {"name": one.name, "shots": [shot._asdict() for shot in one.shots]} for one in sheet.pictures
        ],
        "figures": [_figure(one) for one in sheet.figures],
    }


def plain_line(line: Line, best: tuple[int, float] | None = None) -> dict[str, Any]:
    """A line as the page takes it. `best`: the step and the value of its best point."""
    found: dict[str, Any] = {
        "name": line.name,
        "points": line.points,
        "x": [int(step) for step in line.steps],
        "y": _short(line.last),
    }
    if line.low:
        found |= {"low": _short(line.low), "high": _short(line.high)}
    if line.at:
        found["at"] = list(line.at)
    if best is not None:
        found["best"] = best
    return found


def _figure(figure: Figure) -> dict[str, Any]:
    columns = [{"name": name, "x": xs, "y": _short(ys)} for name, (xs, ys) in figure.columns.items()]
    return {**figure._asdict(), "columns": columns}


def _short(values: Sequence[float]) -> list[float]:
    """Seven digits: more than a screen has pixels, and half the bytes."""
    return [float(f"{value:.7g}") for value in values]


def plain_value(value: Json) -> Json:
    """A cell of a table. JSON has no NaN (RFC 8259), and a script has no integer beyond 2**53."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
