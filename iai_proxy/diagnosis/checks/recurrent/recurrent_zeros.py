"""Check 201, recurrent-zeros."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, of_fate
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class RecurrentZeros(Check):
    """An agent that has a recurrent state is sent with zeros in its place.

    Why: zeros say that nothing is known of the agent. The model then forgets where it came from and
        where it was
    going, at every step anew: agents jitter, stop without reason, and lose their way.

    Example: ``recurrent_states=[RecurrentState()] * len(states)`` at every step.

    Mend: hand on ``response.recurrent_states``. Zeros are for newcomers only.
    """

    code = 201
    name = "recurrent-zeros"
    severity = Severity.ERROR
    help = "Hand on the recurrent states of the previous answer; zeros are for newcomers only."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report zeros of agents with a past."""
        agents = [one.agent for one in of_fate(self.run, view, Fate.ZEROS)]
        if agents:
            message = f"{listed(agents)} {verb(agents, 'has', 'have')} a recurrent state, but zeros are sent"
            yield self.finding(view, message, agents, len(agents))
