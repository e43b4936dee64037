"""Writing to the terminal, and waiting until the test has looked at it."""

import os
import time

_paused = 0


def write(text: str) -> None:
    """At once."""
    os.write(1, text.encode())


def pause() -> None:
    """Tell the test, and wait for it; bare, where the test has let all go, nothing is waited for."""
    global _paused
    _paused += 1
    with open(f"paused{_paused}", "w"):
        pass
    while not os.path.exists(f"go{_paused}"):
        time.sleep(0.01)
