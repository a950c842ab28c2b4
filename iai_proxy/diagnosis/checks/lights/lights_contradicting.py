"""Check 252, lights-contradicting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import lights_of, number, rows

#: s. With less than this left in a group's phase its colours may change in the step.
_LEFT: Final = 0.25


class LightsContradicting(Check):
    """Both kinds of light input are sent, and they say different things.

    Why: ``traffic_lights_states`` overrides ``light_recurrent_states``, so the latter is sent in
        vain; and when the
    former is ever left out, the lights jump to what the recurrent states say. The value is how many
    lights differ.

    Example: ``traffic_lights_states=my_lights,
        light_recurrent_states=response.light_recurrent_states``.

    Mend: send one of them.
    """

    code = 252
    name = "lights-contradicting"
    severity = Severity.INFO
    help = "Send either traffic_lights_states or light_recurrent_states."
    unit = "light"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report given lights that differ from what the recurrent states, unchanged, would have shown."""
        given, previous = lights_of(view.request.get("traffic_lights_states")), view.previous
        recurrent = rows(view.request.get("light_recurrent_states"))
        if not given or not recurrent or previous is None or view.endpoint.is_initialize:
            return
        shown = lights_of(previous.answer.get("traffic_lights_states"))
        if recurrent != previous.answer.get("light_recurrent_states") or not _goes_on(
            previous, recurrent
        ):
            return
        differing = [
            light for light, colour in given.items() if light in shown and shown[light] != colour
        ]
        if differing:
            light = differing[0]
            said = f"traffic_lights_states has light {light} {given[light]}, light_recurrent_states has it {shown[light]}"
            yield self.finding(view, said, (), len(differing))


def _goes_on(previous: StepView, recurrent: Sequence[Any]) -> bool:
    """Tell whether the lights of the previous answer are what its recurrent states stand for now."""
    if lights_of(previous.request.get("traffic_lights_states")):
        return False
    left = [number(rows(group)[1]) if len(rows(group)) == 2 else None for group in recurrent]
    if any(one is None or one < _LEFT for one in left):
        return False
    if previous.endpoint.is_initialize:
        return True
    sent = rows(previous.request.get("light_recurrent_states"))
    return [rows(group)[:1] for group in sent] == [rows(group)[:1] for group in recurrent]
