"""The group that all commands belong to, and how an option of a table becomes click's.

Decides how the list of commands is laid out. Knows no single command but by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click

from .. import __version__
from ..config import OPTIONS
from ..oneshot.table import COMMANDS
from ..options import CHOICE, FLAG, LIST, NUMBER, PATH, SWITCH, WHOLE, Option

F = TypeVar("F", bound=Callable[..., Any])

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


def as_click(option: Option) -> Callable[[F], F]:
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


def with_options(names: Collection[str]) -> Callable[[F], F]:
    """Those of the options of `run`, in their order."""

    def declare(function: F) -> F:
        for option in reversed([option for option in OPTIONS if option.name in names]):
            function = as_click(option)(function)
        return function

    return declare


def told(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the command line has, by name."""
    return {key: value for key, value in given.items() if value not in (None, ())}
