"""Check 201, recurrent-zeros."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentZeros(Check):
    """An agent that has a recurrent state is sent with zeros instead.

    Why: zeros mean that nothing is known about the agent. The model forgets where it came from and
    where it was going, again at every step: agents jitter, stop for no reason and lose their way.

    Example: ``recurrent_states=[RecurrentState()] * len(states)`` at every step.

    Fix: pass on ``response.recurrent_states``. Zeros are for newcomers only.
    """

    code = 201
    name = "recurrent-zeros"
    severity = Severity.ERROR
    help = "Pass on the recurrent states of the previous answer; zeros are for newcomers only."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report zeros for agents that have a past."""
        agents = [change.agent for change in recurrent_changes(self.run, view, Cause.ZEROS)]
        if agents:
            have = verb(agents, "has", "have")
            message = f"{listed(agents)} {have} a recurrent state, but zeros are sent"
            yield self.finding(view, message, agents, len(agents))
