"""What `end` says: the panel that `dvclive run` shows too, or one JSON object for a script."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from ..config import BY_NAME
from ..errors import DvcliveError
from ..outcome import Outcome
from ..supervision.panel import Ending
from ..supervision.panel import show as show_panel
from ..writers.metrics_json import nested
from .kept import Kept


def show(kept: Kept, outcome: Outcome, notes: Mapping[str, int], environ: Mapping[str, str]) -> None:
    """Show the panel on standard error."""
    run, saved = kept.session.run, kept.experiment().saved
    show_panel(
        Ending(
            outcome=outcome,
            seconds=(outcome.end_ms - kept.about["opened_ms"]) / 1000,
            series=list(run.series.values()),
            points=run.points,
            dir=os.path.relpath(kept.folder),
            experiment=saved.exp_name if saved else None,
            notes=notes,
            advice="Log one: `dvclive log-metric loss 0.5`.",
        ),
        sys.stderr,
        environ,
    )


def summarise(kept: Kept, given: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """Tell CI, where there is one; what went wrong with that."""
    chosen = {
        name: given.get(name) or environ.get(BY_NAME[name].variable) for name in ("summary_file", "compare")
    }
    from ..runs import summaries

    saved = kept.experiment().saved
    title = (saved.exp_name if saved else None) or os.path.relpath(kept.folder)
    return summaries.tell_ci(kept.folder, title, chosen["summary_file"], chosen["compare"], environ)


def facts(
    kept: Kept, outcome: Outcome, notes: Mapping[str, int], failure: DvcliveError | None
) -> dict[str, Any]:
    """The same for a script. `experiment` and `revision` are null where none was saved."""
    run, saved = kept.session.run, kept.experiment().saved
    return {
        "dir": kept.folder,
        "status": outcome.status,
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "duration": (outcome.end_ms - kept.about["opened_ms"]) / 1000,
        "points": run.points,
        "experiment": saved.exp_name if saved else None,
        "revision": saved.exp_rev if saved else None,
        "pushed": saved.pushed if saved else None,
        "metrics": nested(run.summary(), run.shown_step),
        "params": run.params,
        "notes": list(notes),
        "error": None if failure is None else str(failure),
    }
