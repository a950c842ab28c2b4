"""Check 100, agents-removed."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.identity.comparison import compared
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import listed, verb


class AgentsRemoved(Check):
    """Agents of the previous answer are not sent back.

    Why: it is legal: a client may let agents go. But an agent that is left out by mistake, say by a
        filter on
    distance, is gone for the model from one step to the next, the others drive through the place
    where it still stands in the client's world, and its recurrent state is lost: put back later it
    has no memory. The value is how many.

    Example: ``states = [s for s in response.agent_states if near(s)]``.

    Mend: if it is meant, nothing. Else send every agent of the answer back, those too that are far
        away.
    """

    code = 100
    name = "agents-removed"
    severity = Severity.INFO
    help = "If it is not meant, send every agent of the answer back."
    unit = "agent"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report who is left out."""
        gone = compared(self.run, view).leavers
        if gone:
            message = (
                f"{listed(gone)} of the previous answer {verb(gone, 'is', 'are')} not sent back"
            )
            yield self.finding(view, message, (), len(gone))
