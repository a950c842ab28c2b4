"""Check 202, recurrent-null."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.recurrent_changes import Cause, recurrent_changes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed


class RecurrentNull(Check):
    """Recurrent states are left out though the previous answer gave them.

    Why: without them the model forgets every agent's past and starts again with all of them. Left
    out at one step, for example to add an agent, they leave a break in every agent's motion; left
    out at every step, the result is not a simulation but guesses from single frames.

    Example: ``iai.drive(location, agent_states=..., agent_properties=...)`` without
    ``recurrent_states``.

    Fix: pass on ``response.recurrent_states``; append ``RecurrentState()`` for newcomers.
    """

    code = 202
    name = "recurrent-null"
    severity = Severity.ERROR
    help = (
        "Pass on the recurrent states of the previous answer; append RecurrentState() for"
        " newcomers."
    )
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents without the recurrent state that they have."""
        agents = [change.agent for change in recurrent_changes(self.run, view, Cause.NULL)]
        if agents:
            missing = f"no recurrent state is sent for {listed(agents)}"
            message = f"{missing}, though the previous answer gave one"
            yield self.finding(view, message, agents, len(agents))
