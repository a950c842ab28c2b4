"""Which lights a client sets, and which exist."""

from __future__ import annotations

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
    described = members(run.maps.get(view.location or ""))
    if "static_actors" in described:
        actors = map(members, rows(described["static_actors"]))
        return frozenset(
            str(actor.get("actor_id"))
            for actor in actors
            if actor.get("agent_type") == "traffic_light"
        )
    if "traffic_lights_states" not in view.answer:
        return None
    answered = lights_of(view.answer["traffic_lights_states"])
    if not answered and rows(view.answer.get("light_recurrent_states")):
        return None
    return frozenset(answered)
