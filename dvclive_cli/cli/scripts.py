"""The commands for scripts, one a value, as `oneshot/table.py` declares them; and the completion of words."""

from __future__ import annotations

import os
from typing import Any

import click

from ..oneshot.table import COMMANDS, Command, is_word
from .group import as_click, cli, told


def _complete_words(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """What a word of a one-shot command may be: a kind of plot, or a file where the usage line has one."""
    from click.shell_completion import CompletionItem

    if context.command.name == "log-sklearn-plot":
        from ..plots import PLOT_KINDS

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
        from ..oneshot import main

        context.exit(main.run(command.name, told(given), words, os.environ))

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
        declared = as_click(option)(declared)
    examples = "\n".join(f"  {example}" for example in command.examples)
    cli.command(command.name, cls=_OneShot, epilog=f"\b\nExamples:\n{examples}")(declared)


for _command in COMMANDS:
    _add(_command)


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
