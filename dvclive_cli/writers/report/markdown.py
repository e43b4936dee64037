"""report.md: the run as a pull request shows it, with its images beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from dvclive_cli import marks
from dvclive_cli.export import render
from dvclive_cli.export.markdown import COLOURS, legend, xychart
from dvclive_cli.export.values import number
from dvclive_cli.texts import shown

from .sheet import Figure, Sheet

MAX_IMAGES, MAX_PLOTS, MAX_CLASSES, MAX_BARS = 40, 20, 12, 30
PLACES = 61  # values of a line in a Mermaid chart
OPEN_OUTPUT_LINES = 20


def text(sheet: Sheet, images: str = "plots/images") -> str:
    """The report's text. `images`: the folder of the images, relative to the file."""
    return "\n".join(
        [render(sheet.run, "markdown"), *_plots(sheet), *_images(sheet, images), *_output(sheet)]
    )


def _plots(sheet: Sheet) -> Iterator[str]:
    shown = [lines for figure in sheet.figures if (lines := _plot(figure))]
    if shown:
        yield "#### Plots\n"
    for lines in shown[:MAX_PLOTS]:
        yield from lines
    if len(sheet.figures) > len(shown[:MAX_PLOTS]):
        yield f"... and {len(sheet.figures) - len(shown[:MAX_PLOTS])} more plots.\n"


def _plot(figure: Figure) -> list[str]:
    """Lines as a chart, bars and small confusion matrices as tables; nothing for others."""
    if figure.form == "confusion" and len(figure.labels) <= MAX_CLASSES:
        rows = [[label, *counts] for label, counts in zip(figure.labels, figure.counts, strict=True)]
        head = [f"{figure.x_label} \\ {figure.y_label}", *figure.labels]
        table = marks.table([marks.escaped(one) for one in head], rows, range(1, len(head)))
        return [f"{marks.escaped(figure.title)}\n", *table, ""]
    if figure.form == "bar":
        (name, (labels, values)), *_ = figure.columns.items()
        rows = [[label, shown(value)] for label, value in zip(labels, values, strict=True)][:MAX_BARS]
        return [f"{marks.escaped(figure.title)}\n", *marks.table(["", marks.escaped(name)], rows, (1,)), ""]
    if figure.form != "linear" or not figure.columns:
        return []
    columns = list(figure.columns.items())[: len(COLOURS)]
    ends = [number(xs[end]) for _, (xs, _) in columns for end in (0, -1)]
    places = [end for end in ends if end is not None]
    low, high = min(places, default=0.0), max(places, default=0.0)
    if low == high:
        return []
    lines = [_even(xs, ys, low, high) for _, (xs, ys) in columns]
    return [
        *legend([name for name, _ in columns]),
        *xychart(figure.title, figure.x_label, (low, high), lines),
    ]


def _even(xs: Sequence[Any], ys: Sequence[float], low: float, high: float) -> list[float]:
    """The line at even distances: Mermaid's charts know no others."""
    found, at = [], 0
    for place in range(PLACES):
        x = low + (high - low) * place / (PLACES - 1)
        while at < len(xs) - 1 and xs[at + 1] <= x:
            at += 1
        left, right = xs[at], xs[min(at + 1, len(xs) - 1)]
        share = min(1.0, max(0.0, (x - left) / (right - left))) if right > left else 0.0
        found.append(ys[at] + share * (ys[min(at + 1, len(ys) - 1)] - ys[at]))
    return found


def _images(sheet: Sheet, folder: str) -> Iterator[str]:
    if not sheet.pictures:
        return
    yield "#### Images\n"
    for picture in sheet.pictures[:MAX_IMAGES]:
        path = picture.shots[-1].path  # the newest one
        link = marks.link(posixpath.join(folder, path))
        yield f"{marks.escaped(path)}\n\n![{marks.escaped(path)}]({link})\n"
    if len(sheet.pictures) > MAX_IMAGES:
        yield f"... and {len(sheet.pictures) - MAX_IMAGES} more images.\n"


def _output(sheet: Sheet) -> Iterator[str]:
    """The last lines of a program that did not end well."""
    outcome = sheet.run.outcome
    if not sheet.tail or outcome is None or outcome.status == "completed":
        return
    yield "<details><summary>The last lines of output</summary>\n"
    for line in sheet.tail.split("\n")[-OPEN_OUTPUT_LINES:]:
        yield f"    {marks.clean(line)}"  # indented code: nothing in it ends it
    yield "\n</details>\n"
