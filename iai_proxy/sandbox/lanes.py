"""Lanes: directed centre lines that agents follow, joined into a network. Pure data.

A lane is sampled at equal distances of about a metre. So a position on it costs a few
multiplications if it is roughly known, as it is from one step to the next.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.sandbox.geometry import wrap

_SPACING_M: Final = 1.0
_CELL_M: Final = 8.0
#: How many metres a radian between an agent's heading and a lane's counts for, in the search for
#: the nearest lane.
_METRES_PER_RADIAN: Final = 3.0

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Projection:
    """The position of a point relative to a lane."""

    s: float  # m along the lane, from its start; may exceed its length by a little
    offset: float  # m to the left of the centre line, negative to the right


class Lane:
    """One directed centre line, with what traffic needs to know about it."""

    def __init__(
        self, index: int, points: Sequence[XY], speed_limit: float, *, for_cars: bool
    ) -> None:
        """Make a lane.

        Args:
            index: its place in the network.
            points: at least two points of the centre line, no two neighbours equal.
            speed_limit: m/s.
            for_cars: whether cars use it, else pedestrians.
        """
        self.index = index
        self.speed_limit = speed_limit
        self.for_cars = for_cars
        self.points, self.length = _resample(points)
        self.step = self.length / (len(self.points) - 1)
        self.headings = _headings(self.points)
        #: Lanes that continue this one.
        self.successors: list[Lane] = []
        #: Lanes that begin where this one does: cars on their first metres are in the way.
        self.siblings: list[Lane] = []
        #: Lanes that end where this one does: cars on their last metres are in the way.
        self.merging: list[Lane] = []
        #: Id of the traffic light at the lane's end, if there is one.
        self.light: int | None = None
        #: Lanes through the junction at the lane's end that begin on other approaches.
        self.crossing: list[Lane] = []
        #: Whether agents may be put here; not inside a junction.
        self.is_open = True

    def at(self, s: float) -> tuple[float, float, float]:
        """Return ``(x, y, heading)`` at ``s`` metres from the start; beyond the ends in a line."""
        index = min(max(int(s / self.step), 0), len(self.points) - 2)
        (x, y), heading = self.points[index], self.headings[index]
        rest = s - index * self.step
        return x + rest * math.cos(heading), y + rest * math.sin(heading), heading

    def project(self, x: float, y: float, near: float) -> Projection:
        """Return the position of a point, looking only around ``near``, metres along the lane."""
        centre = int(near / self.step)
        last = len(self.points) - 2
        best, best_square = 0, math.inf
        for index in range(min(max(centre - 2, 0), last), min(max(centre + 4, 0), last) + 1):
            px, py = self.points[index]
            square = (px - x) ** 2 + (py - y) ** 2
            if square < best_square:
                best, best_square = index, square
        heading = self.headings[best]
        cos, sin = math.cos(heading), math.sin(heading)
        dx, dy = x - self.points[best][0], y - self.points[best][1]
        return Projection(best * self.step + dx * cos + dy * sin, dy * cos - dx * sin)


class Network:
    """All lanes of a map, with a grid of their points for finding the nearest."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = tuple(lanes)
        self._cells: dict[bool, dict[tuple[int, int], list[tuple[Lane, int]]]] = {
            True: defaultdict(list),
            False: defaultdict(list),
        }
        for lane in self.lanes:
            for index, (x, y) in enumerate(lane.points[:-1]):
                self._cells[lane.for_cars][_cell(x, y)].append((lane, index))
        _link_neighbours(self.lanes)

    def bounds(self, margin: float) -> tuple[float, float, float, float]:
        """Return ``(x_min, y_min, x_max, y_max)`` of all lanes, with a margin."""
        xs = [x for lane in self.lanes for x, _ in lane.points]
        ys = [y for lane in self.lanes for _, y in lane.points]
        return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin

    def nearest(
        self, x: float, y: float, heading: float, *, for_cars: bool
    ) -> tuple[Lane, Projection]:
        """Return the lane closest to an agent, by distance and direction."""
        lane, index = min(
            self._around(x, y, for_cars=for_cars),
            key=lambda item: _cost(item[0], item[1], x, y, heading),
        )
        return lane, lane.project(x, y, index * lane.step)

    def distance(self, x: float, y: float, *, for_cars: bool) -> float:
        """Return metres from a point to the nearest centre line, whatever its direction."""
        lane, index = min(
            self._around(x, y, for_cars=for_cars),
            key=lambda item: math.dist(item[0].points[item[1]], (x, y)),
        )
        near = lane.project(x, y, index * lane.step)
        return (
            abs(near.offset)
            if 0 <= near.s <= lane.length
            else math.dist(lane.points[index], (x, y))
        )

    def _around(self, x: float, y: float, *, for_cars: bool) -> Iterable[tuple[Lane, int]]:
        """Return the lane points in the cells around a place; all of them if there are none."""
        cells = self._cells[for_cars] or self._cells[True]
        column, row = _cell(x, y)
        found = [
            item
            for i in (column - 1, column, column + 1)
            for j in (row - 1, row, row + 1)
            for item in cells.get((i, j), ())
        ]
        return found or [item for items in cells.values() for item in items]


def _cell(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / _CELL_M), math.floor(y / _CELL_M)


def _cost(lane: Lane, index: int, x: float, y: float, heading: float) -> float:
    return math.dist(lane.points[index], (x, y)) + _METRES_PER_RADIAN * abs(
        wrap(lane.headings[index] - heading)
    )


def _link_neighbours(lanes: Iterable[Lane]) -> None:
    """Fill in siblings and merging lanes from the successors."""
    into: dict[int, list[Lane]] = defaultdict(list)
    for lane in lanes:
        for successor in lane.successors:
            into[successor.index].append(lane)
            successor.siblings = [
                sibling for sibling in lane.successors if sibling is not successor
            ]
    for ending in into.values():
        for lane in ending:
            lane.merging = [merging for merging in ending if merging is not lane]


def _headings(points: Sequence[XY]) -> list[float]:
    return [math.atan2(y2 - y1, x2 - x1) for (x1, y1), (x2, y2) in itertools.pairwise(points)]


def _resample(points: Sequence[XY]) -> tuple[list[XY], float]:
    """Return points at equal distances along a line through given points, and its length."""
    lengths = [math.dist(start, end) for start, end in itertools.pairwise(points)]
    total = sum(lengths)
    count = max(round(total / _SPACING_M), 1)
    sampled, edge, passed = [points[0]], 0, 0.0
    for number in range(1, count):
        target = total * number / count
        while passed + lengths[edge] < target:
            passed += lengths[edge]
            edge += 1
        part = (target - passed) / lengths[edge]
        (x1, y1), (x2, y2) = points[edge], points[edge + 1]
        sampled.append((x1 + part * (x2 - x1), y1 + part * (y2 - y1)))
    return [*sampled, points[-1]], total
