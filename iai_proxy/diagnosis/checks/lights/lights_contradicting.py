"""Check 252, lights-contradicting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import lights_of, number, rows

#: Seconds. With less than this left of a group's phase its colours may change in this step.
_NEARLY_OVER: Final = 0.25


class LightsContradicting(Check):
    """Both kinds of light input are sent, and they contradict each other.

    Why: ``traffic_lights_states`` overrides ``light_recurrent_states``, so the latter has no
    effect; and if the former is left out later, the lights jump to what the recurrent states say.
    The value is the number of lights that differ.

    Example: ``traffic_lights_states=my_lights,
    light_recurrent_states=response.light_recurrent_states``.

    Fix: send one of them.
    """

    code = 252
    name = "lights-contradicting"
    severity = Severity.INFO
    help = "Send either traffic_lights_states or light_recurrent_states."
    unit = "light"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report lights that are not set as the recurrent states would have shown them."""
        sent = lights_of(view.request.get("traffic_lights_states"))
        recurrent, previous = rows(view.request.get("light_recurrent_states")), view.previous
        if not sent or not recurrent or previous is None or view.is_initialize:
            return
        if recurrent != previous.answer.get("light_recurrent_states"):
            return
        if not _keep_their_colours(previous, recurrent):
            return
        answered = lights_of(previous.answer.get("traffic_lights_states"))
        differing = [light for light in sent if answered.get(light, sent[light]) != sent[light]]
        if differing:
            light = differing[0]
            message = (
                f"traffic_lights_states has light {light} {sent[light]},"
                f" light_recurrent_states has it {answered[light]}"
            )
            yield self.finding(view, message, (), len(differing))


def _keep_their_colours(previous: StepView, recurrent: Sequence[Any]) -> bool:
    """Return whether recurrent states still fit the colours of the previous answer."""
    if lights_of(previous.request.get("traffic_lights_states")):
        return False
    if any(_seconds_left(group) < _NEARLY_OVER for group in recurrent):
        return False
    sent = rows(previous.request.get("light_recurrent_states"))
    return previous.is_initialize or list(map(_phase, sent)) == list(map(_phase, recurrent))


def _phase(group: Any) -> Sequence[Any]:
    return rows(group)[:1]


def _seconds_left(group: Any) -> float:
    """Return what is left of a group's phase; 0 if that can't be read."""
    pair = rows(group)
    return (number(pair[1]) or 0.0) if len(pair) == 2 else 0.0
