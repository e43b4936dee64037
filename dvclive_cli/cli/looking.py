"""The commands that look at runs, and hand them to other tools: show, watch, ls, compare, export."""

from __future__ import annotations

import os

import click

from .group import cli

SHOW_EXAMPLES = """\b
Examples:
  dvclive show
  dvclive show runs/night --metric '*loss*'
  dvclive show quick-otter main
"""
_METRIC = click.option(
    "--metric", "globs", multiple=True, metavar="GLOB", help="Only metrics of such a name. Repeatable."
)
_WIDTH = click.option("--width", type=click.IntRange(min=1), metavar="COLUMNS", help="Draw this wide.")


@cli.command(epilog=SHOW_EXAMPLES)
@click.argument("words", nargs=-1, metavar="[RUN]...")
@_METRIC
@_WIDTH
@click.pass_context
def show(
    context: click.Context, /, words: tuple[str, ...], globs: tuple[str, ...], width: int | None
) -> None:
    """Show runs in the terminal.

    Told are how a run stands, its params, its metrics and its curves. RUN is a directory, the name of an
    experiment, or a Git revision; without it the run in the configured directory. Several are shown
    beside each other, with their curves in one chart.
    """
    from ..commands.showing import show as body

    context.exit(body(words, globs, width, os.environ))


WATCH_EXAMPLES = """\b
Examples:
  dvclive watch
  dvclive watch runs/night
"""


@cli.command(epilog=WATCH_EXAMPLES)
@click.argument("folder", required=False, metavar="[DIR]")
@_WIDTH
@click.pass_context
def watch(context: click.Context, /, folder: str | None, width: int | None) -> None:
    """Follow a run live, from another terminal.

    q or Ctrl-C leaves, and the run in DIR goes on. Ends when the run ends. Where standard output is no
    terminal, a line a second is printed instead: `ssh -t` gives a terminal on another machine, plain
    `ssh` lines.
    """
    from ..commands.following import watch as body

    context.exit(body(folder, width, os.environ))


LS_EXAMPLES = """\b
Examples:
  dvclive ls
  dvclive ls runs
  dvclive ls --json
"""


@cli.command(epilog=LS_EXAMPLES)
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of a table.")
@_WIDTH
@click.pass_context
def ls(context: click.Context, /, folder: str | None, as_json: bool, width: int | None) -> None:
    """List runs and experiments.

    The runs are those in DIR and below, the experiments those of its repository. Shown are up to four
    metrics whose names say which way is good (losses, accuracies, scores, ...).
    """
    from ..commands.listing import ls as body

    context.exit(body(folder, width, os.environ, as_json=as_json))


COMPARE_EXAMPLES = """\b
Examples:
  dvclive compare main
  dvclive compare main quick-otter runs/night --metric '*loss*'
  dvclive compare main quick-otter --html comparison.html
"""


@cli.command(epilog=COMPARE_EXAMPLES)
@click.argument("words", nargs=-1, required=True, metavar="RUN...")
@_METRIC
@_WIDTH
@click.option(
    "--html",
    "page",
    type=click.Path(readable=False),
    metavar="FILE",
    help="Write a page for a browser instead.",
)
@click.pass_context
def compare(
    context: click.Context,
    /,
    words: tuple[str, ...],
    globs: tuple[str, ...],
    width: int | None,
    page: str | None,
) -> None:
    """Compare runs, in the terminal or as a page.

    Told is what differs in their params and metrics, and their curves share a chart. RUN is a directory,
    the name of an experiment, or a Git revision; the others are measured against the first. With one RUN
    alone, the run in the configured directory is measured against it. The page that --html writes also
    holds their images, side by side, and needs no network.
    """
    from ..commands.comparing import compare as body

    context.exit(body(words, globs, width, page, os.environ))


EXPORT_EXAMPLES = """\b
Examples:
  dvclive export --format csv > curves.csv
  dvclive export quick-otter --compare main >> summary.md
  dvclive export --format openmetrics --output metrics.txt
"""


@cli.command(epilog=EXPORT_EXAMPLES)
@click.argument("run", required=False)
@click.option(
    "--dir",
    default="dvclive",
    envvar="DVCLIVE_DIR",
    metavar="PATH",
    help="The run's directory.",
    show_default=True,
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("markdown", "json", "csv", "openmetrics")),
    default="markdown",
    show_default=True,
    help="What to write.",
)
@click.option("--compare", metavar="RUN", help="Also compare with this one (markdown, json).")
@click.option("--output", metavar="PATH", help="Write to this file instead of standard output.")
@click.pass_context
def export(context: click.Context, /, **words: str | None) -> None:
    """Write a recorded run for other tools: a summary, its values, or its curves.

    RUN is a directory, the name of an experiment, or a Git revision; without it the run in --dir.
    """
    from ..commands.exporting import export

    context.exit(export(words, os.getcwd()))
