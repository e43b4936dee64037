"""What goes wrong while files are written: each thing is told once, until it has worked again.

Decides how often; what is done instead is known to whoever tries.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import DvcliveError


class Trouble:
    """The troubles of one run.

    Parameters:
        warn: told each of them.

    Attributes:
        told: what was told and has not worked since.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self.told: set[str] = set()

    def tell(self, text: str, about: str = "") -> None:
        """Tell it once; `about` names the thing where the text differs from time to time."""
        if (about or text) not in self.told:
            self.told.add(about or text)
            self._warn(text)

    def over(self, about: str) -> None:
        """It has worked again."""
        self.told.discard(about)

    def tried(self, what: str, act: Callable[[], object]) -> bool:
        """Whether it worked. Raises DvcliveError alone, which is the caller's to tell."""
        try:
            act()
        except OSError as error:
            self.tell(f"{what} cannot be written: {error.strerror or error}. It is tried again.", what)
            return False
        except DvcliveError:
            raise
        except Exception as error:  # ours or a library's; the run and the other outputs go on
            self.tell(f"{what} cannot be made: {type(error).__name__}: {error}.", what)
            return False
        self.over(what)
        return True
