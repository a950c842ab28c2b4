"""Puts sampled agents on lanes for ``initialize``: apart from each other, at safe speeds.

Agents that the client gives stay exactly where they are. The others are tried at random places
until each has one. Then each gets a speed at which it can stop behind its leader and at the next
light.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

from iai_proxy.sandbox import recurrent_state
from iai_proxy.sandbox.geometry import OrientedBox
from iai_proxy.sandbox.lanes import Lane
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.prediction import Agent, is_car, traffic_of, wanted_speed
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.agent_fields import AgentProperties, AgentState

#: How far sampled agents may be from the location of interest, along x and along y.
REGION_M: Final = 49.5
#: No car is put on the last metres of a lane, where its front would be over the stop line.
_BEFORE_END: Final = 5
_AROUND_CAR_M: Final = 1.5
_AROUND_PEDESTRIAN_M: Final = 0.4
_COMFORTABLE: Final = 1.5  # m/s2, braking that the drawn speeds allow for
_HEADWAY_S: Final = 1.3

Slot = tuple[Lane, float]


def complete(properties: AgentProperties, source: random.Random) -> AgentProperties:
    """Return properties with random sizes of an ordinary car or pedestrian where none are given."""
    if is_car(properties):
        length, width = round(source.uniform(4.5, 5.2), 2), round(source.uniform(1.8, 2.1), 2)
    else:
        length, width = round(source.uniform(0.55, 0.7), 2), round(source.uniform(0.55, 0.7), 2)
    length, width = properties.length or length, properties.width or width
    offset = round(length * 0.28, 2) if is_car(properties) else 0.0
    given = properties.rear_axis_offset
    return properties.model_copy(
        update={
            "agent_type": properties.agent_type or "car",
            "length": length,
            "width": width,
            "rear_axis_offset": offset if given is None else given,
        }
    )


def place(
    world: World,
    given: Sequence[Agent],
    wanted: Sequence[AgentProperties],
    region: tuple[float, float] | None,
    source: random.Random,
) -> list[Agent]:
    """Place agents.

    Args:
        world: the map.
        given: agents that stay as they are.
        wanted: complete properties of the agents to be sampled.
        region: the point (m) around which to sample; None for the whole map.
        source: of all random numbers.

    Returns:
        The sampled agents, in the order of ``wanted``.

    Raises:
        RequestRefusedError: they don't fit.
    """
    taken = [_guarded(agent) for agent in given]
    slots = {car: _slots(world, region, source, cars=car) for car in (True, False)}
    placed = []
    for number, properties in enumerate(wanted):
        slot = _free_slot(slots[is_car(properties)], properties, taken)
        if slot is None:
            raise RequestRefusedError(
                f"only {number} of {len(wanted)} agents could be placed {_where(region)} without "
                "overlap; ask for fewer, or for another place"
            )
        lane, s = slot
        plan = recurrent_state.new_plan(lane, s, source.randbytes(16))
        placed.append(Agent((*lane.at(s), 0.0), properties, b"", plan))
        taken.append(_footprint((*lane.at(s), 0.0), properties))
    return _with_speeds([*given, *placed])[len(given) :]


def _where(region: tuple[float, float] | None) -> str:
    if region is None:
        return "on the map"
    return f"within {REGION_M:.0f} m of ({region[0]:g}, {region[1]:g})"


def _slots(
    world: World, region: tuple[float, float] | None, source: random.Random, *, cars: bool
) -> list[Slot]:
    """Return places on open lanes in the region, in random order."""
    slots = [
        (lane, index * lane.step + 0.5)
        for lane in world.lanes
        if lane.for_cars == cars and lane.is_open
        for index, (x, y) in enumerate(lane.points[: -_BEFORE_END if cars else -1])
        if region is None
        or (abs(x - region[0]) < REGION_M - 1 and abs(y - region[1]) < REGION_M - 1)
    ]
    source.shuffle(slots)
    return slots


def _free_slot(
    slots: list[Slot], properties: AgentProperties, taken: Sequence[OrientedBox]
) -> Slot | None:
    """Take slots from the list until one is free; the others will never be free."""
    around = _AROUND_CAR_M if is_car(properties) else _AROUND_PEDESTRIAN_M
    while slots:
        lane, s = slots.pop()
        room = _footprint((*lane.at(s), 0.0), properties).grown(around, around, 0.2)
        if not any(room.overlaps(footprint) for footprint in taken):
            return lane, s
    return None


def _footprint(state: AgentState, properties: AgentProperties) -> OrientedBox:
    return OrientedBox(
        state[0], state[1], state[2], properties.length or 1.0, properties.width or 1.0
    )


def _guarded(agent: Agent) -> OrientedBox:
    """Return the footprint of a given agent with the room it needs to stop."""
    speed = max(agent.state[3], 0.0)
    return _footprint(agent.state, agent.properties).grown(
        1.0 + speed * _HEADWAY_S + speed**2 / 8, 0.0, 0.2
    )


def _with_speeds(agents: Sequence[Agent]) -> list[Agent]:
    """Return the agents, each with a speed at which it can stop in time."""
    traffic = traffic_of(agents)
    moving = []
    for number, agent in enumerate(agents):
        gap = traffic.leader(number).gap - 2.0
        if agent.plan.lane.light is not None:
            gap = min(gap, agent.plan.lane.length - agent.plan.s - agent.length / 2)
        safe = min(gap / _HEADWAY_S, math.sqrt(2 * _COMFORTABLE * max(gap, 0.0)))
        x, y, heading, _ = agent.state
        speed = round(max(min(wanted_speed(agent) * 0.95, safe), 0.0), 3)
        moving.append(Agent((x, y, heading, speed), agent.properties, agent.token, agent.plan))
    return moving
