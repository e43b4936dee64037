"""The commands that record a program, or what is left of one: run, parse, formats, import, recover."""

from __future__ import annotations

import os
from typing import Any

import click

from ..config import BY_NAME
from .group import cli, told, with_options

RUN_EXAMPLES = """\b
Examples:
  dvclive run -- python train.py --lr 0.1
  dvclive run --exp-name baseline -P note=first -- ./simulate 100
  dvclive run --progress -- python train.py --epochs 100
  dvclive run --no-save-dvc-exp --pattern 'loss is (?P<loss>\\S+)' -- make train
"""


@cli.command(context_settings={"allow_interspersed_args": False}, epilog=RUN_EXAMPLES)
@with_options(BY_NAME)
@click.argument("command", nargs=-1, required=True, metavar="-- CMD [ARG]...", type=click.UNPROCESSED)
@click.pass_context
def run(context: click.Context, /, command: tuple[str, ...], **given: Any) -> None:
    """Run CMD, pass its output through untouched, and record what it prints as an experiment.

    The exit status is CMD's own; 125 when dvclive itself fails before CMD starts, 126 and 127 when CMD
    cannot be run or found. Every option can also be set by an environment variable (DVCLIVE_DIR,
    DVCLIVE_EXP_NAME, ...), in [tool.dvclive] of pyproject.toml, or in dvclive.toml.
    """
    from ..supervision import start

    context.exit(start.run(told(given), list(command)))


PARSE_EXAMPLES = """\b
Examples:
  dvclive parse train.log
  make train 2>&1 | dvclive parse - --explain
  dvclive parse out.log --stderr err.log --json
"""
_CAPTURE = ("format", "pattern", "names", "ranks", "trust_stdout")
"""The options of `run` that say how output is read."""


@cli.command(epilog=PARSE_EXAMPLES)
@click.argument("log")
@click.option("--stderr", "stderr_log", metavar="LOG", help="Log of the program's stderr.")
@with_options(_CAPTURE)
@click.option("--json", "how", flag_value="json", help="One JSON object a line for each point.")
@click.option("--explain", "how", flag_value="explain", help="Say of each line what took it, or why nothing.")
@click.option("--emit-config", "how", flag_value="config", help="Write what was found as a dvclive.toml.")
@click.pass_context
def parse(context: click.Context, /, log: str, stderr_log: str | None, how: str | None, **given: Any) -> None:
    """Show the metrics that `dvclive run` would capture from the finished LOG.

    - reads standard input; .gz, .bz2 and .xz are unpacked; a metric file (CSV, TSV, JSON, TensorBoard
    events) is read as `--watch` reads it, unless --format says otherwise.
    """
    from ..commands.parse import Log, main

    logs = [Log("stdout", log), *([Log("stderr", stderr_log)] if stderr_log else [])]
    context.exit(main(told(given), logs, how or "table"))


@cli.command(epilog="\b\nExamples:\n  dvclive formats")
@click.pass_context
def formats(context: click.Context, /) -> None:
    """List the formats that are known, each with example lines (a tab is shown as an arrow)."""
    from ..commands.parse import main

    context.exit(main({}, [], ""))


IMPORT_EXAMPLES = """\b
Examples:
  dvclive import train.log
  dvclive import --exp-name sweep logs/*.log.gz
  dvclive import --no-save-dvc-exp --dir old results.csv
  dvclive import runs/Nov21_09-15-57
"""
_IMPORT = (
    *("dir", "report", "save_dvc_exp", "dvcyaml", "cache_images", "exp_name", "exp_message", "param"),
    *("params_file", "artifact", *_CAPTURE, "quiet"),
)


@cli.command("import", epilog=IMPORT_EXAMPLES)
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--stderr", "stderr_log", metavar="LOG", help="Log of the program's stderr.")
@with_options(_IMPORT)
@click.pass_context
def import_(context: click.Context, /, logs: tuple[str, ...], stderr_log: str | None, **given: Any) -> None:
    """Record finished logs, each LOG as a run of its own.

    A LOG is what a program printed, a metric file (CSV, TSV, JSON, a TensorBoard event file), a folder
    of metric files, or - for standard input; .gz, .bz2 and .xz are read too. Each run is saved as an
    experiment called after its LOG. Several are recorded one after another into the same directory, as
    experiments are compared by their paths; where no experiments are saved, each gets a folder of its own in
    the directory. A LOG without metrics leaves everything as it was.
    """
    from ..commands.importing import main

    context.exit(main(told(given), logs, stderr_log))


RECOVER_EXAMPLES = """\b
Examples:
  dvclive recover
  dvclive recover runs/night --exp-name night
"""


@cli.command(epilog=RECOVER_EXAMPLES)
@click.argument("folder", required=False, metavar="[DIR]")
@with_options(("report", "save_dvc_exp", "dvcyaml", "exp_name", "exp_message", "quiet"))
@click.pass_context
def recover(context: click.Context, /, folder: str | None, **given: Any) -> None:
    """Finish the run in DIR whose recorder and supervisor are gone (killed, or the machine went down).

    Torn rows are dropped, metrics.json and dvc.yaml made from the rows again, the status set to
    supervisor-lost, and the experiment saved. A run that ended well and only lacks its experiment gets it.
    """
    from ..commands.recover import main

    context.exit(main(told(given), folder, os.environ))
