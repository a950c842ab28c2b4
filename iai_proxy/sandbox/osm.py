"""A map as Lanelet2 OSM XML: each lane is a lanelet between its left and its right border.

Format: ``lanelet2_core/doc/LaneletPrimitives.md`` and ``lanelet2_maps`` of the Lanelet2 project. To
get back the map's own metres, load it with the UTM projector and the location's ``map_origin``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count
from typing import Final

from iai_proxy.sandbox.lanes import XY, Lane
from iai_proxy.sandbox.maps import ORIGIN, World
from iai_proxy.sandbox.streets import LANE_WIDTH_M

#: UTM's scale on a zone's middle meridian, and metres of a degree there on the equator (WGS 84).
_UTM_SCALE: Final = 0.9996
_METRES_NORTH: Final = 110574.3886 * _UTM_SCALE
_METRES_EAST: Final = 111319.4908 * _UTM_SCALE
_EVERY: Final = 4  # of the lane's points, about a metre apart
_WALK_WIDTH_M: Final = 2.0


def lanelet_map(world: World) -> str:
    """Return the map as OSM XML."""
    ids = count(1)
    nodes: list[str] = []
    ways: list[str] = []
    relations: list[str] = []
    for lane in world.lanes:
        half = (LANE_WIDTH_M if lane.for_cars else _WALK_WIDTH_M) / 2
        borders = [_border(lane, side, ids, nodes, ways) for side in (half, -half)]
        relations.append(_lanelet(lane, borders[0], borders[1], next(ids)))
    body = "\n".join([*nodes, *ways, *relations])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<osm version="0.6" generator="iai-proxy sandbox">\n{body}\n</osm>\n'
    )


def _border(lane: Lane, aside: float, ids: Iterator[int], nodes: list[str], ways: list[str]) -> int:
    """Write one border, ``aside`` metres to the left of the centre line; return the way's id."""
    references = []
    for x, y in _beside(lane, aside):
        node = next(ids)
        latitude, longitude = ORIGIN[0] + y / _METRES_NORTH, ORIGIN[1] + x / _METRES_EAST
        nodes.append(
            f'<node id="{node}" version="1" visible="true" '
            f'lat="{latitude:.10f}" lon="{longitude:.10f}"/>'
        )
        references.append(f'<nd ref="{node}"/>')
    way = next(ids)
    tags = '<tag k="type" v="line_thin"/><tag k="subtype" v="solid"/>'
    ways.append(f'<way id="{way}" version="1" visible="true">{"".join(references)}{tags}</way>')
    return way


def _lanelet(lane: Lane, left: int, right: int, relation: int) -> str:
    subtype, user = ("road", "vehicle") if lane.for_cars else ("walkway", "pedestrian")
    tags = {
        "type": "lanelet",
        "subtype": subtype,
        "location": "urban",
        "one_way": "yes",
        f"participant:{user}": "yes",
        "speed_limit": f"{lane.speed_limit * 3.6:.0f}",
    }
    return (
        f'<relation id="{relation}" version="1" visible="true">'
        f'<member type="way" ref="{left}" role="left"/>'
        f'<member type="way" ref="{right}" role="right"/>'
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</relation>"
    )


def _beside(lane: Lane, aside: float) -> Iterator[XY]:
    last = len(lane.points) - 1
    for index in (*range(0, last, _EVERY), last):
        x, y = lane.points[index]
        heading = lane.headings[min(index, last - 1)]
        yield x - aside * math.sin(heading), y + aside * math.cos(heading)
