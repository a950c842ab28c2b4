"""What travels on the wire as the SDK logs it: the same data in another order, some renamed.

Everything is parsed JSON, and nothing that is passed in is changed. Numbers that the SDK holds as
floats come out as floats, light ids as the decimal strings that ints become when JSON keys them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

Json = Any


def logged_location_request(query: str) -> dict[str, Json]:
    """Return a ``location_info`` query as the SDK logs it: with parameters that are None.

    Args:
        query: of the URL, with or without the question mark. Parameters that the SDK does not know
            are kept behind the others, as strings.
    """
    given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    return {
        "location": given.pop("location", None),
        "include_map_source": given.pop("include_map_source", "False").lower() in {"true", "1"},
        "rendering_fov": _whole(given.pop("rendering_fov", None)),
        "rendering_center": given.pop("rendering_center", None),
        **given,
    }


def logged_large_drive_request(wire_like: Mapping[str, Json]) -> dict[str, Json]:
    """Return a ``large_drive`` request, given in the shape of ``drive``, as the SDK logs it."""
    return {
        "location": wire_like["location"],
        "agent_states": _float_lists(wire_like["agent_states"]),
        "agent_attributes": None,
        "agent_properties": _properties(wire_like.get("agent_properties")),
        "recurrent_states": _float_lists(wire_like.get("recurrent_states")),
        "traffic_lights_states": _lights(wire_like.get("traffic_lights_states")),
        "light_recurrent_states": _float_lists(wire_like.get("light_recurrent_states")),
        "get_birdview": False,
        "get_infractions": bool(wire_like.get("get_infractions")),
        "random_seed": wire_like.get("random_seed"),
        "rendering_center": None,
        "rendering_fov": None,
        "model_version": wire_like.get("model_version"),
    }


def logged_large_drive_response(wire_like: Mapping[str, Json]) -> dict[str, Json]:
    """Return a ``large_drive`` answer, given in the shape of ``drive``, as the SDK logs it."""
    return {
        "agent_states": _float_lists(wire_like["agent_states"]),
        "recurrent_states": _float_lists(wire_like.get("recurrent_states")),
        "birdview": wire_like.get("birdview"),
        "infractions": _infractions(wire_like.get("infraction_indicators")),
        "is_inside_supported_area": [
            bool(flag) for flag in wire_like.get("is_inside_supported_area") or ()
        ],
        "traffic_lights_states": _lights(wire_like.get("traffic_lights_states")),
        "light_recurrent_states": _float_lists(wire_like.get("light_recurrent_states")),
        "api_model_version": wire_like.get("model_version"),
    }


def logged_large_initialize_request(wire_like: Mapping[str, Json]) -> dict[str, Json]:
    """Return a ``large_initialize`` request, given in the shape of ``initialize``.

    ``states_history`` is one step (a list of one list), empty where no agent is given; the SDK
    never logs null there. Agents at the top level come first, then each region's: its properties
    cover given and sampled agents, its states only the given ones, so the two lists do not go
    together by position.
    """
    history = wire_like.get("states_history")
    lights = wire_like.get("traffic_light_state_history")
    return {
        "location": wire_like["location"],
        "num_agents_to_spawn": None,
        "states_history": [_float_lists(states) for states in history] if history else [[]],
        "agent_attributes": None,
        "agent_properties": _properties(wire_like.get("agent_properties") or []),
        "traffic_light_state_history": None
        if lights is None
        else [_lights(states) for states in lights],
        "get_birdview": False,
        "location_of_interest": None,
        "get_infractions": bool(wire_like.get("get_infractions")),
        "random_seed": wire_like.get("random_seed"),
        "model_version": wire_like.get("model_version") or "best",
    }


def logged_large_initialize_response(wire_like: Mapping[str, Json]) -> dict[str, Json]:
    """Return a ``large_initialize`` answer, given in the shape of ``initialize``.

    The SDK takes ``agent_attributes``, lights, light recurrent states and model version from the
    *last* region's answer as it came, other regions' agents included (its
    ``_consolidate_all_responses`` reuses a loop variable).
    """
    return {
        "agent_states": _float_lists(wire_like["agent_states"]),
        "recurrent_states": _float_lists(wire_like.get("recurrent_states")),
        "agent_attributes": [_attributes(item) for item in wire_like.get("agent_attributes") or ()],
        "agent_properties": _properties(wire_like["agent_properties"]),
        "birdview": wire_like.get("birdview"),
        "infractions": _infractions(wire_like.get("infraction_indicators")),
        "traffic_lights_states": _lights(wire_like.get("traffic_lights_states")),
        "light_recurrent_states": _float_lists(wire_like.get("light_recurrent_states")),
        "api_model_version": wire_like.get("model_version"),
    }


def _whole(text: str | None) -> int | str | None:
    """Read a field of view, whole metres; what is no int is logged as it came."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return text


def float_or_none(value: Json) -> float | None:
    """Return a number as the SDK holds it; null stays null."""
    return None if value is None else float(value)


def _float_lists(rows: Sequence[Sequence[float]] | None) -> list[list[float]] | None:
    return None if rows is None else [list(map(float, row)) for row in rows]


def _lights(states: Mapping[str, str] | None) -> dict[str, str] | None:
    return (
        None
        if states is None
        else {str(int(actor_id)): state for actor_id, state in states.items()}
    )


def _infractions(rows: Sequence[Sequence[Json]] | None) -> list[list[bool]]:
    """Return the flags; null becomes an empty list."""
    return [[bool(flag) for flag in row] for row in rows or ()]


def _properties(
    items: Sequence[Mapping[str, Json] | None] | None,
) -> list[dict[str, Json] | None] | None:
    return (
        None if items is None else [None if item is None else _serialized(item) for item in items]
    )


def _serialized(item: Mapping[str, Json]) -> dict[str, Json]:
    """Return an agent's properties with every field, as the SDK's ``AgentProperties`` does."""
    waypoint, waypoints = item.get("waypoint"), item.get("waypoints")
    return {
        "length": float_or_none(item.get("length")),
        "width": float_or_none(item.get("width")),
        "rear_axis_offset": float_or_none(item.get("rear_axis_offset")),
        "agent_type": item.get("agent_type", "car"),
        "waypoint": list(map(float, waypoint)) if waypoint else None,
        "waypoints": _float_lists(waypoints) if waypoints else None,
        "max_speed": float_or_none(item.get("max_speed")),
    }


def _attributes(values: Sequence[Json]) -> list[Json]:
    """Return an agent in the deprecated flat form, without what is null."""
    return [
        value
        if isinstance(value, str)
        else list(map(float, value))
        if isinstance(value, list | tuple)
        else float(value)
        for value in values
        if value is not None
    ]
