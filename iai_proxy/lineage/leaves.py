"""Which agents stand in one leaf of the quadtree by which the SDK divides a large call."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import ceil, isfinite
from typing import Final, Generic, TypeVar

_Agent = TypeVar("_Agent", bound=Hashable)
Place = tuple[float, float]

#: Deeper than a quadtree with leaves of a nanometre.
_DEEPEST: Final = 48


class Leaves(Generic[_Agent]):
    """The SDK's quadtree over all agents of a call, cut very deep.

    The leaves are disjoint, so of two agents the one that shares the deeper cell with a third
    shares its leaf, if either does.

    Args:
        places: where each agent was before the call, (x m, y m).
    """

    def __init__(self, places: Mapping[_Agent, Place]) -> None:
        self._places = places
        self._paths: dict[_Agent, bytes] = {}
        if places:
            xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
            spread = max(max(xs) - min(xs), max(ys) - min(ys))
            middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
            if all(map(isfinite, (spread, *middle))):
                self._size = ceil(spread) + 1
                self._center = (round(middle[0]), round(middle[1]))
            else:  # a client may send anything
                self._places = {}

    def shared(self, agent: _Agent, other: _Agent) -> int:
        """Return how deep the smallest cell is that holds both; -1 where that is unknown."""
        if agent not in self._places or other not in self._places:
            return -1
        ours, theirs = self._path(agent), self._path(other)
        return next((depth for depth in range(_DEEPEST) if ours[depth] != theirs[depth]), _DEEPEST)

    def _path(self, agent: _Agent) -> bytes:
        if agent not in self._paths:
            (x, y), half = self._places[agent], self._size / 2
            cx, cy = float(self._center[0]), float(self._center[1])
            path = bytearray()
            for _ in range(_DEEPEST):
                half /= 2
                # Edges belong to both sides; the SDK asks north-west, north-east, south-west,
                # south-east in turn.
                north, west = y >= cy, x <= cx
                path.append(2 * (not north) + (not west))
                cx, cy = cx + (-half if west else half), cy + (half if north else -half)
            self._paths[agent] = bytes(path)
        return self._paths[agent]
