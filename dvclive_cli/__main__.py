"""The `dvclive` command's first step: `run` and the one-shot commands go the quick way, the rest to click.

A complete `dvclive run [OPTIONS] -- CMD` needs no click, which saves the child half of its start; nor does
`dvclive log-metric loss 0.5`. Help and mistakes take the long way, where click words them.
"""

from __future__ import annotations

import os
import resource
import sys


def main() -> int:
    """Run the command that `sys.argv` gives; its exit status."""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
        # Half a .pyc breaks each later start; before 3.12.8 CPython keeps what a limit cuts off: gh-126606.
        sys.dont_write_bytecode = True
    argv = sys.argv[1:]
    if argv[:1] == ["run"]:
        from . import config

        scanned = config.scan(argv[1:])
        if scanned is not None:
            from .supervision import start

            return start.run(*scanned)
    elif argv and argv[0][:1] != "-":
        from .oneshot import table

        command = table.BY_COMMAND.get(argv[0])
        parsed = None if command is None else table.scan(command, argv[1:])
        if parsed is not None:
            from .oneshot import main as oneshot

            return oneshot.run(argv[0], *parsed, os.environ)
    from .cli import cli

    cli.main(argv, prog_name="dvclive")
    return 0


if __name__ == "__main__":
    sys.exit(main())
