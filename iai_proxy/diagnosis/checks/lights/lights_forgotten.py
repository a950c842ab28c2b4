"""Check 254, lights-forgotten."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows


class LightsForgotten(Check):
    """Neither traffic_lights_states nor light_recurrent_states are sent, though the previous answer gave the latter.

    Why: the service then draws the lights anew at every step, at random: they flicker, and agents
        brake and start by
    it.

    Example: ``iai.drive(location, agent_states, agent_properties=…, recurrent_states=…)`` on a map
        with lights.

    Mend: ``light_recurrent_states=response.light_recurrent_states``.
    """

    code = 254
    name = "lights-forgotten"
    severity = Severity.WARNING
    help = "Hand on light_recurrent_states of the previous answer."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report steps that leave the lights to chance."""
        if view.previous is None or view.endpoint.is_initialize:
            return
        sent = view.request.get("traffic_lights_states") or view.request.get(
            "light_recurrent_states"
        )
        if not sent and rows(view.previous.answer.get("light_recurrent_states")):
            yield self.finding(
                view, "the lights are left to chance: no light_recurrent_states are handed on"
            )
