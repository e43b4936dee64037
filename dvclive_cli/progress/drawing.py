"""The bytes that put a line below the program's text and take it away. Values only.

The cursor is saved and restored (DECSC, DECRC: with its colours), which is the one way to come back that does
not need to know where it was. Terminals do not agree on whether this includes that the cursor waits at the
margin: tmux and the Linux console forget it. Printing the character in the last column again gives it back.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cursor import Place

_SAVE, _RESTORE, _PLAIN, _REST = b"\x1b7", b"\x1b8", b"\x1b[m", b"\x1b[J"
# The rest of the cursor's row, where that is nobody else's, and all below: right also where Enter was pressed
# and the cursor is in the line's own row. Not all at once: in the first row tmux takes that for clearing the
# whole screen, and keeps what was there in its history.
_OWN_ROW = b"\x1b[K\x1b[B\r"


def draw(place: Place, text: str, columns: int) -> bytes:
    """Put `text` there; also over what was drawn at the same place before. It takes fewer than `columns`."""
    down = place.below + 1
    # IND goes down and scrolls at the bottom, as a newline does; the way up again keeps the column.
    room = b"\x1bD" * down + b"\x1b[%dA" % down if place.scroll else b""
    body = b"%s\x1b[%dB\r%s%s%s" % (_PLAIN, down, text.encode(), _PLAIN, _REST)
    return room + _SAVE + body + _RESTORE + _margin(place, columns)


def erase(place: Place, columns: int) -> bytes:
    """Take away what was drawn there."""
    simple = not (place.below or place.behind or place.edge)
    way = _OWN_ROW if simple else b"\x1b[%dB\r" % (place.below + 1)
    return _SAVE + _PLAIN + way + _REST + _RESTORE + _margin(place, columns)


def erase_after_key(place: Place) -> bytes:
    """Take it away after Enter was pressed: the terminal's echo has moved the cursor one row down."""
    way = b"\x1b[%dB\r" % place.below if place.below else _OWN_ROW
    return _SAVE + _PLAIN + way + _REST + _RESTORE


def _margin(place: Place, columns: int) -> bytes:
    return b"\x1b[%dG%s" % (columns, place.edge.encode()) if place.edge else b""
