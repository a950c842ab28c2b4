"""Draws the lanes of a map: a grid of streets with traffic lights, or a ring. Right-hand traffic.

In a junction only one approach has green at a time (``light_phases``). So movements never cross,
and car following alone keeps the cars apart: the traffic flows without accidents although the model
is small.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.sandbox.lanes import XY, Lane

LANE_WIDTH_M: Final = 3.7
STREET_SPEED: Final = 10.0  # m/s
WALKING_SPEED: Final = 1.5  # m/s
#: Sideways acceleration that drivers accept in a bend, m/s2; gives a bend's speed from its radius.
_SIDEWAYS: Final = 2.2
#: From the outermost lane's edge to the stop lines, m; leaves room for right turns of 7.85 m.
_CORNER_M: Final = 6.0
_SIDEWALK_M: Final = 2.2  # from the kerb to the middle of the sidewalk
_DIRECTIONS: Final[tuple[tuple[int, int], ...]] = (
    (1, 0),
    (0, 1),
    (-1, 0),
    (0, -1),
)  # east, north, west, south


@dataclass(frozen=True, slots=True)
class StopLine:
    """The line across an approach, at a traffic light or a yield sign."""

    actor_id: int
    kind: str  # "traffic_light" or "yield_sign"
    x: float
    y: float
    heading: float
    width: float


@dataclass
class Drawing:
    """The lanes in order of index, the stop lines, and the lights of each junction by approach."""

    lanes: list[Lane] = field(default_factory=list)
    stop_lines: list[StopLine] = field(default_factory=list)
    light_groups: list[tuple[int, ...]] = field(default_factory=list)

    def add(
        self, points: Sequence[XY], speed: float, *, for_cars: bool = True, is_open: bool = True
    ) -> Lane:
        """Add one lane."""
        lane = Lane(len(self.lanes), points, speed, for_cars=for_cars)
        lane.is_open = is_open
        self.lanes.append(lane)
        return lane


def draw_grid(side: int, block: float, lanes: int) -> Drawing:
    """Draw ``side`` x ``side`` junctions, ``block`` metres apart, ``lanes`` in each direction."""
    drawing = Drawing()
    grid = _Grid(drawing, side, block, lanes)
    for column in range(side):
        for row in range(side):
            grid.draw_junction((column, row))
    for column in range(side - 1):
        for row in range(side - 1):
            grid.draw_sidewalk((column, row))
    return drawing


def draw_ring(radius: float) -> Drawing:
    """Draw a ring road, two lanes in each direction, with two yield signs and a sidewalk."""
    drawing = Drawing()
    for place, way in ((0.5, 1), (1.5, 1), (-0.5, -1), (-1.5, -1)):
        own = radius + place * LANE_WIDTH_M
        quarters = [
            drawing.add(
                _arc((0.0, 0.0), own, way * quarter * math.pi / 2, way),
                STREET_SPEED if quarter else 6.0,
            )
            for quarter in range(4)
        ]
        for lane, next_lane in zip(quarters, [*quarters[1:], quarters[0]], strict=True):
            lane.successors.append(next_lane)
    for actor, (place, way) in enumerate(((1.0, 1), (-1.0, -1)), start=1):
        x = radius + place * LANE_WIDTH_M
        drawing.stop_lines.append(
            StopLine(actor, "yield_sign", x, 0.0, way * math.pi / 2, 2 * LANE_WIDTH_M)
        )
    walk = radius + 2 * LANE_WIDTH_M + _SIDEWALK_M
    around = [
        point for quarter in range(4) for point in _arc((0.0, 0.0), walk, quarter * math.pi / 2, 1)
    ]
    sidewalk = drawing.add(_without_repeats(around), WALKING_SPEED, for_cars=False)
    sidewalk.successors.append(sidewalk)
    return drawing


class _Grid:
    """Draws a grid junction by junction; street lanes are drawn when first needed."""

    def __init__(self, drawing: Drawing, side: int, block: float, lanes: int) -> None:
        self._drawing = drawing
        self._side = side
        self._block = block
        self._count = lanes
        self._box = lanes * LANE_WIDTH_M + _CORNER_M  # from a junction's centre to its stop lines
        self._streets: dict[tuple[tuple[int, int], int], list[Lane]] = {}

    def draw_junction(self, node: tuple[int, int]) -> None:
        """Join the lanes at a junction, and add lights where three streets or more meet."""
        ways_out = [way for way in range(4) if self._has(node, way)]
        lights = []
        approaches: list[list[Lane]] = []
        for way_in in [(way + 2) % 4 for way in ways_out]:
            arriving = self._street(self._beyond(node, (way_in + 2) % 4), way_in)
            turns = {(way - way_in + 1) % 4 - 1: way for way in ways_out if way != (way_in + 2) % 4}
            for place, lane in enumerate(arriving):
                for turn in self._allowed(place, turns):
                    self._connect(lane, self._street(node, turns[turn])[place], turn)
            approaches.append(arriving)
            if len(ways_out) > 2:
                lights.append(self._put_light(arriving))
        if lights:
            self._drawing.light_groups.append(tuple(lights))
            _link_crossing(approaches)

    def draw_sidewalk(self, corner: tuple[int, int]) -> None:
        """Draw the walk around one block of houses."""
        x, y = self._centre(corner)
        inset = self._count * LANE_WIDTH_M + _SIDEWALK_M
        rounding = 3.0
        low_x, low_y, high_x, high_y = (
            x + inset,
            y + inset,
            x + self._block - inset,
            y + self._block - inset,
        )
        corners = ((high_x, high_y), (low_x, high_y), (low_x, low_y), (high_x, low_y))
        middle = (x + self._block / 2, y + self._block / 2)
        points = [
            point
            for quarter, corner_point in enumerate(corners)
            for point in _arc(
                _towards(corner_point, middle, rounding), rounding, quarter * math.pi / 2, 1
            )
        ]
        walk = self._drawing.add(
            _without_repeats([*points, points[0]]), WALKING_SPEED, for_cars=False
        )
        walk.successors.append(walk)

    def _allowed(self, place: int, turns: dict[int, int]) -> Iterator[int]:
        """Yield the turns (1 left, 0 straight, -1 right) from a lane; place 0 is the innermost.

        Left turns start from the inner lane and right turns from the outer one, so that turning
        cars never cross others.
        """
        for turn in turns:
            if len(turns) == 1 or turn == 0 or place == (0 if turn == 1 else self._count - 1):
                yield turn

    def _connect(self, start: Lane, end: Lane, turn: int) -> None:
        """Draw the lane through a junction from one lane to another."""
        (x1, y1), (x2, y2) = start.points[-1], end.points[0]
        if turn == 0:
            points: list[XY] = [(x1, y1), (x2, y2)]
            speed = STREET_SPEED
        else:
            heading = start.headings[-1]
            radius = abs((x2 - x1) * math.cos(heading) + (y2 - y1) * math.sin(heading))
            side = heading + turn * math.pi / 2
            centre = (x1 + radius * math.cos(side), y1 + radius * math.sin(side))
            points = [
                (x1, y1),
                *_arc(centre, radius, heading - turn * math.pi / 2, turn)[1:-1],
                (x2, y2),
            ]
            speed = min(STREET_SPEED, math.sqrt(_SIDEWAYS * radius))
        connector = self._drawing.add(points, speed, is_open=False)
        start.successors.append(connector)
        connector.successors.append(end)

    def _put_light(self, arriving: Sequence[Lane]) -> int:
        actor = 1000 + len(self._drawing.stop_lines)
        xs, ys = zip(*(lane.points[-1] for lane in arriving), strict=True)
        centre = sum(xs) / len(xs), sum(ys) / len(ys)
        width = len(arriving) * LANE_WIDTH_M
        self._drawing.stop_lines.append(
            StopLine(actor, "traffic_light", *centre, arriving[0].headings[-1], width)
        )
        for lane in arriving:
            lane.light = actor
        return actor

    def _street(self, node: tuple[int, int], way: int) -> list[Lane]:
        """Return the lanes that leave a junction in a direction, the innermost first."""
        if (node, way) not in self._streets:
            dx, dy = _DIRECTIONS[way]
            x, y = self._centre(node)
            self._streets[node, way] = [
                self._drawing.add(
                    [
                        (x + along * dx + aside * dy, y + along * dy - aside * dx)
                        for along in (self._box, self._block - self._box)
                    ],
                    STREET_SPEED,
                )
                for aside in ((place + 0.5) * LANE_WIDTH_M for place in range(self._count))
            ]
        return self._streets[node, way]

    def _has(self, node: tuple[int, int], way: int) -> bool:
        return all(0 <= place < self._side for place in self._beyond(node, way))

    def _beyond(self, node: tuple[int, int], way: int) -> tuple[int, int]:
        return node[0] + _DIRECTIONS[way][0], node[1] + _DIRECTIONS[way][1]

    def _centre(self, node: tuple[int, int]) -> XY:
        half = (self._side - 1) / 2
        return (node[0] - half) * self._block, (node[1] - half) * self._block


def _link_crossing(approaches: Sequence[Sequence[Lane]]) -> None:
    """Give each lane of an approach the lanes that cross the junction from other approaches."""
    for approach in approaches:
        crossing = [
            through
            for opposing in approaches
            if opposing is not approach
            for lane in opposing
            for through in lane.successors
        ]
        for lane in approach:
            lane.crossing = list(crossing)


def _arc(centre: XY, radius: float, start: float, way: int) -> list[XY]:
    """Return points of a quarter circle, at most half a metre apart.

    ``way`` is 1 for anticlockwise, -1 for clockwise.
    """
    count = max(math.ceil(radius * math.pi), 4)
    angles = (start + way * math.pi / 2 * number / count for number in range(count + 1))
    return [
        (centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle))
        for angle in angles
    ]


def _towards(corner: XY, middle: XY, inset: float) -> XY:
    return (
        corner[0] + math.copysign(inset, middle[0] - corner[0]),
        corner[1] + math.copysign(inset, middle[1] - corner[1]),
    )


def _without_repeats(points: Sequence[XY]) -> list[XY]:
    return [
        points[0],
        *(end for start, end in itertools.pairwise(points) if math.dist(start, end) > 1e-6),
    ]
