"""The sandbox's maps: ``sandbox:crossing``, ``sandbox:ring`` and ``sandbox:grid``.

Any other location name gets the crossing, so that scripts written for the real service's maps run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.sandbox.lanes import XY, Lane, Network
from iai_proxy.sandbox.streets import Drawing, StopLine, draw_grid, draw_ring

VERSION: Final = "1"
#: Latitude and longitude of every map's (0, 0): in the sea, on the equator and the middle meridian
#: of UTM zone 31, where a metre is nearly the same number of degrees everywhere on the map.
ORIGIN: Final = (0.0, 3.0)
_MARGIN_M: Final = 20.0

_DRAWN: Final[dict[str, Callable[[], Drawing]]] = {
    "crossing": lambda: draw_grid(side=3, block=90.0, lanes=2),
    "ring": lambda: draw_ring(radius=60.0),
    "grid": lambda: draw_grid(side=7, block=100.0, lanes=1),
}
LOCATIONS: Final = tuple(f"sandbox:{name}" for name in _DRAWN)
_FOR_OTHERS: Final = "crossing"


@dataclass(frozen=True)
class World:
    """One map with everything on it."""

    name: str
    network: Network
    stop_lines: tuple[StopLine, ...]
    light_groups: tuple[tuple[int, ...], ...]
    bounds: tuple[float, float, float, float]  # x_min, y_min, x_max, y_max of the supported area, m
    max_agents: int = AGENTS_PER_CALL

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes; a lane's ``index`` is its place here."""
        return self.network.lanes

    @property
    def center(self) -> XY:
        """The middle of the map."""
        x_min, y_min, x_max, y_max = self.bounds
        return (x_min + x_max) / 2, (y_min + y_max) / 2

    @property
    def fov(self) -> float:
        """The side in metres of a square that shows the whole map."""
        x_min, y_min, x_max, y_max = self.bounds
        # Whole metres: the SDK's ScenarioLog takes no fraction.
        return float(math.ceil(max(x_max - x_min, y_max - y_min)))

    def polygon(self) -> list[XY]:
        """Return the convex border of the supported area, anticlockwise."""
        x_min, y_min, x_max, y_max = self.bounds
        return [(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)]

    def supports(self, x: float, y: float) -> bool:
        """Return whether a point is in the supported area."""
        x_min, y_min, x_max, y_max = self.bounds
        return x_min <= x <= x_max and y_min <= y <= y_max


def is_own(location: str) -> bool:
    """Return whether a location is one of the sandbox's own."""
    return location in LOCATIONS


def world_of(location: str) -> World:
    """Return the map for a location string."""
    return _world(location.partition(":")[2] if is_own(location) else _FOR_OTHERS)


@cache
def _world(name: str) -> World:
    drawing = _DRAWN[name]()
    network = Network(drawing.lanes)
    return World(
        name,
        network,
        tuple(drawing.stop_lines),
        tuple(drawing.light_groups),
        network.bounds(margin=_MARGIN_M),
    )
