"""Numbers as the page has them: whole centimetres and tenths of degrees."""

from __future__ import annotations

import math

from iai_proxy.page.columns import LIMIT


def hundredths(value: float) -> int:
    """Return metres in cm, or m/s in cm/s; 0 for what is not finite."""
    scaled = value * 100
    return round(max(-LIMIT, min(LIMIT, scaled))) if math.isfinite(scaled) else 0


def tenths_of_degrees(heading: float) -> int:
    """Return a heading in radians in 0.1 degrees, above -1800 and at most 1800."""
    turned = round(math.degrees(math.remainder(heading, math.tau)) * 10)
    return 1800 if turned == -1800 else turned


def finite(value: float) -> float:
    """Return a number, or 0 for what JSON has no word for."""
    return value if math.isfinite(value) else 0.0


def finite_or_none(value: float | None) -> float | None:
    """Return a number, or None for what JSON has no word for."""
    return value if value is not None and math.isfinite(value) else None
