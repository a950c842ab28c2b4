"""How numbers were rounded between an answer and the next request."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final

#: Significant digits that a double may need; a number that has them was not rounded.
_ALL_DIGITS: Final = 17
#: Numbers below 10 with this many digits after the point have one significant digit more. Where
#: either count would do, it was the significant digits that were limited.
_MOST_DECIMALS: Final = 13
#: The first numbers of a row mostly show already how many digits were kept.
_FEW: Final = 8


def is_float32(sent: Sequence[float], answered: Sequence[float]) -> bool:
    """Return whether numbers are what 32-bit floats keep of the answered ones."""
    form = f"<{len(answered)}f"
    try:
        return list(struct.unpack(form, struct.pack(form, *answered))) == list(sent)
    except (OverflowError, struct.error):
        return False


def rounding(sent: list[float], answered: list[float]) -> tuple[int, bool] | None:
    """Return how many digits were kept, and whether only those after the point were counted."""
    decimals = _decimals_kept(sent, answered)
    if decimals is not None and decimals < _MOST_DECIMALS:
        return decimals, True
    digits = _significant_kept(sent, answered)
    if digits is not None:
        return digits, False
    return None if decimals is None else (decimals, True)


def has_all_digits(number: float) -> bool:
    """Return whether a number has as many significant digits as a double can need."""
    return _significant(number) == _ALL_DIGITS


def _decimals_kept(sent: list[float], answered: list[float]) -> int | None:
    """Return to how many digits after the point numbers were rounded or cut, if they were."""
    few = max(map(_decimals, sent[:_FEW]))
    if few < _ALL_DIGITS and [round(number, few) for number in answered] == sent:
        return few  # so none of the others has more
    if (digits := _most(_decimals, sent)) is None:
        return None
    # Cutting off, and other rules for halves, differ from round() by one in the last place.
    unit = 10.0**-digits
    pairs = list(zip(sent, answered, strict=True))
    if any(abs(ours - theirs) > unit * (1 + 1e-9) for ours, theirs in pairs):
        return None
    is_rounded = all(round(theirs, digits) == ours for ours, theirs in pairs)
    is_cut = all(abs(ours) <= abs(theirs) for ours, theirs in pairs)
    return digits if is_rounded or is_cut else None


def _significant_kept(sent: Sequence[float], answered: Sequence[float]) -> int | None:
    """Return to how many significant digits ``%.6g`` or the like rounded numbers, if it did."""
    if (digits := _most(_significant, sent)) is None:
        return None
    same = all(
        float(f"{theirs:.{digits}g}") == ours for ours, theirs in zip(sent, answered, strict=True)
    )
    return digits if same else None


def _most(count: Callable[[float], int], numbers: Sequence[float]) -> int | None:
    """Return the most digits of any number; None as soon as one has all that a double can have."""
    most = 0
    for number in numbers:
        most = max(most, count(number))
        if most >= _ALL_DIGITS:
            return None
    return most


def _decimals(number: float) -> int:
    """Count the digits after the point in the shortest text for a number."""
    mantissa, _, exponent = repr(number).partition("e")
    return max(len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0), 0)


def _significant(number: float) -> int:
    """Count the significant digits in the shortest text for a number."""
    mantissa = repr(number).partition("e")[0]
    return max(len(mantissa.lstrip("-").replace(".", "").strip("0")), 1)
