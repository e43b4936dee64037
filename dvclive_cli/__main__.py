"""The `dvclive` command's first step: `run` goes the quick way, everything else to click.

A complete `dvclive run [OPTIONS] -- CMD` needs no click, which saves the child half of its start. Help and
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
            from . import start

            return start.run(*scanned)
    from .cli import cli

    cli.main(argv, prog_name="dvclive")
    return 0


if __name__ == "__main__":
    sys.exit(main())
