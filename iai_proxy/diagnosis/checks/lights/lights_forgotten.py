"""Check 254, lights-forgotten."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows


class LightsForgotten(Check):
    """No lights are sent, though the previous answer gave light_recurrent_states.

    Why: the service then draws the lights at random at every step: they flicker, and agents brake
    and start accordingly.

    Example: ``iai.drive(location, agent_states, agent_properties=…, recurrent_states=…)`` on a map
    with lights.

    Fix: ``light_recurrent_states=response.light_recurrent_states``.
    """

    code = 254
    name = "lights-forgotten"
    severity = Severity.WARNING
    help = "Pass on light_recurrent_states of the previous answer."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report steps that leave the lights to chance."""
        if view.previous is None or view.is_initialize:
            return
        request = view.request
        sent = request.get("traffic_lights_states") or request.get("light_recurrent_states")
        if not sent and rows(view.previous.answer.get("light_recurrent_states")):
            message = "the lights are left to chance: light_recurrent_states are not passed on"
            yield self.finding(view, message)
