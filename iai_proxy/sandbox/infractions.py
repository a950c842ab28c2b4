"""Which agents overlap another, or are off their road."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iai_proxy.sandbox.geometry import Box
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.prediction import is_car
from iai_proxy.sandbox.streets import LANE_WIDTH_M
from iai_proxy.sandbox.wire.common import AgentProperties, AgentState, Infractions

#: An agent's centre may be this far from the middle of its lane.
_OFF_ROAD_M: Final = LANE_WIDTH_M / 2 + 0.6


def boxes(states: Sequence[AgentState], properties: Sequence[AgentProperties]) -> list[Box]:
    """Return the agents' footprints."""
    return [
        Box(state[0], state[1], state[2], sizes.length or 1.0, sizes.width or 1.0)
        for state, sizes in zip(states, properties, strict=True)
    ]


def infractions(
    world: World, states: Sequence[AgentState], properties: Sequence[AgentProperties]
) -> list[Infractions]:
    """Return ``(collision, offroad, wrong_way)`` by agent; the last is always false, as with the real API.

    The SDK's ``InfractionIndicators`` calls ``wrong_way`` "currently disabled".
    """
    colliding = _colliding(boxes(states, properties))
    return [
        (index in colliding, _is_offroad(world, state, cars=is_car(sizes)), False)
        for index, (state, sizes) in enumerate(zip(states, properties, strict=True))
    ]


def _colliding(footprints: Sequence[Box]) -> set[int]:
    return {
        index
        for first, box in enumerate(footprints)
        for second in range(first + 1, len(footprints))
        if box.overlaps(footprints[second])
        for index in (first, second)
    }


def _is_offroad(world: World, state: AgentState, *, cars: bool) -> bool:
    return world.network.distance(state[0], state[1], for_cars=cars) > _OFF_ROAD_M
