"""`dvclive export`: a recorded run for other tools."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ..export import Recorded, render
from ..runs import recorded
from ..runs.summaries import write
from ..saying import answered


def export(words: Mapping[str, str | None], cwd: str) -> int:
    """`dvclive export` from its words (run, dir, form, compare, output) to its exit status."""

    def body() -> None:
        run_dir = words["dir"] or ""
        form = words["form"] or "markdown"
        run, base = _read(words["run"] or run_dir, words["compare"], cwd, run_dir, form == "csv")
        text = render(run, form, base)
        if words["output"]:
            write(os.path.join(cwd, words["output"]), text, "w")
        else:
            sys.stdout.write(text)

    return answered(body)


def _read(
    word: str, compare: str | None, cwd: str, run_dir: str, rows: bool
) -> tuple[Recorded, Recorded | None]:
    """The run and the one to compare with. `rows`: of the run, every point is wanted."""
    kept = sys.maxsize if rows else recorded.WHOLE_BYTES
    run = recorded.read(*recorded.find(word, cwd, run_dir), whole=kept)
    base = recorded.read(*recorded.find(compare, cwd, run_dir, but=word)) if compare else None
    return run, base
