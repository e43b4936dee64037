"""`dvclive compare`: runs beside each other on the terminal, or as a page for a browser."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence

from ..disk import files
from ..errors import DvcliveError, UsageError
from ..runs import recorded
from ..runs.cached import Cached
from ..saying import answered
from ..screens import paint, several
from ..writers.report import comparison, gather
from . import showing


def compare(
    words: Sequence[str],
    globs: Sequence[str],
    width: int | None,
    page: str | None,
    environ: Mapping[str, str],
) -> int:
    """`dvclive compare` from its words to its exit status."""

    def body() -> None:
        chosen = [*words, showing.run_folder(environ)] if len(words) == 1 else words
        if page is None:
            runs, how = showing.read(chosen, globs, environ)
            size = paint.columns(sys.stdout, width)
            lines = several.lines(
                runs, how, time.time(), size, curves=paint.speaks_unicode(sys.stdout), chosen=bool(globs)
            )
            paint.show(lines, sys.stdout, environ, size)
        else:
            _write(page, _page(chosen, globs, environ))

    return answered(body)


def _page(words: Sequence[str], globs: Sequence[str], environ: Mapping[str, str]) -> str:
    cwd, run_dir = os.getcwd(), showing.run_folder(environ)
    compared = []
    for word in words:
        title, place = recorded.find(word, cwd, run_dir)
        showing.announce(place)
        run = several.chosen(recorded.read(title, place), globs)
        how = showing.stands(place)
        images = gather.images(Cached(place, cwd))
        compared.append(comparison.Compared(run, how.lasting(), how.command, images))
    runs = [one.run for one in compared]
    titles = [run.title for run in runs]
    metrics = comparison.Table(several.heads_of_metrics(titles), several.rows_of_metrics(runs))
    differing = several.different(runs)
    names = dict.fromkeys([*differing, *(name for run in runs for name in run.params)])
    params = comparison.Table(
        ["param", *titles],
        [[name, *(run.params.get(name, "") for run in runs)] for name in names],
        len(differing),
    )
    return comparison.page(compared, metrics, params, time.time_ns() // 1_000_000)


def _write(path: str, text: str) -> None:
    if os.path.isdir(path):
        raise UsageError("compare-failed", f"{path} is a directory", "Give the file to write (--html FILE).")
    try:
        files.replace(path, text.encode())
    except OSError as error:
        raise DvcliveError(
            "compare-failed", f"{path} cannot be written: {error.strerror}", "Give another file."
        ) from None
    sys.stdout.write(f"{path}\n")
    sys.stdout.flush()
