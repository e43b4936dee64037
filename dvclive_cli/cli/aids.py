"""What stands beside a run: help for other languages, the doctor, Studio."""

from __future__ import annotations

import os

import click

from .group import cli


@cli.command("help-protocol", epilog="\b\nExamples:\n  dvclive help-protocol")
def help_protocol() -> None:
    """Show how any program logs to a run: one printed line."""
    from ..protocol import HELP

    click.echo(HELP)


ADAPTER_EXAMPLES = """\b
Examples:
  dvclive adapter
  dvclive adapter c > dvclive.h
  dvclive adapter bash > dvclive.sh
"""


@cli.command(epilog=ADAPTER_EXAMPLES)
@click.argument("language", required=False)
@click.pass_context
def adapter(context: click.Context, /, language: str | None) -> None:
    """Print the file with which a program in LANGUAGE logs to a run; without LANGUAGE, list them."""
    from ..commands.adapter import main

    context.exit(main(language))


DOCTOR_EXAMPLES = """\b
Examples:
  dvclive doctor
  dvclive doctor runs/night --json
"""


@cli.command(epilog=DOCTOR_EXAMPLES)
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def doctor(context: click.Context, /, folder: str | None, as_json: bool) -> None:
    """Tell what this machine allows, and how the run in DIR stands; with the command that mends it.

    The exit status is 1 where something is broken, 0 otherwise.
    """
    from ..commands.doctor import main

    context.exit(main(folder, os.environ, as_json=as_json))


STUDIO_EXAMPLES = """\b
Examples:
  export DVC_STUDIO_TOKEN=<token>        # or, once: dvc studio login
  dvclive run -- python train.py         # metrics, params, images and plots appear at Studio as it goes
  dvclive studio status
  dvclive studio sync                    # what could not be sent while it ran
"""


@cli.group(epilog=STUDIO_EXAMPLES)
def studio() -> None:
    """Live updates to Studio: where they go, and sending what is left.

    With a token every run sends updates: `dvclive run`, `Live` and the commands for scripts. Outside a Git
    repository DVC_EXP_GIT_REMOTE says which one the run belongs to; DVC_STUDIO_OFFLINE=1 turns updates off.
    """


@studio.command(
    "status", epilog="\b\nExamples:\n  dvclive studio status\n  dvclive studio status runs/a --json"
)
@click.argument("folder", default="dvclive", envvar="DVCLIVE_DIR", metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def studio_status(context: click.Context, /, folder: str, as_json: bool) -> None:
    """Show the server, the repository, where the token comes from, and what is unsent of the run in DIR.

    The exit status is 1 where the server cannot be reached.
    """
    from ..commands import syncing

    context.exit(syncing.status(folder, os.environ, as_json=as_json))


@studio.command("sync", epilog="\b\nExamples:\n  dvclive studio sync\n  dvclive studio sync runs/a")
@click.argument("folder", default="dvclive", envvar="DVCLIVE_DIR", metavar="[DIR]")
@click.pass_context
def studio_sync(context: click.Context, /, folder: str) -> None:
    """Send Studio what it has not heard of the runs in DIR, also of earlier ones there.

    The exit status is 1 where something is left.
    """
    from ..commands import syncing

    context.exit(syncing.sync(folder, os.environ))
