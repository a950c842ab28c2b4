"""The sandbox's maps: ``sandbox:crossing``, ``sandbox:ring`` and ``sandbox:grid``.

Any other location gets the crossing, so that scripts written for the real service's maps run. What
such scripts know of the place (its lights, how many groups they have, where they are) is taken as
it comes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.sandbox.lanes import XY, Lane, Network
from iai_proxy.sandbox.real_places import ids_of_lights
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
    """One map with everything on it.

    Attributes:
        bounds: x_min, y_min, x_max, y_max of the supported area, m.
        is_stand_in: whether it stands in for a real place, of which nothing is known.
        wire_ids: the ids that each light has on the wire.
    """

    name: str
    network: Network
    stop_lines: tuple[StopLine, ...]
    light_groups: tuple[tuple[int, ...], ...]
    bounds: tuple[float, float, float, float]
    wire_ids: Mapping[int, tuple[int, ...]]
    max_agents: int = AGENTS_PER_CALL
    is_stand_in: bool = False

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


def world_of(location: str) -> World:
    """Return the map for a location string."""
    if location in LOCATIONS:
        return _world(location.partition(":")[2])
    return _stand_in(location)


@lru_cache(maxsize=256)
def _stand_in(location: str) -> World:
    world = _world(_FOR_OTHERS)
    ids = ids_of_lights(location, [*world.wire_ids])
    return replace(world, is_stand_in=True, wire_ids=ids)


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
        {light: (light,) for group in drawing.light_groups for light in group},
    )
