"""Check 255, light-recurrent-modified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.lights.known_lights import given_lights
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import number, rows

#: Seconds, or steps of a phase: rounding is not worth a word.
_TOLERANCE: Final = 1e-3


class LightRecurrentModified(Check):
    """The lights' recurrent states are not those that the previous answer gave.

    Why: they hold the phase of each group of lights and the seconds left of it. Changed ones, or
        those of an older
    step, make lights jump back, stay for ever, or skip a phase. The value is how many groups
    differ.

    Example: ``light_recurrent_states`` taken from ``initialize`` once and sent at every step: the
        lights never
    change.

    Mend: hand on ``response.light_recurrent_states`` of the latest response. To set lights use
    ``traffic_lights_states``.
    """

    code = 255
    name = "light-recurrent-modified"
    severity = Severity.WARNING
    help = "Hand on light_recurrent_states of the latest response; to set lights use traffic_lights_states."
    unit = "light group"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report changed recurrent states, unless they are overridden anyway."""
        sent = rows(view.request.get("light_recurrent_states"))
        if not sent or view.previous is None or view.endpoint.is_initialize or given_lights(view):
            return
        answered = rows(view.previous.answer.get("light_recurrent_states"))
        if sent == answered or not answered:
            return
        base = compared(self.run, view).base
        if base is None or base.states != view.previous.answered_states:
            return  # the client goes on from another step than its recurrent states say, and 205 says so
        differing = [
            one
            for one, other in zip(sent, answered, strict=False)
            if not _same(rows(one), rows(other))
        ]
        count = len(differing) + abs(len(sent) - len(answered))
        if count:
            said = f"light_recurrent_states of {count} of {max(len(sent), len(answered))} groups"
            yield self.finding(view, f"{said} are not those of the previous answer", (), count)


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    numbers, others = list(map(number, one)), list(map(number, other))
    if len(numbers) != len(others):
        return False
    return all(
        a == b or (a is not None and b is not None and abs(a - b) <= _TOLERANCE)
        for a, b in zip(numbers, others, strict=True)
    )
