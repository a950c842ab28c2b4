"""Footprints of agents on the ground, and which of many overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iai_proxy.diagnosis.checks.motion.thresholds import SKIN_M
from iai_proxy.diagnosis.values import Sizes, State


@dataclass(frozen=True, slots=True)
class Footprint:
    """A rectangle around an agent's centre, in m."""

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

    def overlap_m(self, other: Footprint) -> float:
        """Return the depth of the overlap, m; 0 or less for none (separating axis theorem)."""
        dx, dy = other.x - self.x, other.y - self.y
        axes = [axis for box in (self, other) for axis in ((box.cos, box.sin), (-box.sin, box.cos))]
        return min(
            self._extent(ux, uy) + other._extent(ux, uy) - abs(dx * ux + dy * uy) for ux, uy in axes
        )

    def _extent(self, ux: float, uy: float) -> float:
        along = abs(self.cos * ux + self.sin * uy) * self.half_length
        return along + abs(self.cos * uy - self.sin * ux) * self.half_width


def footprint(agent: int, place: State, size: Sizes) -> Footprint | None:
    """Return an agent's footprint, or None if its size is not known."""
    length, width = size[0], size[1]
    if length is None or width is None or length <= 0 or width <= 0:
        return None
    x, y, heading, _ = place
    half = (max(length / 2 - SKIN_M, 0.01), max(width / 2 - SKIN_M, 0.01))
    return Footprint(agent, x, y, math.cos(heading), math.sin(heading), *half)


def overlaps(footprints: Sequence[Footprint]) -> Iterator[tuple[Footprint, Footprint, float]]:
    """Yield pairs that overlap, by agent, and how deep, m. Sweeps along x for speed."""
    active: list[tuple[float, Footprint]] = []
    for box in sorted(footprints, key=lambda each: each.x - each.reach_x):
        begin = box.x - box.reach_x
        active = [(end, other) for end, other in active if end > begin]
        for _, other in active:
            if (depth := box.overlap_m(other)) > 0:
                first, second = sorted((box, other), key=lambda each: each.agent)
                yield first, second, depth
        active.append((box.x + box.reach_x, box))
