"""The program's own command-line arguments as parameters, those that were not given with their defaults."""

from __future__ import annotations

from .. import frameworks
from . import joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_logged: dict[str, Any] = {}  # by attribute, where that is not how it is written


def log(parser: Any, values: dict[str, Any]) -> None:
    """Log what argparse found. Functions (of subcommands) and secrets are left out.

    Parameters:
        parser: that found it.
        values: by attribute of the namespace.
    """
    way = joined.channel(claim=False)  # a launcher parses arguments too, and trains nothing
    written = dict(_written(parser))
    told = {
        written.get(name, name): value
        for name, value in values.items()
        if not callable(value) and not hides(name, value)
    }
    if way is not None and told:
        joined.Joined(way).log_params(frameworks.described(told))
        _logged.update({name: value for name, value in values.items() if written.get(name, name) != name})


def is_logged(name: str, value: Any) -> bool:
    """Whether an argument is logged as it is written on the command line: `learning_rate` as `learning-rate`.

    Parameters:
        name: its attribute of the namespace.
        value: a tracker is told it again, by this name.
    """
    return name in _logged and bool(_logged[name] == value)


def _written(parser: Any) -> Iterator[tuple[str, str]]:
    """By attribute, how an option is written on a command line, where `dvclive run` reads it too."""
    for action in parser._actions:
        long = [text[2:] for text in action.option_strings if text.startswith("--")]
        if long and long[0].replace("-", "_") == action.dest:
            yield action.dest, long[0]
        if isinstance(action.choices, dict):
            for choice in action.choices.values():
                if hasattr(choice, "_actions"):  # a subcommand's parser
                    yield from _written(choice)


def hides(name: str, value: Any) -> bool:
    """Whether a value may be a secret: by its name, unless it is a number, and by credentials in a URL."""
    if not isinstance(value, str):
        return False
    upper = name.upper().replace("TOKENIZER", "").replace("TOKENS", "").replace("MONKEY", "")
    named = any(
        word in upper for word in ("TOKEN", "SECRET", "PASSW", "CREDENTIAL", "KEY", "SIGNATURE", "AUTHORI")
    )
    return (named and not value.replace(".", "").isdigit()) or ("://" in value and "@" in value)
