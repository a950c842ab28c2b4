"""One time step: every agent looks at the traffic, the lights and its lane, and moves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from iai_proxy.sandbox import kinematics, recurrent_state
from iai_proxy.sandbox.car_following import (
    CAR,
    HARDEST_BRAKING,
    NO_LEADER,
    PEDESTRIAN,
    Leader,
    Traffic,
    Traveller,
)
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.recurrent_state import Plan
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.agent_fields import AgentProperties, AgentState, LightState

#: A driver who would have to brake harder than this drives through yellow.
_YELLOW_BRAKING: Final = 3.0  # m/s2
#: How cars slow down for a bend that they come to.
_BEND_BRAKING: Final = 1.5  # m/s2
_NOISE: Final = 0.15  # m/s2
#: How much of the street beyond a junction must be free, besides a car's own length, before the
#: car drives into the junction.
_ROOM_M: Final = 3.0
#: The largest number that an agent's state may have (m, rad, m/s).
_LARGEST: Final = 1e6
#: How far before the stop line a driver watches whether the junction is clear.
_SEEN_M: Final = 25.0


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent of a call, as it is before any agent moves."""

    state: AgentState
    properties: AgentProperties
    token: bytes
    plan: Plan

    @property
    def is_car(self) -> bool:
        """Whether it drives: every agent but a pedestrian does."""
        return is_car(self.properties)

    @property
    def length(self) -> float:
        """Length of the box, m."""
        return self.properties.length or 1.0

    @property
    def rear_axis_offset(self) -> float:
        """Distance from the centre back to the rear axle, m; kept inside the box."""
        given = self.properties.rear_axis_offset
        return min(max(self.length * 0.28 if given is None else given, 0.2), self.length / 2)

    @property
    def waypoint(self) -> tuple[float, float] | None:
        """Where the client wants it to go, if anywhere."""
        return (
            self.properties.waypoints[0] if self.properties.waypoints else self.properties.waypoint
        )


def is_car(properties: AgentProperties) -> bool:
    """Return whether an agent drives: every agent but a pedestrian does."""
    return properties.agent_type != "pedestrian"


def gather(
    world: World,
    states: Sequence[AgentState],
    properties: Sequence[AgentProperties],
    recurrent_states: Sequence[Sequence[float]] | None,
) -> list[Agent]:
    """Return the agents of a request with their plans.

    Raises:
        RequestRefusedError: a number is too large to calculate with.
    """
    agents = []
    for index, (state, sizes) in enumerate(zip(states, properties, strict=True)):
        if max(map(abs, state)) > _LARGEST:
            raise RequestRefusedError(
                f"the state of agent {index}, {list(state)}, has a number beyond {_LARGEST:g}"
            )
        recurrent = recurrent_states[index] if recurrent_states is not None else None
        own = recurrent_state.token(state, sizes, recurrent)
        agents.append(
            Agent(
                state,
                sizes,
                own,
                recurrent_state.recall(world, state, recurrent, own, car=is_car(sizes)),
            )
        )
    return agents


def traffic_of(agents: Sequence[Agent]) -> Traffic:
    """Sort agents along their lanes."""
    return Traffic(
        [
            Traveller(
                agent.plan.lane, agent.plan.s, agent.plan.next_lane, agent.state[3], agent.length
            )
            for agent in agents
        ]
    )


def step(
    agents: Sequence[Agent], lights: Mapping[int, LightState], call: bytes
) -> list[tuple[AgentState, Plan]]:
    """Move all agents by one time step.

    Args:
        agents: all agents of the call.
        lights: colour of each light of the map.
        call: the call's basis (``recurrent_state``).

    Returns:
        Each agent's new state and plan, in the same order.
    """
    traffic = traffic_of(agents)
    return [
        _move(
            agent,
            _acceleration(agent, traffic, number, lights, recurrent_state.noise(call, agent.token)),
        )
        for number, agent in enumerate(agents)
    ]


def _acceleration(
    agent: Agent, traffic: Traffic, number: int, lights: Mapping[int, LightState], luck: float
) -> float:
    style = CAR if agent.is_car else PEDESTRIAN
    speed, wanted = agent.state[3], wanted_speed(agent)
    leaders = [traffic.leader(number), _stop_line(agent, traffic, lights)]
    chosen = min(
        style.acceleration_for(speed, wanted, leader.gap, leader.speed) for leader in leaders
    )
    return max(chosen + luck * _NOISE * min(abs(speed) / 5, 1.0), -HARDEST_BRAKING)


def wanted_speed(agent: Agent) -> float:
    """Return the speed in m/s that an agent would have on an empty road."""
    plan = agent.plan
    rest = max(plan.lane.length - plan.s, 0.0)
    for_bend = math.sqrt((plan.next_lane.speed_limit * plan.pace) ** 2 + 2 * _BEND_BRAKING * rest)
    most = agent.properties.max_speed
    return min(
        plan.lane.speed_limit * plan.pace,
        for_bend,
        max(most, 0.0) if most is not None else math.inf,
    )


def _stop_line(agent: Agent, traffic: Traffic, lights: Mapping[int, LightState]) -> Leader:
    """Return a standing leader if the agent must stop at the line, for a light or a full street."""
    light = agent.plan.lane.light
    rest = agent.plan.lane.length - agent.plan.s - agent.length / 2
    if light is None or rest < 0:
        return NO_LEADER
    colour = lights.get(light, "none")
    needed = agent.state[3] ** 2 / (2 * max(rest, 0.1))
    if colour == "red":
        must_stop = needed < HARDEST_BRAKING
    elif colour == "yellow":
        must_stop = needed < _YELLOW_BRAKING
    else:
        must_stop = rest < _SEEN_M and needed < _YELLOW_BRAKING and not _is_free(agent, traffic)
    # The gap is counted to a metre behind the line: car following stops two metres short of a
    # leader.
    return Leader(rest + 1.0, 0.0) if must_stop else NO_LEADER


def _is_free(agent: Agent, traffic: Traffic) -> bool:
    """Return whether the junction ahead is clear and the street beyond it has room."""
    lane, way = agent.plan.lane, agent.plan.next_lane
    return traffic.is_empty(lane.crossing) and traffic.has_room(
        way.successors[0], agent.length + _ROOM_M
    )


def _move(agent: Agent, acceleration: float) -> tuple[AgentState, Plan]:
    plan, speed = agent.plan, agent.state[3]
    if agent.is_car:
        target = _ahead(plan, plan.s - agent.rear_axis_offset + kinematics.lookahead(speed))
        state = kinematics.drive_car(agent.state, acceleration, target, agent.rear_axis_offset)
    else:
        state = kinematics.walk(agent.state, acceleration, _ahead(plan, plan.s + 1.0))
    s = plan.lane.project(state[0], state[1], plan.s).s
    if s < plan.lane.length:
        return state, replace(plan, s=s)
    lane, passed = plan.next_lane, plan.passed + 1
    next_lane = recurrent_state.choose(lane, plan.key, passed, agent.waypoint)
    return state, Plan(lane, s - plan.lane.length, next_lane, plan.pace, plan.key, passed)


def _ahead(plan: Plan, s: float) -> tuple[float, float]:
    if s > plan.lane.length:
        return plan.next_lane.at(s - plan.lane.length)[:2]
    return plan.lane.at(s)[:2]
