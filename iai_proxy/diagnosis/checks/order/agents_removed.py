"""Check 100, agents-removed."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentsRemoved(Check):
    """Agents of the previous answer are not sent back.

    Why: a client is allowed to remove agents. But if it leaves one out by mistake, with a filter on
    distance for example, that agent disappears for the model, the others drive through the place
    where it still is in the client's world, and its recurrent state is lost: an agent that is put
    back later has no memory. The value is the number of agents.

    Example: ``states = [s for s in response.agent_states if near(s)]``.

    Fix: nothing, if it is intended. Otherwise send every agent of the answer back, even those far
    away.
    """

    code = 100
    name = "agents-removed"
    severity = Severity.INFO
    help = "If it is not intended, send every agent of the answer back."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report the agents that are left out."""
        comparison = compared(self.run, view)
        base, gone = comparison.base, comparison.leavers
        if base is not None and gone:
            are = verb(gone, "is", "are")
            message = f"{listed(gone)} of the previous answer {are} not sent back"
            once = f"removed before #{view.first_call}"  # at the next step these are others
            yield self.finding(view, message, gone, len(gone), kind=once, agents_at=base.call)
