"""Fuzz one reader with coverage as the guide, by hand: `pip install atheris`, then

    python tests/reliability/fuzz.py protocol_line -max_total_time=600

The targets are those of `targets.py`; further words go to libFuzzer. A crash leaves its bytes in a file.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["dvclive_cli"]):
    from targets import PIECES, TARGETS

if __name__ == "__main__":
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}")

    def one(data: bytes) -> None:
        """Bytes as they are, or as a choice among the pieces."""
        if data[:1] < b"\x80":
            TARGETS[name](data[1:])
        else:
            pieces = PIECES[name]
            TARGETS[name](b"".join(pieces[byte % len(pieces)] for byte in data[1:]))

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
