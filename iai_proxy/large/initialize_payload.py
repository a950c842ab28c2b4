"""What is wrong with the payload of a ``large_initialize``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from iai_proxy.large.limits import MOST_REGIONS
from iai_proxy.large.payload import (
    Json,
    Where,
    many_agents,
    number_problems,
    problem,
    states_problems,
)

#: Side of a region if none is given, m (SDK ``REGION_MAX_SIZE``).
REGION_M: Final = 100.0

_FURTHEST_M: Final = 1e100  # squares of distances must be doubles
_FIELDS: Final = (
    "agent_properties",
    "agent_states",
    "get_infractions",
    "location",
    "model_version",
    "random_seed",
    "regions",
    "return_exact_agents",
    "traffic_light_state_history",
)


def initialize_problems(payload: Json) -> Iterator[Json]:
    """Yield what is wrong with a payload."""
    for name in sorted(payload.keys() - set(_FIELDS)):
        yield problem(["body", name], f"there are {', '.join(_FIELDS)}", "extra_forbidden")
    if not isinstance(payload.get("return_exact_agents"), bool | None):
        where = ["body", "return_exact_agents"]
        yield problem(where, "Input should be a valid boolean", "bool_type")
    if not isinstance(payload.get("location"), str):
        yield problem(["body", "location"], "Field required: the name of a location", "missing")
    yield from _regions_problems(payload.get("regions"), ["body", "regions"])
    yield from many_agents(_count_agents(payload), ["body"])
    yield from _agents_problems(payload, ["body"])
    seed = payload.get("random_seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        yield problem(["body", "random_seed"], "Input should be a valid integer", "int_type")


def _count_agents(payload: Json) -> int:
    """Return how many agents are given, to be sampled or with a state, as far as lists tell."""
    regions = payload.get("regions")
    holders = [payload, *(regions if isinstance(regions, list) else ())]
    agents = (holder.get("agent_properties") for holder in holders if isinstance(holder, dict))
    return sum(len(given) for given in agents if isinstance(given, list))


def _regions_problems(regions: Any, where: Where) -> Iterator[Json]:
    if not isinstance(regions, list):
        message = "Field required: a list of regions (GET /regions makes one)"
        yield problem(where, message, "missing")
        return
    if not regions:
        yield problem(where, "there are no regions: at least one is needed", "too_short")
    if len(regions) > MOST_REGIONS:
        message = (
            f"there are {len(regions)} regions: a large call takes {MOST_REGIONS} at most, as each "
            "is a call of the API, one after the other"
        )
        yield problem(where, message, "too_long")
        return
    for number, region in enumerate(regions):
        yield from _region_problems(region, [*where, number])


def _region_problems(region: Any, where: Where) -> Iterator[Json]:
    if not isinstance(region, dict):
        yield problem(where, "Input should be an object", "model_type")
        return
    center = region.get("center")
    if not isinstance(center, list) or len(center) != 2:
        yield problem([*where, "center"], "Input should be a list of x and y", "list_type")
    else:
        for axis, number in enumerate(center):
            yield from number_problems(number, [*where, "center", axis])
            yield from _distance_problems(number, [*where, "center", axis])
    size = region.get("size")
    if size is not None:
        yield from number_problems(size, [*where, "size"])
        if isinstance(size, int | float) and size <= 0:
            yield problem([*where, "size"], "Input should be greater than 0", "greater_than")
    yield from _agents_problems(region, where)


def _agents_problems(holder: Json, where: Where) -> Iterator[Json]:
    states, properties = holder.get("agent_states"), holder.get("agent_properties")
    if states is not None:
        yield from states_problems(states, [*where, "agent_states"])
        for number, state in enumerate(states if isinstance(states, list) else ()):
            for axis, value in enumerate(state[:2] if isinstance(state, list) else ()):
                yield from _distance_problems(value, [*where, "agent_states", number, axis])
    if properties is not None and not isinstance(properties, list):
        yield problem([*where, "agent_properties"], "Input should be a valid list", "list_type")
    elif isinstance(states, list) and len(states) > len(properties or ()):
        message = (
            f"agent_properties has {len(properties or ())} items, but agent_states has "
            f"{len(states)}: each agent with a state needs its own"
        )
        yield problem([*where, "agent_properties"], message, "value_error")


def _distance_problems(value: Any, where: Where) -> Iterator[Json]:
    """Yield the places of numbers so large that the square of a distance would be none."""
    if isinstance(value, int | float) and _FURTHEST_M < abs(value) <= sys.float_info.max:
        yield problem(where, f"Input should be within {_FURTHEST_M:g} m", "less_than_equal")
