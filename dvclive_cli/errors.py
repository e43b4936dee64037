"""The one base error. Each error says what is wrong, where, and what to do next.

Nothing here prints or exits: a door (the command line, `Live`) decides how an error is shown.
"""

from __future__ import annotations

EXIT_USAGE = 2
EXIT_OURS = 125
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127


class DvcliveError(Exception):
    """A failure that a user can act on.

    Parameters:
        slug: short name that stays the same between versions, e.g. `dir-locked`; the thing to search for.
        fact: what is wrong and where, one sentence without a final full stop.
        next_step: what to do about it; empty when there is nothing sensible to say.
        exit_code: process exit status if the error ends the command (2 usage, 125 our own failure).
    """

    def __init__(self, slug: str, fact: str, next_step: str = "", exit_code: int = EXIT_OURS) -> None:
        super().__init__(slug, fact, next_step, exit_code)
        self.slug = slug
        self.fact = fact
        self.next_step = next_step
        self.exit_code = exit_code

    def __str__(self) -> str:
        text = f"{self.fact} ({self.slug})."
        return f"{text} {self.next_step}" if self.next_step else text


class UsageError(DvcliveError):
    """The caller's options or arguments are wrong; exit status 2."""

    def __init__(self, slug: str, fact: str, next_step: str = "") -> None:
        super().__init__(slug, fact, next_step, EXIT_USAGE)
