"""Check 251, lights-unknown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.lights.known_lights import given_lights, known_lights
from iai_proxy.diagnosis.step_view import StepView

_NAMED: Final = 5


class LightsUnknown(Check):
    """Lights are set that the location does not have.

    Why: an id that is not known is ignored or refused, and the light that was meant does what it
        likes. The value is
    how many ids are unknown.

    Example: ids of the client's own map; ids of stop signs; the index of a light in a list.

    Mend: take ``actor_id`` of the ``static_actors`` of ``location_info`` whose ``agent_type`` is
        ``traffic_light``.
    """

    code = 251
    name = "lights-unknown"
    severity = Severity.WARNING
    help = "Take light ids from the static_actors of location_info."
    unit = "id"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report ids that neither the map nor the answer has."""
        given = given_lights(view)
        known = known_lights(self.run, view)
        if not given or not known:
            return
        unknown = sorted(given.keys() - known)
        if unknown:
            ids = ", ".join(unknown[:_NAMED]) + (", …" if len(unknown) > _NAMED else "")
            said = f"traffic light {ids} is" if len(unknown) == 1 else f"traffic lights {ids} are"
            yield self.finding(view, f"{said} not on the map of {view.location}", (), len(unknown))
