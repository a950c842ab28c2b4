"""Check 251, lights-unknown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.lights.known_lights import known_lights, sent_lights
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import verb
from iai_proxy.text import first_few, numbered

_NAMED: Final = 5


class LightsUnknown(Check):
    """Lights are set that the location does not have.

    Why: an unknown id is ignored or refused, and the light that was meant is not set. The value is
    the number of unknown ids.

    Example: ids of the client's own map; ids of stop signs; the index of a light in a list.

    Fix: take ``actor_id`` of the ``static_actors`` of ``location_info`` whose ``agent_type`` is
    ``traffic_light``.
    """

    code = 251
    name = "lights-unknown"
    severity = Severity.WARNING
    help = "Take light ids from the static_actors of location_info."
    unit = "id"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report ids that are neither on the map nor in the answer."""
        sent, known = sent_lights(view), known_lights(self.run, view)
        if not sent or not known:
            return
        unknown = sorted(sent.keys() - known)
        if unknown:
            lights = numbered(len(unknown), "traffic light")
            subject = f"{lights} {first_few(unknown, _NAMED)} {verb(unknown, 'is', 'are')}"
            message = f"{subject} not on the map of {view.location}"
            yield self.finding(view, message, (), len(unknown))
