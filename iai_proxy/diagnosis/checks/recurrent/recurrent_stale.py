"""Check 205, recurrent-stale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb

#: A recurrent state that is never replaced gets older at each step: one finding.
_KIND: Final = "stale"


class RecurrentStale(Check):
    """An agent is sent with its own recurrent state of an older step.

    Why: the memory lags behind the state: the model believes that the agent is still a few metres
    back, and predicts it from there. The value is its age in steps; up to 64 are recognised.

    Example: ``recurrent = response.recurrent_states`` before the loop, and never again inside it.

    Fix: take states and recurrent states from the same response.
    """

    code = 205
    name = "recurrent-stale"
    severity = Severity.ERROR
    help = "Take states and recurrent states from the same response."
    unit = "step"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report recurrent states of older steps, those of one age together."""
        changes = recurrent_changes(self.run, view, Cause.STALE)
        for steps in sorted({change.steps for change in changes}):
            agents = [change.agent for change in changes if change.steps == steps]
            age = "a step" if steps == 1 else f"up to {steps} steps"
            are_sent = f"{listed(agents)} {verb(agents, 'is', 'are')} sent"
            message = f"{are_sent} with a recurrent state that is {age} old"
            yield self.finding(view, message, agents, steps, kind=_KIND)
