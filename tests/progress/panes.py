"""tmux as a terminal that somebody sits at: started without anybody's settings, looked at and typed into."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from processes import until


class Pane:
    """One terminal, of its own tmux server.

    Parameters:
        folder: for the server's socket; below it no path is long.
    """

    def __init__(self, folder: str, rows: int = 20, columns: int = 70) -> None:
        self._socket = os.path.join(folder, f"tmux-{os.urandom(4).hex()}")
        self.rows, self.columns = rows, columns

    def start(self, argv: Sequence[str], cwd: str, environ: Mapping[str, str]) -> None:
        """Run a command in it; the terminal stays when that has ended."""
        environ = {key: value for key, value in environ.items() if key not in ("TMUX", "CI", "TERM")}
        environ = {**environ, "LC_ALL": "C.UTF-8", "TMUX_TMPDIR": os.path.dirname(self._socket)}
        size = ("-x", str(self.columns), "-y", str(self.rows))
        options = ("set", "-g", "remain-on-exit", "on", ";", "set", "-g", "history-limit", "10000", ";")
        wait = "; printf '\\033]2;ended\\033\\\\'; exec sleep 1000"  # not `remain-on-exit`: it writes a line
        self._tmux(
            *options,
            "set",
            "-g",
            "status",
            "off",
            ";",
            "new-session",
            "-d",
            *size,
            "-c",
            cwd,
            "sh",
            "-c",
            shlex.join(argv) + wait,
            environ=environ,
        )

    def _tmux(self, *words: str, environ: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, "-f", "/dev/null", *words],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.returncode, done.stderr
        return done.stdout

    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def transcript(self) -> list[str]:
        """Every line that was ever there and was not erased, with its colours, and where the cursor is."""
        lines = self._tmux("capture-pane", "-p", "-e", "-S", "-").split("\n")
        above, row, column = self._tmux(
            "display-message", "-p", "#{history_size} #{cursor_y} #{cursor_x}"
        ).split()
        while lines and not lines[-1]:
            lines.pop()
        return [*lines, f"cursor at line {int(above) + int(row)}, column {column}"]

    def other_screen(self) -> bool:
        """Whether a program has taken it whole."""
        return self._tmux("display-message", "-p", "#{alternate_on}").strip() == "1"

    def see(self, wanted: str) -> None:
        """Wait until this is on the screen."""
        until(lambda: wanted in self.screen(), f"{wanted!r} on\n{self.screen()}")

    def type(self, *keys: str) -> None:
        """Press keys, as tmux calls them; words are typed."""
        self._tmux("send-keys", *keys)

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def ended(self) -> None:
        """Wait for the command's end."""
        until(lambda: self._tmux("display-message", "-p", "#{pane_title}").strip() == "ended", "the end")

    def close(self) -> None:
        """End everything in it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)
