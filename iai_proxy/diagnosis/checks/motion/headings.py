"""Headings against the way that agents go, and what wrong headings look like."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from iai_proxy.diagnosis.checks.motion.thresholds import FITS

DEGREES: Final = "degrees"
BACKWARDS: Final = "its rear taken for its front, or reversing without a negative speed"
_TWICE: Final = "radians taken for degrees and converted"
#: What a wrong heading looks like, and how to get the heading that was meant.
MISTAKES: Final[dict[str, Callable[[float], float]]] = {
    "a y axis that points the other way": lambda heading: -heading,
    "an x axis that points the other way": lambda heading: math.pi - heading,
    "a compass course": lambda heading: math.pi / 2 - heading,
    BACKWARDS: lambda heading: heading + math.pi,
    "a quarter turn too much": lambda heading: heading - math.pi / 2,
    "a quarter turn too little": lambda heading: heading + math.pi / 2,
    DEGREES: math.radians,
    _TWICE: math.degrees,
}
#: The largest angle within one turn after a conversion from degrees.
_MOST_CONVERTED: Final = math.radians(math.tau)


def off(heading: float, way: float) -> float:
    """Return the angle between a heading and a way, 0 to pi; all in rad."""
    return abs(math.remainder(heading - way, math.tau))


def looks_like(heading: float, way: float) -> frozenset[str]:
    """Return the mistakes that explain a heading which is off the way."""
    return frozenset(
        mistake
        for mistake, meant in MISTAKES.items()
        if off(meant(heading), way) < FITS
        and (mistake != _TWICE or abs(heading) <= _MOST_CONVERTED)
    )
