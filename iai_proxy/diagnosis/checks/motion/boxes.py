"""Rectangles on the ground, and which of many overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.diagnosis.values import Sizes, State

#: A box is taken to be this much smaller on each side, m: cars that touch do not overlap.
_SKIN_M: Final = 0.05


@dataclass(frozen=True, slots=True)
class Box:
    """An agent's footprint; half sizes in m."""

    agent: int
    x: float
    y: float
    cos: float
    sin: float
    half_length: float
    half_width: float

    @property
    def reach_x(self) -> float:
        """How far it extends along x from its centre, m."""
        return abs(self.cos) * self.half_length + abs(self.sin) * self.half_width

    def overlap_m(self, other: Box) -> float:
        """Return how deep the overlap is, m; 0 or less for none (separating axes)."""
        dx, dy = other.x - self.x, other.y - self.y
        deepest = math.inf
        for box in (self, other):
            for ux, uy in ((box.cos, box.sin), (-box.sin, box.cos)):
                depth = self._extent(ux, uy) + other._extent(ux, uy) - abs(dx * ux + dy * uy)
                deepest = min(deepest, depth)
        return deepest

    def _extent(self, ux: float, uy: float) -> float:
        along = abs(self.cos * ux + self.sin * uy) * self.half_length
        return along + abs(self.cos * uy - self.sin * ux) * self.half_width


def box(agent: int, place: State, size: Sizes) -> Box | None:
    """Return an agent's footprint, or None where its size is not known."""
    length, width = size[0], size[1]
    if length is None or width is None or length <= 0 or width <= 0:
        return None
    x, y, heading, _ = place
    half = (max(length / 2 - _SKIN_M, 0.01), max(width / 2 - _SKIN_M, 0.01))
    return Box(agent, x, y, math.cos(heading), math.sin(heading), *half)


def overlaps(boxes: Sequence[Box]) -> Iterator[tuple[Box, Box, float]]:
    """Yield each two boxes that overlap, and how deep, m. A sweep along x: what is far apart is not compared."""
    active: list[tuple[float, Box]] = []
    for one in sorted(boxes, key=lambda each: each.x - each.reach_x):
        begin = one.x - one.reach_x
        active = [(end, other) for end, other in active if end > begin]
        for _, other in active:
            if (depth := one.overlap_m(other)) > 0:
                yield (one, other, depth) if one.agent < other.agent else (other, one, depth)
        active.append((one.x + one.reach_x, one))
