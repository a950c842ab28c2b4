"""Which agents collide or are off the road."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iai_proxy.sandbox.geometry import OrientedBox
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.prediction import is_car
from iai_proxy.sandbox.requests.agent_fields import AgentProperties, AgentState
from iai_proxy.sandbox.streets import LANE_WIDTH_M

#: How far an agent's centre may be from the middle of its lane.
_OFF_ROAD_M: Final = LANE_WIDTH_M / 2 + 0.6


def footprints(
    states: Sequence[AgentState], properties: Sequence[AgentProperties]
) -> list[OrientedBox]:
    """Return the agents' footprints."""
    return [
        OrientedBox(state[0], state[1], state[2], sizes.length or 1.0, sizes.width or 1.0)
        for state, sizes in zip(states, properties, strict=True)
    ]


def infractions(
    world: World, states: Sequence[AgentState], properties: Sequence[AgentProperties]
) -> list[tuple[bool, bool, bool]]:
    """Return ``(collision, offroad, wrong_way)`` for each agent.

    The last is always false, as with the real API: the SDK calls it "currently disabled".
    """
    colliding = _colliding(footprints(states, properties))
    return [
        (index in colliding, _is_offroad(world, state, cars=is_car(sizes)), False)
        for index, (state, sizes) in enumerate(zip(states, properties, strict=True))
    ]


def _colliding(footprints: Sequence[OrientedBox]) -> set[int]:
    return {
        index
        for first, box in enumerate(footprints)
        for second in range(first + 1, len(footprints))
        if box.overlaps(footprints[second])
        for index in (first, second)
    }


def _is_offroad(world: World, state: AgentState, *, cars: bool) -> bool:
    return world.network.distance(state[0], state[1], for_cars=cars) > _OFF_ROAD_M
