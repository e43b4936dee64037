"""Several runs in one page: that of a report, with a line a run in each chart, a column a run in each table.

What the columns hold is the caller's business; here they become the page's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dvclive_cli.events import Json
from dvclive_cli.export.values import Recorded
from dvclive_cli.marks import clean
from dvclive_cli.screens.several import Change

from . import html, lines
from .sheet import Picture

NAMED = 4  # runs in a title


class Compared(NamedTuple):
    """One of the runs. `said`: how it stands, in words; `command`: what was run."""

    run: Recorded
    said: str
    command: str
    pictures: Sequence[Picture]


class Table(NamedTuple):
    """Headings and rows; the first cell of a row names it. `differing`: so many rows come first."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Json | Change]]
    differing: int | None = None


def page(runs: Sequence[Compared], metrics: Table, params: Table, now_ms: int) -> str:
    """The page's text. `now_ms`: epoch milliseconds."""
    titles = [clean(one.run.title) for one in runs]
    title = " · ".join(titles if len(titles) <= NAMED else [*titles[: NAMED - 1], f"{len(titles)} runs"])
    drawn, charts = _charts(runs)
    facts = [[one.run.title, one.said, one.command] for one in runs]
    known: dict[str, Any] = {
        "title": title,
        "key": " · ".join(titles),
        "running": False,
        "written": now_ms,
        "started": None,
        "status": {"kind": "unknown", "text": f"{len(runs)} runs compared", "seconds": None, "step": None},
        "runs": titles,
        "differing": params.differing,
        "heads": {
            "metrics": metrics.heads,
            "params": params.heads,
            "facts": ["run", "status", "command"],
        },
        "facts": facts,
        "notes": [],
        "tail": "",
        "metrics": [[_cell(cell) for cell in row] for row in metrics.rows],
        "params": [[_cell(cell) for cell in row] for row in params.rows],
        "lines": drawn,
        "charts": charts,
        "pace": [[], []],
        "pictures": _pictures(runs),
        "figures": [],
    }
    return html.shell(title, html.embedded(known))


def _cell(cell: Json | Change) -> Any:
    if not isinstance(cell, Change):
        return html.plain_value(cell)
    return {"said": cell.said, "kind": cell.style} if cell.style else cell.said


def _charts(runs: Sequence[Compared]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines, and the charts: one a metric, those that several runs have before the others."""
    drawn: list[dict[str, Any]] = []
    places: dict[str, list[int]] = {}
    for number, one in enumerate(runs):
        for curve in one.run.curves:
            line = lines.of_curve(curve)
            if line is not None:
                places.setdefault(curve.name, []).append(len(drawn))
                named = line._replace(name=clean(one.run.title))
                best = None if curve.best is None else (curve.best.step, float(curve.best.value))
                drawn.append({**html.plain_line(named, best), "colour": number})  # in all charts the same
    order = sorted(places, key=lambda name: (name.startswith("system/"), len(places[name]) < 2))
    return drawn, [
        {"title": name, "lines": places[name], "system": False, "group": lines.start(name)} for name in order
    ]


def _pictures(runs: Sequence[Compared]) -> list[dict[str, Any]]:
    """The same picture of each run side by side."""
    names = dict.fromkeys(picture.name for one in runs for picture in one.pictures)
    return [
        {
            "name": f"{one.run.title}: {name}",
            "row": name,
            "of": clean(one.run.title),
            "shots": [shot._asdict() for shot in picture.shots],
        }
        for name in names
        for one in runs
        for picture in one.pictures
        if picture.name == name
    ]
