"""Which lights a client sets, and which exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.values import lights_of, members, rows


def sent_lights(view: StepView) -> dict[str, Any]:
    """Return the lights of a request by id; for ``initialize`` the latest of the history."""
    if view.is_initialize:
        history = rows(view.request.get("traffic_light_state_history"))
        return lights_of(history[-1]) if history else {}
    return lights_of(view.request.get("traffic_lights_states"))


def known_lights(run: RunView, view: StepView) -> frozenset[str] | None:
    """Return the ids of the lights at a step's location; None where nothing recorded tells."""
    mapped = run.shared(_lights_on_maps).get(view.location or "")
    if mapped is not None:
        return mapped
    if "traffic_lights_states" not in view.answer:
        return None
    answered = lights_of(view.answer["traffic_lights_states"])
    if not answered and rows(view.answer.get("light_recurrent_states")):
        return None
    return frozenset(answered)


def _lights_on_maps(run: RunView) -> dict[str, frozenset[str]]:
    """Return the ids of the lights by location, of locations whose actors are known."""
    return {
        location: frozenset(_lights(described["static_actors"]))
        for location, described in run.maps.items()
        if "static_actors" in described
    }


def _lights(actors: Any) -> Iterator[str]:
    for actor in map(members, rows(actors)):
        if actor.get("agent_type") == "traffic_light":
            yield str(actor.get("actor_id"))
