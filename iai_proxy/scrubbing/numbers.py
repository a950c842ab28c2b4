"""Numbers as texts have them, of any length: what is computed with them fits into a double."""

from __future__ import annotations

import math
from typing import Final

#: Digits of an integer, with its sign, that is a double for certain. A shift of one of these is
#: none that Python could not write (4300 digits).
_MOST_DIGITS: Final = 308


def whole(text: str) -> int | float:
    """Return an integer; infinity for one that is no double, as JSON readers have it."""
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def finite(text: str) -> int | float | None:
    """Return a number of the kind that is written: an integer without a point.

    None where it is not finite.

    Raises:
        ValueError: it is no number.
    """
    text = text.strip()
    number = whole(text) if text.removeprefix("-").isdecimal() else float(text)
    return number if math.isfinite(number) else None
