"""Where agents head against where they go, and what a heading that is off its way looks like."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

#: Further than this from its heading, rad, nobody goes but who spins: tight turns and drifts are
#: within it.
OFF: Final = math.pi / 4
#: So many steps in a row must say the same.
STEPS: Final = 5
DEGREES: Final = "degrees"
TWICE: Final = "radians taken for degrees and converted"
BACKWARDS: Final = "its rear taken for its front, or reversing without a negative speed"
#: What a heading looks like that is none of the way, and the heading that was meant.
MISTAKES: Final[dict[str, Callable[[float], float]]] = {
    "a y axis that points the other way": lambda heading: -heading,
    "an x axis that points the other way": lambda heading: math.pi - heading,
    "a compass course": lambda heading: math.pi / 2 - heading,
    BACKWARDS: lambda heading: heading + math.pi,
    "a quarter turn too much": lambda heading: heading - math.pi / 2,
    "a quarter turn too little": lambda heading: heading + math.pi / 2,
    DEGREES: math.radians,
    TWICE: math.degrees,
}
#: No angle within one turn is larger once it was converted from degrees, as which radians are
#: taken.
_CONVERTED: Final = math.radians(math.tau)
#: Within this, rad, headings are explained by a mistake.
_SPREAD: Final = 0.35


def off(heading: float, way: float) -> float:
    """Return the angle between where an agent heads and where it goes, 0 to pi; all in rad."""
    return abs(math.remainder(heading - way, math.tau))


def looks_like(heading: float, way: float) -> frozenset[str]:
    """Name the mistakes that would explain a heading that is off its way."""
    fitting = frozenset(
        said for said, mended in MISTAKES.items() if off(mended(heading), way) < _SPREAD
    )
    return fitting if abs(heading) <= _CONVERTED else fitting - {TWICE}
