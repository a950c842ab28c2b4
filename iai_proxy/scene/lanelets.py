"""Maps in Lanelet2's OSM XML as lanes in metres.

Nodes are points, ways are borders, and a relation of type ``lanelet`` names its left and its right
one (``lanelet2_core/doc/LaneletPrimitives.md`` of the Lanelet2 project). Where a point is: latitude
and longitude, projected around the location's ``map_origin``, as the SDK loads its maps; where
these say nothing, the tags ``local_x`` and ``local_y``, in metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from xml.parsers import expat

from iai_proxy.api.mercator import LocalMercator
from iai_proxy.scene.model import Point

#: A larger map is not read. That of a large city is a tenth of it.
LARGEST_BYTES: Final = 64 << 20
#: Points that the sides of all lanes may have. A way may be a side of many, so that a small file
#: can have billions; that of a large city has some hundred thousand.
MOST_POINTS: Final = 500_000


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of a map.

    Attributes:
        borders: lines of points; one that two lanes share is there once.
        areas: each lane as a closed polygon, without its first point again at the end.
    """

    borders: tuple[tuple[Point, ...], ...]
    areas: tuple[tuple[Point, ...], ...]


def lanes_of(text: str, origin: tuple[float, float] | None) -> Lanes:
    """Return the lanes of a map.

    Args:
        text: OSM XML.
        origin: latitude and longitude of (0, 0) in degrees, if known.

    Raises:
        ValueError: it is no XML, declares entities, which can fill the memory, or is too large.
    """
    raw = _parsed(text)
    points = _points(raw, origin)
    ways = {
        way: tuple(points[node] for node in nodes if node in points)
        for way, nodes in raw.ways.items()
    }
    lanelets = [
        (left, right)
        for left, right in raw.lanelets
        if len(ways.get(left, ())) > 1 and len(ways.get(right, ())) > 1
    ]
    count = sum(len(ways[way]) for sides in lanelets for way in sides)
    if count > MOST_POINTS:
        raise ValueError(f"its lanes have {count} points, more than {MOST_POINTS}")
    borders = dict.fromkeys(way for sides in lanelets for way in sides)
    return Lanes(
        borders=tuple(ways[way] for way in borders),
        areas=tuple(_area(ways[left], ways[right]) for left, right in lanelets),
    )


def _area(left: Sequence[Point], right: Sequence[Point]) -> tuple[Point, ...]:
    """Go along the left side and back along the right one, whichever way these are written.

    As Lanelet2's ``geometry::align`` does, a side is turned that has the other's middle on the
    wrong hand.
    """
    forth = left if _is_left_of(right[len(right) // 2], left) is not True else left[::-1]
    back = right[::-1] if _is_left_of(left[len(left) // 2], right) is not False else right
    return (*forth, *back)


def _is_left_of(point: Point, line: Sequence[Point]) -> bool | None:
    """Tell whether a point is on the left of the nearest part of a line; None if it is on it."""
    begin, end = min(pairwise(line), key=lambda part: _distance(point, *part))
    cross = (end[0] - begin[0]) * (point[1] - begin[1]) - (end[1] - begin[1]) * (
        point[0] - begin[0]
    )
    return cross > 0 if cross else None


def _distance(point: Point, begin: Point, end: Point) -> float:
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    square = dx * dx + dy * dy
    along = ((point[0] - begin[0]) * dx + (point[1] - begin[1]) * dy) / square if square else 0.0
    part = min(max(along, 0.0), 1.0)
    return math.dist(point, (begin[0] + part * dx, begin[1] + part * dy))


@dataclass(frozen=True, slots=True)
class _Raw:
    """What stands in the file.

    Attributes:
        places: latitude and longitude by node.
        local: x and y in metres by node.
        ways: nodes by way.
        lanelets: left and right way of each.
    """

    places: dict[str, Point] = field(default_factory=dict)
    local: dict[str, Point] = field(default_factory=dict)
    ways: dict[str, list[str]] = field(default_factory=dict)
    lanelets: list[tuple[str, str]] = field(default_factory=list)


def _points(raw: _Raw, origin: tuple[float, float] | None) -> Mapping[str, Point]:
    if origin is None or len(set(raw.places.values())) < 2:
        return raw.local  # no map is a single point: it was only put there to be valid
    try:
        project = LocalMercator(*origin)
        return {node: project(*place) for node, place in raw.places.items()}
    except ValueError:
        return raw.local


def _parsed(text: str) -> _Raw:
    if len(text) > LARGEST_BYTES:
        raise ValueError(f"a map of {len(text) >> 20} MB is too large to be drawn")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")  # whatever it declares: it comes as a text
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise ValueError(f"the map is no XML ({error})") from error
    return reader.raw


def _refuse_doctype(*_: object) -> None:
    raise ValueError("the map declares a document type, which OSM XML has not")


class _Reader:
    """Takes the elements of a file as they come."""

    def __init__(self) -> None:
        self.raw = _Raw()
        self._nodes: list[str] = []
        self._sides: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._identity = ""
        self._place: Point | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if name == "nd":
            self._nodes.append(attributes.get("ref", ""))
        elif name == "tag":
            self._tags[attributes.get("k", "")] = attributes.get("v", "")
        elif name == "member":
            self._sides.setdefault(attributes.get("role", ""), attributes.get("ref", ""))
        elif name in {"node", "way", "relation"}:
            self._nodes, self._sides, self._tags = [], {}, {}
            self._identity = attributes.get("id", "")
            self._place = _point(attributes.get("lat"), attributes.get("lon"))

    def end(self, name: str) -> None:
        """End an element."""
        if name == "node":
            self._put(self.raw.places, self._place)
            self._put(self.raw.local, _point(self._tags.get("local_x"), self._tags.get("local_y")))
        elif name == "way":
            self.raw.ways[self._identity] = self._nodes
        elif name == "relation" and self._tags.get("type") == "lanelet":
            self.raw.lanelets.extend(_pair(self._sides))

    def _put(self, points: dict[str, Point], point: Point | None) -> None:
        if point is not None:
            points[self._identity] = point


def _pair(sides: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return [(sides["left"], sides["right"])] if {"left", "right"} <= sides.keys() else []


def _point(first: str | None, second: str | None) -> Point | None:
    try:
        point = float(first or ""), float(second or "")
    except ValueError:
        return None
    return point if all(map(math.isfinite, point)) else None
