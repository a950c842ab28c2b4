"""Check 253, lights-without-any."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.lights.known_lights import given_lights, known_lights
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows


class LightsWithoutAny(Check):
    """Lights are sent for a location that has none.

    Why: it does nothing, and shows that the client believes itself elsewhere: another map, or
        another version of it.

    Example: the lights of one location kept in a global and sent for all.

    Mend: ask ``location_info`` which lights there are.
    """

    code = 253
    name = "lights-without-any"
    severity = Severity.WARNING
    help = "Ask location_info which lights there are; send none where there is none."

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report lights on a map that has none."""
        given = given_lights(view) or rows(view.request.get("light_recurrent_states"))
        if given and known_lights(self.run, view) == frozenset():
            yield self.finding(
                view, f"lights are sent, but {view.location} has none", (), len(given)
            )
