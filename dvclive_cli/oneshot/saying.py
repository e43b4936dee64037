"""How a command speaks to whoever runs it: one line on standard error, harmless on a terminal."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Tell the user something."""
    from ..texts import clean

    try:
        print(f"dvclive: {clean(text, 2000)}", file=sys.stderr)  # noqa: T201
    except (OSError, ValueError):  # closed
        pass
