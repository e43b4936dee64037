"""The report in a notebook's cell, renewed in place while the run goes on.

Shows a file that others write; knows nothing of the run. IPython is imported when there is one around us.
"""

from __future__ import annotations

import html
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEIGHT = 480  # pixels of the frame


class Cell:
    """The output of one cell that shows the page at `path`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._handle: Any = None
        self._seen: tuple[int, int] | None = None

    def renew(self) -> None:
        """Show the page as it is now; nothing happens while it has not changed, or is not there yet."""
        try:
            stat = os.stat(self._path)
            if (stat.st_mtime_ns, stat.st_ino) == self._seen:
                return
            with open(self._path, encoding="utf-8") as file:
                page = file.read()
        except OSError:
            return
        self._seen = (stat.st_mtime_ns, stat.st_ino)
        import IPython.display

        ipython: Any = IPython.display
        shown = ipython.HTML(_framed(page))
        if self._handle is None:
            self._handle = ipython.display(shown, display_id=True)
        else:
            self._handle.update(shown)


def _framed(page: str) -> str:
    """The page in a frame of its own, so that its styles stay there; this cell renews it, not the page."""
    still = re.sub(r'<meta http-equiv="refresh"[^>]*>', "", page)
    return (
        f'<iframe srcdoc="{html.escape(still, quote=True)}" width="100%" height="{HEIGHT}" '
        'style="border: 0" title="DVCLive report"></iframe>'
    )
