"""An option of a command: how it is declared, and the quick way to read it from a command line.

Click shows the help and words the mistakes; a complete command line needs no click, whose import would take
longer than the command. Knows no command. It is imported before a program is started, so it imports nothing
that the interpreter has not loaded.
"""

from __future__ import annotations

from . import env

TYPE_CHECKING = False  # `typing` itself costs the start 10 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

SWITCH, FLAG, TEXT, PATH, NUMBER, CHOICE, LIST = "switch", "flag", "text", "path", "number", "choice", "list"
WHOLE = "whole"  # a whole number


class Option:
    """One option: its name in `Config` and in files, its flags, its kind and its help.

    Kinds: `switch` has `--x` and `--no-x`; `flag` only `--x`; `list` may be given several times.
    """

    __slots__ = ("choices", "default", "flags", "help", "kind", "metavar", "name")

    def __init__(
        self,
        name: str,
        kind: str,
        default: Any,
        help: str,  # noqa: A002 - click's own word for it
        *,
        flags: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
        metavar: str = "",
    ) -> None:
        self.name, self.kind, self.default, self.help = name, kind, default, help
        self.flags = flags or ("--" + name.replace("_", "-"),)
        self.choices, self.metavar = choices, metavar

    @property
    def variable(self) -> str:
        """The environment variable that sets the option."""
        return env.PREFIX + self.name.upper()

    @property
    def off_flag(self) -> str:
        """`--no-x` of a switch."""
        return "--no-" + self.flags[0][2:]


def flags_of(options: Iterable[Option]) -> dict[str, tuple[Option, bool]]:
    """The option and its on or off, by flag."""
    flags: dict[str, tuple[Option, bool]] = {}
    for option in options:
        flags.update(dict.fromkeys(option.flags, (option, True)))
        if option.kind == SWITCH:
            flags[option.off_flag] = option, False
    return flags


def take(
    word: str, words: Iterator[str], flags: Mapping[str, tuple[Option, bool]], values: dict[str, Any]
) -> bool:
    """Take the option that a word of the command line is: `--x VALUE`, `--x=VALUE`, `-P VALUE` or `-q`.

    Parameters:
        word: that begins with a dash.
        words: those behind it, of which its value is taken.
        flags: the known ones, as of `flags_of`.
        values: by the option's name, as texts, for the value to be put in.

    Returns:
        False where click has to look: a typo, a flag cut short, a missing value.
    """
    flag, equals, value = word.partition("=")
    known = flags.get(flag if word.startswith("--") else word)
    if known is None:
        return False
    option, on = known
    if option.kind in (SWITCH, FLAG):
        values[option.name] = on
        return not equals
    if not equals:
        following = next(words, None)
        if following is None:
            return False
        value = following
    if option.kind == LIST:
        values.setdefault(option.name, []).append(value)
    else:
        values[option.name] = value
    return True
