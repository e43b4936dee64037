"""How numbers look in a program's output, and what they are worth.

Patterns here hold no literal digit: they match a line and its mask (every digit written as 0) alike.
"""

from __future__ import annotations

# A number as programs print it: 12, -0.5, 1e-3, .5, 1,234.5, nan, -inf.
NUMBER = (
    r"(?:[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?(?:[nN][aA][nN]|[iI][nN][fF](?:inity)?)(?![A-Za-z]))"
)
# Units that make a number a timing or a size, which is bookkeeping and no curve.
UNIT = (
    r"(?:\s?(?:ns|us|µs|μs|ms|s|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|[kKMGT]i?B|bytes?|Hz|[kMG]Hz)"
    r"|[mhd]|\s?(?:it|ms|us|s|[A-Za-z]+)/[A-Za-z]+)(?![A-Za-z])"
)
SCALE = r"[kKM](?![A-Za-z0-9/])"
SCALES = {"k": 1e3, "K": 1e3, "M": 1e6}

_LONGEST_INT = 18  # int() of unbounded text is quadratic, and refused above 4300 digits


def is_int(text: str) -> bool:
    """Whether the number (or its mask) is printed as a whole number that int() takes.

    >>> is_int("12"), is_int("-3"), is_int("1.0"), is_int("nan")
    (True, True, False, False)
    """
    digits = text[1:] if text[:1] in ("-", "+") else text
    return digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_INT


def is_plain(text: str) -> bool:
    """Whether the mask is a decimal short enough for float() and repr() to give the same text back, but for
    leading and trailing zeros and tiny values."""
    whole, point, rest = text.lstrip("-").partition(".")
    return (
        bool(point) and whole.isdigit() and rest.isdigit() and len(whole) + len(rest) <= 15 and text[0] != "+"
    )


def printed(value: float, raw: bytes, plain: bool) -> str | None:
    """The text to keep beside a float: None where str() gives it anyway, and where it is not finite.
    `plain` as is_plain said.

    >>> printed(0.5, b"0.5", True), printed(0.5, b"0.50", True)
    (None, '0.50')
    """
    # Short, no zero to lose at either end, and not tiny: known without writing the number out.
    if plain and raw[-1] != 48 and (raw[0] > 48 or (raw[1] == 46 and value >= 1e-4)):
        return None
    text = raw.decode()
    return None if text == repr(value) or value - value != 0.0 else text
