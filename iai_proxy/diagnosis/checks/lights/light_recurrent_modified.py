"""Check 255, light-recurrent-modified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.lights.known_lights import sent_lights
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import number, rows

#: Seconds. Rounding to milliseconds does no harm.
_TOLERANCE: Final = 1e-3


class LightRecurrentModified(Check):
    """The lights' recurrent states are not those that the previous answer gave.

    Why: they hold the phase of each group of lights and the seconds left of it. If they are
    changed, or taken from an older step, lights jump back, never change, or skip a phase. The value
    is the number of groups that differ.

    Example: ``light_recurrent_states`` taken from ``initialize`` once and sent at every step: the
    lights never change.

    Fix: pass on ``response.light_recurrent_states`` of the latest response. To set lights use
    ``traffic_lights_states``.
    """

    code = 255
    name = "light-recurrent-modified"
    severity = Severity.WARNING
    help = (
        "Pass on light_recurrent_states of the latest response; to set lights use"
        " traffic_lights_states."
    )
    unit = "light group"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report changed recurrent states, unless the request overrides them anyway."""
        sent = rows(view.request.get("light_recurrent_states"))
        if not sent or view.previous is None or view.is_initialize or sent_lights(view):
            return
        answered = rows(view.previous.answer.get("light_recurrent_states"))
        if sent == answered or not answered:
            return
        base = compared(self.run, view).base
        if base is None or base.states != view.previous.answered_states:
            return  # the recurrent states are of another step than the states: see 205
        differing = sum(not _is_same(*groups) for groups in zip(sent, answered, strict=False))
        count = differing + abs(len(sent) - len(answered))
        if count:
            subject = f"light_recurrent_states of {count} of {max(len(sent), len(answered))} groups"
            yield self.finding(view, f"{subject} are not those of the previous answer", (), count)


def _is_same(sent: Any, answered: Any) -> bool:
    ours, theirs = list(map(number, rows(sent))), list(map(number, rows(answered)))
    return len(ours) == len(theirs) and all(map(_is_close, ours, theirs))


def _is_close(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= _TOLERANCE
