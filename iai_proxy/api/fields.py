"""Fields of requests and answers that more than one part of the product must know by name."""

from __future__ import annotations

from typing import Final

#: Most of a body: 152 doubles an agent.
RECURRENT: Final = "recurrent_states"

#: How a request describes its agents: the API takes either.
PROPERTIES: Final = ("agent_properties", "agent_attributes")

#: Lists of a ``drive`` request with an item for each agent.
SENT_PER_AGENT: Final = ("agent_states", *PROPERTIES, RECURRENT)

#: Lists of an answer to ``initialize`` or ``drive`` with an item for each agent.
ANSWERED_PER_AGENT: Final = (
    "agent_states",
    "agent_properties",
    RECURRENT,
    "infraction_indicators",
    "is_inside_supported_area",
)

#: Every field of a request (docs/wire.md), in its body or its query.
REQUESTED: Final = (
    "random_seed",
    "location",
    *SENT_PER_AGENT,
    "states_history",
    "num_agents_to_spawn",
    "location_of_interest",
    "traffic_lights_states",
    "traffic_light_state_history",
    "light_recurrent_states",
    "get_birdview",
    "get_infractions",
    "rendering_center",
    "rendering_fov",
    "model_version",
    "include_map_source",
    "colliding_agents",
    "agent_state_history",
    "get_reasons",
    "get_confidence_score",
    "get_birdviews",
)

PER_AGENT: Final = frozenset({*SENT_PER_AGENT, *ANSWERED_PER_AGENT})

#: The names in the SDK's log of its own large answers, and those on the wire.
WIRE_NAMES: Final = {"infractions": "infraction_indicators", "api_model_version": "model_version"}
