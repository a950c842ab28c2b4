"""One rigid motion for all that a recording places: half a turn, and a shift by whole metres.

Why no other turn and no other shift: the SDK divides large calls by squares along the axes around a
centre in whole metres, and places agents into square regions; clients round to decimals; mirrored
axes and compass courses are known by their headings. All of these come out the same after half a
turn, and after none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

#: How far things are shifted along each axis, m.
_NEAREST_M: Final = 1_000
_FURTHEST_M: Final = 50_000


@dataclass(frozen=True, slots=True)
class Motion:
    """Coordinates to others. An integer becomes an integer, and what is not finite stays.

    Attributes:
        east: how far along x, m; ``north`` along y likewise.
        turns: whether things are turned by half a turn first.
    """

    east: int
    north: int
    turns: bool

    @classmethod
    def drawn(cls, draw: Random, *, turns: bool) -> Motion:
        """Draw a motion."""
        return cls(_shift(draw), _shift(draw), turns)

    def __str__(self) -> str:
        sign = "-" if self.turns else "+"
        return f"x becomes {self.east} {sign} x, y becomes {self.north} {sign} y (m)"

    def x(self, value: float) -> float:
        """Return the x that an x becomes, m."""
        return self._moved(value, self.east)

    def y(self, value: float) -> float:
        """Return the y that a y becomes, m."""
        return self._moved(value, self.north)

    def heading(self, value: float) -> float:
        """Return the orientation that an orientation becomes, rad.

        Whole turns stay what they are: a client that counts them differently from the API is told
        so by a check.
        """
        return value - math.pi if self.turns else value

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the point that a point becomes, m."""
        return self.x(x), self.y(y)

    def _moved(self, value: float, shift: int) -> float:
        if isinstance(value, int):
            return shift - value if self.turns else shift + value
        if not math.isfinite(value):
            return value
        # By decimals: what was rounded to centimetres stays so.
        exact = Decimal(repr(value))
        return float(shift - exact if self.turns else shift + exact)


#: Nothing moves.
STILL: Final = Motion(0, 0, turns=False)


def _shift(draw: Random) -> int:
    """Draw a shift that keeps the SDK's rounding and changes the last digit before the point.

    Python rounds a half to the even number, so the shift is even. A multiple of ten would leave
    ``12.345`` readable in ``4012.345``.
    """
    while True:
        shift = 2 * draw.randint(_NEAREST_M // 2, _FURTHEST_M // 2) * draw.choice((-1, 1))
        if shift % 10:
            return shift
