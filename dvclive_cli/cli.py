"""The commands of `dvclive`, declared for click. What they do is imported when they are called."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from . import __version__
from .config import OPTIONS
from .oneshot.table import COMMANDS, Command, is_word
from .options import CHOICE, FLAG, LIST, NUMBER, PATH, SWITCH, WHOLE, Option

F = TypeVar("F", bound=Callable[..., Any])

RUN_EXAMPLES = """\b
Examples:
  dvclive run -- python train.py --lr 0.1
  dvclive run --exp-name baseline -P note=first -- ./simulate 100
  dvclive run --no-save-dvc-exp --pattern 'loss is (?P<loss>\\S+)' -- make train
"""


SECTIONS = {
    "Record a program": ("run", "import", "recover", "parse", "formats"),
    "Look at runs": ("show", "watch", "ls", "compare"),
    "Record from a script, one command a value": tuple(command.name for command in COMMANDS),
}
"""What the list of commands shows first; the others follow."""


class _Sections(click.Group):
    """A group that lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        listed = [name for names in SECTIONS.values() for name in names]
        others = tuple(name for name in self.list_commands(ctx) if name not in listed)
        for title, names in {**SECTIONS, "More": others}.items():
            width = formatter.width - 6 - max(map(len, names))
            rows = [(name, self.commands[name].get_short_help_str(width)) for name in names]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(cls=_Sections, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dvclive")
def cli() -> None:
    """Record any program's output as a tracked, comparable DVC experiment."""


def _declare(option: Option) -> Callable[[F], F]:
    """An entry of the option table as click's decorator; the value None means: not given."""
    if option.kind == SWITCH:
        return click.option(
            f"{option.flags[0]}/{option.off_flag}", option.name, default=None, help=option.help
        )
    if option.kind == FLAG:
        return click.option(*option.flags, option.name, is_flag=True, default=None, help=option.help)
    kinds: Any = {NUMBER: click.FLOAT, WHOLE: click.INT, CHOICE: click.Choice(option.choices)}
    if option.kind == PATH or option.metavar == "FILE":
        kinds[option.kind] = click.Path(readable=False)  # completed as a file; what is in it is our business
    kind = kinds.get(option.kind, click.STRING)
    shown = f"  [default: {option.default}]" if isinstance(option.default, (str, float)) else ""
    return click.option(
        *option.flags,
        option.name,
        type=kind,
        default=None,
        multiple=option.kind == LIST,
        metavar=option.metavar or None,
        help=option.help + shown,
    )


def _with_run_options(function: F) -> F:
    for option in reversed(OPTIONS):
        function = _declare(option)(function)
    return function


@cli.command(context_settings={"allow_interspersed_args": False}, epilog=RUN_EXAMPLES)
@_with_run_options
@click.argument("command", nargs=-1, required=True, metavar="-- CMD [ARG]...", type=click.UNPROCESSED)
@click.pass_context
def run(context: click.Context, /, command: tuple[str, ...], **given: Any) -> None:
    """Run CMD, pass its output through untouched, and record what it prints as an experiment.

    The exit status is CMD's own; 125 when dvclive itself fails before CMD starts, 126 and 127 when CMD
    cannot be run or found. Every option can also be set by an environment variable (DVCLIVE_DIR,
    DVCLIVE_EXP_NAME, ...), in [tool.dvclive] of pyproject.toml, or in dvclive.toml.
    """
    from .supervision import start

    options = {key: value for key, value in given.items() if value not in (None, ())}
    context.exit(start.run(options, list(command)))


@cli.command("help-protocol", epilog="\b\nExamples:\n  dvclive help-protocol")
def help_protocol() -> None:
    """Show how any program logs to a run: one printed line."""
    from .protocol import HELP

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
    from .commands.adapter import main

    context.exit(main(language, sys.stdout))


PARSE_EXAMPLES = """\b
Examples:
  dvclive parse train.log
  make train 2>&1 | dvclive parse - --explain
  dvclive parse out.log --stderr err.log --json
"""
_CAPTURE = ("format", "pattern", "names", "ranks", "trust_stdout")
"""The options of `run` that say how output is read."""


def _with_options(names: tuple[str, ...]) -> Callable[[F], F]:
    """Those of the options of `run`, in their order."""

    def declare(function: F) -> F:
        for option in reversed([option for option in OPTIONS if option.name in names]):
            function = _declare(option)(function)
        return function

    return declare


@cli.command(epilog=PARSE_EXAMPLES)
@click.argument("log")
@click.option("--stderr", "stderr_log", metavar="LOG", help="Log of the program's stderr.")
@_with_options(_CAPTURE)
@click.option("--json", "how", flag_value="json", help="One JSON object a line for each point.")
@click.option("--explain", "how", flag_value="explain", help="Say of each line what took it, or why nothing.")
@click.option("--emit-config", "how", flag_value="config", help="Write what was found as a dvclive.toml.")
@click.pass_context
def parse(context: click.Context, /, log: str, stderr_log: str | None, how: str | None, **given: Any) -> None:
    """Show the metrics that `dvclive run` would capture from the finished LOG.

    - reads standard input; .gz, .bz2 and .xz are unpacked; a metric file (CSV, TSV, JSON, TensorBoard
    events) is read as `--watch` reads it, unless --format says otherwise.
    """
    from .commands.parse import Log, main

    logs = [Log("stdout", log), *([Log("stderr", stderr_log)] if stderr_log else [])]
    options = {key: value for key, value in given.items() if value not in (None, ())}
    context.exit(main(options, logs, how or "table"))


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
@_with_options(_IMPORT)
@click.pass_context
def import_(context: click.Context, /, logs: tuple[str, ...], stderr_log: str | None, **given: Any) -> None:
    """Record finished logs, each LOG as a run of its own.

    A LOG is what a program printed, a metric file (CSV, TSV, JSON, a TensorBoard event file), a folder
    of metric files, or - for standard input; .gz, .bz2 and .xz are read too. Each run is saved as an
    experiment called after its LOG. Several are recorded one after another into the same directory, as
    experiments are compared by their paths; where no experiments are saved, each gets a folder of its own in
    the directory. A LOG without metrics leaves everything as it was.
    """
    from .commands.importing import main

    options = {key: value for key, value in given.items() if value not in (None, ())}
    context.exit(main(options, logs, stderr_log))


RECOVER_EXAMPLES = """\b
Examples:
  dvclive recover
  dvclive recover runs/night --exp-name night
"""


@cli.command(epilog=RECOVER_EXAMPLES)
@click.argument("folder", required=False, metavar="[DIR]")
@_with_options(("report", "save_dvc_exp", "dvcyaml", "exp_name", "exp_message", "quiet"))
@click.pass_context
def recover(context: click.Context, /, folder: str | None, **given: Any) -> None:
    """Finish the run in DIR whose recorder and supervisor are gone (killed, or the machine went down).

    Torn rows are dropped, metrics.json and dvc.yaml made from the rows again, the status set to
    supervisor-lost, and the experiment saved. A run that ended well and only lacks its experiment gets it.
    """
    from .commands.recover import main

    context.exit(main({key: value for key, value in given.items() if value is not None}, folder, os.environ))


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
    from .commands.doctor import main

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
    from .commands import syncing

    context.exit(syncing.status(folder, os.environ, as_json=as_json))


@studio.command("sync", epilog="\b\nExamples:\n  dvclive studio sync\n  dvclive studio sync runs/a")
@click.argument("folder", default="dvclive", envvar="DVCLIVE_DIR", metavar="[DIR]")
@click.pass_context
def studio_sync(context: click.Context, /, folder: str) -> None:
    """Send Studio what it has not heard of the runs in DIR, also of earlier ones there.

    The exit status is 1 where something is left.
    """
    from .commands import syncing

    context.exit(syncing.sync(folder, os.environ))


@cli.command(epilog="\b\nExamples:\n  dvclive formats")
@click.pass_context
def formats(context: click.Context, /) -> None:
    """List the formats that are known, each with example lines (a tab is shown as an arrow)."""
    from .commands.parse import main

    context.exit(main({}, [], ""))


COMPLETION_EXAMPLES = """\b
Examples:
  eval "$(dvclive completion bash)"
  dvclive completion zsh > _dvclive
  dvclive completion fish > dvclive.fish
\b
Bash and zsh: put  eval "$(dvclive completion SHELL)"  into ~/.bashrc or ~/.zshrc (there below `compinit`).
Fish: write it to ~/.config/fish/completions/dvclive.fish.
"""


@cli.command(epilog=COMPLETION_EXAMPLES)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print the script with which SHELL completes dvclive's commands, options and files."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "dvclive", "_DVCLIVE_COMPLETE").source())


def _complete_words(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """What a word of a one-shot command may be: a kind of plot, or a file where the usage line has one."""
    from click.shell_completion import CompletionItem

    if context.command.name == "log-sklearn-plot":
        from .plots import PLOT_KINDS

        return [CompletionItem(kind) for kind in PLOT_KINDS if kind.startswith(begun)]
    takes_file = any(word in str(parameter.metavar) for word in ("FILE", "PATH"))
    return [CompletionItem(begun, type="file")] if takes_file else []


class _OneShot(click.Command):
    """A command whose words may be negative numbers: `dvclive log-metric loss -0.5`."""

    MARK = "\ufdd0"  # no word of a command line has it: Unicode keeps it for private use inside programs

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        marked = [f"{self.MARK}{arg}" if arg[:1] == "-" and is_word(arg) else arg for arg in args]
        rest = super().parse_args(ctx, marked)
        ctx.params["words"] = [word.removeprefix(self.MARK) for word in ctx.params.get("words", ())]
        return rest


def _add(command: Command) -> None:
    """An entry of the table of one-shot commands, as click shows it."""

    @click.pass_context
    def body(context: click.Context, /, words: list[str], **given: Any) -> None:
        from .oneshot import main

        options = {key: value for key, value in given.items() if value not in (None, ())}
        context.exit(main.run(command.name, options, words, os.environ))

    body.__doc__ = command.help
    declared: Any = body
    if command.words:
        words = click.argument(
            "words",
            nargs=-1,
            metavar=command.words,
            type=click.UNPROCESSED,
            shell_complete=_complete_words,
        )
        declared = words(declared)
    for option in reversed(command.options):
        declared = _declare(option)(declared)
    examples = "\n".join(f"  {example}" for example in command.examples)
    cli.command(command.name, cls=_OneShot, epilog=f"\b\nExamples:\n{examples}")(declared)


for _command in COMMANDS:
    _add(_command)


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
    from .runs.exporting import export

    context.exit(export(words, os.getcwd()))


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
    from .commands.showing import show as body

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
    from .commands.following import watch as body

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
    from .commands.listing import ls as body

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
    from .commands.comparing import compare as body

    context.exit(body(words, globs, width, page, os.environ))
