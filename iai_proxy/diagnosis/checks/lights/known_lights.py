"""Which lights a client sets, and which there are."""

from __future__ import annotations

from typing import Any

from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.diagnosis.values import lights_of, members, rows


def given_lights(view: StepView) -> dict[str, Any]:
    """Return the lights that a request sets, by id; for ``initialize`` those of the latest step of its history."""
    if view.endpoint.is_initialize:
        history = rows(view.request.get("traffic_light_state_history"))
        return lights_of(history[-1]) if history else {}
    return lights_of(view.request.get("traffic_lights_states"))


def known_lights(run: RunView, view: StepView) -> frozenset[str] | None:
    """Return the ids of the lights of a step's location; None where nothing says which there are."""
    described = members(run.maps.get(view.location or ""))
    if "static_actors" in described:
        actors = map(members, rows(described["static_actors"]))
        return frozenset(
            str(one.get("actor_id")) for one in actors if one.get("agent_type") == "traffic_light"
        )
    if "traffic_lights_states" not in view.answer:
        return None
    shown = lights_of(view.answer["traffic_lights_states"])
    if not shown and rows(view.answer.get("light_recurrent_states")):
        return None
    return frozenset(shown)
