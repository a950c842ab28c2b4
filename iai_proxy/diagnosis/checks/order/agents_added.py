"""Check 101, agents-added."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentsAdded(Check):
    """Agents are sent that the previous answer did not have.

    Why: this is allowed, but a newcomer without a recurrent state has no memory: for about a second
    it is predicted less carefully than the others. The value is the number of agents.

    Example: ``states.append(spawned)`` with ``RecurrentState()``, which is all zeros.

    Fix: nothing, if it is intended. For better predictions get newcomers from an ``initialize``
    that is given the latest ten states of all others.
    """

    code = 101
    name = "agents-added"
    severity = Severity.INFO
    help = (
        "If their first second matters, get newcomers from an initialize that is given the others."
    )
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report newcomers."""
        comparison = compared(self.run, view)
        if comparison.base is not None and (agents := comparison.newcomers):
            message = f"{listed(agents)} {verb(agents, 'was', 'were')} not in the previous answer"
            yield self.finding(view, message, agents, len(agents))
