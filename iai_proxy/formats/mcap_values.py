"""Values of Foxglove's schemas: times, poses, colours.

The frame ``map`` has x to the east, y to the north and z up, in metres, as the API has it. Step 0
is at 0 s, and each step 0.1 s after the one before.
"""

from __future__ import annotations

import math
from typing import Final

from foxglove.messages import Color, Point3, Pose, Quaternion, Timestamp, Vector3

FRAME: Final = "map"
STEP_NS: Final = 100_000_000
_NS: Final = 1_000_000_000


def log_time(step: int) -> int:
    """Return the simulated time of a step in nanoseconds."""
    return step * STEP_NS


def timestamp(step: int) -> Timestamp:
    """Return the simulated time of a step."""
    return Timestamp(*divmod(log_time(step), _NS))


def pose(x: float, y: float, z: float = 0.0, heading: float = 0.0) -> Pose:
    """Return a pose; the heading is in radians counter-clockwise from east."""
    return Pose(position=Vector3(x=x, y=y, z=z), orientation=turned(heading))


def turned(heading: float) -> Quaternion:
    """Return a turn about z."""
    return Quaternion(x=0.0, y=0.0, z=math.sin(heading / 2), w=math.cos(heading / 2))


def point(x: float, y: float) -> Point3:
    """Return a point on the ground."""
    return Point3(x=x, y=y, z=0.0)


def colour(name: str, alpha: float = 1.0) -> Color:
    """Return a colour that is written ``#RRGGBB``."""
    red, green, blue = (int(name[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return Color(r=red, g=green, b=blue, a=alpha)
