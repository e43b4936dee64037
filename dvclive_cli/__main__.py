"""The `dvclive` command's first step: `run` goes the quick way, everything else to click.

A complete `dvclive run [OPTIONS] -- CMD` needs no click, which saves the child a third of its start. Help and
mistakes take the long way, where click words them.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that `sys.argv` gives; its exit status."""
    argv = sys.argv[1:]
    if argv[:1] == ["run"]:
        from . import config

        scanned = config.scan(argv[1:])
        if scanned is not None:
            return run(*scanned)
    from .cli import cli

    cli.main(argv, prog_name="dvclive")
    return 0


def run(given: dict[str, object], command: list[str]) -> int:
    """`dvclive run`: settings together, then supervise; an error becomes a message and an exit status."""
    import os

    from . import config, supervisor, userfiles
    from .errors import DvcliveError

    try:
        settings, path = userfiles.read_settings(_current_folder())
        merged = config.resolve(given, os.environ, settings, path)
        return supervisor.supervise(merged, command, os.environ)
    except DvcliveError as error:
        supervisor.say(str(error))
        return error.exit_code


def _current_folder() -> str:
    import os

    from .errors import DvcliveError

    try:
        return os.getcwd()
    except FileNotFoundError:
        raise DvcliveError(
            "folder-gone", "the current folder has been removed", "Change to one that exists."
        ) from None


if __name__ == "__main__":
    sys.exit(main())
