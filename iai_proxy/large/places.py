"""Which regions are near a place: found without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import floor, sqrt
from typing import Final

#: Distances are compared with as much to spare: the last bits may be rounded either way.
_SLACK: Final = 1.001

#: (x m, y m)
Point = tuple[float, float]


def distance(here: Point, there: Point) -> float:
    """As the SDK computes it: ``hypot`` may differ in the last bit."""
    return sqrt((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2)


class Nearest:
    """Finds the nearest of some points.

    They are looked at along the axis on which they are spread further, from the place outwards,
    until the way along that axis alone is too far.

    Args:
        points: not none.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        spans = [max(values) - min(values) for values in zip(*points, strict=True)]
        self._axis = spans.index(max(spans))
        first = {point: index for index, point in reversed(list(enumerate(points)))}
        self._points = sorted(first.items(), key=lambda item: item[0][self._axis])
        self._along = [point[self._axis] for point, _ in self._points]

    def __call__(self, place: Point) -> int:
        """Return the index of the nearest point; of several equally near the first."""
        start = bisect_left(self._along, place[self._axis])
        rising = range(start, len(self._points))
        falling = range(start - 1, -1, -1)
        best = self._nearest(place, rising, (float("inf"), len(self._points)))
        return self._nearest(place, falling, best)[1]

    def _nearest(self, place: Point, order: range, best: tuple[float, int]) -> tuple[float, int]:
        """Return distance and index of the nearest: the best so far, or one in this order."""
        for number in order:
            if abs(self._along[number] - place[self._axis]) > best[0] * _SLACK:
                break
            point, index = self._points[number]
            best = min(best, (distance(place, point), index))
        return best


class Around:
    """Finds which of some points are within a distance.

    Args:
        points: all of them.
        reach: the distance, m.
    """

    def __init__(self, points: Sequence[Point], reach: float) -> None:
        self._points = points
        self._reach = reach
        self._cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._listed: set[int] = set()

    def add(self, index: int) -> None:
        """Have a point found from now on."""
        if index not in self._listed:
            self._listed.add(index)
            self._cells[self._cell(index)].append(index)

    def __call__(self, index: int) -> list[int]:
        """Return the points that are near one of them, itself too if it was added, rising."""
        here = self._points[index]
        return sorted(
            other
            for other in self._candidates(index)
            if distance(here, self._points[other]) <= self._reach
        )

    def _candidates(self, index: int) -> Iterator[int]:
        column, row = self._cell(index)
        for x in range(column - 1, column + 2):
            for y in range(row - 1, row + 2):
                yield from self._cells.get((x, y), ())

    def _cell(self, index: int) -> tuple[int, int]:
        x, y = self._points[index]
        side = self._reach * _SLACK
        return floor(x / side), floor(y / side)
