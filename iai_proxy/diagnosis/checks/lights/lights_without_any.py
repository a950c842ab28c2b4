"""Check 253, lights-without-any."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.lights.known_lights import known_lights, sent_lights
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows


class LightsWithoutAny(Check):
    """Lights are sent for a location that has none.

    Why: it has no effect, and shows that the client expects another map, or another version of it.

    Example: the lights of one location kept in a global and sent for all locations.

    Fix: look up in ``location_info`` which lights there are.
    """

    code = 253
    name = "lights-without-any"
    severity = Severity.WARNING
    help = "Look up in location_info which lights there are; send none where there are none."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report lights on a map that has none."""
        sent = sent_lights(view) or rows(view.request.get("light_recurrent_states"))
        if sent and known_lights(self.run, view) == frozenset():
            message = f"lights are sent, but {view.location} has none"
            yield self.finding(view, message, (), len(sent))
