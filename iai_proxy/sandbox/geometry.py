"""Plane geometry: angles and oriented rectangles. Metres and radians."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_TURN: Final = 2 * math.pi
#: Boxes that overlap by less only touch; covers rounding.
_TOUCH_M: Final = 1e-9


def wrap(angle: float) -> float:
    """Return the same direction as an angle in [-pi, pi]."""
    return math.remainder(angle, _TURN)


@dataclass(frozen=True, slots=True)
class OrientedBox:
    """A rectangle in the plane: an agent's footprint."""

    x: float  # centre
    y: float
    heading: float
    length: float  # along the heading
    width: float

    def corners(self) -> list[tuple[float, float]]:
        """Return the corners: front left, front right, rear right, rear left."""
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        half_length, half_width = self.length / 2, self.width / 2
        return [
            (self.x + along * cos - across * sin, self.y + along * sin + across * cos)
            for along, across in (
                (half_length, half_width),
                (half_length, -half_width),
                (-half_length, -half_width),
                (-half_length, half_width),
            )
        ]

    def grown(self, ahead: float, behind: float, aside: float) -> OrientedBox:
        """Return a footprint that reaches further ahead, behind, and to each side."""
        shift = (ahead - behind) / 2
        return OrientedBox(
            self.x + shift * math.cos(self.heading),
            self.y + shift * math.sin(self.heading),
            self.heading,
            self.length + ahead + behind,
            self.width + 2 * aside,
        )

    def overlaps(self, other: OrientedBox) -> bool:
        """Return whether two boxes share an area; touching is not enough.

        Separating axis theorem: two convex shapes are apart exactly if their projections on the
        normal of some edge are.
        """
        reach = math.hypot(self.length, self.width) + math.hypot(other.length, other.width)
        if 2 * math.hypot(self.x - other.x, self.y - other.y) >= reach:
            return False
        mine, theirs = self.corners(), other.corners()
        for heading in (
            self.heading,
            self.heading + math.pi / 2,
            other.heading,
            other.heading + math.pi / 2,
        ):
            cos, sin = math.cos(heading), math.sin(heading)
            my_span = [x * cos + y * sin for x, y in mine]
            their_span = [x * cos + y * sin for x, y in theirs]
            if (
                max(my_span) <= min(their_span) + _TOUCH_M
                or max(their_span) <= min(my_span) + _TOUCH_M
            ):
                return False
        return True
