"""Which rule each field of the API has (``docs/wire.md``), in requests and in answers alike.

A field that is not here is unknown.
"""

from __future__ import annotations

from typing import Any, Final

from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.kinds import COORDINATES
from iai_proxy.scrubbing.maps import ORIGIN, scrubbed_map
from iai_proxy.scrubbing.pictures import picture
from iai_proxy.scrubbing.values import (
    Rule,
    agent,
    columns,
    each,
    either,
    heading,
    keyed,
    light,
    location,
    members,
    number,
    word,
    x,
    y,
)

_MAP: Final = "osm_map"
_ORIGIN_OF_MAP: Final = "map_origin"


def scrubbed_object(disguise: Disguise, value: dict[str, Any]) -> dict[str, Any]:
    """Return the object of a request's or an answer's body."""
    made: dict[str, Any] = _members(disguise, value)
    if isinstance(text := value.get(_MAP), str) and _MAP in made:
        made[_MAP] = scrubbed_map(disguise, text, value.get(_ORIGIN_OF_MAP))
    return made


def _origin(disguise: Disguise, value: Any) -> Any:
    if not isinstance(value, list):
        return None
    return value if disguise.keeps(COORDINATES) else list(ORIGIN)


def _text_of_map(_: Disguise, value: Any) -> Any:
    return "" if isinstance(value, str) else None


def _version_of_map(_: Disguise, value: Any) -> Any:
    """Maps of one place have versions of their own, so a version may tell the place."""
    return "scrubbed" if isinstance(value, str) else None


def _message(disguise: Disguise, value: Any) -> Any:
    return disguise.error(value) if isinstance(value, str) else None


def _step(_: Disguise, value: Any) -> Any:
    """A step on the way to a faulty value: a field or a place in a list."""
    if isinstance(value, str):
        return value if value in _IN_BODIES else None
    return value if isinstance(value, int) else None


_numbers: Final = each(number, "numbers")
_point: Final = either(columns((x, y), "points"), members({"x": x, "y": y}))
_points: Final = each(_point, "points")
_states: Final = each(columns((x, y, heading, number), "agent_states"), "agent_states")
_lights: Final = keyed(light, word, "traffic_lights_states")
_properties: Final = members(
    {
        "length": number,
        "width": number,
        "rear_axis_offset": number,
        "agent_type": word,
        "waypoint": _point,
        "waypoints": _points,
        "max_speed": number,
    }
)
#: By their kinds: what is null is left out of the list (SDK ``AgentAttributes.tolist``).
_attributes: Final = each(either(number, word, _point), "agent_attributes")
_actor: Final = members(
    {
        "actor_id": light,
        "agent_type": word,
        "x": x,
        "y": y,
        "orientation": heading,
        "length": number,
        "width": number,
        "dependant": each(light, "dependant"),
    }
)
_AGENTS: Final[dict[str, Rule]] = {
    "agent_states": _states,
    "agent_properties": each(_properties, "agent_properties"),
    "agent_attributes": each(_attributes, "agent_attributes"),
}
_region: Final = members({"center": _point, "size": number, "region_type": word, **_AGENTS})
_fault: Final = members({"loc": each(_step, "loc"), "msg": _message, "type": word})

#: Of objects in bodies.
FIELDS: Final[dict[str, Rule]] = {
    **_AGENTS,
    "location": location,
    "states_history": each(_states, "states_history"),
    "agent_state_history": each(_states, "agent_state_history"),
    # Of agents a list each, of lights (``/light``) one for all.
    "recurrent_states": each(either(number, _numbers), "recurrent_states"),
    "num_agents_to_spawn": number,
    # Of older versions, and in the examples of the C++ SDK.
    "timestep": number,
    "conditional_agent_states": _states,
    "conditional_agent_properties": each(_properties, "agent_properties"),
    "conditional_agent_attributes": each(_attributes, "agent_attributes"),
    "traffic_lights_states": _lights,
    "traffic_light_state_history": each(_lights, "traffic_light_state_history"),
    "light_recurrent_states": each(_numbers, "light_recurrent_states"),
    "location_of_interest": _point,
    "random_seed": number,
    "model_version": word,
    "api_model_version": word,
    "get_birdview": number,
    "get_birdviews": number,
    "get_infractions": number,
    "get_reasons": number,
    "get_confidence_score": number,
    "include_map_source": number,
    "rendering_center": _point,
    "rendering_fov": number,
    "colliding_agents": _numbers,
    "single_call_agent_limit": number,
    "concurrency": number,
    "regions": each(_region, "regions"),
    "return_exact_agents": number,
    "infraction_indicators": each(_numbers, "infraction_indicators"),
    "infractions": each(_numbers, "infractions"),
    "is_inside_supported_area": _numbers,
    "birdview": picture,
    "birdviews": each(picture, "birdviews"),
    "agents_at_fault": _numbers,
    "reasons": keyed(agent, each(word, "reasons"), "reasons"),
    "confidence_score": number,
    "version": _version_of_map,
    "max_agent_number": number,
    "bounding_polygon": _points,
    "birdview_image": picture,
    "map_center": _point,
    "map_fov": number,
    _ORIGIN_OF_MAP: _origin,
    _MAP: _text_of_map,
    "static_actors": each(_actor, "static_actors"),
    "detail": either(_message, each(_fault, "detail")),
}

_members: Final = members(FIELDS)
#: Names that the place of a fault may have.
_IN_BODIES: Final = frozenset({*FIELDS, "body", "query", "center", "size"})
