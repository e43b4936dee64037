"""What goes into a report: from the state of a run that goes on, or from a run that was recorded.

Both doors read images and plots from the run's files, through a `Place`. It must not know how a report looks.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from dvclive_cli.direction import LOW, better
from dvclive_cli.export.values import Curve, Recorded, curve_of, number
from dvclive_cli.outcome import Outcome
from dvclive_cli.run import Run
from dvclive_cli.series import Series

from . import figures, lines, pictures
from .sheet import Figure, Picture, Row, Sheet

MAX_LINES, MAX_ROWS, MAX_PARAMS, MAX_FIGURES = 1000, 2000, 2000, 100
MAX_PLOT_BYTES = 16 << 20
TAIL_LINES = 40
IMAGES = "plots/images"
PLOTS = ("plots/sklearn", "plots/custom")

Settings = Callable[[str], Mapping[str, Any]]
"""What dvc.yaml says of the plot at a path in the run directory."""


class Place(Protocol):
    """Where a run's files are: a folder, or a commit."""

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""

    def names(self, folder: str) -> list[tuple[str, int]]:
        """Path and size (bytes) of every file below a folder, both relative to the run."""


class About(NamedTuple):
    """What a report says besides what was logged.

    Parameters:
        title: the heading, e.g. the experiment's name.
        outcome: None while the run goes on, or where nobody knows.
        now_ms: epoch milliseconds.
        facts: those of run.json: start_ms, argv, cwd, host, git, ...
        tail: the last of the program's output, secrets masked.
        settings: what dvc.yaml says of a plot.
        earlier: the curves of the earlier part that a run goes on after, by name.
    """

    title: str
    outcome: Outcome | None
    now_ms: int
    facts: Mapping[str, Any]
    tail: str = ""
    settings: Settings = lambda path: {}
    earlier: Mapping[str, Curve] = {}


def of_run(run: Run, place: Place, about: About) -> Sheet:
    """The report of a run that is open here."""
    run.fold()
    started = about.facts.get("start_ms")
    end = about.outcome.end_ms if about.outcome else about.now_ms
    early = about.earlier
    charted = [
        one for one in run.series.values() if (one.low is not None and one.plotted) or one.name in early
    ]
    curves = [curve_of(one, early.get(one.name)) for one in charted[:MAX_LINES]]
    recorded = Recorded(
        about.title,
        about.outcome,
        None if started is None else max(0, end - started) / 1000,
        run.shown_step,
        run.summary(),
        run.params,
        curves,
    )
    return Sheet(
        recorded,
        about.outcome is None,
        about.now_ms,
        started,
        facts(about.facts),
        [*run.messages, *_left_out(len(charted), len(run.series), len(run.params))],
        lines_of_output(about.tail),
        [_row(one, early.get(one.name)) for one in run.series.values() if one.last is not None][:MAX_ROWS],
        lines.of_curves(curves),
        run.pace,
        images(place),
        _figures(place, about.settings),
    )


def of_recorded(recorded: Recorded, place: Place, about: About) -> Sheet:
    """The report of a run that was read back from its files."""
    curves = {curve.name: curve for curve in recorded.curves}
    return Sheet(
        recorded,
        False,
        about.now_ms,
        about.facts.get("start_ms"),
        facts(about.facts),
        _left_out(len(curves), len(recorded.metrics), len(recorded.params)),
        lines_of_output(about.tail),
        [_recorded_row(name, value, curves.get(name)) for name, value in recorded.metrics.items()][:MAX_ROWS],
        lines.of_curves(recorded.curves[:MAX_LINES]),
        (),
        images(place),
        _figures(place, about.settings),
    )


def _row(series: Series, before: Curve | None) -> Row:
    if before is not None:
        return _recorded_row(series.name, series.last, curve_of(series, before))
    way = better(series.name)
    best, step = None, None
    if way is not None and series.count > 1 and series.low is not None:
        low = way == LOW
        best, step = (series.low, series.low_step) if low else (series.high, series.high_step)
    return Row(series.name, series.last, best, step, series.low, series.high, series.count)


def _recorded_row(name: str, last: Any, curve: Curve | None) -> Row:
    if curve is None or not curve.whole:
        return Row(name, last)
    known = curve.extremes or curve.points
    values = [value for point in known if (value := number(point.value)) is not None]
    best = curve.best
    return Row(
        name,
        last,
        None if best is None else number(best.value),
        None if best is None else best.step,
        min(values, default=None),
        max(values, default=None),
        curve.total,
    )


def facts(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What run.json says of the run, for people."""
    git = known.get("git") or {}
    commit = str(git.get("commit") or "")[:10]
    branch = f" ({git['branch']})" if git.get("branch") else ""
    changed = ", with uncommitted changes" if git.get("dirty") else ""
    argv, user, host = known.get("argv"), known.get("user"), known.get("host")
    versions = known.get("versions") or {}
    said = {
        "Command": shlex.join(map(str, argv)) if isinstance(argv, (list, tuple)) else "",
        "Directory": known.get("cwd"),
        "Machine": f"{user}@{host}" if user and host else host,
        "Git": f"{commit}{branch}{changed}" if commit else "",
        "Versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
    }
    return [(label, str(value)) for label, value in said.items() if value]


def lines_of_output(text: str) -> str:
    """The last whole lines of output as a terminal would show them: bars as they last stood, no colours."""
    if not text.strip():
        return ""
    from dvclive_cli.capture.lines import refreshes

    shown = [refreshes(line)[0][-1] for line in text.encode("utf-8", "replace").split(b"\n")]
    return b"\n".join(shown[-TAIL_LINES:]).decode("utf-8", "replace").strip("\n")


def _left_out(charted: int, metrics: int, params: int) -> list[str]:
    counts = ((charted, MAX_LINES, "charts"), (metrics, MAX_ROWS, "metrics"), (params, MAX_PARAMS, "params"))
    return [f"The first {most} {what} of {count} are shown." for count, most, what in counts if count > most]


def images(place: Place) -> list[Picture]:
    """The pictures of a run."""
    start = len(IMAGES) + 1
    names = [(path[start:].replace(os.sep, "/"), size) for path, size in place.names(IMAGES)]
    return pictures.pictures(names, lambda name: place.read(f"{IMAGES}/{name}"))


def _figures(place: Place, settings: Settings) -> Sequence[Figure]:
    found: list[Figure] = []
    for folder in PLOTS:
        for path, size in place.names(folder):
            name = path[len(folder) + 1 :].removesuffix(".json")
            if not path.endswith(".json") or len(found) >= MAX_FIGURES:
                continue
            if size > MAX_PLOT_BYTES:
                found.append(Figure(name, "linear", trouble="It is too large for this page."))
                continue
            found.append(figures.figure(name, place.read(path) or b"", settings(path)))
    return found
