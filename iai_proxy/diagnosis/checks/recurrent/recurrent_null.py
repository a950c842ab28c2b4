"""Check 202, recurrent-null."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.recurrent.causes import Fate, of_fate
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed


class RecurrentNull(Check):
    """Recurrent states are left out though the previous answer gave them.

    Why: without them the model forgets every agent's past, and begins with all of them anew. Left
        out at one step, to
    add an agent, say, it is a break in every agent's motion; left out always, it is no simulation
    but guesses from single frames.

    Example: ``iai.drive(location, agent_states=..., agent_properties=...)`` without
        ``recurrent_states``.

    Mend: hand on ``response.recurrent_states``; for newcomers append ``RecurrentState()`` to it.
    """

    code = 202
    name = "recurrent-null"
    severity = Severity.ERROR
    help = "Hand on the recurrent states of the previous answer; for newcomers append RecurrentState()."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report agents without their known recurrent state."""
        agents = [one.agent for one in of_fate(self.run, view, Fate.NULL)]
        if agents:
            message = f"no recurrent state is sent for {listed(agents)}, though the previous answer gave one"
            yield self.finding(view, message, agents, len(agents))
