"""The response of each endpoint: request models in, plain values for JSON out.

They are dicts: building models for 100 agents costs more than predicting them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from iai_proxy.sandbox import light_phases, osm, picture, recurrent_state
from iai_proxy.sandbox.blame_verdict import find_fault
from iai_proxy.sandbox.infraction_flags import footprints, infractions
from iai_proxy.sandbox.maps import ORIGIN, VERSION, World, world_of
from iai_proxy.sandbox.picture import View
from iai_proxy.sandbox.placement import REGION_M, complete, place
from iai_proxy.sandbox.prediction import gather, step
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.agent_fields import (
    AgentProperties,
    AgentState,
    attributes_to_properties,
)
from iai_proxy.sandbox.requests.blame_request import BlameRequest
from iai_proxy.sandbox.requests.drive_request import DriveRequest
from iai_proxy.sandbox.requests.initialize_request import InitializeRequest
from iai_proxy.sandbox.requests.queries import LightRequest, LocationInfoRequest
from iai_proxy.sandbox.signals import Signals

MODEL_VERSION: Final = "sandbox-1"
_FARTHEST_M: Final = 10_000.0
Answer = dict[str, Any]


def location_info(request: LocationInfoRequest) -> Answer:
    """Describe a location."""
    world = world_of(request.location)
    view = _view(world, request.rendering_center, request.rendering_fov)
    return {
        "version": VERSION,
        "max_agent_number": world.max_agents,
        "bounding_polygon": world.polygon(),
        "birdview_image": picture.draw(world, view),
        # The C++ SDK takes nothing but a string here.
        "osm_map": osm.lanelet_map(world) if request.include_map_source else "",
        "map_origin": ORIGIN,
        "map_center": (view.x, view.y),
        "map_fov": view.fov,
        "static_actors": [
            {
                "actor_id": actor,
                "agent_type": line.kind,
                "x": line.x,
                "y": line.y,
                "orientation": line.heading,
                "length": 1.0,
                "width": line.width,
                "dependant": None,
            }
            for line in world.stop_lines
            for actor in world.wire_ids.get(line.actor_id, (line.actor_id,))
        ],
    }


def initialize(request: InitializeRequest, server_seed: int) -> Answer:
    """Place agents.

    Raises:
        RequestRefusedError: they don't fit.
    """
    world = world_of(request.location)
    wanted = request.properties()
    known = wanted[: len(request.given_states)]
    given = gather(world, request.given_states, known, None)
    tokens = [agent.token for agent in given]
    call = recurrent_state.basis(tokens, request.location, request.random_seed, server_seed)
    source = random.Random(call)
    sampled = [complete(item, source) for item in wanted[len(known) :]]
    placed = place(world, given, sampled, _region(world, request), source)
    agents = [*given, *placed]
    signals = Signals.at_start(world, request.traffic_light_state_history, source)
    states = [agent.state for agent in agents]
    properties = [complete(item, source) for item in known] + sampled
    return {
        "agent_states": states,
        "recurrent_states": [
            recurrent_state.remember(agent.plan, call, agent.token + number.to_bytes(2))
            for number, agent in enumerate(agents)
        ],
        "agent_attributes": [
            [item.length, item.width, item.rear_axis_offset, item.agent_type] for item in properties
        ],
        "agent_properties": [item.model_dump() for item in properties],
        "birdview": _birdview(
            world, request.location_of_interest, None, states, properties, signals
        )
        if request.get_birdview
        else None,
        "infraction_indicators": infractions(world, states, properties)
        if request.get_infractions
        else None,
        "traffic_lights_states": signals.shown_on_wire,
        "light_recurrent_states": signals.recurrent,
        "model_version": MODEL_VERSION,
    }


def drive(request: DriveRequest, server_seed: int) -> Answer:
    """Move all agents by one time step."""
    world = world_of(request.location)
    properties = request.properties()
    agents = gather(world, request.agent_states, properties, request.recurrent_states)
    tokens = [agent.token for agent in agents]
    call = recurrent_state.basis(tokens, request.location, request.random_seed, server_seed)
    signals = Signals.under_way(
        world, request.light_recurrent_states, request.traffic_lights_states
    )
    moved = step(agents, signals.shown, call)
    states = [state for state, _ in moved]
    return {
        "agent_states": states,
        "recurrent_states": [
            recurrent_state.remember(plan, call, agent.token)
            for agent, (_, plan) in zip(agents, moved, strict=True)
        ],
        "birdview": _birdview(
            world, request.rendering_center, request.rendering_fov, states, properties, signals
        )
        if request.get_birdview
        else None,
        "infraction_indicators": infractions(world, states, properties)
        if request.get_infractions
        else None,
        "is_inside_supported_area": [world.supports(state[0], state[1]) for state in states],
        "traffic_lights_states": signals.shown_on_wire,
        "light_recurrent_states": signals.advanced().recurrent,
        "model_version": MODEL_VERSION,
    }


def blame(request: BlameRequest) -> Answer:
    """Find who is at fault for a collision."""
    world = world_of(request.location)
    states = request.agent_state_history[-1]
    first, second = request.colliding_agents
    verdict = find_fault(first, second, states)
    properties = [attributes_to_properties(item) for item in request.agent_attributes]
    history = request.traffic_light_state_history
    signals = Signals.under_way(world, None, history[-1] if history else None)
    middle = (
        (states[first][0] + states[second][0]) / 2,
        (states[first][1] + states[second][1]) / 2,
    )
    return {
        "agents_at_fault": [verdict.agent],
        "reasons": {str(verdict.agent): [verdict.reason]} if request.get_reasons else None,
        "confidence_score": verdict.confidence if request.get_confidence_score else None,
        "birdviews": [_birdview(world, middle, 50.0, states, properties, signals)]
        if request.get_birdviews
        else [],
    }


def light(request: LightRequest, server_seed: int) -> Answer:
    """Draw the lights of a location, or advance those of an earlier answer by one time step.

    Raises:
        RequestRefusedError: the recurrent states are not from this location.
    """
    world = world_of(request.location)
    groups = world.light_groups
    if request.recurrent_states is None:
        call = recurrent_state.basis([], request.location, request.random_seed, server_seed)
        states = light_phases.draw(groups, random.Random(call))
    else:
        try:
            states = light_phases.advance(
                groups, light_phases.from_text(request.recurrent_states, len(groups))
            )
        except ValueError as error:
            raise RequestRefusedError(f"recurrent_states can't be read: {error}") from error
    return {
        "traffic_lights_states": Signals(world, states, {}).shown_on_wire or {},
        "recurrent_states": light_phases.to_text(states),
    }


def _region(world: World, request: InitializeRequest) -> tuple[float, float] | None:
    """Return where to sample; None for a point of a real map that is not on ours."""
    point = request.location_of_interest
    if point is None or not world.is_stand_in:
        return point
    x_min, y_min, x_max, y_max = world.bounds
    near = (
        x_min - REGION_M < point[0] < x_max + REGION_M
        and y_min - REGION_M < point[1] < y_max + REGION_M
    )
    return point if near else None


def _birdview(
    world: World,
    center: tuple[float, float] | None,
    fov: float | None,
    states: Sequence[AgentState],
    properties: Sequence[AgentProperties],
    signals: Signals,
) -> list[int]:
    return picture.draw(
        world, _view(world, center, fov), footprints(states, properties), signals.shown
    )


def _view(world: World, center: tuple[float, float] | None, fov: float | None) -> View:
    """Return what a picture shows: the whole map unless the request says otherwise.

    Raises:
        RequestRefusedError: it can't be drawn.
    """
    x, y = center or world.center
    is_too_far = not world.is_stand_in and max(abs(x), abs(y)) > _FARTHEST_M
    if is_too_far or not 1 <= (fov or world.fov) <= _FARTHEST_M:
        raise RequestRefusedError(
            f"there is nothing to see: the picture's centre must be within {_FARTHEST_M:.0f} m of "
            f"(0, 0), and its field of view from 1 to {_FARTHEST_M:.0f} m"
        )
    return View(x, y, fov or world.fov)
